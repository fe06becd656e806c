"""The stream of a benchmark: a recording decoded beforehand and repeated at a steady rate, or a live device."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.sources import Source, SourceInfo, open_source
from guidance.sources.base import DEFAULT_FPS
from guidance.sources.pacing import Pacer
from ui.bench_samples import Samples
from ui.tap import Tap

MAX_FRAMES = 240
MAX_BYTES = 128 << 20
MAX_LOAD_S = 4.0
"""Loading stops at the first of the three: enough pictures to leave the caches, not enough to fill a machine."""

INTERVAL = "interval"
"""The column of arrivals: milliseconds since the frame before."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Decoded frames of a source that is not live.

    Attributes:
        info: of the source.
        frames: the first ones, at least one.
        decode_ms: what reading each but the first took (opening a file decodes the first).
    """

    info: SourceInfo
    frames: tuple[Frame, ...]
    decode_ms: NDArray[np.float32]

    @property
    def rate(self) -> float:
        """Its own frames a second."""
        return self.info.fps or DEFAULT_FPS

    @property
    def megabytes(self) -> float:
        """Memory that the pixels take."""
        return sum(frame.pixels.nbytes for frame in self.frames) / (1 << 20)


def load(source: Source, *, max_s: float = MAX_LOAD_S) -> Recording:
    """Decode the beginning of ``source``, which is closed.

    Raises:
        InputError: it is damaged, or gives no frame.
    """
    frames: list[Frame] = []
    times: list[float] = []
    held, began = 0, time.perf_counter()
    with source:
        while len(frames) < MAX_FRAMES and held < MAX_BYTES and time.perf_counter() - began < max_s:
            started_ns = time.perf_counter_ns()
            frame = source.read()
            if frame is None:
                break
            times.append((time.perf_counter_ns() - started_ns) / 1e6)
            frames.append(frame)
            held += frame.pixels.nbytes
        info = source.info
    if not frames:
        raise InputError(f"{info.uri}: holds no picture")
    return Recording(info, tuple(frames), np.asarray(times[1:], dtype=np.float32))


class ReplaySource:
    """The frames of ``recording`` again and again, as a Source; every frame is captured when it is given.

    Args:
        recording: what to repeat; its pixels are shared, not copied.
        rate: frames a second; None: as fast as they are read.
        arrivals: gets the interval to the frame before, in ms.
    """

    def __init__(self, recording: Recording, rate: float | None, arrivals: Samples):
        self._frames = recording.frames
        self._period_s = 1.0 / (rate or recording.rate)
        # Not read ahead: what a stage takes is told apart only where one thread does them all.
        self._info = replace(recording.info, fps=1.0 / self._period_s, frame_count=None, recorded=False)
        self._pacer = Pacer(fast=rate is None)
        self._arrivals = arrivals
        self._count = 0
        self._last_ns: int | None = None
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """As of the recording, at the rate of the benchmark and without an end."""
        return self._info

    def read(self) -> Frame | None:
        """The next frame, when it is due; None after :meth:`close`."""
        if self._closed:
            return None
        number, self._count = self._count, self._count + 1
        original = self._frames[number % len(self._frames)]
        due_s = number * self._period_s
        self._pacer.wait_until(due_s)
        if self._closed:
            return None
        self._last_ns = _note(self._arrivals, self._last_ns)
        return Frame(
            original.pixels, number, time.perf_counter_ns(), due_s, original.source, original.mm_per_px,
            original.pose,
        )  # fmt: skip

    def close(self) -> None:
        """End the stream; wakes a sleeping :meth:`read`."""
        self._closed = True
        self._pacer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Live:
    """A live device: the first opening is kept for the first stream."""

    def __init__(self, uri: str, opened: Source):
        self._uri = uri
        self._opened: Source | None = opened
        self.info = opened.info

    def open(self, arrivals: Samples) -> Source:
        """The device as a stream, which the caller closes.

        Raises:
            InputError, RuntimeFailure: it cannot be opened (most devices serve one stream only).
        """
        source, self._opened = self._opened, None
        last_ns: int | None = None

        def note(_: Frame) -> None:
            nonlocal last_ns
            last_ns = _note(arrivals, last_ns)

        return Tap(open_source(self._uri) if source is None else source, note)

    def close(self) -> None:
        """Let go of a device that nobody took."""
        if self._opened is not None:
            self._opened.close()


def open_feed(uri: str) -> Recording | Live:
    """What ``uri`` names: a recording, decoded, or a live device, open.

    Raises:
        InputError: it does not exist or cannot be decoded.
        RuntimeFailure: a device is lost.
    """
    source = open_source(uri, fast=True)
    return Live(uri, source) if source.info.live else load(source)


def _note(arrivals: Samples, last_ns: int | None) -> int:
    now_ns = time.perf_counter_ns()
    if last_ns is not None:
        arrivals.add({INTERVAL: (now_ns - last_ns) / 1e6})
    return now_ns

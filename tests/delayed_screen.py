"""Live sources for latency tests: one that sees a Qt window without any display, one that delays another source."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from guidance.frame import Frame
from guidance.sources import Source, SourceInfo
from ui.latency_windows import PatternWindow

Pixels = NDArray[np.uint8]


class _Closing:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SeenWindow(_Closing):
    """Pictures of what ``picture`` gives, ``fps`` a second; dark while it gives None.

    ``driver_ms``: the driver stamps each picture so long before it is handed over.
    """

    def __init__(
        self,
        picture: Callable[[], Pixels | None],
        size: tuple[int, int] = (640, 480),
        fps: float = 60.0,
        driver_ms: float | None = None,
    ) -> None:
        super().__init__()
        self._picture = picture
        self._driver_ms = driver_ms
        self._fps = fps
        self._index = 0
        self._size = size
        self.info = SourceInfo("window:", "window", live=True, size=size, fps=fps)

    def read(self) -> Frame | None:
        if self.closed.wait(1.0 / self._fps):
            return None
        shot = self._picture()
        stamp_ns = time.perf_counter_ns()
        if self._driver_ms is not None:
            self.closed.wait(self._driver_ms / 1000.0)
        pixels = np.zeros((self._size[1], self._size[0]), np.uint8)
        if shot is not None:
            height, width = min(shot.shape[0], pixels.shape[0]), min(shot.shape[1], pixels.shape[1])
            pixels[:height, :width] = shot[:height, :width]
        index, self._index = self._index, self._index + 1
        driver_ns = None if self._driver_ms is None else stamp_ns
        now_ns = time.perf_counter_ns()
        return Frame(pixels, index, now_ns, index / self._fps, "window:", t_driver_ns=driver_ns)


class Delayed(_Closing):
    """``source``, every frame so many ms later than it came, as a slow grabber would; its rate stays."""

    def __init__(self, source: Source, delay_ms: float) -> None:
        super().__init__()
        self._source = source
        self._delay_ns = round(delay_ms * 1e6)
        self._frames: deque[tuple[int, Frame | None]] = deque()
        self._come = threading.Condition()
        self._thread = threading.Thread(target=self._read_all, name="sonoguide-test-delay", daemon=True)
        self._thread.start()
        self.info = source.info

    def _read_all(self) -> None:
        while True:
            frame = None if self.closed.is_set() else self._source.read()
            with self._come:
                self._frames.append((time.perf_counter_ns() + self._delay_ns, frame))
                self._come.notify()
            if frame is None:
                return

    def read(self) -> Frame | None:
        with self._come:
            while not self._frames:
                self._come.wait()
            due_ns, frame = self._frames.popleft()
        self.closed.wait(max(0, due_ns - time.perf_counter_ns()) / 1e9)
        if frame is None or self.closed.is_set():
            return None
        return Frame(frame.pixels, frame.index, time.perf_counter_ns(), frame.t_stream_s, frame.source)

    def close(self) -> None:
        super().close()
        self._source.close()


class Silent(_Closing):
    """A device that never delivers."""

    info = SourceInfo("silent:", "camera", live=True, size=(640, 480), fps=30.0)

    def read(self) -> Frame | None:
        self.closed.wait()
        return None


def painted(pattern: PatternWindow) -> Pixels | None:
    """What the window shows, as a camera on any thread may see it: the panel on white."""
    image = pattern.picture()
    if image is None:
        return None
    rows = image.constBits()
    rows.setsize(image.sizeInBytes())
    panel = np.frombuffer(rows, np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    return np.pad(panel, 20, constant_values=255)

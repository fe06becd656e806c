"""Grabber: the thread that always reads. It fills the latest-frame slot, watches the signal and reconnects.

It never waits for the network, and a vanished device is a state of it, not a crash.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import SonoguideError
from guidance.frame import Frame
from guidance.signal import Signal
from guidance.slot import Delivery, LatestFrame
from guidance.sources.base import Source

__all__ = ["Delivery", "FreezeWatch", "Grabber", "GrabberSettings", "LatestFrame"]


@dataclass(frozen=True, slots=True)
class GrabberSettings:
    """When a live picture counts as lost or frozen, and how reconnecting waits. All in seconds.

    Attributes:
        lost_after_s: no picture for so long.
        frozen_after_s: the same picture for so long.
        first_retry_s: before the first attempt to reconnect; doubles up to ``last_retry_s``.
        last_retry_s: longest wait between attempts.
    """

    lost_after_s: float = 1.0
    frozen_after_s: float = 2.0
    first_retry_s: float = 0.25
    last_retry_s: float = 4.0


class FreezeWatch:
    """Since when the picture has been the same. Looks at every eighth pixel of every eighth row.

    A scanner's freeze may leave a clock or a cursor alive, and a capture card may flicker by a grey level: at
    most one sampled pixel in 200 may change, and changes up to ``tolerance`` grey levels are none.
    """

    def __init__(self, tolerance: int = 2) -> None:
        self._tolerance = tolerance
        self._sample: NDArray[np.uint8] | None = None
        self._since_ns = 0

    def see(self, pixels: NDArray[np.uint8], t_ns: int) -> int:
        """Take in the picture of time ``t_ns``; returns for how many nanoseconds it has not changed."""
        sample = pixels[::8, ::8].copy()
        before = self._sample
        if before is None or before.shape != sample.shape or self._differs(before, sample):
            self._sample, self._since_ns = sample, t_ns
        return t_ns - self._since_ns

    def _differs(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> bool:
        changed = int(np.count_nonzero(cv2.absdiff(before, now) > self._tolerance))
        return changed * 200 > now.size


class Grabber:
    """Reads a source on its own thread and puts every frame into ``slot``.

    Frames keep rising indices and stream times across reconnections. When the source ends, the slot is closed.
    The thread owns the source and closes it.

    Args:
        source: what to read.
        slot: where the newest frame goes.
        on_frame: called on the grabber thread with every frame, before the slot (for a ring buffer, say).
        reopen: opens the source anew after a loss; without it a loss ends the grabber with an :attr:`error`.
        settings: times.
    """

    def __init__(
        self,
        source: Source,
        slot: LatestFrame,
        *,
        on_frame: Callable[[Frame], None] | None = None,
        reopen: Callable[[], Source] | None = None,
        settings: GrabberSettings | None = None,
    ) -> None:
        self._source: Source | None = source
        self._live = source.info.live
        self._slot = slot
        self._on_frame = on_frame
        self._reopen = reopen
        self._settings = settings or GrabberSettings()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sonoguide-grabber", daemon=True)
        self._watch = FreezeWatch()
        self._next_index = 0
        self._last_s = 0.0
        self._started_ns = 0
        self._last_ns: int | None = None
        self._unchanged_ns = 0
        self._error: Exception | None = None
        self._ended = False
        self._reconnecting = False
        self._reconnections = 0

    @property
    def error(self) -> Exception | None:
        """Why the grabber ended before its source did, or None."""
        return self._error

    @property
    def ended(self) -> bool:
        """No frame will come any more."""
        return self._ended

    @property
    def reconnections(self) -> int:
        """How often the source was opened anew."""
        return self._reconnections

    def signal(self, now_ns: int | None = None) -> Signal:
        """What the stream does at ``now_ns`` (``perf_counter_ns``; default now). Recordings never freeze."""
        now_ns = time.perf_counter_ns() if now_ns is None else now_ns
        if self._ended:
            return Signal.LOST
        if not self._live:
            return Signal.LIVE
        last_ns = self._last_ns if self._last_ns is not None else self._started_ns
        if self._reconnecting or now_ns - last_ns > self._settings.lost_after_s * 1e9:
            return Signal.LOST
        return Signal.FROZEN if self._unchanged_ns > self._settings.frozen_after_s * 1e9 else Signal.LIVE

    def start(self) -> None:
        """Begin to read."""
        self._started_ns = time.perf_counter_ns()
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Stop reading and close the source. False when the device did not let go in time."""
        self._stop.set()
        source = self._source
        if source is not None:
            _close_quietly(source)  # wakes a read that sleeps
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        self._ended = True
        self._slot.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                source = self._source or self._connect_again()
                if source is None:
                    break
                self._source = source
                try:
                    self._read_all(source)
                    break
                except SonoguideError:
                    if not self._live or self._reopen is None:
                        raise
                    self._reconnecting = True
                    _close_quietly(source)
                    self._source = None
        except (
            Exception
        ) as error:  # the thread must end in a state that others can read, never in a traceback
            self._error = error
        finally:
            if self._source is not None:
                _close_quietly(self._source)
            self._ended = True
            self._slot.close()

    def _read_all(self, source: Source) -> None:
        first_index, first_s = self._next_index, None
        resumed_ns = time.perf_counter_ns()
        while not self._stop.is_set():
            frame = source.read()
            if frame is None:
                return
            now_ns = time.perf_counter_ns()  # not the frame's own stamp: a plug-in may have another clock
            if self._reconnections:
                if first_s is None:
                    gap_ns = resumed_ns - (self._last_ns or self._started_ns)
                    first_s = self._last_s + gap_ns * 1e-9 - frame.t_stream_s
                frame = replace(
                    frame,
                    index=first_index + frame.index,
                    t_stream_s=max(frame.t_stream_s + first_s, self._last_s),
                )
            self._reconnecting = False
            self._next_index, self._last_s = frame.index + 1, frame.t_stream_s
            if self._live:
                if self._last_ns is not None and now_ns - self._last_ns > self._settings.lost_after_s * 1e9:
                    self._watch = FreezeWatch()  # silence was a loss, it is no freeze as well
                self._unchanged_ns = self._watch.see(frame.pixels, now_ns)
            self._last_ns = now_ns
            if self._on_frame is not None:
                self._on_frame(frame)
            self._slot.put(frame)

    def _connect_again(self) -> Source | None:
        """Open the source anew, waiting longer after each failure; None when stopped meanwhile."""
        wait_s = self._settings.first_retry_s
        while not self._stop.wait(wait_s):
            if self._reopen is None:
                return None
            try:
                source = self._reopen()
            except SonoguideError:
                wait_s = min(2.0 * wait_s, self._settings.last_retry_s)
                continue
            self._reconnections += 1
            return source
        return None


def _close_quietly(source: Source) -> None:
    """Close a source that may be broken: its own failure says nothing new."""
    try:
        source.close()
    except Exception:
        return

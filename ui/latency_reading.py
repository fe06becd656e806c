"""Reads the pattern in every picture of a stream on a thread of its own, so that reading delays nothing it measures."""

from __future__ import annotations

import queue
import threading
from collections import Counter

from calibration.latency_delays import Seen
from calibration.latency_reader import PatternReader, Verdict
from guidance.frame import Frame

WAITING = 4
"""So many pictures may wait to be read; one that comes when they do is left out."""


class ReadingThread:
    """Reads the pattern in frames that any thread hands over. Close it.

    Attributes:
        seen: what every picture showed, in order; grows while it runs.
        received: pictures handed over.
        left_out: those that were not read, because reading was behind.
        size: (width, height) of the last picture.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.received = 0
        self.left_out = 0
        self.size: tuple[int, int] | None = None
        self._verdicts: Counter[Verdict] = Counter()
        self._frames: queue.Queue[Frame | None] = queue.Queue(WAITING)
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="sonoguide-latency-reader", daemon=True)
        self._thread.start()

    def add(self, frame: Frame) -> None:
        """Hand over ``frame``; never waits."""
        self.received += 1
        self.size = frame.size
        try:
            self._frames.put_nowait(frame)
        except queue.Full:
            self.left_out += 1

    def count(self, verdict: Verdict) -> int:
        """Pictures with this verdict so far."""
        return self._verdicts[verdict]

    def close(self) -> None:
        """End the thread; what waits is not read. Idempotent."""
        if not self._closed:
            self._closed = True
            self._frames.put(None)
            self._thread.join()

    def _work(self) -> None:
        reader = PatternReader()
        while (frame := self._frames.get()) is not None:
            if self._closed:
                continue
            found = reader.read(frame.pixels)
            self._verdicts[found.verdict] += 1
            self.seen.append(
                Seen(frame.index, frame.t_capture_ns, found.verdict, found.code, frame.t_driver_ns)
            )

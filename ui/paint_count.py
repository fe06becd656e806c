"""PaintCount: what a display painted, what was replaced before it could be, and how long painting took."""

from __future__ import annotations

from guidance.hint import Guidance
from guidance.latency import LatencyLog

PAINT = "paint"


class PaintCount:
    """Counts guidance by its frame; one that comes again (a lost signal) counts once.

    :meth:`arrived` is called by the thread that makes guidance, :meth:`painted` by the one that paints.

    Attributes:
        arrivals: frames with guidance so far.
        frames: of them, those that were painted.
        first_ns: when the first was on the display (``perf_counter_ns``); None before.
        times: milliseconds of each paint, under :data:`PAINT`.
    """

    def __init__(self) -> None:
        self.arrivals = 0
        self.frames = 0
        self.first_ns: int | None = None
        self.times = LatencyLog()
        self._came: object = None
        self._shown: object = None

    @property
    def left_out(self) -> int:
        """Frames that newer ones replaced before they were painted; the newest may still be."""
        waiting = self._came is not None and self._came is not self._shown
        return max(0, self.arrivals - self.frames - waiting)

    def arrived(self, guidance: Guidance | None) -> None:
        """Note guidance that is to be shown."""
        if guidance is not None and guidance.frame is not self._came:
            self._came = guidance.frame
            self.arrivals += 1

    def painted(self, guidance: Guidance | None, began_ns: int, done_ns: int) -> None:
        """Note a paint of ``guidance``."""
        self.times.add({PAINT: (done_ns - began_ns) / 1e6})
        if guidance is None or guidance.frame is self._shown:
            return
        self._shown = guidance.frame
        self.frames += 1
        if self.first_ns is None:
            self.first_ns = done_ns

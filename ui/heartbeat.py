"""Heartbeat: how late the GUI thread answers: while it works on one thing, nothing else of the window moves."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, QTimer

from guidance.latency import LatencyLog

LATE = "late"
BEAT_MS = 5


class Heartbeat(QObject):
    """Beats on the GUI thread while it is on; each beat that comes late tells how long something else took.

    Attributes:
        times: milliseconds that each beat was late, under :data:`LATE`.
    """

    def __init__(self, parent: QObject | None = None, clock: Callable[[], int] = time.perf_counter_ns):
        super().__init__(parent)
        self.times = LatencyLog()
        self._clock = clock
        self._then_ns: int | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.beat)

    def switch(self, on: bool) -> None:
        """Beat from now on, or no more."""
        self._then_ns = None
        if on:
            self._timer.start(BEAT_MS)
        else:
            self._timer.stop()

    def share_over(self, ms: float) -> float:
        """Share, 0..1, of the kept beats that were more than ``ms`` late; 0 before the first."""
        late = self.times.values(LATE)
        return float((late > ms).mean()) if late.size else 0.0

    def beat(self) -> None:
        """Note how late this beat is."""
        now_ns = self._clock()
        if self._then_ns is not None:
            self.times.add({LATE: max(0.0, (now_ns - self._then_ns) / 1e6 - BEAT_MS)})
        self._then_ns = now_ns

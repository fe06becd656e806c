"""BusyMeter: how long the event loop works between two waits. Anything that lasts longer than a frame is a stall."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QAbstractEventDispatcher, QObject

from guidance.latency import LatencyLog

BUSY = "busy"


class BusyMeter(QObject):
    """Times each turn of the GUI thread's event loop, from waking up to the next wait.

    Attributes:
        times: milliseconds, under :data:`BUSY`.
    """

    def __init__(self, parent: QObject | None = None, clock: Callable[[], int] = time.perf_counter_ns):
        super().__init__(parent)
        self.times = LatencyLog()
        self._clock = clock
        self._awake_ns: int | None = None
        dispatcher = QAbstractEventDispatcher.instance()
        if dispatcher is not None:
            dispatcher.awake.connect(self._awoke)
            dispatcher.aboutToBlock.connect(self._waits)

    def _awoke(self) -> None:
        self._awake_ns = self._clock()

    def _waits(self) -> None:
        if self._awake_ns is not None:
            self.times.add({BUSY: (self._clock() - self._awake_ns) / 1e6})
            self._awake_ns = None

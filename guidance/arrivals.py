"""Arrivals: when each frame was handed over, so that waiting in the slot can be told from the way there."""

from __future__ import annotations

import threading
import time

from guidance.frame import Frame


class Arrivals:
    """Notes of when frames were handed over; one thread notes, another takes.

    Attributes:
        last_ns: ``perf_counter_ns`` of the newest note (at first, of the beginning).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[int, int] = {}
        self.last_ns = time.perf_counter_ns()

    def note(self, frame: Frame, now_ns: int) -> None:
        """``frame`` is handed over now."""
        with self._lock:
            self._times[id(frame)] = now_ns
            self.last_ns = now_ns

    def take(self, frame: Frame) -> int:
        """When ``frame`` was handed over; earlier notes are forgotten."""
        with self._lock:
            arrived_ns = self._times.get(id(frame), self.last_ns)
            self._times = {key: t for key, t in self._times.items() if t > arrived_ns}
            return arrived_ns

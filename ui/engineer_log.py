"""EngineerLog: what the engineer's panel plots: rates second by second, and the newest latencies of each stage."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from guidance.hint import Guidance

SECONDS = 60
"""So many seconds of rates are kept."""

NEWEST = 600
"""So many latencies of each stage are kept."""


@dataclass(frozen=True, slots=True)
class Second:
    """What happened in one second.

    Attributes:
        guided: frames with guidance. dropped: frames that the network did not get to.
        painted, not_painted: frames with guidance that were painted, and those that newer ones replaced.
    """

    guided: int
    dropped: int
    painted: int
    not_painted: int


class EngineerLog:
    """Fed with guidance on any thread (:meth:`note`), and once a second on the window's (:meth:`tick`)."""

    def __init__(self) -> None:
        self.seconds: deque[Second] = deque(maxlen=SECONDS)
        self._stages: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._frame: object = None
        self._guided = self._dropped = 0
        self._then = (0, 0, 0, 0)

    def note(self, guidance: Guidance) -> None:
        """Note one guidance; one that repeats a frame counts once."""
        with self._lock:
            if guidance.frame is self._frame:
                return
            self._frame = guidance.frame
            self._guided += 1
            self._dropped = max(guidance.dropped, self._dropped)
            for stage, ms in guidance.latency_ms.items():
                self._stages.setdefault(stage, deque(maxlen=NEWEST)).append(ms)

    def restart(self) -> None:
        """A stream begins anew: its count of drops does, too."""
        with self._lock:
            self._then = (self._then[0], 0, *self._then[2:])
            self._dropped = 0

    def tick(self, painted: int, not_painted: int) -> None:
        """A second is over; ``painted`` and ``not_painted`` are the display's counts so far."""
        with self._lock:
            now = (self._guided, self._dropped, painted, not_painted)
            self.seconds.append(Second(*(max(0, a - b) for a, b in zip(now, self._then, strict=True))))
            self._then = now

    def stages(self) -> dict[str, list[float]]:
        """Milliseconds by stage, oldest first, in the order in which stages were first seen."""
        with self._lock:
            return {stage: list(values) for stage, values in self._stages.items()}

"""How far the building of an engine has come, out of the nested phases that TensorRT reports."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
"""Called with the part done (0 to 1, never less than before) and the phase's name, maybe from several threads."""


@dataclass(slots=True)
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


class PhaseProgress:
    """Turns phases, steps and ends of phases into one number: a phase's part is shared equally among its steps."""

    def __init__(self, report: Progress):
        self._report = report
        self._phases: dict[str, _Phase] = {}
        self._furthest = 0.0
        self._lock = threading.Lock()

    def start(self, phase: str, parent: str | None, steps: int) -> None:
        """``phase`` begins, as a part of ``parent`` or of nothing."""
        with self._lock:
            self._phases[phase] = _Phase(parent, max(1, steps))
            self._tell(phase)

    def step(self, phase: str, step: int) -> None:
        """Step number ``step``, from 0, of ``phase`` is done."""
        with self._lock:
            if phase in self._phases:
                self._phases[phase].done = step + 1
                self._tell(phase)

    def finish(self, phase: str) -> None:
        """``phase`` is over."""
        with self._lock:
            over = self._phases.pop(phase, None)
            if over is not None and over.parent is None:
                self._furthest = 1.0
                self._report(1.0, phase)

    def _tell(self, phase: str) -> None:
        part = 0.0
        at: _Phase | None = self._phases[phase]
        for _ in range(len(self._phases)):  # no further than there are phases, should they name each other
            if at is None:
                break
            part = min(1.0, (at.done + part) / at.steps)
            at = self._phases.get(at.parent) if at.parent is not None else None
        self._furthest = max(self._furthest, part)
        self._report(self._furthest, phase)


class LoggedProgress:
    """A :data:`Progress` that writes a line to the log for every tenth."""

    def __init__(self) -> None:
        self._tenths = 0

    def __call__(self, part: float, phase: str) -> None:
        """Log ``part`` where it passes a tenth."""
        tenths = int(part * 10)
        if tenths > self._tenths:
            self._tenths = tenths
            _log.info("building the engine: %d %% (%s)", tenths * 10, phase)

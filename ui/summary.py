"""RunSummary: what a run amounted to, as a short table for people. A listener; it keeps counts, not frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from guidance.frame import Frame
from guidance.hint import Guidance, State

GUIDING = frozenset({State.SEARCHING, State.ADJUSTING, State.NO_CONTACT})
"""States in which a hint is due; HOLD and CAPTURED count as guided without one."""


class RunSummary:
    """Counts the frames of a run by state and by view."""

    def __init__(self) -> None:
        self.frames = 0
        self.guided = 0
        self.dropped = 0
        self.states: Counter[str] = Counter()
        self.views: Counter[str] = Counter()
        self._last: Frame | None = None

    def __call__(self, guidance: Guidance) -> None:
        """Count ``guidance``; one that repeats a frame (a lost signal) counts once."""
        self.dropped = guidance.dropped
        if guidance.frame is self._last:
            return
        self._last = guidance.frame
        advice = guidance.advice
        self.frames += 1
        self.states[advice.state.value] += 1
        self.views[advice.view.value] += 1
        self.guided += advice.hint is not None or advice.state in (State.HOLD, State.CAPTURED)

    @property
    def guided_fraction(self) -> float:
        """Share of frames with a hint, a hold or a capture; 0 without frames."""
        return self.guided / self.frames if self.frames else 0.0

    def lines(self, latency: Mapping[str, Mapping[str, float]]) -> list[str]:
        """The table's lines; ``latency`` as :meth:`guidance.latency.LatencyLog.summary` gives it."""
        rows = [
            ("frames", f"{self.frames} processed, {self.dropped} dropped"),
            ("on screen", _shares(self.views, self.frames)),
            ("state", _shares(self.states, self.frames)),
            ("guided", f"{self.guided_fraction:.0%} of the frames (a hint, a hold or a capture)"),
        ]
        total = latency.get("total")
        if total is not None:
            rows.append(
                (
                    "latency, ms",
                    "   ".join(f"{name} {total[name]:.1f}" for name in ("p50", "p90", "p99", "max")),
                )
            )
        inference = latency.get("infer")
        if inference is not None:
            rows.append(
                (
                    "network, ms",
                    "   ".join(f"{name} {inference[name]:.1f}" for name in ("p50", "p90", "p99", "max")),
                )
            )
        return [f"{name:<12} {value}" for name, value in rows]

    def print_to(self, stream: TextIO, latency: Mapping[str, Mapping[str, float]]) -> None:
        """Write the table."""
        print("\n".join(self.lines(latency)), file=stream)


def _shares(counts: Counter[str], total: int) -> str:
    if not total:
        return "nothing"
    return ", ".join(f"{name} {count / total:.0%}" for name, count in counts.most_common(5))

"""Seeker: looks for the best picture along one axis by trial, as a sonographer fans through and comes back.

From one picture a network tells how near the right plane is much better than on which side of it: the heart looks
alike a little in front of the plane and a little behind it. So where no error is known well enough for a hint, the
operator is asked to move one way until the picture gets worse, then the other way until it gets worse again, then half
way back: to the middle of the stretch in which it was good. No probe pose is needed: the way is told by time, taking
it that the probe moves at about the same pace to and fro.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from guidance.coach_settings import CoachSettings
from guidance.hint import ReasonCode
from guidance.probe import AXES

ACROSS = tuple(AXES.index(name) for name in ("slide_y", "tilt", "rotate"))
"""Axes that move the image plane off itself; along the others the picture only shifts within it, which is seen."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One movement to try: index in ``AXES``, sign of the correction, and why this way."""

    axis: int
    sign: int
    code: ReasonCode


class _Phase(Enum):
    FIRST = auto()
    ACROSS = auto()
    BACK = auto()


@dataclass(slots=True)
class _Leg:
    """A movement one way: quality over time since it began."""

    phase: _Phase
    axis: int
    sign: int
    trace: list[tuple[float, float]] = field(default_factory=list)
    back_s: float = 0.0

    @property
    def start_s(self) -> float:
        return self.trace[0][0]

    @property
    def best(self) -> float:
        return max(q for _, q in self.trace)


class Seeker:
    """Goes through the uncertain axes, the least known first. Pure: time comes in, and never goes back.

    ``settled``: nothing more is to be gained by trying here.
    """

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget everything: another target or stream."""
        self._leg: _Leg | None = None
        self._done: set[int] = set()
        self._found: float | None = None  # quality where the last axis was finished

    @property
    def active(self) -> bool:
        """Whether an axis is being tried."""
        return self._leg is not None

    def pause(self) -> None:
        """Something better known is said in between: the axis in hand begins anew afterwards."""
        self._leg = None

    def settled(self, half_width90: Sequence[float] | None, quality: float) -> bool:
        """Whether there is nothing left to try at a place of this ``quality``."""
        if self._found is not None and quality < self._found - 2.0 * self._settings.seek_drop:
            self._done.clear()
            self._found = None
        return self._leg is None and not self._open_axes(half_width90)

    def seek(
        self, t_s: float, quality: float, errors: Sequence[float], half_width90: Sequence[float]
    ) -> Trial | None:
        """The movement to try at ``t_s``, or None: settled."""
        leg = self._leg
        if leg is None:
            axes = self._open_axes(half_width90)
            if not axes:
                return None
            axis = axes[0]
            leg = self._leg = _Leg(_Phase.FIRST, axis, 1 if errors[axis] >= 0.0 else -1)
        leg.trace.append((t_s, quality))
        if leg.phase is _Phase.BACK:
            if self._is_back(leg, t_s, quality):
                self._done.add(leg.axis)
                self._found, self._leg = quality, None
                return self.seek(t_s, quality, errors, half_width90)
            return Trial(leg.axis, leg.sign, ReasonCode.PASSED_BEST)
        if self._is_past(leg, t_s, quality):
            leg = self._leg = self._turned(leg, t_s, quality)
            code = ReasonCode.TRYING if leg.phase is _Phase.ACROSS else ReasonCode.PASSED_BEST
            return Trial(leg.axis, leg.sign, code)
        rising = quality > leg.trace[0][1] + 0.5 * self._settings.seek_drop
        return Trial(leg.axis, leg.sign, ReasonCode.IMPROVING if rising else ReasonCode.TRYING)

    def _open_axes(self, half_width90: Sequence[float] | None) -> list[int]:
        """Axes across the plane that are not known well and were not tried yet, the least certain first."""
        if half_width90 is None:
            return []
        tolerance = self._settings.tolerance
        shares = {axis: half_width90[axis] / tolerance[axis] for axis in ACROSS if axis not in self._done}
        least = self._settings.seek_ratio
        return sorted((a for a in shares if shares[a] > least), key=shares.__getitem__, reverse=True)

    def _is_past(self, leg: _Leg, t_s: float, quality: float) -> bool:
        patience = self._settings.seek_patience_s * (2.0 if leg.phase is _Phase.ACROSS else 1.0)
        return quality < leg.best - self._settings.seek_drop or t_s - leg.start_s > patience

    def _turned(self, leg: _Leg, t_s: float, quality: float) -> _Leg:
        """The leg that follows: across, or, where this one has been through the good stretch, half way back."""
        level = leg.best - self._settings.seek_drop
        through = leg.trace[0][1] <= level
        if leg.phase is _Phase.FIRST and not through:
            return _Leg(_Phase.ACROSS, leg.axis, -leg.sign, [(t_s, quality)])
        entered = next(t for t, q in leg.trace if q >= level)
        return _Leg(_Phase.BACK, leg.axis, -leg.sign, [(t_s, quality)], 0.5 * (t_s - entered))

    def _is_back(self, leg: _Leg, t_s: float, quality: float) -> bool:
        gone = t_s - leg.start_s - self._settings.reverse_gap_s
        return gone >= leg.back_s

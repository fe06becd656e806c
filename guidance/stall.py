"""Stall: notices that the picture no longer gets better, and what to try then. Pure; the caller has the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from guidance.hint import Advice, State
from guidance.views import View, Window, window_of


class Remedy(StrEnum):
    """What may help where moving the probe no longer does."""

    BREATHE_OUT = "breathe_out"
    BREATHE_IN = "breathe_in"
    ROLL_LEFT = "roll_left"
    BEND_KNEES = "bend_knees"
    TILT_HEAD = "tilt_head"
    OTHER_WINDOW = "other_window"
    GO_ON = "go_on"


REMEDIES: Mapping[Window, tuple[Remedy, ...]] = MappingProxyType(
    {
        Window.PARASTERNAL: (Remedy.BREATHE_OUT, Remedy.ROLL_LEFT, Remedy.OTHER_WINDOW, Remedy.GO_ON),
        Window.APICAL: (Remedy.ROLL_LEFT, Remedy.BREATHE_OUT, Remedy.OTHER_WINDOW, Remedy.GO_ON),
        Window.SUBCOSTAL: (Remedy.BREATHE_IN, Remedy.BEND_KNEES, Remedy.GO_ON),
        Window.SUPRASTERNAL: (Remedy.TILT_HEAD, Remedy.GO_ON),
    }
)
"""What to try from each window, in this order (Mitchell et al. 2019, patient positions and breathing)."""

_TRYING = frozenset({State.SEARCHING, State.ADJUSTING, State.NO_CONTACT, State.NOT_RECOGNISED})
_DONE = frozenset({State.HOLD, State.CAPTURED})


@dataclass(frozen=True, slots=True)
class StallSettings:
    """When the picture counts as getting no better.

    Attributes:
        patience_s: so long without a better picture.
        gain: a picture is better from so much more quality on.
        each_s: so long for each remedy.
        gap_s: a longer hole in the stream's time does not count as trying.
    """

    patience_s: float = 25.0
    gain: float = 0.05
    each_s: float = 15.0
    gap_s: float = 1.0

    def __post_init__(self) -> None:
        if not (self.patience_s > 0.0 and self.gain > 0.0 and self.each_s > 0.0 and self.gap_s > 0.0):
            raise ValueError("all settings of a stall are above zero")


@dataclass(frozen=True, slots=True)
class Stall:
    """No better picture for ``seconds``; ``remedy`` is what to try now."""

    seconds: float
    remedy: Remedy


class StallWatch:
    """Watches the way to one target at a time; another target, or a hold, begins anew.

    Only time that the operator spent trying counts: not what was frozen, paused or without a signal.
    """

    def __init__(self, settings: StallSettings | None = None) -> None:
        self._settings = settings or StallSettings()
        self._target: View | None = None
        self._t: float | None = None
        self._best = 0.0
        self._tried_s = 0.0

    def update(self, t_s: float, advice: Advice) -> Stall | None:
        """Note ``advice`` of ``t_s`` (seconds, any clock that only goes forward within a stream).

        Returns:
            What to try, or None while the picture still gets better or nobody tries.
        """
        s = self._settings
        quality = 0.0 if advice.quality is None else advice.quality
        if advice.target is not self._target or advice.state in _DONE or self._goes_back(t_s):
            self._target, self._t, self._best, self._tried_s = advice.target, t_s, quality, 0.0
            return None
        passed = 0.0 if self._t is None else t_s - self._t
        self._t = t_s
        if advice.state not in _TRYING:
            return None
        if passed <= s.gap_s:
            self._tried_s += passed
        if quality >= self._best + s.gain:
            self._best, self._tried_s = quality, 0.0
        window = window_of(advice.target)
        if window is None or self._tried_s < s.patience_s:
            return None
        remedies = REMEDIES[window]
        step = int((self._tried_s - s.patience_s) / s.each_s)
        return Stall(self._tried_s, remedies[min(step, len(remedies) - 1)])

    def _goes_back(self, t_s: float) -> bool:
        return self._t is not None and t_s < self._t

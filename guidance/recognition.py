"""Recogniser: from fused probabilities, facets and novelty to what is on screen, with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from guidance.coach_settings import CoachSettings
from guidance.fusion import Fused
from guidance.views import View


class Sight(Enum):
    """What the coach may say about the picture, worst first."""

    UNKNOWN_TARGET = auto()
    """The model has no output for the target view."""
    UNFAMILIAR = auto()
    """Too unlike the training frames: nothing the model says can be trusted."""
    NO_CONTACT = auto()
    """Hardly any sound gets in."""
    UNSURE = auto()
    """No view, no window and not OTHER either is probable enough."""
    ELSEWHERE = auto()
    """Recognised, and not the target."""
    TARGET = auto()
    """The target view is on screen."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is on screen.

    Attributes:
        sight: what may be said.
        view: the view, OTHER when none is probable enough.
        probability: its fused probability.
        heart_seen: a standard view is more probable than OTHER, or is on screen by the operator's word.
    """

    sight: Sight
    view: View
    probability: float
    heart_seen: bool


class Recogniser:
    """Applies the thresholds of :class:`CoachSettings`; remembers which side of each it is on."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget the sides."""
        self._view = View.OTHER
        self._novel = self._unsure = self._no_contact = False

    def look(self, fused: Fused, target: View, override: View | None = None) -> Recognition:
        """Judge ``fused``. ``override`` is the view the operator says is on screen: it settles which view,
        but not whether the picture is familiar and the probe in contact.
        """
        s = self._settings
        best = fused.best
        self._view = view = override or self._settle(fused, best)
        heart_seen = (override or best) is not View.OTHER

        if fused.novelty is not None:
            self._novel = fused.novelty > s.max_novelty - (s.novelty_slack if self._novel else 0.0)
        if fused.facets is not None:
            limit = s.contact_window if self._no_contact else s.no_contact_window
            self._no_contact = fused.facets.window < limit and view is not target
        sure = s.min_view_probability + (s.probability_slack if self._unsure else 0.0)
        self._unsure = (
            view is View.OTHER
            and fused.probabilities[-1] < sure
            and max(fused.windows.values(), default=0.0) < sure
        )
        return Recognition(self._sight(fused, target), view, fused.probability_of(view), heart_seen)

    def _sight(self, fused: Fused, target: View) -> Sight:
        if target not in fused.views:
            return Sight.UNKNOWN_TARGET
        if self._novel:
            return Sight.UNFAMILIAR
        if self._no_contact:
            return Sight.NO_CONTACT
        if self._unsure:
            return Sight.UNSURE
        return Sight.TARGET if self._view is target else Sight.ELSEWHERE

    def _settle(self, fused: Fused, best: View) -> View:
        """``best`` if probable enough; the view settled on before while it is nearly as probable."""
        s, p_best = self._settings, fused.probability_of(best)
        if self._view is not View.OTHER:
            p_now = fused.probability_of(self._view)
            if (
                p_now >= s.min_view_probability - s.probability_slack
                and p_best <= p_now + s.probability_slack
            ):
                return self._view
        return best if p_best >= s.min_view_probability else View.OTHER

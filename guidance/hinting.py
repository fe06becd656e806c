"""Hinter: from one fused estimate to the hint to show: picks the movement, words it, paces it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from guidance.choice import Choice, candidate, choose, keep_or_switch
from guidance.coach_settings import CoachSettings
from guidance.directions import PatientDirection, estimated_rotation, patient_direction
from guidance.fusion import Fused
from guidance.hint import Hint, ReasonCode
from guidance.pacing import HintKey, HintPacer
from guidance.prediction import Prediction
from guidance.probe import AXES, Adjustment, Pose, PoseFrame
from guidance.reasons import Reason, reason_for
from guidance.recognition import Recognition, Sight
from guidance.views import View
from guidance.wording import Amount, Catalogue

_ROTATE = AXES.index("rotate")
_PRESS: HintKey = ("", 0)
_AMOUNT_SLACK = 0.1


class Hinter:
    """Holds what a stable hint has to remember: what is shown, in which words, what was dismissed."""

    def __init__(self, settings: CoachSettings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._pacer = HintPacer(settings)
        self._contradicted: set[int] = set()
        self.forget()

    def withdraw(self) -> None:
        """No hint from now on."""
        self._pacer.withdraw()

    def forget(self) -> None:
        """Forget wording and dismissals: another target. The pace stays."""
        self._pacer.withdraw()
        self._said: tuple[HintKey, PatientDirection | None, Amount] | None = None
        self._dismissed: dict[int, float] = {}
        self._told: dict[tuple[int, int], float] = {}  # (axis, sign) -> when the evidence last said so surely

    def restart(self) -> None:
        """Forget the pace, too: another stream."""
        self._pacer.reset()
        self.forget()

    def dismiss(self, t_s: float) -> None:
        """The operator disagrees with the hint shown: its axis is left alone for ``dismiss_s``."""
        shown = self._pacer.hint
        if shown is not None and shown.axis:
            self._dismissed[AXES.index(shown.axis)] = t_s + self._settings.dismiss_s
            self._pacer.withdraw()

    def tick(self, t_s: float) -> None:
        """Let old dismissals lapse."""
        if self._dismissed:
            self._dismissed = {axis: until for axis, until in self._dismissed.items() if until > t_s}

    def press(self, t_s: float, target: View, *, patient: bool) -> Hint | None:
        """The hint to make contact, as long as the coach is ``patient`` about it."""
        shown = self._pacer.hint
        return self._pacer.offer(
            t_s,
            _PRESS if patient else None,
            still_true=shown is not None and shown.axis == "",
            build=lambda: self._catalogue.press(Reason(ReasonCode.NO_CONTACT), target),
        )

    def beyond(self, fused: Fused, ratio: float) -> bool:
        """Whether any error is, with a trustworthy sign, more than ``ratio`` tolerances."""
        if fused.adjustment is None or fused.half_width90 is None:
            return False
        confidence = self._settings.sign_confidence
        blocked = self._dismissed.keys()
        return self._best(fused.adjustment, fused.half_width90, ratio, confidence, blocked) is not None

    def movement(
        self,
        t_s: float,
        prediction: Prediction,
        pose: Pose | None,
        fused: Fused,
        seen: Recognition,
        target: View,
    ) -> Hint | None:
        """The movement to show at ``t_s``, if any."""
        errors, half = fused.adjustment, fused.half_width90
        if errors is None or half is None or not self._knows_the_way(fused, seen):
            self._pacer.withdraw()
            return None
        shown = self._pacer.hint
        still_true = (
            shown is not None and shown.axis != "" and errors[AXES.index(shown.axis)] * shown.sign > 0.0
        )
        self._note(t_s, errors, half)
        wanted = self._wanted(errors, half, fused.quality, seen, shown if still_true else None)
        if wanted is None:
            return self._pacer.offer(t_s, None, still_true, _nothing)
        choice = wanted

        def build() -> Hint:
            return self._worded(choice, errors, prediction, pose, fused, seen, target)

        return self._pacer.offer(t_s, (AXES[choice.axis], choice.sign), still_true, build)

    def _note(self, t_s: float, errors: Sequence[float], half: Sequence[float]) -> None:
        """Remember which errors are sure now, and block axes whose evidence was surely the other way just before."""
        s = self._settings
        self._contradicted = set()
        for axis in range(5):
            found = candidate(axis, errors, half, s.tolerance, ratio=1.0, confidence=s.sign_confidence)
            sign = 1 if errors[axis] > 0.0 else -1
            if found is not None:
                self._told[axis, sign] = t_s
            if t_s - self._told.get((axis, -sign), -float("inf")) < s.evidence_s:
                self._contradicted.add(axis)

    def _knows_the_way(self, fused: Fused, seen: Recognition) -> bool:
        """Whether an adjustment may be followed at all. What is OTHER must at least be known not to be novel."""
        return seen.heart_seen or (self._settings.other_confidence is not None and fused.novelty is not None)

    def _wanted(
        self,
        errors: Sequence[float],
        half: Sequence[float],
        quality: float | None,
        seen: Recognition,
        shown: Hint | None,
    ) -> Choice | None:
        """The movement to ask for: the one shown until it is done, unless another is much worse.

        While the quality is too low though every error is tolerable, smaller errors count too
        (``refine_ratio``).
        """
        s = self._settings
        on_target = seen.sight is Sight.TARGET
        confidence = s.sign_confidence if on_target else s.search_confidence
        if not seen.heart_seen and s.other_confidence is not None:
            confidence = s.other_confidence
        blocked = self._dismissed.keys() | self._contradicted
        best = self._best(errors, half, 1.0, confidence, blocked)
        release = s.release_ratio
        if on_target and quality is not None and quality < s.hold_quality:
            release *= s.refine_ratio
            best = best or self._best(errors, half, s.refine_ratio, confidence, blocked)
        if shown is None or AXES.index(shown.axis) in self._dismissed:
            return best
        current = candidate(
            AXES.index(shown.axis),
            errors,
            half,
            s.tolerance,
            ratio=release,
            confidence=s.keep_confidence if on_target else s.sign_confidence,
        )
        return keep_or_switch(current, best, s.switch_ratio)

    def _best(
        self,
        errors: Sequence[float],
        half: Sequence[float],
        ratio: float,
        confidence: float,
        blocked: Collection[int],
    ) -> Choice | None:
        s = self._settings
        return choose(
            errors,
            half,
            s.tolerance,
            ratio=ratio,
            confidence=confidence,
            contender_ratio=s.contender_ratio,
            blocked=blocked,
        )

    def _worded(
        self,
        choice: Choice,
        errors: Sequence[float],
        prediction: Prediction,
        pose: Pose | None,
        fused: Fused,
        seen: Recognition,
        target: View,
    ) -> Hint:
        axis, key = AXES[choice.axis], (AXES[choice.axis], choice.sign)
        said = self._said if self._said is not None and self._said[0] == key else None
        place: PatientDirection | None = None
        if choice.axis != _ROTATE:
            known = pose is not None and pose.frame is PoseFrame.THORAX
            rotation = pose.rotation if pose and known else estimated_rotation(target, Adjustment(*errors))
            place = patient_direction(target, axis, choice.sign, rotation, said[1] if said else None)
        amount = self._amount(choice.ratio, said[2] if said else None)
        self._said = (key, place, amount)
        reason = reason_for(choice.axis, fused, prediction, target, seen.view, self._settings.facet_low)
        return self._catalogue.movement(axis, choice.sign, place, amount, reason, target)

    def _amount(self, ratio: float, before: Amount | None) -> Amount:
        """How far, in tolerances; a word once said is kept a little beyond its range."""
        slight, lot = self._settings.slight_ratio, self._settings.lot_ratio
        if before is not None:
            slight *= 1.0 + (_AMOUNT_SLACK if before is Amount.SLIGHTLY else -_AMOUNT_SLACK)
            lot *= 1.0 + (-_AMOUNT_SLACK if before is Amount.LOT else _AMOUNT_SLACK)
        return Amount.SLIGHTLY if ratio < slight else Amount.LOT if ratio > lot else Amount.PLAIN


def _nothing() -> Hint:
    raise AssertionError("nothing was wanted")

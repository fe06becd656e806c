"""CoachSettings: every threshold, time and ratio of the coach in one frozen place, checked once."""

from __future__ import annotations

from dataclasses import dataclass, fields

from guidance.errors import InputError
from guidance.manifest import HintPolicy

_UNIT_INTERVAL = frozenset(
    (
        "min_view_probability",
        "max_novelty",
        "hold_quality",
        "probability_slack",
        "quality_slack",
        "novelty_slack",
        "sign_confidence",
        "keep_confidence",
        "search_confidence",
        "other_confidence",
        "no_contact_window",
        "contact_window",
        "facet_low",
        "picture_jump",
    )
)


@dataclass(frozen=True, slots=True)
class CoachSettings:
    """How the coach decides.

    The first four and ``other_confidence`` come from the model's :class:`~guidance.manifest.HintPolicy`;
    ``sign_confidence`` does where the model states one.

    Thresholds that start something and the ones that end it differ, so that a value near one does not
    flicker.

    Attributes:
        tolerance: error per axis (mm, mm, degrees x 3; order of ``AXES``) that is not worth a hint.
        min_view_probability: a view, or a window, counts as recognised from here on; below, the coach
            abstains.
        max_novelty: above it the coach abstains.
        hold_quality: quality of the target view from which the operator is told to hold still.
        dwell_s: a hint stays at least so long, unless it became untrue or the state ends it.
        change_gap_s: least time between two appearances of a hint that was not there before.
        reverse_gap_s: least time between two opposite hints on one axis.
        evidence_s: a new hint waits while evidence no older than this surely said the opposite.
        fusion_s, fusion_fast_s: time constants of the fusion, calm and after an abrupt change of picture.
        gap_s: after so long without a prediction earlier evidence is worth nothing.
        picture_jump: total variation (0..1) between the window probabilities seen and fused that counts as a
            change.
        axis_jump: the same for an adjustment, in units of the Laplace scales of both.
        hold_time_s: how long to hold until the view counts as captured.
        leave_s: the picture must be gone for so long before CAPTURED ends.
        probability_slack, quality_slack, novelty_slack: how far a value may fall back before its effect ends.
        sign_confidence: least confidence in the sign of an error for a hint (target view on screen).
        keep_confidence: the same to keep the hint that is already shown.
        search_confidence: the same while another view is on screen; 0.95 = the 90 % interval excludes zero.
        other_confidence: the same while OTHER is the most probable view, for models that also say how novel a
            picture is; None: no movement is ever asked for then.
        contender_ratio: axes whose error/tolerance reaches this share of the worst one's are equally bad, and
            the order slide, rotate, tilt, rock decides between them.
        release_ratio: a hinted axis is done when its error is below this share of its tolerance.
        switch_ratio: another axis takes over when its error/tolerance is so many times that of the hinted
            axis.
        refine_ratio: where all errors are tolerable but the quality is still too low, this share of the
            tolerance is enough for a hint.
        hold_exit_ratio: HOLD ends when an error is confidently beyond so many tolerances.
        slight_ratio, lot_ratio: in tolerances: below the first "slightly", above the second "a lot".
        no_contact_window, contact_window: window facet below which contact is lost, and above which it is
            back.
        facet_low: a facet below it counts as bad in a reason.
        press_patience_s: after so long the PRESS hint gives way to the start card's advice.
        dismiss_s: how long an axis stays silent after the operator dismissed its hint.

    Raises:
        InputError: a value makes no sense.
    """

    tolerance: tuple[float, float, float, float, float] = (6.0, 6.0, 6.0, 8.0, 10.0)
    min_view_probability: float = 0.5
    max_novelty: float = 0.5
    hold_quality: float = 0.6

    dwell_s: float = 0.7
    change_gap_s: float = 1.0
    reverse_gap_s: float = 1.0
    evidence_s: float = 1.0

    fusion_s: float = 0.5
    fusion_fast_s: float = 0.1
    gap_s: float = 2.0
    picture_jump: float = 0.5
    axis_jump: float = 3.0

    hold_time_s: float = 1.0
    leave_s: float = 1.0

    probability_slack: float = 0.1
    quality_slack: float = 0.1
    novelty_slack: float = 0.1

    sign_confidence: float = 0.8
    keep_confidence: float = 0.7
    search_confidence: float = 0.95
    other_confidence: float | None = None

    contender_ratio: float = 0.7
    release_ratio: float = 0.6
    switch_ratio: float = 1.5
    refine_ratio: float = 0.5
    hold_exit_ratio: float = 1.25
    slight_ratio: float = 2.0
    lot_ratio: float = 5.0

    no_contact_window: float = 0.15
    contact_window: float = 0.3
    facet_low: float = 0.5

    press_patience_s: float = 4.0
    dismiss_s: float = 10.0

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name == "tolerance" or value is None:
                continue
            if not value >= 0.0:
                raise InputError(f"coach setting {f.name} is {value}: it must not be negative")
            if f.name in _UNIT_INTERVAL and value > 1.0:
                raise InputError(f"coach setting {f.name} is {value}: give a number from 0 to 1")
        if len(self.tolerance) != 5 or not all(t > 0.0 for t in self.tolerance):
            raise InputError(f"coach setting tolerance is {self.tolerance}: give five positive numbers")
        for name in ("fusion_s", "fusion_fast_s", "hold_time_s"):
            if not getattr(self, name) > 0.0:
                raise InputError(f"coach setting {name} must be above zero")
        if self.sign_confidence < 0.5 or self.keep_confidence < 0.5 or self.search_confidence >= 1.0:
            raise InputError("coach confidences in a sign lie between 0.5 (a coin) and 1 (never reached)")

    @classmethod
    def from_policy(cls, policy: HintPolicy) -> CoachSettings:
        """Settings with the numbers that ``policy`` of a model's manifest states.

        A sign confidence of the model's own moves the two that go with it: a hint that is shown stays a little longer,
        and with another view on screen no less is asked for.
        """
        usual = cls()
        sign = usual.sign_confidence if policy.sign_confidence is None else policy.sign_confidence
        kept = usual.sign_confidence - usual.keep_confidence
        return cls(
            tolerance=policy.tolerance,
            min_view_probability=policy.min_view_probability,
            max_novelty=policy.max_novelty,
            hold_quality=policy.hold_quality,
            other_confidence=policy.other_confidence,
            sign_confidence=sign,
            keep_confidence=max(0.5, round(sign - kept, 6)),
            search_confidence=max(usual.search_confidence, sign),
        )

"""Hint, State and Guidance: what the coach tells the operator, and the immutable record for listeners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guidance.directions import PatientDirection
from guidance.frame import Frame
from guidance.prediction import Facets, Prediction
from guidance.probe import Adjustment, Manoeuvre
from guidance.views import View


class State(StrEnum):
    """What the coach is doing."""

    NO_SIGNAL = "NO_SIGNAL"
    FROZEN = "FROZEN"
    NO_CONTACT = "NO_CONTACT"
    NOT_RECOGNISED = "NOT_RECOGNISED"
    SEARCHING = "SEARCHING"
    ADJUSTING = "ADJUSTING"
    HOLD = "HOLD"
    CAPTURED = "CAPTURED"
    PAUSED = "PAUSED"


class ReasonCode(StrEnum):
    """Why a hint is given, or why none is."""

    WRONG_VIEW = "wrong_view"
    MISSING_STRUCTURE = "missing_structure"
    FORESHORTENED = "foreshortened"
    OFF_AXIS = "off_axis"
    POOR_WINDOW = "poor_window"
    NO_CONTACT = "no_contact"
    GAIN_DEPTH = "gain_depth"
    UNFAMILIAR = "unfamiliar"
    UNSURE = "unsure"
    COLOUR = "colour"
    STRIP = "strip"
    NOT_ADULT = "not_adult"
    SHALLOW = "shallow"
    NO_MOVEMENTS = "no_movements"


@dataclass(frozen=True, slots=True)
class Hint:
    """One movement to make now, and why.

    Attributes:
        move: the manoeuvre.
        direction: where to, e.g. ``"clockwise"``, ``"towards the head"``.
        amount: ``"slightly"``, ``""`` or ``"a lot"``.
        text: line one for the operator: at most six words, verb first, patient directions, which end moves.
        reason: line two: why.
        reason_code: the same as a code, for logs and other programs.
        axis: the probe axis it corrects, a name of :data:`guidance.probe.AXES`; "" for PRESS.
        sign: +1 or -1, the sign of that adjustment; 0 for PRESS.
        place: where on the patient the moving end goes (for tilt and rock the tail); None for ROTATE, PRESS.
    """

    move: Manoeuvre
    direction: str
    amount: str
    text: str
    reason: str
    reason_code: ReasonCode
    axis: str = ""
    sign: int = 0
    place: PatientDirection | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What the coach concluded from the predictions so far (no frame, no latencies: those are the engine's).

    Attributes:
        state: what to show.
        target: the view the operator aims at.
        view: the view on screen now, fused over time; OTHER when unsure or when the picture is too novel.
        view_probability: fused probability of ``view``; 0 where the picture was not looked at (lost, frozen, stale).
        quality: fused quality of the target view, 0..1; None where the model gives none, and when abstaining.
        facets: fused facets; None as for the quality.
        novelty: fused novelty.
        foreshortening: fused probability that the ventricle is foreshortened; None where ``view`` is no apical one.
        hint: the one hint, or None.
        message: one calm line for states without a hint (why silent, what to do).
        adjustment: fused adjustment to the target; None when abstaining.
        half_width90: half widths of its 90 % intervals.
        hold_progress: 0..1 while in HOLD; 1 when captured.
        reason_code: why ``message`` stands there without a hint, where a code fits; else the hint's own.
    """

    state: State
    target: View
    view: View
    view_probability: float
    quality: float | None = None
    facets: Facets | None = None
    novelty: float | None = None
    hint: Hint | None = None
    message: str = ""
    adjustment: Adjustment | None = None
    half_width90: Adjustment | None = None
    hold_progress: float = 0.0
    reason_code: ReasonCode | None = None
    foreshortening: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """Everything known about one processed frame. Immutable; handed to every listener."""

    frame: Frame
    advice: Advice
    prediction: Prediction | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    dropped: int = 0
    t_ready_ns: int = 0

    @property
    def as_of_ns(self) -> int:
        """What its age counts from (``perf_counter_ns``): the capture of the picture that was looked at.

        A slow network must not make an old picture's hint look fresh. Without a prediction (no signal, muted) it is
        when the guidance became ready; hosts that make their own may leave that to the frame.
        """
        looked_at = self.frame.t_capture_ns if self.prediction is not None else 0
        return looked_at or self.t_ready_ns or self.frame.t_capture_ns

    def to_json(self) -> dict[str, Any]:
        """The JSON line of this frame: plain types, stable keys (see the README)."""
        a = self.advice
        return {
            "frame": self.frame.index,
            "t_capture_s": round(self.frame.t_stream_s, 6),
            "state": a.state.value,
            "target": a.target.value,
            "view": a.view.value,
            "view_probability": round(a.view_probability, 4),
            "quality": None if a.quality is None else round(a.quality, 4),
            "facets": None
            if a.facets is None
            else {name: round(getattr(a.facets, name), 4) for name in Facets.__dataclass_fields__},
            "novelty": None if a.novelty is None else round(a.novelty, 4),
            "foreshortening": None if a.foreshortening is None else round(a.foreshortening, 4),
            "hint": None
            if a.hint is None
            else {
                "move": a.hint.move.value,
                "direction": a.hint.direction,
                "amount": a.hint.amount,
                "text": a.hint.text,
                "reason": a.hint.reason,
                "reason_code": a.hint.reason_code.value,
            },
            "why_no_hint": None if a.hint is not None or a.reason_code is None else a.reason_code.value,
            "adjustment": _axes_json(a.adjustment),
            "interval90": _interval_json(a.adjustment, a.half_width90),
            "latency_ms": {stage: round(ms, 3) for stage, ms in self.latency_ms.items()},
            "dropped": self.dropped,
        }


def _named(adjustment: Adjustment) -> dict[str, float]:
    return {
        "slide_x_mm": adjustment.slide_x,
        "slide_y_mm": adjustment.slide_y,
        "tilt_deg": adjustment.tilt,
        "rock_deg": adjustment.rock,
        "rotate_deg": adjustment.rotate,
    }


def _axes_json(adjustment: Adjustment | None) -> dict[str, float] | None:
    return None if adjustment is None else {k: round(v, 2) for k, v in _named(adjustment).items()}


def _interval_json(centre: Adjustment | None, half: Adjustment | None) -> dict[str, list[float]] | None:
    if centre is None or half is None:
        return None
    widths = _named(half)
    return {k: [round(v - widths[k], 2), round(v + widths[k], 2)] for k, v in _named(centre).items()}

"""Promises of guidance.choice, guidance.reasons and guidance.recognition (the coach's pure judgements):

- the confidence in a sign is that of a Laplace distribution: a coin at zero, 0.95 where the 90 % interval starts;
- only errors beyond their tolerance and with a trustworthy sign are chosen, with their own sign;
- order slide, rotate, tilt, rock among about equally bad axes; a clearly worse one goes first;
- the axis in hand is kept until another is much worse;
- reasons follow from the evidence: no facet low, no facet named; missing structures are the ones not in the masks;
- settings that make no sense are refused in one line.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scripted import errors, prediction

from guidance.choice import Choice, choose, keep_or_switch, sign_confidence
from guidance.coach_settings import CoachSettings
from guidance.errors import InputError
from guidance.fusion import Fused, Fusion
from guidance.hint import ReasonCode
from guidance.manifest import HintPolicy
from guidance.prediction import Facets, Prediction
from guidance.probe import AXES
from guidance.reasons import EXPECTED_STRUCTURES, Reason, missing_structure, reason_for, structure_key
from guidance.views import View

TOLERANCE = (6.0, 6.0, 6.0, 8.0, 10.0)
SURE = (1.0,) * 5
five = st.tuples(*[st.floats(-60.0, 60.0)] * 5)
widths = st.tuples(*[st.floats(0.1, 60.0)] * 5)


def chosen(half: tuple[float, ...] = SURE, **axes: float) -> str | None:
    choice = choose(errors(**axes), half, TOLERANCE)
    return None if choice is None else AXES[choice.axis]


def test_sign_confidence_is_that_of_a_laplace_distribution() -> None:
    assert sign_confidence(0.0, 5.0) == 0.5
    assert sign_confidence(5.0, 5.0) == pytest.approx(0.95)
    rng = np.random.default_rng(0)
    truth = 4.0 + rng.laplace(0.0, 3.0, 200_000)
    half90 = float(np.quantile(np.abs(truth - 4.0), 0.9))
    assert sign_confidence(4.0, half90) == pytest.approx(float((truth > 0).mean()), abs=0.005)


@given(five, widths)
def test_only_what_is_worth_it_and_certain_is_chosen(e: tuple[float, ...], half: tuple[float, ...]) -> None:
    choice = choose(e, half, TOLERANCE)
    worthy = [k for k in range(5) if abs(e[k]) > TOLERANCE[k] and sign_confidence(e[k], half[k]) >= 0.8]
    assert (choice is None) == (not worthy)
    if choice is not None:
        assert choice.axis in worthy
        assert choice.sign == np.sign(e[choice.axis])
        worst = max(abs(e[k]) / TOLERANCE[k] for k in worthy)
        assert choice.ratio >= 0.7 * worst


@given(five, widths)
def test_the_mirror_image_is_chosen_for_mirrored_errors(
    e: tuple[float, ...], half: tuple[float, ...]
) -> None:
    a, b = choose(e, half, TOLERANCE), choose([-v for v in e], half, TOLERANCE)
    assert (a is None) == (b is None)
    if a is not None and b is not None:
        assert (a.axis, a.sign, a.ratio) == (b.axis, -b.sign, b.ratio)


def test_order_of_teaching_among_equals() -> None:
    assert chosen(slide_x=12, rotate=20, tilt=12, rock=16) == "slide_x"
    assert chosen(rotate=20, tilt=12, rock=16) == "rotate"
    assert chosen(tilt=12, rock=16) == "tilt"
    assert chosen(rock=16) == "rock"


def test_a_clearly_worse_axis_goes_first() -> None:
    assert chosen(slide_x=8, tilt=20) == "tilt"
    assert chosen(slide_x=15, tilt=20) == "slide_x"  # 2.5 and 3.3 tolerances: about equally bad


def test_the_larger_slide_is_chosen() -> None:
    assert chosen(slide_x=9, slide_y=-11) == "slide_y"
    assert chosen(slide_x=-12, slide_y=11) == "slide_x"


def test_an_uncertain_axis_is_passed_over() -> None:
    assert chosen(half=(1, 60, 1, 1, 1), slide_y=20, rock=9) == "rock"
    assert chosen(half=(60,) * 5, slide_y=20, rock=9) is None


def test_blocked_axes_are_left_out() -> None:
    choice = choose(errors(slide_x=20, rock=10), SURE, TOLERANCE, blocked={0})
    assert choice is not None
    assert AXES[choice.axis] == "rock"


def test_the_axis_in_hand_is_kept_until_another_is_much_worse() -> None:
    now, other = Choice(0, 1, 1.0), Choice(2, 1, 1.4)
    assert keep_or_switch(now, other, 1.5) is now
    assert keep_or_switch(now, dataclasses.replace(other, ratio=1.5), 1.5).axis == 2  # type: ignore[union-attr]
    assert keep_or_switch(now, None, 1.5) is now
    assert keep_or_switch(None, other, 1.5) is other
    assert keep_or_switch(None, None, 1.5) is None


# Reasons


def fused(p: Prediction) -> Fused:
    made = Fusion(CoachSettings()).update(0.0, p, View.A4C)
    assert made is not None
    return made


def reason(
    axis: str,
    facets: Facets | None,
    *,
    seen: View = View.A4C,
    target: View = View.A4C,
    foreshortening: float | None = None,
    **masks: float,
) -> Reason:
    p = prediction(facets=facets, adjustment=(7, 8, 9, 10, 11), structures=masks or None)
    p = dataclasses.replace(p, foreshortening=foreshortening)
    return reason_for(AXES.index(axis), fused(p), p, target, seen, facet_low=0.5)


ON_AXIS_LOW = Facets(0.9, 0.2, 0.9, 0.9)
STRUCTURES_LOW = Facets(0.2, 0.9, 0.9, 0.9)
WINDOW_LOW = Facets(0.9, 0.9, 0.2, 0.9)
FINE = Facets(0.9, 0.9, 0.9, 0.9)


def test_another_view_is_the_reason() -> None:
    r = reason("tilt", ON_AXIS_LOW, seen=View.A5C)
    assert (r.code, r.seen) == (ReasonCode.WRONG_VIEW, View.A5C)


@pytest.mark.parametrize("axis", ["slide_x", "slide_y", "tilt"])
def test_foreshortened_only_in_apical_views(axis: str) -> None:
    assert reason(axis, ON_AXIS_LOW).code is ReasonCode.FORESHORTENED
    plax = reason(axis, ON_AXIS_LOW, seen=View.PLAX, target=View.PLAX)
    assert plax.code is ReasonCode.OFF_AXIS


@pytest.mark.parametrize("axis", ["slide_x", "slide_y", "tilt"])
def test_a_model_that_tells_foreshortening_decides_it(axis: str) -> None:
    assert reason(axis, ON_AXIS_LOW, foreshortening=0.9).code is ReasonCode.FORESHORTENED
    assert reason(axis, FINE, foreshortening=0.9).code is ReasonCode.FORESHORTENED
    assert reason(axis, ON_AXIS_LOW, foreshortening=0.1).code is ReasonCode.OFF_AXIS
    plax = reason(axis, FINE, seen=View.PLAX, target=View.PLAX, foreshortening=0.9)
    assert plax.code is ReasonCode.OFF_AXIS


@pytest.mark.parametrize("axis", ["rock", "rotate"])
def test_rock_and_rotate_do_not_mend_foreshortening(axis: str) -> None:
    assert reason(axis, ON_AXIS_LOW).code is ReasonCode.OFF_AXIS


def test_poor_window_is_a_reason_to_slide_only() -> None:
    assert reason("slide_x", WINDOW_LOW).code is ReasonCode.POOR_WINDOW
    assert reason("tilt", WINDOW_LOW).code is ReasonCode.OFF_AXIS


def test_the_missing_structure_is_named() -> None:
    r = reason("tilt", STRUCTURES_LOW, LV=0.2, RV=0.1, LA=0.05, RA=0.0)
    assert (r.code, r.structure) == (ReasonCode.MISSING_STRUCTURE, "ra")
    assert reason("tilt", STRUCTURES_LOW).structure == ""
    assert reason("tilt", STRUCTURES_LOW, LV=0.2, RV=0.1, LA=0.05, RA=0.1).structure == ""


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("facets", [FINE, None])
def test_with_no_low_facet_the_error_itself_is_the_reason(axis: str, facets: Facets | None) -> None:
    r = reason(axis, facets)
    assert r.code is ReasonCode.OFF_AXIS
    assert r.size == pytest.approx((7, 8, 9, 10, 11)[AXES.index(axis)])


@given(st.tuples(*[st.floats(0.0, 1.0)] * 4), st.sampled_from(AXES))
def test_no_reason_names_a_facet_that_is_not_low(values: tuple[float, ...], axis: str) -> None:
    assume(all(abs(v - 0.5) > 1e-6 for v in values))
    facets = Facets(*values)
    code = reason(axis, facets).code
    culprit = {
        ReasonCode.FORESHORTENED: facets.on_axis,
        ReasonCode.MISSING_STRUCTURE: facets.structures,
        ReasonCode.POOR_WINDOW: facets.window,
    }.get(code, 0.0)
    assert culprit < 0.5


@pytest.mark.parametrize("view", EXPECTED_STRUCTURES)
def test_what_is_in_the_masks_is_not_missing(view: View) -> None:
    names = EXPECTED_STRUCTURES[view]
    assert missing_structure(prediction(structures=dict.fromkeys(names, 0.1)), view) == ""
    assert missing_structure(prediction(structures=dict.fromkeys(names, 0.0)), view) == names[0]
    assert missing_structure(prediction(structures={"spleen": 0.0}), view) == ""


def test_structure_names_of_a_manifest() -> None:
    assert structure_key("LV") == "lv"
    assert structure_key("aortic root") == structure_key("AORTA") == "aorta"
    assert structure_key("LV wall") == "lv_wall"


# Settings


def test_settings_take_over_the_policy_of_the_model() -> None:
    policy = HintPolicy(
        tolerance=(1, 2, 3, 4, 5), min_view_probability=0.7, max_novelty=0.8, hold_quality=0.9
    )
    s = CoachSettings.from_policy(policy)
    assert (s.tolerance, s.min_view_probability, s.max_novelty, s.hold_quality) == (
        (1, 2, 3, 4, 5),
        0.7,
        0.8,
        0.9,
    )
    assert (s.dwell_s, s.change_gap_s) == (0.7, 1.0)
    assert (s.sign_confidence, s.keep_confidence, s.search_confidence) == (0.8, 0.7, 0.95)
    s = CoachSettings.from_policy(HintPolicy(sign_confidence=0.975))
    assert (s.sign_confidence, s.keep_confidence, s.search_confidence) == (0.975, 0.875, 0.975)
    s = CoachSettings.from_policy(HintPolicy(sign_confidence=0.5))
    assert (s.sign_confidence, s.keep_confidence, s.search_confidence) == (0.5, 0.5, 0.95)


@pytest.mark.parametrize(
    "bad",
    [
        {"hold_quality": 1.5},
        {"dwell_s": -1.0},
        {"fusion_s": 0.0},
        {"tolerance": (1.0, 1.0, 0.0, 1.0, 1.0)},
        {"sign_confidence": 0.3},
        {"search_confidence": 1.0},
        {"hold_time_s": float("nan")},
    ],
)
def test_settings_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(
        InputError, match=next(iter(bad)) if "confidence" not in str(bad) else "confidences"
    ) as caught:
        CoachSettings(**bad)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)

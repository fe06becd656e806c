"""Promises of guidance.coach, its states:

- NO_SIGNAL, FROZEN, PAUSED (stale, muted), NO_CONTACT, NOT_RECOGNISED, SEARCHING, ADJUSTING, HOLD, CAPTURED each come
  from their evidence, with a message that says why wherever there is no hint;
- no movement is asked for while the coach abstains; SEARCHING asks for one only when the way is known well;
- HOLD lasts ``hold_time_s`` with progress from 0 to 1, then CAPTURED until the picture has been left;
- thresholds are the model's; one call costs far less than a millisecond.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from scripted import (
    FPS,
    GOOD,
    GOOD_PICTURE,
    OFF,
    errors,
    last,
    one,
    play,
    prediction,
    states,
)

from guidance.coach import Coach, CoachSettings, Signal
from guidance.directions import nominal_rotation
from guidance.hint import Hint, ReasonCode, State
from guidance.manifest import HintPolicy
from guidance.prediction import Facets, Prediction
from guidance.probe import Manoeuvre, Pose
from guidance.views import View


@pytest.mark.parametrize(
    ("signal", "state", "word"),
    [(Signal.LOST, State.NO_SIGNAL, "cable"), (Signal.FROZEN, State.FROZEN, "unfreeze")],
)
def test_without_a_live_signal(signal: Signal, state: State, word: str) -> None:
    for p in (None, OFF):
        a = one(p, signal=signal)  # type: ignore[arg-type]
        assert a.state is state
        assert a.hint is a.adjustment is a.quality is None
        assert word in a.message


def test_stale_is_paused() -> None:
    coach = Coach(View.A4C)
    play(coach, 1.0, OFF)
    a = coach.advise(1.1, None)
    assert (a.state, a.hint) == (State.PAUSED, None)
    assert "paused" in a.message


def test_a_novel_picture_is_not_recognised_however_sure_the_rest_is() -> None:
    a = one(prediction(p=0.99, novelty=0.9, adjustment=errors(tilt=30.0), half_width90=1.0))
    assert (a.state, a.hint, a.adjustment) == (State.NOT_RECOGNISED, None, None)
    assert "apex beat" in a.message  # says what to do


def test_the_operator_s_word_that_it_is_no_view_ends_hints() -> None:
    far = prediction(adjustment=errors(tilt=40.0), half_width90=1.0)
    coach = Coach(View.A4C)
    assert last(play(coach, 2.0, far)).hint is not None
    coach.override_view(View.OTHER)
    after = [coach.advise(2.0 + k / FPS, far) for k in range(30)][-1]
    assert (after.state, after.view, after.hint, after.adjustment) == (
        State.SEARCHING,
        View.OTHER,
        None,
        None,
    )


@pytest.mark.parametrize(
    "unknown",
    [
        prediction(p=0.99, quality=0.95, novelty=0.9),
        prediction(probabilities={View.A4C: 0.3, View.PLAX: 0.3, View.OTHER: 0.3}, quality=0.95),
    ],
    ids=["novel", "undecided"],
)
def test_abstaining_covers_every_judgement_of_the_picture(unknown: Prediction) -> None:
    """No view, no quality and no facets of a picture that nothing can be said about; the novelty says why."""
    coach = Coach(View.A4C)
    a = last(play(coach, 2.0, unknown))
    assert (a.state, a.view, a.quality, a.facets) == (State.NOT_RECOGNISED, View.OTHER, None, None)
    assert a.novelty == pytest.approx(unknown.novelty)
    coach.mark_captured()  # by hand: the operator's word, but still no judgement of ours
    a = coach.advise(2.1, unknown)
    assert (a.state, a.hold_progress, a.view, a.quality) == (State.CAPTURED, 1.0, View.OTHER, None)


def test_a_novel_picture_without_sound_is_not_told_to_press() -> None:
    a = one(prediction(View.OTHER, 0.9, novelty=0.9, facets=Facets(0.1, 0.1, 0.01, 0.5)))
    assert (a.state, a.hint) == (State.NOT_RECOGNISED, None)


def test_an_undecided_model_is_not_followed() -> None:
    """Probability spread over windows: neither a view, nor a window, nor OTHER."""
    spread = prediction(
        probabilities={View.A4C: 0.3, View.PLAX: 0.3, View.OTHER: 0.3},
        adjustment=errors(tilt=40.0),
        half_width90=1.0,
    )
    a = one(spread)
    assert (a.state, a.view, a.hint, a.adjustment) == (State.NOT_RECOGNISED, View.OTHER, None, None)
    assert "nsure" in a.message


def test_a_target_that_the_model_does_not_know() -> None:
    a = one(prediction(View.PLAX, views=(View.PLAX,)))
    assert (a.state, a.hint) == (State.NOT_RECOGNISED, None)
    assert "another target" in a.message


def test_no_contact_asks_to_press_then_sends_back_to_the_start() -> None:
    air = prediction(
        View.OTHER, 0.9, facets=Facets(0.1, 0.1, 0.02, 0.5), adjustment=errors(tilt=30.0), half_width90=1.0
    )
    played = play(Coach(View.A4C), 6.0, air)
    assert states(played) == [State.NO_CONTACT]
    first = played[0][1]
    assert first.hint is not None
    assert (first.hint.move, first.hint.reason_code) == (Manoeuvre.PRESS, ReasonCode.NO_CONTACT)
    assert first.adjustment is None
    assert last(played).hint is None
    assert "apex beat" in last(played).message


def test_contact_is_not_lost_while_the_target_is_on_screen() -> None:
    a = one(prediction(facets=Facets(0.9, 0.9, 0.02, 0.9), adjustment=errors(tilt=15.0)))
    assert a.state is State.ADJUSTING


def test_searching_with_a_trustworthy_way() -> None:
    a = one(prediction(View.A2C, 0.9, adjustment=errors(rotate=55.0), half_width90=20.0))
    assert (a.state, a.view) == (State.SEARCHING, View.A2C)
    assert a.hint is not None
    assert (a.hint.text, a.hint.reason_code) == ("Rotate clockwise a lot", ReasonCode.WRONG_VIEW)
    assert a.hint.reason == "This is A2C; A4C is the target"
    assert a.reason_code is ReasonCode.WRONG_VIEW


def test_searching_without_a_trustworthy_way_names_the_start() -> None:
    """The 90 % interval reaches zero: enough while ADJUSTING, not here."""
    a = one(prediction(View.A2C, 0.9, adjustment=errors(rotate=55.0), half_width90=60.0))
    assert (a.state, a.hint) == (State.SEARCHING, None)
    assert "A2C" in a.message
    assert "apex beat" in a.message
    assert one(prediction(View.A4C, 0.9, adjustment=errors(rotate=55.0), half_width90=60.0)).hint is not None


def test_searching_never_follows_other() -> None:
    a = one(prediction(View.OTHER, 0.8, adjustment=errors(rotate=55.0), half_width90=1.0))
    assert (a.state, a.hint, a.adjustment) == (State.SEARCHING, None, None)
    assert "2 o'clock" in a.message


def test_other_is_followed_where_the_settings_say_so_and_novelty_is_known() -> None:
    bold = CoachSettings(other_confidence=0.97)

    def hint(half: float, novelty: float | None) -> Hint | None:
        p = prediction(View.OTHER, 0.8, adjustment=errors(slide_x=20.0), half_width90=half, novelty=novelty)
        a = Coach(View.A4C, bold).advise(0.0, p)
        assert (a.adjustment is None) == (a.hint is None)
        return a.hint

    assert hint(15.0, 0.05) is not None
    assert hint(19.0, 0.05) is None  # 0.956 sure of the sign
    assert hint(5.0, None) is None
    assert hint(5.0, 0.9) is None


def test_neighbouring_views_that_share_the_probability_still_say_where_the_probe_is() -> None:
    """A4C or A5C: no single view is probable enough, but the window is certain."""
    split = {View.A4C: 0.45, View.A5C: 0.45}
    a = one(prediction(probabilities=split, adjustment=errors(tilt=20.0), half_width90=5.0))
    assert (a.state, a.view) == (State.SEARCHING, View.OTHER)
    assert a.hint is not None
    assert a.hint.reason_code is ReasonCode.OFF_AXIS


def test_adjusting_shows_the_fused_numbers() -> None:
    a = one(OFF)
    assert (a.state, a.view, a.message) == (State.ADJUSTING, View.A4C, "")
    assert a.view_probability == pytest.approx(0.9)
    assert a.quality == pytest.approx(0.3)
    assert a.adjustment is not None
    assert a.half_width90 is not None
    assert a.adjustment.tilt == pytest.approx(15.0)
    assert a.half_width90.tilt == pytest.approx(5.0, rel=1e-4)
    assert a.hint is not None
    assert a.hint.text == "Tilt tail towards the feet"


@pytest.mark.parametrize(
    ("facets", "code", "word"),
    [
        (Facets(0.9, 0.9, 0.9, 0.2), ReasonCode.GAIN_DEPTH, "gain"),
        (Facets(0.9, 0.9, 0.2, 0.9), ReasonCode.POOR_WINDOW, "window"),
        (GOOD, None, "near"),
    ],
)
def test_adjusting_with_nothing_to_move_says_what_else(
    facets: Facets, code: ReasonCode | None, word: str
) -> None:
    a = one(prediction(facets=facets))
    assert (a.state, a.hint, a.reason_code) == (State.ADJUSTING, None, code)
    assert word in a.message


def test_small_errors_count_while_the_quality_is_too_low() -> None:
    small = errors(tilt=4.0)  # tolerance 6
    assert one(prediction(quality=0.3, adjustment=small)).hint is not None
    assert one(prediction(quality=0.9, adjustment=small)).state is State.HOLD


def test_places_follow_from_how_the_probe_is_held_now() -> None:
    """A4C: marker at 2 o'clock, + slide_x goes to the patient's left. Turned 60 degrees too far, to the left hip."""
    there = prediction(adjustment=errors(slide_x=20.0))
    turned = prediction(adjustment=errors(slide_x=20.0, rotate=-60.0), half_width90=(5, 5, 5, 5, 300))
    tracked = Pose(np.zeros(3), nominal_rotation(View.A2C))  # marker at 12:30
    places = [(one(p, pose=pose).hint) for p, pose in ((there, None), (turned, None), (there, tracked))]
    assert [h and h.text for h in places] == [
        "Slide towards patient's left",
        "Slide towards left hip",
        "Slide towards the head",
    ]


# Holding and capturing


def test_hold_then_captured() -> None:
    played = play(Coach(View.A4C), 3.0, GOOD_PICTURE)
    assert states(played) == [State.HOLD, State.CAPTURED]
    holding = [(t, a) for t, a in played if a.state is State.HOLD]
    assert holding[0][1].hold_progress == 0.0
    assert all(a.hold_progress == pytest.approx(t, abs=1e-9) for t, a in holding)
    captured_at = next(t for t, a in played if a.state is State.CAPTURED)
    assert captured_at == pytest.approx(1.0, abs=1.5 / FPS)
    assert last(played).hold_progress == 1.0
    assert all(a.hint is None and a.message for _, a in played)


def test_hold_waits_for_quality_and_position() -> None:
    assert one(prediction(quality=0.5)).state is State.ADJUSTING
    assert one(prediction(quality=0.9, adjustment=errors(tilt=15.0))).state is State.ADJUSTING
    doubtful = prediction(quality=0.9, adjustment=errors(tilt=15.0), half_width90=60.0)
    assert one(doubtful).state is State.HOLD  # not confidently beyond its tolerance
    assert one(prediction(View.A5C, quality=0.9)).state is State.SEARCHING


def test_a_disturbed_hold_starts_again() -> None:
    def script(t: float) -> Prediction:
        return OFF if 0.6 < t < 1.6 else GOOD_PICTURE

    played = play(Coach(View.A4C), 5.0, script)
    assert states(played) == [State.HOLD, State.ADJUSTING, State.HOLD, State.CAPTURED]
    restarted = max(t for t, a in played if a.state is State.ADJUSTING)
    captured = next(t for t, a in played if a.state is State.CAPTURED)
    assert captured - restarted == pytest.approx(1.0, abs=2.5 / FPS)


def test_a_heartbeat_in_the_quality_does_not_disturb_the_hold() -> None:
    def script(t: float) -> Prediction:
        return prediction(quality=0.65 + 0.2 * math.sin(2 * math.pi * 1.2 * t))

    assert states(play(Coach(View.A4C), 3.0, script)) == [State.HOLD, State.CAPTURED]


def test_captured_ends_when_the_picture_has_been_left() -> None:
    coach = Coach(View.A4C)
    play(coach, 2.0, GOOD_PICTURE)
    played = play(coach, 3.0, prediction(View.PLAX, 0.95), start=2.0)
    assert states(played) == [State.CAPTURED, State.SEARCHING]
    left = next(t for t, a in played if a.state is State.SEARCHING)
    assert 3.0 <= left < 3.7
    assert states(play(coach, 3.0, GOOD_PICTURE, start=5.0))[-2:] == [State.HOLD, State.CAPTURED]  # and again


def test_without_a_quality_output_the_position_decides() -> None:
    assert states(play(Coach(View.A4C), 2.0, prediction(quality=None)))[-1] is State.CAPTURED
    near = prediction(quality=None, adjustment=errors(tilt=7.0), half_width90=60.0)
    assert last(play(Coach(View.A4C), 2.0, near)).state is State.ADJUSTING


def test_a_model_of_views_only_never_says_hold() -> None:
    bare = prediction(quality=None, adjustment=None, facets=None, novelty=None)
    a = last(play(Coach(View.A4C), 3.0, bare))
    assert (a.state, a.hint, a.adjustment) == (State.ADJUSTING, None, None)
    assert a.message


# The whole


def test_takes_the_policy_of_a_model() -> None:
    strict = Coach(View.A4C, HintPolicy(hold_quality=0.95))
    assert strict.settings.hold_quality == 0.95
    assert strict.advise(0.0, GOOD_PICTURE).state is State.ADJUSTING


def test_a_call_costs_far_less_than_a_millisecond() -> None:
    rng = np.random.default_rng(0)
    stream = [
        prediction(
            adjustment=np.array(errors(slide_x=12, tilt=-9, rotate=20)) + rng.normal(0, 2, 5),
            facets=Facets(0.3, 0.4, 0.9, 0.9),
            structures={"LV": 0.1, "RV": 0.05, "LA": 0.05, "RA": 0.0},
        )
        for _ in range(300)
    ]
    coach, took = Coach(View.A4C), []
    for i, p in enumerate(stream):
        before = time.perf_counter()
        coach.advise(i / FPS, p)
        took.append(time.perf_counter() - before)
    assert float(np.median(took)) < 1e-3

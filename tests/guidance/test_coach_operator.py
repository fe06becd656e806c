"""Promises of guidance.coach, what the operator says:

- target, mute, manual capture, view override, dismissal and reset do what they say.
"""

from __future__ import annotations

import pytest
from scripted import GOOD_PICTURE, OFF, check_calm, errors, last, play, prediction, states

from guidance.coach import Coach
from guidance.errors import InputError
from guidance.hint import State
from guidance.views import STANDARD_VIEWS, View


def test_mute_and_unmute() -> None:
    coach = Coach(View.A4C)
    play(coach, 1.0, OFF)
    coach.mute()
    assert coach.muted
    a = last(play(coach, 1.0, OFF, start=1.0))
    assert (a.state, a.hint) == (State.PAUSED, None)
    assert a.quality is not None  # still measured
    coach.mute(False)
    assert last(play(coach, 1.0, OFF, start=2.0)).state is State.ADJUSTING


def test_a_muted_coach_does_not_capture() -> None:
    coach = Coach(View.A4C)
    coach.mute()
    assert states(play(coach, 3.0, GOOD_PICTURE)) == [State.PAUSED]


def test_set_target() -> None:
    coach = Coach(View.A4C)
    assert states(play(coach, 2.0, GOOD_PICTURE))[-1] is State.CAPTURED
    coach.set_target(View.PLAX)
    assert coach.target is View.PLAX
    a = coach.advise(2.0, GOOD_PICTURE)
    assert (a.state, a.target, a.view) == (State.SEARCHING, View.PLAX, View.A4C)
    with pytest.raises(InputError, match="OTHER"):
        coach.set_target(View.OTHER)
    with pytest.raises(InputError, match="OTHER"):
        Coach(View.OTHER)


def test_a_new_target_has_its_own_adjustment() -> None:
    coach = Coach(View.A4C)
    p = prediction(View.A4C, adjustment=errors(tilt=15.0), half_width90=3.0)
    assert p.adjustment is not None
    p.adjustment[STANDARD_VIEWS.index(View.A2C)] = errors(rotate=-60.0)
    play(coach, 2.0, p)
    coach.set_target(View.A2C)
    a = last(play(coach, 2.0, p, start=2.0))
    assert a.adjustment is not None
    assert a.adjustment.as_array().tolist() == pytest.approx(list(errors(rotate=-60.0)))
    assert a.hint is not None
    assert a.hint.text == "Rotate anticlockwise a lot"


def test_capture_by_hand() -> None:
    coach = Coach(View.A4C)
    play(coach, 1.0, OFF)
    coach.mark_captured()
    played = play(coach, 3.0, OFF, start=1.0)
    assert states(played) == [
        State.CAPTURED,
        State.ADJUSTING,
    ]  # shown for a second; the picture was never good
    good = Coach(View.A4C)
    good.mark_captured()
    assert states(play(good, 5.0, GOOD_PICTURE)) == [State.CAPTURED]


def test_the_operator_knows_better_which_view_it_is() -> None:
    coach, doubtful = (
        Coach(View.A4C),
        prediction(View.A5C, 0.6, adjustment=errors(tilt=15.0), half_width90=14.0),
    )
    assert last(play(coach, 1.0, doubtful)).state is State.SEARCHING
    coach.override_view(View.A4C)
    a = last(play(coach, 1.0, doubtful, start=1.0))
    assert (a.state, a.view) == (State.ADJUSTING, View.A4C)
    assert a.view_probability < 0.1  # what the model thinks of it is not hidden
    assert a.hint is not None
    coach.override_view(None)
    assert last(play(coach, 1.0, doubtful, start=2.0)).state is State.SEARCHING


def test_an_override_does_not_make_a_strange_picture_familiar() -> None:
    coach = Coach(View.A4C)
    coach.override_view(View.A4C)
    assert coach.advise(0.0, prediction(novelty=0.9)).state is State.NOT_RECOGNISED


def test_a_dismissed_hint_stays_away_for_a_while() -> None:
    coach, both = Coach(View.A4C), prediction(adjustment=errors(tilt=20.0, rock=12.0), half_width90=3.0)
    assert last(play(coach, 1.0, both)).hint is not None
    coach.dismiss_hint()
    played = play(coach, 14.0, both, start=1.0)
    axes = [(t, a.hint.axis) for t, a in played if a.hint is not None]
    assert {axis for t, axis in axes if t < 10.9} == {"rock"}
    assert axes[-1][1] == "tilt"
    check_calm(played)


def test_a_dismissed_error_does_not_keep_from_holding() -> None:
    coach, p = Coach(View.A4C), prediction(quality=0.9, adjustment=errors(tilt=20.0))
    play(coach, 1.0, p)
    coach.dismiss_hint()
    assert last(play(coach, 0.5, p, start=1.0)).state is State.HOLD


def test_dismissing_nothing_is_harmless() -> None:
    coach = Coach(View.A4C)
    coach.dismiss_hint()
    assert coach.advise(0.0, OFF).hint is not None


def test_reset_forgets_the_stream_but_not_the_target() -> None:
    coach = Coach(View.A4C)
    play(coach, 2.0, GOOD_PICTURE)
    coach.reset()
    a = coach.advise(2.0, OFF)
    assert (a.state, a.target) == (State.ADJUSTING, View.A4C)
    assert a.adjustment is not None
    assert a.adjustment.tilt == pytest.approx(15.0)


def test_a_clip_that_loops_starts_afresh() -> None:
    coach = Coach(View.A4C)
    first = play(coach, 2.0, OFF)
    assert play(coach, 2.0, OFF) == first


def test_a_new_hint_after_a_dropout_still_waits_its_turn() -> None:
    coach = Coach(View.A4C)
    play(coach, 0.5, OFF)
    assert coach.advise(0.6, None).hint is None
    assert coach.advise(0.7, OFF).hint is None
    assert coach.advise(1.05, OFF).hint is not None

"""Promises of guidance.coach:

States
- NO_SIGNAL, FROZEN, PAUSED (stale, muted), NO_CONTACT, NOT_RECOGNISED, SEARCHING, ADJUSTING, HOLD, CAPTURED each come
  from their evidence, with a message that says why wherever there is no hint;
- no movement is asked for while the coach abstains; SEARCHING asks for one only when the way is known well;
- HOLD lasts ``hold_time_s`` with progress from 0 to 1, then CAPTURED until the picture has been left.

Hints (also on arbitrary noisy streams)
- at most one change a second; a hint dwells; no turning back within a second; constant input gives a constant hint;
- noise of the size of a heartbeat's does not flip a hint;
- a reason is true: it names what the evidence shows.

Operator
- target, mute, manual capture, view override, dismissal and reset do what they say.

Whole
- the same stream gives the same answers; one call costs far less than a millisecond.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import FPS, GOOD, errors, play, prediction, times

from guidance.coach import Coach, CoachSettings, Signal
from guidance.directions import nominal_rotation
from guidance.errors import InputError
from guidance.hint import Advice, Hint, ReasonCode, State
from guidance.manifest import HintPolicy
from guidance.prediction import Facets, Prediction
from guidance.probe import Manoeuvre, Pose
from guidance.views import STANDARD_VIEWS, View

NO_HINT = {State.NO_SIGNAL, State.FROZEN, State.NOT_RECOGNISED, State.HOLD, State.CAPTURED, State.PAUSED}
OFF = prediction(adjustment=errors(tilt=15.0))
GOOD_PICTURE = prediction(quality=0.9)
Played = list[tuple[float, Advice]]


def states(played: Iterable[tuple[float, Advice]]) -> list[State]:
    """The states in order, each once."""
    found: list[State] = []
    for _, a in played:
        if not found or found[-1] is not a.state:
            found.append(a.state)
    return found


def last(played: Played) -> Advice:
    return played[-1][1]


def one(p: Prediction, **kwargs: object) -> Advice:
    return Coach(View.A4C).advise(0.0, p, **kwargs)  # type: ignore[arg-type]


# States


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


# Stability


def onsets(played: Played) -> list[tuple[float, Hint]]:
    """Pictures whose hint differs from that of the picture before."""
    found, before = [], None
    for t, a in played:
        if a.hint is not None and (before is None or a.hint != before):
            found.append((t, a.hint))
        before = a.hint
    return found


def check_calm(played: Played) -> None:
    """What must hold of every stream, whatever it shows."""
    for t, a in played:
        assert a.state not in NO_HINT or a.hint is None, t
        assert a.hint is not None or a.message, t
        assert a.state is not State.NO_CONTACT or a.hint is None or a.hint.move is Manoeuvre.PRESS, t
        assert 0.0 <= a.hold_progress <= 1.0
    starts = onsets(played)
    assert all(b - a >= 1.0 - 1e-9 for (a, _), (b, _) in pairwise(starts))
    shown: dict[tuple[str, int], float] = {}
    for t, a in played:
        if a.hint is not None and a.hint.axis:
            opposite = shown.get((a.hint.axis, -a.hint.sign), -10.0)
            assert t - opposite >= 1.0 - 1e-9
            shown[(a.hint.axis, a.hint.sign)] = t


def check_dwell(played: Played) -> None:
    """A hint that goes early goes because its state ended or because it no longer points to the target."""
    began: float | None = None
    for (_, before), (t, now) in pairwise([(-1.0, dataclasses.replace(played[0][1], hint=None)), *played]):
        if now.hint is not None and (before.hint is None or _key(before.hint) != _key(now.hint)):
            began = t
        if before.hint is not None and now.hint is None and now.state is before.state and began is not None:
            untrue = (
                now.adjustment is not None
                and before.hint.axis != ""
                and (getattr(now.adjustment, before.hint.axis) * before.hint.sign <= 0.0)
            )
            assert t - began >= 0.7 - 1e-9 or untrue or now.adjustment is None


def _key(hint: Hint) -> tuple[str, int]:
    return hint.axis, hint.sign


def test_constant_input_gives_a_constant_hint() -> None:
    played = play(Coach(View.A4C), 10.0, OFF)
    assert len({a.hint for _, a in played}) == 1
    assert states(played) == [State.ADJUSTING]


segment = st.tuples(
    st.floats(0.05, 2.0),  # seconds
    st.sampled_from([View.A4C, View.A4C, View.A4C, View.A5C, View.A2C, View.PLAX, View.OTHER]),
    st.floats(0.3, 0.99),  # its probability
    st.floats(0.0, 1.0),  # quality
    st.tuples(*[st.floats(-40.0, 40.0)] * 5),
    st.floats(0.5, 60.0),  # half width
    st.floats(0.0, 1.0),  # window facet
    st.floats(0.0, 0.7),  # novelty
)


@settings(max_examples=60, deadline=None)
@given(st.lists(segment, min_size=1, max_size=8), st.integers(0, 2**32 - 1), st.floats(0.0, 10.0))
def test_any_noisy_stream_is_calm_and_replays_the_same(
    segments: list[tuple[float, View, float, float, tuple[float, ...], float, float, float]],
    seed: int,
    noise: float,
) -> None:
    def run() -> Played:
        rng, coach, t0, played = np.random.default_rng(seed), Coach(View.A4C), 0.0, []
        for seconds, view, p, quality, adjustment, half, window, novelty in segments:
            for t in times(seconds, t0):
                noisy = np.asarray(adjustment) + rng.normal(0.0, noise, 5)
                facets = Facets(0.8, 0.4, window, 0.8)
                made = prediction(
                    view,
                    p,
                    quality=quality,
                    adjustment=noisy,
                    half_width90=half,
                    facets=facets,
                    novelty=novelty,
                )
                played.append((t, coach.advise(t, made)))
            t0 += seconds
        return played

    played = run()
    check_calm(played)
    check_dwell(played)
    assert played == run()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_a_heartbeat_does_not_flip_the_hint(seed: int, phase: float) -> None:
    """Errors that swing by +-6 with the beat, and noise of 3 a frame, around a clear need to tilt."""
    rng = np.random.default_rng(seed)

    def script(t: float) -> Prediction:
        beat = 6.0 * math.sin(2 * math.pi * (1.2 * t + phase))
        return prediction(
            adjustment=np.array(errors(tilt=16.0)) + beat + rng.normal(0, 3, 5), half_width90=14.0
        )

    played = play(Coach(View.A4C), 8.0, script)
    check_calm(played)
    late = [a.hint for t, a in played if t > 2.0]
    assert {(h.axis, h.sign) for h in late if h is not None} == {("tilt", 1)}
    assert None not in late


@pytest.mark.parametrize(
    ("tilt", "kept", "begun"), [(4.0, True, True), (2.4, True, False), (1.2, False, False)]
)
def test_a_hint_ends_at_a_smaller_error_than_it_begins(tilt: float, kept: bool, begun: bool) -> None:
    """While the quality is too low a hint begins at 0.5 tolerances (3 degrees) and ends at 0.6 of that."""
    small = prediction(adjustment=errors(tilt=tilt), half_width90=1.0)
    coach = Coach(View.A4C)
    play(coach, 2.0, prediction(adjustment=errors(tilt=20.0), half_width90=1.0))
    assert (last(play(coach, 5.0, small, start=2.0)).hint is not None) == kept
    assert (last(play(Coach(View.A4C), 5.0, small)).hint is not None) == begun


def test_another_axis_takes_over_only_when_much_worse() -> None:
    def after(rotate: float) -> str:
        coach = Coach(View.A4C)
        play(coach, 3.0, prediction(adjustment=errors(tilt=12.0)))
        hint = last(play(coach, 4.0, prediction(adjustment=errors(tilt=12.0, rotate=rotate)), start=3.0)).hint
        assert hint is not None
        return hint.axis

    assert after(24.0) == "tilt"  # 2.0 and 2.4 tolerances
    assert after(40.0) == "rotate"


def test_an_overshoot_withdraws_the_hint_at_once_and_waits_before_turning_back() -> None:
    coach = Coach(View.A4C)
    play(coach, 2.0, prediction(adjustment=errors(tilt=15.0), half_width90=2.0))
    played = play(coach, 4.0, prediction(adjustment=errors(tilt=-15.0), half_width90=2.0), start=2.0)
    gone = next(t for t, a in played if a.hint is None)
    back = next(t for t, a in played if a.hint is not None and a.hint.sign < 0)
    assert gone < 2.5
    assert back - gone >= 1.0 - 1.5 / FPS


@pytest.mark.parametrize(("tilt", "amount"), [(9.0, "slightly"), (20.0, ""), (40.0, "a lot")])
def test_amounts(tilt: float, amount: str) -> None:
    hint = one(prediction(adjustment=errors(tilt=tilt))).hint
    assert hint is not None
    assert hint.amount == amount


def test_an_amount_near_its_border_does_not_flicker() -> None:
    rng = np.random.default_rng(3)
    played = play(
        Coach(View.A4C), 20.0, lambda t: prediction(adjustment=errors(tilt=12.0 + rng.normal(0.0, 1.0)))
    )
    assert len(onsets(played)) <= 2


# The operator


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


def test_a_hint_waits_while_recent_evidence_surely_said_the_opposite() -> None:
    """Tilt was never hinted, for rotation was worse; then tilt turns round and is all that is left."""
    before = prediction(adjustment=errors(rotate=26.0, tilt=15.0))
    after = prediction(adjustment=errors(tilt=-15.0))

    def first_tilt(settings: CoachSettings) -> float:
        coach = Coach(View.A4C, settings)
        played = play(coach, 5.0, lambda t: before if t < 2.0 else after)
        assert {a.hint.axis for t, a in played if t < 2.0 and a.hint} == {"rotate"}
        tilts = [t for t, a in played if a.hint is not None and a.hint.axis == "tilt"]
        assert all(a.hint.sign == -1 for _, a in played if a.hint is not None and a.hint.axis == "tilt")
        return tilts[0]

    hasty = first_tilt(CoachSettings(change_gap_s=0.0, evidence_s=0.0))
    patient = first_tilt(CoachSettings(change_gap_s=0.0, evidence_s=1.0))
    assert patient > hasty + 0.1
    assert 3.0 < patient < 4.0

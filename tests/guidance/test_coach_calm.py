"""Promises of guidance.coach, how calm its hints are, also on arbitrary noisy streams:

- at most one change a second; a hint dwells; no turning back within a second; constant input gives a constant hint;
- noise of the size of a heartbeat's does not flip a hint;
- a new hint waits while the last second's evidence surely said the opposite;
- the same stream gives the same answers.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import (
    FPS,
    OFF,
    Played,
    check_calm,
    errors,
    last,
    one,
    onsets,
    play,
    prediction,
    states,
    times,
)

from guidance.coach import Coach, CoachSettings
from guidance.hint import Hint, State
from guidance.prediction import Facets, Prediction
from guidance.views import View


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

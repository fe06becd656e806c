"""Promises of the closed loop:

- a run is the same run again; the novice moves as asked, on average the right way, and holds still in HOLD;
- with a perfect network the coach brings the novice to the view; a novice who moves at random gets there seldom;
- a result says held and reached apart; no run makes more moves than it may.
"""

from __future__ import annotations

import numpy as np
import pytest

from guidance.hint import Advice, Hint, ReasonCode, State
from guidance.manifest import HintPolicy
from guidance.probe import AXES, Manoeuvre, pose_distance
from guidance.views import View
from models.closed_loop import LoopResult, LoopSettings, Policy, VirtualExam, _OracleGuide, run_loop
from models.phantom.novice import NoviceTraits, SimulatedNovice


def run(seed: int, policy: Policy = Policy.ORACLE, **settings: int) -> LoopResult:
    exam = VirtualExam(LoopSettings(seed=seed, policy=policy, fps=5.0, size=(320, 240), **settings))
    *_, (_, last) = run_loop(exam, _OracleGuide(exam, HintPolicy()))
    return last


def advice(state: State, axis: str = "rotate", sign: int = 1) -> Advice:
    hint = Hint(Manoeuvre.ROTATE, "clockwise", "", "Rotate clockwise", "", ReasonCode.OFF_AXIS, axis, sign)
    return Advice(state, View.A4C, View.A4C, 0.9, hint=hint if state is State.ADJUSTING else None)


@pytest.mark.parametrize(("axis", "sign"), [("rotate", 1), ("slide_x", -1), ("tilt", 1)])
def test_the_novice_does_what_the_hint_says(axis: str, sign: int) -> None:
    novice = SimulatedNovice(np.random.default_rng(0))
    moved = np.zeros(5)
    for k in range(400):
        moved += novice.step(advice(State.ADJUSTING, axis, sign), k * 0.05).as_array()
    k = AXES.index(axis)
    assert novice.moves > 8
    assert sign * moved[k] > 3 * np.abs(np.delete(moved, k)).max()


def test_the_novice_holds_still() -> None:
    novice = SimulatedNovice(np.random.default_rng(0))
    moved = np.sum([novice.step(advice(State.HOLD), k * 0.05).as_array() for k in range(100)], axis=0)
    assert novice.moves == 0
    assert np.abs(moved).max() < 4.0


def test_a_deaf_novice_wanders() -> None:
    novice = SimulatedNovice(np.random.default_rng(0), NoviceTraits(obeys=False))
    for k in range(400):
        novice.step(advice(State.ADJUSTING), k * 0.05)
    assert novice.moves > 3


def test_a_novice_without_hints_starts_over_where_the_card_says() -> None:
    novice = SimulatedNovice(np.random.default_rng(0))
    again = 0
    for k in range(600):
        novice.step(advice(State.SEARCHING), k * 0.05)
        again += novice.starts_over
    assert 1 <= again < novice.moves / 3


def test_the_start_card_is_near_the_target_but_does_not_know_the_patient() -> None:
    exam = VirtualExam(LoopSettings(seed=5, size=(320, 240)))
    rng = np.random.default_rng(0)
    target = exam.scanner.targets[View.A4C].pose
    distances = [pose_distance(exam.scanner.card_pose(View.A4C, rng), target) for _ in range(20)]
    mm, deg = np.mean(distances, axis=0)
    assert 5 < mm < 60
    assert 5 < deg < 50


def test_a_perfect_network_reaches_the_view_and_a_run_is_the_same_again() -> None:
    result = run(2)
    assert result.reached
    assert result.held
    assert result.final.right_picture
    assert result.moves <= 60
    assert run(2) == result


def test_no_more_moves_are_made_than_allowed() -> None:
    result = run(1, Policy.RANDOM, max_moves=2)
    assert not result.held
    assert result.moves == 2


@pytest.mark.slow
def test_a_perfect_network_reaches_the_view_in_most_patients() -> None:
    assert sum(run(seed).reached for seed in range(6)) >= 5


@pytest.mark.slow
def test_chance_is_worse_than_the_oracle() -> None:
    """The same patients, the same coach; the novice does not listen."""
    by_chance = sum(run(seed, Policy.RANDOM, max_moves=15).reached for seed in range(4))
    assert by_chance < sum(run(seed).reached for seed in range(4))

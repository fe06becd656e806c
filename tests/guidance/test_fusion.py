"""Promises of guidance.fusion:

- one prediction comes out as it went in; a constant stream stays constant;
- axes are averaged by inverse variance, frames by age with the stated time constant, at any frame rate;
- widths do not shrink with the number of frames (their errors have a common cause) and grow with their scatter;
- an abrupt change of picture is followed faster than a slow one; neighbouring views that swap names, or a single odd
  frame, are no change;
- with tracked poses, old adjustments move with the probe;
- frames that hold no finite numbers say nothing; a gap, a step back in time or another layout starts afresh.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import FPS, errors, prediction, times

from guidance.coach_settings import CoachSettings
from guidance.fusion import Fused, Fusion
from guidance.prediction import Facets, Prediction
from guidance.probe import Adjustment, Pose, adjusted, adjustment_between, rotation_matrix
from guidance.views import View, Window

S = CoachSettings()


def feed(fusion: Fusion, *items: tuple[float, Prediction], pose: Pose | None = None) -> Fused:
    fused = None
    for t, p in items:
        fused = fusion.update(t, p, View.A4C, pose)
    assert fused is not None
    return fused


def test_one_prediction_comes_out_as_it_went_in() -> None:
    facets = Facets(0.1, 0.2, 0.3, 0.4)
    p = prediction(
        p=0.7, quality=0.4, facets=facets, adjustment=(1, -2, 3, -4, 5), half_width90=(5, 6, 7, 8, 9)
    )
    fused = feed(Fusion(S), (0.0, p))
    assert fused.probabilities == pytest.approx(p.view_probabilities.tolist())
    assert fused.quality == pytest.approx(0.4)
    assert fused.facets is not None
    assert dataclasses.astuple(fused.facets) == pytest.approx(dataclasses.astuple(facets))
    assert fused.novelty == pytest.approx(0.05)
    assert fused.adjustment == pytest.approx((1, -2, 3, -4, 5))
    assert fused.half_width90 == pytest.approx((5, 6, 7, 8, 9), rel=1e-5)
    assert fused.best is View.A4C
    assert fused.windows[Window.APICAL] == pytest.approx(0.7 + 3 * 0.3 / 12, rel=1e-5)


@given(
    st.tuples(*[st.floats(-40.0, 40.0)] * 5),
    st.floats(1.0, 40.0),
    st.lists(st.floats(0.0, 0.5), min_size=1, max_size=40),
)
def test_a_constant_stream_stays_constant_and_no_narrower(
    values: tuple[float, ...], half: float, steps: list[float]
) -> None:
    p = prediction(adjustment=values, half_width90=half)
    fusion, t = Fusion(S), 0.0
    for step in steps:
        t += step
        fused = feed(fusion, (t, p))
        assert fused.adjustment == pytest.approx(values, abs=1e-4)
        assert fused.half_width90 == pytest.approx([half] * 5, rel=1e-4)


def test_a_wide_prediction_hardly_moves_a_narrow_one() -> None:
    narrow = prediction(adjustment=errors(tilt=10.0), half_width90=2.0)
    wide = prediction(adjustment=errors(tilt=0.0), half_width90=20.0)
    fused = feed(Fusion(S), (0.0, narrow), (0.0, wide))
    assert fused.adjustment is not None
    # Weights 1 / b^2: 100 to 1.
    assert fused.adjustment[2] == pytest.approx(10.0 * 100 / 101, rel=1e-4)


def test_axes_have_widths_of_their_own() -> None:
    a = prediction(adjustment=(10,) * 5, half_width90=(2, 2, 20, 20, 2))
    b = prediction(adjustment=(0,) * 5, half_width90=(20, 20, 2, 2, 2))
    fused = feed(Fusion(S), (0.0, a), (0.0, b))
    assert fused.adjustment == pytest.approx((9.9, 9.9, 0.1, 0.1, 5.0), abs=0.02)


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_the_time_constant_does_not_depend_on_the_frame_rate(fps: float) -> None:
    fusion = Fusion(S)
    n = round(5 * fps)
    for i in range(n):
        feed(fusion, (i / fps, prediction(quality=0.0)))
    after = round(0.5 * fps)
    for i in range(n, n + after):
        fused = feed(fusion, (i / fps, prediction(quality=1.0)))
    assert fused.quality == pytest.approx(1.0 - math.exp(-1.0), abs=0.02)  # one time constant of 0.5 s


def test_scatter_between_frames_widens_the_interval() -> None:
    fusion = Fusion(S)
    for i in range(3):
        fused = feed(
            fusion, (i / FPS, prediction(adjustment=errors(rock=12.0 * (-1) ** i), half_width90=5.0))
        )
    assert fused.half_width90 is not None
    assert fused.half_width90[3] > 2 * 5.0
    assert fused.half_width90[0] == pytest.approx(5.0, rel=1e-4)


def test_a_cut_is_followed_faster_than_the_time_constant() -> None:
    fusion = Fusion(S)
    for t in times(3.0):
        feed(fusion, (t, prediction(View.PLAX, 0.95)))
    reached = next(
        t for t in times(3.0, 3.0) if feed(fusion, (t, prediction(View.A4C, 0.95))).best is View.A4C
    )
    assert reached - 3.0 < 0.25
    assert reached - 3.0 > 1.5 / FPS  # not at the first odd frame


def test_one_odd_frame_is_no_change() -> None:
    fusion = Fusion(S)
    for t in times(3.0):
        before = feed(fusion, (t, prediction(View.A4C, 0.95)))
    odd = feed(fusion, (3.0, prediction(View.PLAX, 0.95)))
    share = 1.0 - math.exp(-1.0 / FPS / S.fusion_s)  # of one frame, in the calm
    assert odd.probability_of(View.A4C) == pytest.approx(
        (1.0 - share) * before.probability_of(View.A4C), rel=0.01
    )
    after = feed(fusion, (3.0 + 1 / FPS, prediction(View.A4C, 0.95)))
    assert after.probability_of(View.A4C) > 0.85 * before.probability_of(View.A4C)


def test_neighbours_that_swap_names_with_the_heartbeat_are_no_change() -> None:
    """A4C for long, A5C for 0.25 s: still A4C. A4C for 0.6 s, A5C for 0.4 s, again and again: A4C mostly."""
    fusion = Fusion(S)
    for t in times(3.0):
        feed(fusion, (t, prediction(View.A4C, 0.95)))
    assert {feed(fusion, (t, prediction(View.A5C, 0.95))).best for t in times(0.25, 3.0)} == {View.A4C}
    fusion.reset()
    seen = []
    for t in times(8.0):
        view = View.A5C if t % 1.0 > 0.6 else View.A4C
        seen.append(feed(fusion, (t, prediction(view, 0.9))).best)
    late = seen[len(seen) // 2 :]
    swaps = sum(a is not b for a, b in pairwise(late))
    assert late.count(View.A4C) > 0.6 * len(late)
    assert swaps <= 8  # twice a beat at most; thirty a second would be noise


@given(
    st.tuples(*[st.floats(-25.0, 25.0)] * 3),
    st.tuples(*[st.floats(-20.0, 20.0)] * 5),
    st.integers(2, 12),
)
def test_tracked_movement_carries_old_adjustments_along(
    turn: tuple[float, ...], step: tuple[float, ...], n: int
) -> None:
    """A probe that moves under a perfect model: the fused adjustment is that from where it is now."""
    # Slides keep to the plane of the target's face: along the beam an adjustment says nothing.
    target = Pose(np.zeros(3), np.eye(3))
    now = Pose(np.array([15.0, -10.0, 0.0]), rotation_matrix((0.0, 0.0, turn[2])))
    fusion = Fusion(S)
    for i in range(n):
        fused = fusion.update(
            i / FPS, prediction(adjustment=adjustment_between(now, target).as_array()), View.A4C, now
        )
        assert fused is not None
        assert fused.adjustment == pytest.approx(adjustment_between(now, target).as_array(), abs=1e-2)
        now = adjusted(now, Adjustment(step[0] / n, step[1] / n, 0.0, 0.0, step[4] / n))


def test_untracked_movement_lags() -> None:
    """The same without poses: the contrast that makes the test above mean something."""
    fusion = Fusion(S)
    for i in range(30):
        fused = feed(fusion, (i / FPS, prediction(adjustment=errors(slide_x=30.0 - i))))
    assert fused.adjustment is not None
    assert fused.adjustment[0] > 1.0 + 5.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_broken_frames_say_nothing(bad: float) -> None:
    broken = prediction(adjustment=(bad,) * 5)
    broken.view_probabilities[:] = bad
    fusion = Fusion(S)
    assert fusion.update(0.0, broken, View.A4C) is None
    good = feed(fusion, (0.1, prediction(adjustment=errors(tilt=9.0))))
    again = feed(fusion, (0.2, broken))
    assert again.probabilities == good.probabilities
    assert again.adjustment == good.adjustment
    assert again.adjustment is not None


def test_an_adjustment_that_stops_coming_is_forgotten() -> None:
    fusion = Fusion(S)
    feed(fusion, (0.0, prediction()))
    silent = prediction(adjustment=(float("nan"),) * 5)
    assert feed(fusion, (1.0, silent)).adjustment is not None
    assert feed(fusion, (2.0, silent), (2.5, silent)).adjustment is None


@pytest.mark.parametrize("t", [0.5, 4.0])
def test_a_step_back_or_a_gap_starts_afresh(t: float) -> None:
    fused = feed(Fusion(S), (1.0, prediction(View.PLAX)), (t, prediction(View.A4C)))
    assert fused.probability_of(View.A4C) == pytest.approx(0.9)


def test_another_model_starts_afresh() -> None:
    few = prediction(View.A4C, views=(View.A4C, View.PLAX), quality=None)
    fused = feed(Fusion(S), (0.0, prediction(View.PLAX)), (0.1, few))
    assert fused.views == (View.A4C, View.PLAX)
    assert fused.probability_of(View.A4C) == pytest.approx(0.9)
    assert fused.quality is None


def test_a_target_that_the_model_does_not_know_has_neither_quality_nor_adjustment() -> None:
    fused = Fusion(S).update(0.0, prediction(View.PLAX, views=(View.PLAX,)), View.A4C)
    assert fused is not None
    assert fused.quality is None
    assert fused.adjustment is None
    assert fused.probability_of(View.A4C) == 0.0

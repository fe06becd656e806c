"""Promises of the adjustment figures, worked out by hand on frames whose truth is made up:

- the pooled error weighs every view the same, not every pair; views without a pair are left out;
- always zero stands beside it, and far targets are counted apart;
- coverage counts what lies within the interval, its ends included;
- directions are counted by size, and where a hint is given.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from guidance.views import STANDARD_VIEWS
from models.figures.adjustment import adjustment_figures, over_views
from models.figures.direction import direction_figures
from models.figures.intervals import coverage_figures, covered
from models.figures.truth import Truth

V = len(STANDARD_VIEWS)


def truth_of(adjustment: np.ndarray, near: np.ndarray) -> Truth:
    n = len(adjustment)
    return Truth(
        view=np.zeros((n, V + 1), np.float32),
        quality=np.zeros((n, V), np.float32),
        adjustment=adjustment.astype(np.float32),
        distance=np.zeros((n, V), np.float32),
        landmarks=np.zeros((n, 9, 3), np.float32),
        patient=np.zeros(n, np.int64),
        heart=np.ones(n, bool),
        nearest=np.zeros(n, np.intp),
        clear=np.zeros(n, bool),
        near=near,
    )


@pytest.fixture
def two_views() -> Truth:
    """Four frames: three are near the first view, one is near the second; every true error is 6 on each axis."""
    near = np.zeros((4, V), bool)
    near[:3, 0] = near[3, 1] = True
    return truth_of(np.full((4, V, 5), 6.0), near)


def test_every_view_weighs_the_same(two_views: Truth) -> None:
    stated = two_views.adjustment.copy()
    stated[:, 0] += 1.0
    stated[:, 1] -= 5.0
    figures = adjustment_figures(STANDARD_VIEWS, stated, two_views)
    assert figures.pooled == pytest.approx(3.0)
    assert figures.zero_pooled == pytest.approx(6.0)
    assert figures.pairs == 4
    assert [v.pairs for v in figures.by_view] == [3, 1] + [0] * (V - 2)
    assert figures.by_view[1].error == pytest.approx((5.0,) * 5)
    assert math.isnan(figures.by_view[2].pooled)
    assert figures.any_distance_pairs == 4 * V
    assert figures.any_distance_pooled == pytest.approx((1.0 + 5.0) / V)


def test_views_without_pairs() -> None:
    assert over_views([1.0, math.nan, 3.0]) == 2.0
    assert math.isnan(over_views([math.nan]))
    assert math.isnan(over_views([]))


def test_axes_are_averaged(two_views: Truth) -> None:
    stated = two_views.adjustment + np.array([1, 2, 3, 4, 5], np.float32)
    figures = adjustment_figures(STANDARD_VIEWS, stated, two_views)
    assert figures.by_view[0].error == pytest.approx((1, 2, 3, 4, 5))
    assert figures.pooled == pytest.approx(3.0)


def test_coverage(two_views: Truth) -> None:
    stated = two_views.adjustment + np.array([0, 2, 4, 0, 0], np.float32)
    inside = covered(stated, np.full((4, V, 5), 2.0), two_views.adjustment)
    figures = coverage_figures(inside, two_views)
    assert list(figures.by_axis.values()) == [1.0, 1.0, 0.0, 1.0, 1.0]
    assert figures.overall == pytest.approx(0.8)
    assert figures.by_view[0] == pytest.approx(0.8)
    assert math.isnan(figures.by_view[5])


def test_directions_by_size_and_where_hinted() -> None:
    true = np.zeros((1, V, 5))
    true[0, 0] = [3.0, -6.0, 12.0, 25.0, 4.0]
    near = np.zeros((1, V), bool)
    near[0, 0] = True
    stated = true.copy()
    stated[0, 0] *= [-1, 1, 1, -1, 1]  # wrong at 3 and at 25
    asked = np.zeros((1, V, 5), bool)
    asked[0, 0, [1, 2, 3]] = True
    asked[0, 1] = True  # a far target whose true error is nothing: no direction to be right about
    confidence = np.full((1, V, 5), 0.5)
    confidence[0, 0, 2:] = 0.9
    figures = direction_figures(stated, confidence, asked, truth_of(true, near))
    assert [(s.size, s.all.errors, s.all.right) for s in figures.by_size] == [
        ("2-5", 2, 1),
        ("5-10", 1, 1),
        ("10-20", 1, 1),
        (">= 20", 1, 0),
    ]
    assert [s.hinted.errors for s in figures.by_size] == [0, 1, 1, 1]
    assert math.isnan(figures.by_size[0].hinted.share)
    # Worth a hint: -6, 12, 25 and 4 degrees (not 3 mm); asked for: the first three.
    assert (figures.all.errors, figures.all.right) == (4, 3)
    assert (figures.hinted.errors, figures.hinted.right) == (3, 2)
    assert figures.hinted.share == pytest.approx(2 / 3)
    assert (figures.confident.errors, figures.confident.right) == (3, 2)
    assert figures.given == pytest.approx(0.75)
    assert figures.hinted_any_distance.errors == 3
    assert figures.hinted_by_axis["rock"].share == 0.0
    assert figures.hinted_by_axis["slide_x"].ci95 is None

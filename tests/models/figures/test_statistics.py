"""Promises of the statistics that figures are made of:

- they give the values of their sources' examples;
- nothing to count is nan or None, never an error.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.figures.statistics import auroc, icc21, mean, wilson95

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Table 2 of Shrout and Fleiss 1979: six targets, four judges."""


def test_wilson() -> None:
    assert wilson95(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson95(0, 5) == (0.0, pytest.approx(0.4345, abs=1e-3))
    assert wilson95(0, 0) is None


def test_auroc_of_a_small_example() -> None:
    # Pairs (positive, negative): 0.35 beats 0.1 but not 0.4, 0.8 beats both: 3 of 4.
    assert auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75
    assert auroc(np.zeros(10), np.arange(10) < 5) == 0.5
    assert math.isnan(auroc(np.arange(3.0), np.zeros(3, bool)))
    assert math.isnan(auroc(np.array([]), np.array([], dtype=bool)))


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_auroc_counts_pairs(rows: list[tuple[int, bool]]) -> None:
    score, positive = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in score[positive] for b in score[~positive]]
    if pairs:
        assert auroc(score, positive) == pytest.approx(np.mean(pairs))


def test_icc_of_shrout_and_fleiss() -> None:
    assert icc21(SHROUT_FLEISS) == pytest.approx(0.29, abs=0.005)


def test_icc_is_about_agreement_not_correlation() -> None:
    x = np.arange(10.0)
    assert icc21(np.stack([x, x], 1)) == pytest.approx(1.0)
    # A constant offset of 3: BMS = 2 x 9.1667, JMS = 10 x (1.5^2 + 1.5^2) = 45, EMS = 0, n = 10, k = 2.
    assert icc21(np.stack([x, x + 3.0], 1)) == pytest.approx(18.3333 / (18.3333 + 9.0), abs=1e-4)


def test_nothing_to_count() -> None:
    assert math.isnan(icc21(np.zeros((1, 2))))
    assert math.isnan(icc21(np.zeros((5, 2))))
    assert math.isnan(mean(np.array([])))

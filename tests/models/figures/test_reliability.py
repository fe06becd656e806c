"""Promises of the reliability figures:

- the expected calibration error is the mean over bins of equal mass of |confidence - share right|;
- a temperature changes confidence, never which view is named.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.figures.reliability import BINS, Bin, equal_mass_bins, expected_error, softmax


def test_error_by_hand() -> None:
    bins = equal_mass_bins(np.array([0.9, 0.6, 0.8, 0.7]), np.array([1, 0, 1, 1]), bins=2)
    # 0.6 and 0.7, one of two right; 0.8 and 0.9, both right: |0.65 - 0.5| and |0.85 - 1|.
    assert [(b.confidence, b.right, b.frames) for b in bins] == [
        (pytest.approx(0.65), 0.5, 2),
        (pytest.approx(0.85), 1.0, 2),
    ]
    assert expected_error(bins) == pytest.approx(0.15)


def test_bins_weigh_by_their_frames() -> None:
    assert expected_error((Bin(0.9, 0.5, 3), Bin(0.5, 0.5, 1))) == pytest.approx(0.3)
    assert math.isnan(expected_error(()))


def test_fewer_frames_than_bins() -> None:
    bins = equal_mass_bins(np.array([0.2, 0.8]), np.array([0, 1]))
    assert len(bins) == 2
    assert expected_error(bins) == pytest.approx(0.2)


@given(st.integers(1, 200), st.integers(0, 100))
def test_mass_is_equal(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.random(n)
    bins = equal_mass_bins(confidence, rng.random(n) < confidence)
    sizes = [b.frames for b in bins]
    assert sum(sizes) == n
    assert len(bins) == min(n, BINS)
    assert max(sizes) - min(sizes) <= 1
    assert 0.0 <= expected_error(bins) <= 1.0


def test_softmax_with_temperature() -> None:
    logits = np.log(np.array([[0.2, 0.8]]))
    assert softmax(logits)[0] == pytest.approx([0.2, 0.8])
    # At temperature 2 probabilities go by the root: 1 to 2.
    assert softmax(logits, 2.0)[0] == pytest.approx([1 / 3, 2 / 3])
    assert softmax(np.array([[1000.0, 0.0]]))[0] == pytest.approx([1.0, 0.0])

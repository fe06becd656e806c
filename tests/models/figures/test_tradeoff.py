"""Promises of the trade-off curves, worked out by hand on frames whose truth is made up:

- a movement counts as guided where the error is worth it and the sign is right, as wrong where the sign is;
- a stricter threshold never guides or holds more;
- the threshold for a risk is the lowest above which the risk never comes back, and few cases say nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.views import STANDARD_VIEWS
from models.figures.tradeoff import (
    CONFIDENCES,
    FEW,
    QUALITIES,
    HintPoint,
    HoldPoint,
    hint_threshold,
    hold_threshold,
    trade_off,
)
from models.figures.truth import Truth

V = len(STANDARD_VIEWS)
TOLERANCE = (6.0, 6.0, 6.0, 8.0, 10.0)


def truth_of(adjustment: np.ndarray, distance: np.ndarray) -> Truth:
    """Frames of hearts whose nearest view is the first, near every target."""
    n = len(adjustment)
    every = np.full((n, V), 9.0, np.float32)
    every[:, 0] = distance
    return Truth(
        view=np.zeros((n, V + 1), np.float32),
        quality=np.zeros((n, V), np.float32),
        adjustment=np.asarray(adjustment, np.float32),
        distance=every,
        landmarks=np.zeros((n, 9, 3), np.float32),
        patient=np.zeros(n, np.int64),
        heart=np.ones(n, bool),
        nearest=np.zeros(n, np.intp),
        clear=np.asarray(distance) <= 1.0,
        near=np.ones((n, V), bool),
    )


def one_axis(value: float, n: int) -> np.ndarray:
    out = np.zeros((n, V, 5))
    out[:, 0, 2] = value
    return out


def test_hints_by_hand() -> None:
    truth = truth_of(one_axis(12.0, 4), np.full(4, 2.0))
    stated = one_axis(9.0, 4)
    stated[3, 0, 2] = -9.0
    confidence = np.full(stated.shape, 0.5)
    confidence[:, 0, 2] = (0.95, 0.85, 0.7, 0.85)
    curve = {p.confidence: p for p in trade_off(stated, confidence, np.zeros((4, V)), TOLERANCE, truth).hints}
    assert (curve[0.5].guided, curve[0.5].wrong, curve[0.5].asked) == (0.75, 0.25, 4)
    assert (curve[0.8].guided, curve[0.8].wrong, curve[0.8].asked) == (0.5, pytest.approx(1 / 3), 3)
    assert (curve[0.95].guided, curve[0.95].wrong, curve[0.95].asked) == (0.25, 0.0, 1)
    assert math.isnan(curve[0.99].wrong)
    small = trade_off(one_axis(5.0, 4), confidence, np.zeros((4, V)), TOLERANCE, truth).hints
    assert all(p.asked == 0 for p in small), "within the tolerance nothing is asked for"


def test_holds_by_hand() -> None:
    truth = truth_of(one_axis(0.0, 4), np.array([0.5, 0.9, 1.1, 3.0]))
    quality = np.zeros((4, V))
    quality[:, 0] = (0.9, 0.65, 0.8, 0.7)
    nothing = np.zeros((4, V, 5))
    curve = {p.quality: p for p in trade_off(nothing, nothing, quality, TOLERANCE, truth).holds}
    assert (curve[0.6].found, curve[0.6].wrong, curve[0.6].nearly, curve[0.6].held) == (1.0, 0.5, 0.25, 4)
    assert (curve[0.75].found, curve[0.75].wrong, curve[0.75].nearly, curve[0.75].held) == (0.5, 0.5, 0.0, 2)
    assert (curve[0.85].found, curve[0.85].wrong) == (0.5, 0.0)


@given(st.integers(0, 2**32 - 1))
def test_stricter_never_gives_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = truth_of(rng.normal(0, 10, (30, V, 5)), rng.uniform(0, 3, 30))
    curves = trade_off(
        rng.normal(0, 10, (30, V, 5)), rng.uniform(0.5, 1, (30, V, 5)), rng.random((30, V)), TOLERANCE, truth
    )
    for points, share, count in ((curves.hints, "guided", "asked"), (curves.holds, "found", "held")):
        shares = [getattr(p, share) for p in points]
        counts = [getattr(p, count) for p in points]
        assert counts == sorted(counts, reverse=True)
        if not math.isnan(shares[0]):
            assert shares == sorted(shares, reverse=True)


def test_the_hold_threshold_a_risk() -> None:
    wrong = (0.5, 0.4, 0.3, 0.15, 0.25, 0.2, 0.15, 0.1, 0.1, 0.05, 0.9)
    points = tuple(HoldPoint(q, 1.0, w, w, 100) for q, w in zip(QUALITIES, wrong, strict=True))
    assert hold_threshold(points, 0.2) is None, "above the last threshold nine in ten are wrong"
    points = (*points[:-1], replace(points[-1], held=FEW - 1))
    assert hold_threshold(points, 0.2) == 0.65, "not 0.55: the risk comes back at 0.6"
    assert hold_threshold(points, 0.04) is None
    assert hold_threshold(points, 1.0) == QUALITIES[0]
    falling = (0.3, 0.2, 0.15, 0.12, 0.09, 0.08, 0.05, 0.04, 0.02, 0.01)
    hints = tuple(HintPoint(c, 1.0, w, 100) for c, w in zip(CONFIDENCES, falling, strict=True))
    assert hint_threshold(hints, 0.1) == 0.8
    assert hint_threshold(hints, 0.005) is None

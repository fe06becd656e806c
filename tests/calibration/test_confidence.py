"""Promises of confidence fitting:

- an overconfident model gets a temperature above one that brings stated and true frequency together;
- intervals fitted on one half cover the other half as often as stated, whatever the error's distribution;
- a target that is harder than its scale says gets factors of its own, where there are frames enough;
- too few frames are refused.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.confidence import (
    ENOUGH,
    factors_by_view,
    fit_calibration,
    interval_factors,
    loss_of_labels,
    quality_temperature,
    temperature_of_labels,
    view_temperature,
)
from guidance.views import View

RNG = np.random.default_rng(4)


def test_overconfidence_is_cooled() -> None:
    true_logits = RNG.normal(0, 1.5, (4000, 5))
    p = np.exp(true_logits) / np.exp(true_logits).sum(1, keepdims=True)
    drawn = np.array([RNG.choice(5, p=row) for row in p])
    said = 2.5 * true_logits
    assert view_temperature(said, np.eye(5)[drawn]) == pytest.approx(2.5, rel=0.12)


def test_labels_that_allow_several_classes_cool_as_well() -> None:
    true_logits = RNG.normal(0, 1.5, (4000, 5))
    p = np.exp(true_logits) / np.exp(true_logits).sum(1, keepdims=True)
    allowed = np.eye(5, dtype=bool)[[RNG.choice(5, p=row) for row in p]]
    coarse = allowed.copy()
    coarse[:, 3] |= allowed[:, 4]  # one name for two classes
    coarse[:, 4] |= allowed[:, 3]
    for labels in (allowed, coarse):
        assert temperature_of_labels(2.5 * true_logits, labels) == pytest.approx(2.5, rel=0.12)
    exact = -np.log(p[allowed]).mean()
    assert loss_of_labels(true_logits, allowed, 1.0) == pytest.approx(exact)
    assert loss_of_labels(true_logits, coarse, 1.0) < exact


def test_quality_temperature_finds_the_scale() -> None:
    true_logits = RNG.normal(0, 2, (6000, 3))
    drawn = RNG.random((6000, 3)) < 1 / (1 + np.exp(-true_logits))
    assert quality_temperature(0.5 * true_logits, drawn.astype(float)) == pytest.approx(0.5, rel=0.12)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 5.0), st.integers(0, 10_000))
def test_intervals_cover_as_stated(wrong_scale: float, seed: int) -> None:
    """Scales that are wrong by a constant factor, and errors with heavy tails, do not matter."""
    rng = np.random.default_rng(seed)
    scale = np.exp(rng.normal(0, 0.5, (4000, 5)))
    error = np.abs(rng.standard_t(3, (4000, 5))) * scale * wrong_scale
    factor = np.array(interval_factors(error[:2000], scale[:2000]))
    covered = (error[2000:] <= factor * scale[2000:]).mean(0)
    assert np.all((covered > 0.86) & (covered < 0.94))


def test_a_target_that_is_harder_than_stated_gets_factors_of_its_own() -> None:
    rng = np.random.default_rng(5)
    target = np.repeat([0, 1, 2], [2000, 2000, ENOUGH - 1])
    error = np.abs(rng.laplace(size=(len(target), 5))) * np.where(target == 1, 3.0, 1.0)[:, None]
    found = factors_by_view(error, np.ones_like(error), target, (View.A4C, View.A3C, View.SSN))
    assert set(found) == {View.A4C, View.A3C}
    assert np.allclose(np.divide(found[View.A3C], found[View.A4C]), 3.0, rtol=0.15)


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        interval_factors(np.ones((5, 5)), np.ones((5, 5)))


def test_all_of_it_together_is_a_calibration() -> None:
    n = 500
    found = fit_calibration(
        view_logits=RNG.normal(size=(n, 4)),
        view_target=np.eye(4)[RNG.integers(0, 4, n)],
        quality_logits=RNG.normal(size=(n, 3)),
        quality_target=RNG.random((n, 3)),
        error=np.abs(RNG.normal(size=(n, 5))),
        scale=np.ones((n, 5)),
        target=np.where(np.arange(n) < 300, 0, 1),
        views=(View.A4C, View.PLAX),
    )
    assert set(found.interval90_by_view) == {View.A4C, View.PLAX}
    assert found.view_temperature > 1.0
    assert all(1.2 < f < 2.2 for f in found.interval90_factor)

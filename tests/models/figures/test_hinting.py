"""Promises of hinting:

- confidences in signs are those of :func:`guidance.choice.sign_confidence`;
- an axis is asked for where the real coach, shown that frame alone, asks for a movement, and only there.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.choice import sign_confidence
from guidance.coach import Coach
from guidance.coach_settings import CoachSettings
from guidance.decode import Decoder
from guidance.manifest import HintPolicy, InputSpec, Manifest, OutputNames
from guidance.probe import AXES
from guidance.views import STANDARD_VIEWS
from models.figures.hinting import asked_for, half_widths, sign_confidences

V = len(STANDARD_VIEWS)
ROLES = ("quality", "facets", "adjustment", "adjustment_scale", "novelty")


def manifest(other_confidence: float | None) -> Manifest:
    return Manifest(
        name="x", version="0", sha256="0" * 64, views=STANDARD_VIEWS, input=InputSpec(size=192),
        outputs=OutputNames(**{role: role for role in ROLES}), hints=HintPolicy(other_confidence=other_confidence),
        training="none", intended_use="test",
    )  # fmt: skip


@given(st.floats(-60, 60), st.floats(0.1, 90))
def test_confidence_in_a_sign(error: float, half: float) -> None:
    found = sign_confidences(np.array([error]), np.array([half]))
    assert found[0] == pytest.approx(sign_confidence(error, half))


def test_half_widths_use_the_calibration() -> None:
    factors = (1.0, 2.0, 3.0, 4.0, 5.0)
    made = manifest(None)
    calibrated = made.model_copy(
        update={"calibration": made.calibration.model_copy(update={"interval90_factor": factors})}
    )
    assert half_widths(calibrated, np.full((1, 1, 5), 2.0))[0, 0] == pytest.approx([2, 4, 6, 8, 10])


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sure=st.sampled_from([0.0, 2.0, 6.0]),
    on_screen=st.sampled_from([4, V, V]),
    novel=st.sampled_from([-4.0, -4.0, 4.0]),
    window=st.sampled_from([-4.0, 4.0, 4.0]),
    other=st.sampled_from([None, 0.95]),
)
def test_as_the_coach_asks(
    seed: int, sure: float, on_screen: int, novel: float, window: float, other: float | None
) -> None:
    rng = np.random.default_rng(seed)
    model = manifest(other)
    view = rng.normal(0, 0.5, (1, V + 1)).astype(np.float32)
    view[0, on_screen] += sure
    raw = {
        "view": view,
        "quality": np.full((1, V), 4.0, np.float32),  # good: small errors are left alone
        "facets": np.array([[4.0, 4.0, window, 4.0]], np.float32),
        # One axis is off at each target, so that its threshold alone decides.
        "adjustment": (rng.normal(0, 15, (1, V, 5)) * np.eye(5)[rng.integers(0, 5, (1, V))]).astype(
            np.float32
        ),
        "adjustment_scale": rng.uniform(1, 12, (1, V, 5)).astype(np.float32),
        "novelty": np.array([novel], np.float32),
    }
    asked = asked_for(model, raw)
    prediction = Decoder(model)(raw)
    for v, target in enumerate(STANDARD_VIEWS):
        hint = Coach(target, CoachSettings.from_policy(model.hints)).advise(0.0, prediction).hint
        moved = hint is not None and hint.axis != ""
        assert moved == bool(asked[0, v].any())
        if hint is not None and hint.axis:
            assert asked[0, v, AXES.index(hint.axis)]
            assert hint.sign == np.sign(raw["adjustment"][0, v, AXES.index(hint.axis)])

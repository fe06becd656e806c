"""Promises of foreshortening:

- nothing is lost where the plane holds the long axis, and the formula's values are those of simple cuts;
- it is the height of the highest point of the cut, found by search, for any plane;
- landmarks that are right, or a right answer, tell every foreshortened frame; a model without either has no figure.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.views import STANDARD_VIEWS
from models.dataset import record_frames
from models.figures.foreshortening import CENTRE, HALF_LENGTH, HALF_WIDTH, foreshortening_figures, length_lost
from models.figures.truth import Truth
from models.labels import LANDMARKS

TRUTH = Truth.of(record_frames(11, 240))
LENGTH = 85.0


def lost(apex: list[float], mitral: list[float]) -> float:
    return float(length_lost(np.array([apex]), np.array([mitral]))[0])


def test_simple_cuts() -> None:
    assert lost([0, 0, 20], [0, 0, 20 + LENGTH]) == pytest.approx(0.0)
    off = 0.6 * HALF_WIDTH * LENGTH  # parallel to the axis: the unit circle is cut at a height of 0.8
    assert lost([0, off, 20], [0, off, 20 + LENGTH]) == pytest.approx(HALF_LENGTH * 0.2)
    assert lost([0, 30, 20], [0, 30, 20 + LENGTH]) == 1.0  # beside the cavity
    across = [0.0, LENGTH * (1 - CENTRE), 60.0], [0.0, -LENGTH * CENTRE, 60.0]
    assert lost(*across) == pytest.approx(HALF_LENGTH)  # across its middle, as in a short axis


@given(st.floats(-25, 25), st.floats(-25, 25))
def test_highest_point_of_the_cut_by_search(apex_y: float, mitral_y: float) -> None:
    apex = np.array([0.0, apex_y, 0.0])
    mitral = np.array([0.0, mitral_y, math.sqrt(LENGTH**2 - (apex_y - mitral_y) ** 2)])
    along = (apex - mitral) / LENGTH
    centre = mitral + CENTRE * LENGTH * along
    x, z = np.meshgrid(np.linspace(-45, 45, 181), np.linspace(-60, 130, 761))
    points = np.stack([x, np.zeros_like(x), z], -1).reshape(-1, 3) - centre
    height = points @ along
    beside = np.linalg.norm(points - height[:, None] * along, axis=1)
    inside = (height / (HALF_LENGTH * LENGTH)) ** 2 + (beside / (HALF_WIDTH * LENGTH)) ** 2 <= 1.0
    if inside.sum() < 50:
        return  # the plane only grazes the cavity: too little to search in
    reached = CENTRE + height[inside].max() / LENGTH
    assert lost(list(apex), list(mitral)) == pytest.approx(1.0 - reached, abs=0.02)


def test_right_landmarks_tell_every_frame() -> None:
    points = TRUTH.landmarks
    lost = length_lost(points[:, LANDMARKS.index("apex")], points[:, LANDMARKS.index("mitral")])
    raw = {"landmarks": points, "foreshortening": np.nan_to_num(lost)}
    figures = foreshortening_figures(STANDARD_VIEWS, LANDMARKS, raw, TRUTH)
    assert figures.frames > 10
    assert figures.foreshortened > 0
    assert figures.auc_landmarks == 1.0
    assert figures.auc == 1.0
    assert figures.error == pytest.approx(0.0)


def test_useless_landmarks_are_chance_and_no_landmarks_unknown() -> None:
    still = np.broadcast_to(TRUTH.landmarks[0], TRUTH.landmarks.shape)
    assert foreshortening_figures(STANDARD_VIEWS, LANDMARKS, {"landmarks": still}, TRUTH).auc_landmarks == 0.5
    for names, raw in ((("base", "tip"), {"landmarks": still[:, :2]}), ((), {})):
        figures = foreshortening_figures(STANDARD_VIEWS, names, raw, TRUTH)
        assert math.isnan(figures.auc_landmarks)
        assert math.isnan(figures.auc)
        assert math.isnan(figures.auc_off_axis)

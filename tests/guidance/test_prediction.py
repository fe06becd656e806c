"""Promises of guidance.prediction:

- ``view`` is the most probable view, OTHER when the last column wins;
- ``probability_of`` finds a view by name whatever the model's order, and is 0 for views it does not know;
- a prediction cannot be changed.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from guidance.prediction import Prediction
from guidance.views import View


def two_views(*p: float) -> Prediction:
    return Prediction((View.PLAX, View.A4C), np.array(p, np.float32))


@pytest.mark.parametrize(
    ("p", "view"), [((0.7, 0.2, 0.1), View.PLAX), ((0.1, 0.6, 0.3), View.A4C), ((0.2, 0.2, 0.6), View.OTHER)]
)
def test_view_is_the_most_probable(p: tuple[float, ...], view: View) -> None:
    assert two_views(*p).view is view
    assert two_views(*p).view_probability == pytest.approx(max(p))


def test_probability_by_name() -> None:
    prediction = two_views(0.7, 0.2, 0.1)
    assert prediction.probability_of(View.A4C) == pytest.approx(0.2)
    assert prediction.probability_of(View.OTHER) == pytest.approx(0.1)
    assert prediction.probability_of(View.SSN) == 0.0


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        two_views(1.0, 0.0, 0.0).novelty = 0.5  # type: ignore[misc]

"""Outlines of structures over the picture.

Promises:
- a structure is outlined where it lies in the picture, through the device's crop, mirrored when the marker is left;
- without masks, or without a profile, nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from guidance.device import DeviceProfile, MarkerSide
from guidance.hint import Guidance
from guidance.prediction import Prediction
from guidance.views import View
from ui.layout import Box, Mode
from ui.still import render_still

SIZE = (640, 480)


def with_mask(guidance: Guidance) -> Guidance:
    """A structure in the upper left quarter of the network's input."""
    mask = np.zeros((1, 24, 24), np.float32)
    mask[0, 4:10, 4:10] = 1.0
    probabilities = np.array([0.9, 0.1], np.float32)
    prediction = Prediction((View.A4C,), probabilities, structure_names=("LV",), structures=mask)
    return replace(guidance, prediction=prediction)


def outline(guidance: Guidance, profile: DeviceProfile | None) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of what outlining changes over a host's picture of 640x480."""
    options = {"now_ns": 1, "mode": Mode.OVER}
    plain = render_still(guidance, SIZE, **options)
    drawn = render_still(guidance, SIZE, show_structures=True, profile=profile, **options)
    return np.nonzero((plain != drawn).any(axis=2))


@pytest.mark.parametrize("marker", MarkerSide)
def test_structures_lie_where_they_are(make: Callable[..., Guidance], marker: MarkerSide) -> None:
    crop = Box(180, 110, 280, 200)
    profile = DeviceProfile(640, 480, tuple(crop), marker=marker)
    y, x = outline(with_mask(make()), profile)
    u = np.array([3.5, 10.5]) / 24  # edges of the mask, half a cell wider
    u = 1 - u[::-1] if marker is MarkerSide.LEFT else u
    assert crop.x + u[0] * crop.w - 3 <= x.min() < x.max() <= crop.x + u[1] * crop.w + 3
    assert crop.y + 3.5 / 24 * crop.h - 3 <= y.min() < y.max() <= crop.y + 10.5 / 24 * crop.h + 3
    assert x.max() - x.min() > 40


def test_nothing_is_drawn_without_masks_or_profile(make: Callable[..., Guidance]) -> None:
    profile = DeviceProfile(640, 480, (100, 60, 420, 300))
    assert len(outline(make(), profile)[0]) == 0
    assert len(outline(with_mask(make()), None)[0]) == 0

"""Where a picture ends whose far part is dark, by its depth ruler.

Promises verified here:
- a ruler that runs on beyond what shows says how deep the picture is: to the next whole mark along an edge, to its last
  mark beside the picture; the person is told to compare it with the screen;
- a ruler that ends where the picture does moves nothing.
"""

from __future__ import annotations

import math

import pytest

from calibration.ruler import Ruler
from calibration.screen_scale import by_ruler
from guidance.device import DeviceProfile, Sector

SIZE = (800, 600)
SPACING = 33.0
"""Pixels from mark to mark; the first stands at the probe's face, five pixels below the apex."""


def ruler(along: str, marks: int) -> Ruler:
    """``marks`` marks of an 84 degree sector's right edge, or of an upright line beside it."""
    angle = math.radians(42.0) if along == "right" else 0.0
    x = 402.0 if along == "right" else 760.0
    first, last = 5.0, 5.0 + (marks - 1) * SPACING
    ends = [(x + r * math.sin(angle), 60.0 + r * math.cos(angle)) for r in (first, last)]
    return Ruler(*ends[0], *ends[1], SPACING, marks, marks, 0, along)


def shown(r_max: float) -> DeviceProfile:
    """A sector of which no more than ``r_max`` shows."""
    return DeviceProfile.from_sector(SIZE, Sector(402.0, 60.0, -42.0, 42.0, 5.0, r_max))


@pytest.mark.parametrize(("along", "marks", "deep"), [("right", 15, 15.0), ("side", 16, 15.0)])
def test_a_ruler_says_how_deep_a_dark_picture_is(along: str, marks: int, deep: float) -> None:
    notes: list[str] = []
    sector = by_ruler(shown(300.0), ruler(along, marks), notes).sector
    assert sector is not None
    assert sector.r_max == pytest.approx(5.0 + deep * SPACING, abs=0.15 * SPACING)
    assert len(notes) == 1
    assert "--depth-mm" in notes[0]


@pytest.mark.parametrize(("along", "marks"), [("right", 15), ("right", 16), ("side", 16)])
def test_a_ruler_that_ends_with_the_picture_moves_nothing(along: str, marks: int) -> None:
    notes: list[str] = []
    whole = shown(5.0 + 15.0 * SPACING)
    sector = by_ruler(whole, ruler(along, marks), notes).sector
    assert sector is not None
    assert whole.sector is not None
    assert sector.r_max == whole.sector.r_max
    assert notes == []

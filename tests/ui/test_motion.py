"""What the probe drawing performs.

Promises:
- a slide goes where the hint's place lies on the chest: head up, feet down, the patient's left to the right;
- a rotation turns the way the hint's sign says, and a larger amount moves further;
- tilt and rock lean to the side of their place; hints without a place still move;
- the cycle rests, moves monotonically, and is invisible only where it begins anew; it depends on the time alone.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.directions import LANDMARKS, PatientDirection
from guidance.hint import Hint, ReasonCode
from guidance.probe import Manoeuvre
from guidance.views import STANDARD_VIEWS, View, window_of
from ui.canvas import Canvas
from ui.layout import Box
from ui.motion import PERIOD_S, ease, motion_of
from ui.palette import DARK
from ui.probe_icon import paint_probe_move


def hint(move: Manoeuvre, place: PatientDirection | None = None, sign: int = 1, amount: str = "") -> Hint:
    words = f"towards the {place.value.replace('_', ' ')}" if place is not None else ""
    return Hint(move, words, amount, "", "", ReasonCode.OFF_AXIS, move.value, sign, place)


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        (PatientDirection.HEAD, 0, -1),
        (PatientDirection.FEET, 0, 1),
        (PatientDirection.PATIENT_LEFT, 1, 0),
        (PatientDirection.BREASTBONE, -1, 0),
    ],
)
def test_places_lie_where_the_patient_has_them(place: PatientDirection, x: float, y: float) -> None:
    motion = motion_of(hint(Manoeuvre.SLIDE, place), View.A4C)
    assert motion.towards == pytest.approx((x, y), abs=0.15)
    assert motion.place == place.value.replace("_", " ")


@pytest.mark.parametrize("target", STANDARD_VIEWS)
@pytest.mark.parametrize("place", PatientDirection)
def test_every_place_can_be_drawn(place: PatientDirection, target: View) -> None:
    motion = motion_of(hint(Manoeuvre.TILT, place), target)
    assert motion.towards is not None
    assert np.hypot(*motion.towards) == pytest.approx(1.0)
    window = window_of(target)
    if window is not None and place in LANDMARKS[window]:
        angle = np.degrees(np.arctan2(motion.towards[0], -motion.towards[1])) % 360
        assert angle == pytest.approx(LANDMARKS[window][place] % 360, abs=1e-6)


def test_sides_and_sizes() -> None:
    assert motion_of(hint(Manoeuvre.TILT, PatientDirection.HEAD), View.A4C).side == 1
    assert motion_of(hint(Manoeuvre.TILT, PatientDirection.FEET), View.A4C).side == -1
    assert motion_of(hint(Manoeuvre.ROCK, PatientDirection.PATIENT_LEFT), View.A4C).side == 1
    assert motion_of(hint(Manoeuvre.ROTATE, sign=-1)).sign == -1
    sizes = [motion_of(hint(Manoeuvre.ROTATE, amount=a)).size for a in ("slightly", "", "a lot")]
    assert sizes == sorted(set(sizes))


@given(st.integers(0, 10**13))
def test_the_cycle(now_ns: int) -> None:
    progress, opacity = ease(now_ns)
    assert 0.0 <= progress <= 1.0
    assert 0.0 <= opacity <= 1.0
    assert ease(now_ns + round(PERIOD_S * 1e9)) == pytest.approx((progress, opacity), abs=1e-6)


def test_the_cycle_moves_forward_in_sight() -> None:
    cycle = [ease(round(t * 1e9)) for t in np.linspace(0.0, PERIOD_S, 200, endpoint=False)]
    progress = [p for p, _ in cycle]
    assert progress == sorted(progress)
    assert progress[0] == 0.0
    assert progress[-1] == 1.0
    assert all(opacity == 1.0 for p, opacity in cycle if 0.02 < p < 0.98)


def drawn(hint: Hint, now_s: float, view: View = View.A4C) -> np.ndarray:
    """(200, 200) float: how bright the drawing of ``hint`` is."""
    from qtpy.QtGui import QImage, QPainter

    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas = Canvas(painter, DARK, 1.0)
    paint_probe_move(canvas, Box(0, 0, 200, 200), hint, view, now_ns=round(now_s * 1e9), accent=DARK.guide)
    painter.end()
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    bits = grey.constBits()
    if hasattr(bits, "setsize"):
        bits.setsize(grey.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(200, grey.bytesPerLine())[:, :200].astype(float)


def centre(change: np.ndarray) -> np.ndarray:
    """(x, y) of the middle of what is brighter."""
    y, x = np.mgrid[0:200, 0:200]
    weight = np.clip(change, 0, None)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize(
    "place", [PatientDirection.HEAD, PatientDirection.FEET, PatientDirection.PATIENT_LEFT]
)
def test_a_slide_is_seen_to_go_there(place: PatientDirection) -> None:
    one = hint(Manoeuvre.SLIDE, place, amount="a lot")
    before, after = drawn(one, 0.2), drawn(one, 1.5)
    moved = centre(after - before) - centre(before - after)
    towards = motion_of(one, View.A4C).towards
    assert towards is not None
    assert moved @ np.array(towards) > 0.8 * np.linalg.norm(moved) > 2.0


@pytest.mark.parametrize("move", [Manoeuvre.TILT, Manoeuvre.ROCK])
@pytest.mark.parametrize("place", [PatientDirection.HEAD, PatientDirection.BREASTBONE])
def test_the_tail_is_seen_to_go_there(move: Manoeuvre, place: PatientDirection) -> None:
    one = hint(move, place, amount="a lot")
    upper = slice(0, 90)
    change = drawn(one, 1.5) - drawn(one, 0.2)
    full = np.zeros_like(change)
    full[upper] = change[upper]
    moved = centre(full) - centre(-full)
    assert moved[0] * motion_of(one, View.A4C).side > 3.0


def test_a_rotation_is_seen_to_turn() -> None:
    """The marker, on the right at first, goes down for clockwise and up for anticlockwise."""
    for sign in (1, -1):
        one = hint(Manoeuvre.ROTATE, sign=sign, amount="slightly")
        change = drawn(one, 1.5) - drawn(one, 0.2)
        right = np.zeros_like(change)
        right[:, 125:170] = change[:, 125:170]
        moved = centre(right) - centre(-right)
        assert moved[1] * sign > 3.0

"""What the probe drawing performs, and how the chest is seen.

Promises:
- the probe touches the drawn chest where the virtual patient's views have it;
- head is up, the patient's left is on the right, and every handle is seen from behind and from the side;
- a slide goes where the hint's place lies on the skin; tilt and rock take the tail there, the face stays;
- a rotation turns the way the hint's sign says, seen from behind the probe, and a larger amount moves further;
- hints without a place still move the way of their sign;
- what is drawn moves as the geometry says, and arrow and label stay in the box;
- the cycle rests, moves monotonically, and is invisible only where it begins anew; it depends on the time alone.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.directions import LANDMARKS, PatientDirection, nominal_rotation, travel
from guidance.hint import Hint, ReasonCode
from guidance.probe import Manoeuvre
from guidance.views import STANDARD_VIEWS, View, Window, window_of
from guidance.wording import Amount
from models.phantom.patient import Patient
from models.phantom.targets import view_targets
from ui.canvas import Canvas
from ui.chest_scene import Camera
from ui.chest_shape import skin_over
from ui.layout import Box
from ui.motion import CONTACTS, PERIOD_S, Motion, ease, motion_of, skin_direction, start_pose
from ui.palette import DARK, LIGHT, Palette
from ui.probe_icon import SPAN_MM, arrow_of, paint_probe_move, paint_start
from ui.probe_solid import TAIL_MM
from ui.wording import LANGUAGES, words_in
from ui.wording.en import ENGLISH

TAIL = np.array([0.0, 0.0, -TAIL_MM])
MARKER = np.array([27.0, 0.0, -22.0])


def hint(move: Manoeuvre, place: PatientDirection | None = None, sign: int = 1, amount: str = "") -> Hint:
    axis = "slide_x" if move is Manoeuvre.SLIDE else move.value
    return Hint(move, "", amount, "", "", ReasonCode.OFF_AXIS, axis, sign, place)


def camera(view: View, size: int = 240) -> Camera:
    window = window_of(view)
    assert window is not None
    return Camera.at(window, size, size, SPAN_MM)


def tail_way(motion: Motion) -> np.ndarray:
    """(3,) where the tail goes."""
    return np.asarray(motion.at(1.0).to_thorax(TAIL) - motion.at(0.0).to_thorax(TAIL))


def test_the_probe_touches_the_chest_where_the_virtual_patient_has_it() -> None:
    for view, target in view_targets(Patient.mean()).items():
        assert np.asarray(CONTACTS[view]) == pytest.approx(target.pose.position, abs=1.0), view
        x, y, z = CONTACTS[view]
        drawn = skin_over(np.array([x]), np.array([y]), 0.0)[0]
        assert drawn[2] == pytest.approx(z, abs=8.0), view  # neither in the air nor below the drawn skin


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_the_patient_is_seen_head_up_and_the_handle_from_behind(view: View) -> None:
    eye, at = camera(view), start_pose(view).position
    seen = eye.project(np.array([at, at + 30.0 * np.eye(3)[1], at + 30.0 * np.eye(3)[0]]))
    head, left = seen[1, :2] - seen[0, :2], seen[2, :2] - seen[0, :2]
    assert head[1] < -abs(head[0])
    assert left[0] > abs(left[1])
    handle = -start_pose(view).rotation[:, 2]
    sight = (eye.eye - at) / np.linalg.norm(eye.eye - at)
    assert 15.0 < np.degrees(np.arccos(handle @ sight)) < 80.0


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("place", PatientDirection)
def test_places_are_where_the_patient_has_them(view: View, place: PatientDirection) -> None:
    window = window_of(view)
    assert window is not None
    slide = motion_of(hint(Manoeuvre.SLIDE, place), view)
    way = slide.at(1.0).position - slide.at(0.0).position
    assert way @ skin_direction(place, window) > 0.8 * np.linalg.norm(way)  # it follows the curve of the skin
    if place in LANDMARKS[window]:
        angle = np.radians(LANDMARKS[window][place])
        assert np.sign(np.round(way[1], 3)) == np.sign(np.round(np.cos(angle), 3))
    for move in (Manoeuvre.TILT, Manoeuvre.ROCK):
        lean = motion_of(hint(move, place), view)
        assert lean.at(1.0).position == pytest.approx(lean.at(0.0).position)
        assert tail_way(lean) @ skin_direction(place, window) > 0.0
        assert np.linalg.det(lean.at(0.7).rotation) == pytest.approx(1.0)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_rotation_turns_as_seen_from_behind(view: View, sign: int) -> None:
    motion = motion_of(hint(Manoeuvre.ROTATE, sign=sign), view)
    points = [motion.at(t).to_thorax(p) for t in (0.0, 1.0) for p in (np.array([0, 0, -22.0]), MARKER)]
    centre, before, _, after = camera(view).project(np.array(points))[:, :2]
    a, b = before - centre, after - centre
    assert np.sign(a[0] * b[1] - a[1] * b[0]) == sign  # y points down: positive is clockwise
    assert motion.place is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_amounts_are_understood_in_every_language(language: str) -> None:
    amounts = words_in(language).hints.amounts
    sizes = [motion_of(hint(Manoeuvre.ROTATE, amount=amounts[a])).size for a in Amount]
    assert sizes == [0.5, 0.75, 1.0]


@pytest.mark.parametrize("move", Manoeuvre)
def test_a_larger_amount_moves_further(move: Manoeuvre) -> None:
    sizes = [
        motion_of(hint(move, PatientDirection.HEAD, amount=a), View.A4C) for a in ("slightly", "", "a lot")
    ]
    reach = [np.linalg.norm(m.at(1.0).to_thorax(MARKER) - m.at(0.0).to_thorax(MARKER)) for m in sizes]
    assert reach == sorted(reach)
    assert reach[0] > 0.0


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("axis", ["slide_x", "tilt", "rock"])
def test_hints_without_a_place_move_the_way_of_their_sign(view: View, axis: str) -> None:
    for sign in (1, -1):
        motion = motion_of(hint(Manoeuvre(axis.partition("_")[0]), sign=sign), view)
        moved = tail_way(motion)
        assert moved @ travel(axis, sign, nominal_rotation(view)) > 0.0


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


def drawn(one: Hint | None, now_s: float, view: View = View.A4C, palette: Palette = DARK) -> np.ndarray:
    """(240, 240) float: how bright the drawing of a hint, or of the start card, is."""
    from qtpy.QtGui import QImage, QPainter

    image = QImage(240, 240, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas, box = Canvas(painter, palette, 1.0), Box(0, 0, 240, 240)
    if one is None:
        paint_start(canvas, box, view, accent=palette.guide, words=ENGLISH)
    else:
        paint_probe_move(
            canvas, box, one, view, now_ns=round(now_s * 1e9), accent=palette.guide, words=ENGLISH
        )
    painter.end()
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    bits = grey.constBits()
    if hasattr(bits, "setsize"):
        bits.setsize(grey.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(240, grey.bytesPerLine())[:, :240].astype(float)


@pytest.mark.parametrize("view", [View.A4C, View.PSAX_PM, View.SC4C, View.SSN])
@pytest.mark.parametrize("move", [Manoeuvre.SLIDE, Manoeuvre.TILT, Manoeuvre.ROTATE])
@pytest.mark.parametrize(
    "place", [PatientDirection.HEAD, PatientDirection.FEET, PatientDirection.LEFT_SHOULDER]
)
def test_a_movement_is_seen_to_go_there(move: Manoeuvre, place: PatientDirection, view: View) -> None:
    """The marker is drawn where it goes, and no longer where it was."""
    one = hint(move, place, amount="slightly")
    motion, eye = motion_of(one, view), camera(view)
    end = drawn(one, 1.6, view) - drawn(one, 0.25, view)
    (x0, y0), (x1, y1) = eye.project(np.array([motion.at(t).to_thorax(MARKER) for t in (0.0, 1.0)]))[:, :2]
    if (
        move is Manoeuvre.TILT and np.hypot(x1 - x0, y1 - y0) > 8.0
    ):  # else both lie in one disc, or below the arrow
        assert np.abs(end[round(y0) - 4 : round(y0) + 5, round(x0) - 4 : round(x0) + 5]).max() > 25.0
    changed = np.abs(end) > 25.0
    assert changed.sum() > 150
    y, x = np.nonzero(changed)
    reach = np.hypot(x[:, None] - [x0, x1], y[:, None] - [y0, y1])
    assert (reach.min(axis=1) < 130).all()  # nothing else moves


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("width", [240, 330])
def test_the_move_stays_in_the_box(view: View, width: int) -> None:
    window = window_of(view)
    assert window is not None
    eye = Camera.at(window, width, 240, SPAN_MM)
    for place in LANDMARKS[window]:
        for move in (Manoeuvre.SLIDE, Manoeuvre.TILT):
            motion = motion_of(hint(move, place), view)
            x, y = eye.project(arrow_of(motion, view)[-1:])[0, :2]
            assert -12 <= x <= width + 12, (move, place)
            assert -12 <= y <= 252, (move, place)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_arrows_point_where_the_end_goes(view: View) -> None:
    eye = camera(view)
    for place in LANDMARKS[window_of(view) or Window.APICAL]:
        for move in (Manoeuvre.SLIDE, Manoeuvre.TILT):
            motion = motion_of(hint(move, place), view)
            seen = eye.project(arrow_of(motion, view))[:, :2]
            ends = np.array(
                [motion.at(t).to_thorax(np.zeros(3) if move is Manoeuvre.SLIDE else TAIL) for t in (0, 1)]
            )
            start, end = eye.project(ends)[:, :2]
            assert (seen[-1] - seen[0]) @ (end - start) > 0.0, (place, move)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_every_start_is_drawn_in_both_palettes(view: View) -> None:
    dark, light = drawn(None, 0.0, view), drawn(None, 0.0, view, LIGHT)
    assert dark.std() > 10.0
    assert not np.array_equal(dark, light)
    assert np.array_equal(dark, drawn(None, 0.0, view))

"""The chest in perspective.

Promises:
- a drag takes the probe's face along under the cursor; with Shift it takes the tail along and leaves the face;
- the wheel turns, with Ctrl it presses; the right button turns the chest and leaves the probe;
- nothing moves without a patient, or once the attempt is over;
- the marker can be seen from every side; it says where the probe stands, that the patient is virtual, and research use;
- sizes from small to high-DPI are painted; the chest itself is drawn once, not with every move.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from guidance.probe import Adjustment, adjusted, pose_distance
from guidance.views import STANDARD_VIEWS, View, window_of
from ui.layout import Box
from ui.palette import DARK
from ui.practice import chest_view
from ui.practice.camera import Camera
from ui.practice.case import Case, open_case
from ui.practice.chest_view import LABEL, ChestView, stands
from ui.practice.probe_shape import TAIL

LEFT, NONE, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture(scope="module")
def pictures() -> Callable[[View], Case]:
    cases: dict[View, Case] = {}

    def case(view: View) -> Case:
        if view not in cases:
            cases[view] = open_case(view, 2, 1, size=(160, 120))
        made = cases[view]
        made.hand.pose, made.hand.press = made.target, 0.7
        return made

    return case


@pytest.fixture
def chest(qtbot: QtBot, pictures: Callable[[View], Case]) -> ChestView:
    view = ChestView()
    qtbot.addWidget(view)
    view.resize(430, 450)
    view.set_case(pictures(View.A4C))
    view.show()
    return view


def drag(
    chest: ChestView, dx: int, dy: int, modifier: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
) -> None:
    start = QPoint(200, 200)
    QTest.mousePress(chest, button, modifier, start)
    for share in np.linspace(0.1, 1.0, 10):
        QTest.mouseMove(chest, start + QPoint(round(share * dx), round(share * dy)))
        QApplication.processEvents()
    QTest.mouseRelease(chest, button, modifier, start + QPoint(dx, dy))
    QTest.mouseMove(chest, start)  # nothing is held any more


def wheel(chest: ChestView, notches: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    event = QWheelEvent(
        QPointF(9, 9), QPointF(9, 9), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chest, event)


def held(chest: ChestView) -> Case:
    assert chest.case is not None
    return chest.case


@pytest.mark.parametrize(("dx", "dy"), [(30, 0), (-25, -20), (0, 35)])
def test_a_drag_takes_the_face_along(chest: ChestView, dx: int, dy: int) -> None:
    before, hand = np.array(chest.camera.at(held(chest).hand.pose.position)), held(chest).hand
    turned = hand.pose.rotation
    drag(chest, dx, dy)
    assert np.array(chest.camera.at(hand.pose.position)) - before == pytest.approx([dx, dy], abs=3.0)
    assert np.array_equal(hand.pose.rotation, turned)


@pytest.mark.parametrize(("dx", "dy"), [(20, 12), (-20, 12)])
def test_with_shift_the_tail_goes_along_and_the_face_stays(chest: ChestView, dx: int, dy: int) -> None:
    hand = held(chest).hand
    hand.pose = adjusted(hand.pose, Adjustment(0, 0, 10, 10, 0))
    tail = np.array([0.0, 0.0, -TAIL])
    face, before = hand.pose.position, np.array(chest.camera.at(hand.pose.to_thorax(tail)))
    drag(chest, dx, dy, SHIFT)
    moved = np.array(chest.camera.at(hand.pose.to_thorax(tail))) - before
    assert np.dot(moved, [dx, dy]) > 0.6 * np.dot([dx, dy], [dx, dy])
    assert np.allclose(hand.pose.position, face)


def test_the_wheel_turns_and_with_ctrl_presses(chest: ChestView) -> None:
    hand = held(chest).hand
    before = hand.pose
    wheel(chest, 3)
    assert pose_distance(before, hand.pose)[1] == pytest.approx(3 * chest_view.WHEEL_DEG)
    wheel(chest, -3)
    assert pose_distance(before, hand.pose)[1] == pytest.approx(0.0, abs=1e-3)
    wheel(chest, 2, Qt.KeyboardModifier.ControlModifier)
    assert hand.press == pytest.approx(0.7 + 2 * chest_view.WHEEL_PRESS)


def test_the_right_button_turns_the_chest_and_not_the_probe(chest: ChestView) -> None:
    pose, camera = held(chest).hand.pose, chest.camera
    drag(chest, 60, -30, button=Qt.MouseButton.RightButton)
    assert held(chest).hand.pose is pose
    assert chest.camera.azimuth != camera.azimuth
    assert chest.camera.height != camera.height


def test_nothing_moves_without_a_patient_or_after_the_end(chest: ChestView) -> None:
    case = held(chest)
    pose = case.hand.pose
    chest.setEnabled(False)
    chest.slide_px(10, 10)
    wheel(chest, 1)
    assert case.hand.pose is pose
    chest.setEnabled(True)
    chest.set_case(None)
    drag(chest, 10, 10)
    wheel(chest, 1)
    assert case.hand.pose is pose
    assert not chest.grab().isNull()


def amber_pixels(chest: ChestView) -> int:
    image = chest.grab().toImage()
    amber = QColor(DARK.caution)
    found = 0
    for y in range(image.height() - 40):  # without the label, which is of the same colour
        for x in range(image.width()):
            c = image.pixelColor(x, y)
            near = abs(c.red() - amber.red()) + abs(c.green() - amber.green()) + abs(c.blue() - amber.blue())
            found += near < 60
    return found


@pytest.mark.parametrize("turn", [0.0, 90.0, 180.0, 270.0])
def test_the_marker_can_be_seen_from_every_side(chest: ChestView, turn: float) -> None:
    hand = held(chest).hand
    hand.pose = adjusted(hand.pose, Adjustment(0, 0, 0, 0, turn))
    assert amber_pixels(chest) > 20


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_the_whole_probe_is_in_sight_at_every_target(view: View, pictures: Callable[[View], Case]) -> None:
    window = window_of(view)
    assert window is not None
    camera = Camera(Box(0, 0, 430, 450)).at_window(window)
    pose = pictures(view).target
    for point in ([0, 0, 0], [0, 0, -TAIL]):
        x, y = camera.at(pose.to_thorax(point))
        assert 0 <= x <= 430
        assert 0 <= y <= 450


def test_it_says_where_the_probe_stands(pictures: Callable[[View], Case]) -> None:
    assert stands(View.A4C, pictures(View.A4C).target, 0.7, 34.6).startswith("Marker 2")
    assert stands(View.A4C, pictures(View.A4C).target, 0.7, 34.6).endswith("leans 35° · press 70 %")
    assert "Virtual patient" in LABEL
    assert "Research use" in LABEL


def test_the_chest_is_drawn_once(chest: ChestView, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    draw = chest_view.draw_chest_scene
    monkeypatch.setattr(chest_view, "draw_chest_scene", lambda *a, **k: (drawn.append(a), draw(*a, **k)))
    chest.resize(500, 400)
    chest.grab()
    assert len(drawn) == 1
    chest.slide_px(5, 5)
    chest.set_goal(held(chest).target)
    chest.grab()
    assert len(drawn) == 1
    chest.resize(300, 300)
    chest.grab()
    assert len(drawn) == 2

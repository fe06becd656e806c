"""What tests of practice share: attempts as they would be kept, and an operator who moves a synthetic mouse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from guidance.probe import Adjustment, adjusted, adjustment_between
from guidance.views import View
from ui.practice.attempt import Aid, Attempt, Ending
from ui.practice.chest_view import NOTCH, WHEEL_DEG
from ui.practice.gamepad import EVENT
from ui.practice.probe_shape import TAIL
from ui.practice.window import PracticeWindow


def attempt(**changes: Any) -> Attempt:
    """An attempt that reached the picture with hints, but for ``changes``."""
    fields: dict[str, Any] = {
        "at": "2026-11-26T10:05:00+01:00",
        "session": "2026-11-26T10:00:00+01:00",
        "view": View.A4C,
        "seed": 3,
        "difficulty": "easy",
        "habitus": "usual",
        "aid": Aid.HINTS,
        "ending": Ending.HELD,
        "right": True,
        "seconds": 20.0,
        "path_mm": 60.0,
        "path_deg": 40.0,
        "direct_mm": 30.0,
        "direct_deg": 20.0,
        "quality": 0.7,
        "plane_mm": 2.0,
        "in_plane_deg": 3.0,
        "hints": 4,
        "model": "tiny 1",
    }
    return Attempt(**(fields | changes))


class Operator:
    """Does what a perfect network's hints would ask for, with synthetic mouse, wheel and keys alone."""

    def __init__(self, window: PracticeWindow):
        self._window = window
        self._chest = window.chest

    @property
    def left(self) -> Adjustment:
        """What is still to be done."""
        case = self._window.session.case
        assert case is not None
        return adjustment_between(case.hand.pose, case.target)

    @property
    def there(self) -> bool:
        """Within 1.5 mm and 1.5 degrees on every axis."""
        return bool(np.abs(self.left.as_array()).max() < 1.5)

    def work(self) -> None:
        """One round: turn with the wheel, take the tail along, drag the face, finish with keys."""
        case = self._window.session.case
        assert case is not None
        self.wheel(round(self.left.rotate / WHEEL_DEG))
        pose, goal = case.hand.pose, self.left
        tail = np.array([0.0, 0.0, -TAIL])
        leant = adjusted(pose, Adjustment(0.0, 0.0, goal.tilt, goal.rock, 0.0))
        self.drag(pose.to_thorax(tail), leant.to_thorax(tail), Qt.KeyboardModifier.ShiftModifier)
        self.drag(case.hand.pose.position, case.target.position)
        key = Qt.Key
        for axis, more, less in (
            ("tilt", key.Key_W, key.Key_S),
            ("rock", key.Key_A, key.Key_D),
            ("rotate", key.Key_E, key.Key_Q),
        ):
            steps = round(getattr(self.left, axis))
            for _ in range(abs(steps)):
                QTest.keyClick(self._window, more if steps > 0 else less)

    def drag(
        self, start: Any, end: Any, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Drag from where the point ``start`` of the thorax is seen to where ``end`` is."""
        a, b = (np.array(self._chest.camera.at(point)) for point in (start, end))
        # The mouse may leave the widget while it drags, but it must begin in it.
        first = QPoint(self._chest.width() // 2, self._chest.height() // 2)
        QTest.mousePress(self._chest, Qt.MouseButton.LeftButton, modifier, first)
        for share in (0.25, 0.5, 0.75, 1.0):
            way = np.round(share * (b - a)).astype(int)
            QTest.mouseMove(self._chest, first + QPoint(int(way[0]), int(way[1])))
            QApplication.processEvents()
        QTest.mouseRelease(self._chest, Qt.MouseButton.LeftButton, modifier, first)

    def wheel(self, notches: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Turn the wheel over the chest."""
        at = QPointF(20.0, 20.0)
        for _ in range(abs(notches)):
            event = QWheelEvent(
                at, self._chest.mapToGlobal(at), QPoint(), QPoint(0, int(NOTCH) if notches > 0 else -int(NOTCH)),
                Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(self._chest, event)


class Joystick:
    """A device at ``path`` as Linux offers a gamepad, and what the kernel would write there."""

    BUTTON, AXIS, INITIAL = 1, 2, 0x80

    def __init__(self, path: Path):
        self.path = path
        os.mkfifo(path)
        self._file: int | None = None

    def plug_in(self) -> None:
        self._file = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        assert self._file is not None
        os.close(self._file)
        self._file = None

    def send(self, kind: int, number: int, value: int) -> None:
        assert self._file is not None
        os.write(self._file, EVENT.pack(0, value, kind, number))

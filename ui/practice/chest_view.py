"""ChestView: the patient's chest in perspective with the probe on it, to be moved with mouse and wheel."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from qtpy.QtWidgets import QWidget

from guidance.directions import clock_deg
from guidance.probe import Adjustment, Pose, adjusted
from guidance.views import START_CARDS, View, window_of
from models.phantom.targets import angle_to_skin
from models.phantom.thorax import skin_point
from ui.canvas import Canvas, tint
from ui.layout import Box
from ui.palette import DARK, Palette
from ui.practice.camera import Camera
from ui.practice.case import Case
from ui.practice.chest_drawing import draw_chest_scene, draw_directions
from ui.practice.chest_shape import ChestShape, chest_shape
from ui.practice.hand import Push
from ui.practice.probe_drawing import draw_fan, draw_ghost, draw_probe, draw_tail_keys
from ui.practice.probe_shape import TAIL

FloatArray = NDArray[np.float64]

WHEEL_DEG, WHEEL_PRESS = 3.0, 0.05
"""What a notch of the wheel turns, and with Ctrl presses."""
NOTCH = 120.0
ORBIT_DEG_PER_PX = 0.35
LABEL = "Virtual patient. Research use only."


class _Drag(Enum):
    SLIDE = "slide"
    LEAN = "lean"
    ORBIT = "orbit"


class ChestView(QWidget):
    """Draws a case, and moves its probe: drag slides, with Shift it takes the tail along; the wheel turns, with Ctrl
    it presses; the right button turns the chest.
    """

    moved = Signal()

    def __init__(self, palette: Palette = DARK):
        super().__init__()
        self._palette = palette
        self._case: Case | None = None
        self._shape: ChestShape | None = None
        self._goal: Pose | None = None
        self._camera = Camera(Box(0, 0, 1, 1))
        self._still: QPixmap | None = None
        self._still_of: object = None
        self._drag: _Drag | None = None
        self._from = QPointF()
        self.setMinimumSize(300, 300)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("The patient's chest and the probe")
        self._fit()

    def set_case(self, case: Case | None) -> None:
        """Show ``case``; None: nobody yet."""
        self._case = case
        self._shape = None if case is None else chest_shape(case.patient)
        window = None if case is None else window_of(case.view)
        if window is not None:
            self._camera = self._camera.at_window(window)
        self._goal = None
        self._drag = None
        self.update()

    def set_goal(self, goal: Pose | None) -> None:
        """Show where the probe should have been; None does not."""
        self._goal = goal
        self.update()

    @property
    def case(self) -> Case | None:
        """Whom it shows."""
        return self._case

    @property
    def camera(self) -> Camera:
        """How it looks at the chest now."""
        return self._camera

    # Moving the probe

    def slide_px(self, dx: float, dy: float) -> None:
        """Slide so that the probe's face goes along by (``dx``, ``dy``) pixels."""
        if self._case is None:
            return
        hand = self._case.hand
        x, y = float(hand.pose.position[0]), float(hand.pose.position[1])
        here = np.array(self._camera.at(skin_point(hand.patient, x, y)))
        left = np.array(self._camera.at(skin_point(hand.patient, x + 1.0, y))) - here
        head = np.array(self._camera.at(skin_point(hand.patient, x, y + 1.0))) - here
        mm = _solved(np.stack([left, head], axis=1), dx, dy, 0.02)
        self._push(Push(left=float(mm[0]), head=float(mm[1])))

    def lean_px(self, dx: float, dy: float) -> None:
        """Tilt and rock so that the tail goes along by (``dx``, ``dy``) pixels, as far as it can."""
        if self._case is None:
            return
        pose = self._case.hand.pose
        tail = np.array([0.0, 0.0, -TAIL])
        here = np.array(self._camera.at(pose.to_thorax(tail)))
        tilt = np.array(self._camera.at(adjusted(pose, Adjustment(0, 0, 1, 0, 0)).to_thorax(tail))) - here
        rock = np.array(self._camera.at(adjusted(pose, Adjustment(0, 0, 0, 1, 0)).to_thorax(tail))) - here
        deg = _solved(np.stack([tilt, rock], axis=1), dx, dy, 0.4)
        self._push(Push(tilt=float(deg[0]), rock=float(deg[1])))

    def notches(self, count: float, *, press: bool) -> None:
        """Turn, or ``press``, by ``count`` notches of the wheel."""
        self._push(Push(press=WHEEL_PRESS) if press else Push(rotate=WHEEL_DEG), count)

    def _push(self, push: Push, times: float = 1.0) -> None:
        if self._case is not None and self.isEnabled():
            self._case.hand.push(push, times)
            self.moved.emit()
            self.update()

    # Qt

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold: of the probe, of its tail, or of the chest."""
        if event is None:
            return
        self._from = event.position()
        if event.button() == Qt.MouseButton.RightButton:
            self._drag = _Drag.ORBIT
        elif event.button() == Qt.MouseButton.LeftButton:
            lean = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drag = _Drag.LEAN if lean else _Drag.SLIDE
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Move what is held."""
        if event is None or self._drag is None:
            return
        way = event.position() - self._from
        self._from = event.position()
        if self._drag is _Drag.SLIDE:
            self.slide_px(way.x(), way.y())
        elif self._drag is _Drag.LEAN:
            self.lean_px(way.x(), way.y())
        else:
            self._camera = self._camera.turned(-ORBIT_DEG_PER_PX * way.x(), ORBIT_DEG_PER_PX * way.y())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go."""
        self._drag = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Turn the probe, or press it."""
        if event is None:
            return
        press = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.notches(event.angleDelta().y() / NOTCH, press=press)
        event.accept()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """The chest fits the new size."""
        self._fit()

    def _fit(self) -> None:
        self._camera = replace(self._camera, box=Box(0.0, 0.0, float(self.width()), float(self.height())))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Chest, what the probe sees, where it should have been, the probe, and where it stands in words."""
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        palette, camera = self._palette, self._camera
        painter.fillRect(self.rect(), QColor(palette.background))
        case = self._case
        if case is None or self._shape is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawPixmap(QPointF(0.0, 0.0), self._chest(self._shape))
        c = Canvas(painter, palette, max(0.8, min(self.width(), self.height()) / 430))
        half = case.scanner.style.half_angle_deg
        pose = case.hand.pose
        draw_fan(painter, camera, pose, half, palette.guide, palette)
        if self._goal is not None:
            draw_ghost(painter, camera, self._goal, palette.good)
        draw_probe(painter, camera, pose, palette)
        if self._goal is None:
            draw_tail_keys(c, camera, pose)
        draw_directions(c, camera)
        u = c.unit
        row = Box(10 * u, self.height() - 26 * u, self.width() - 20 * u, 20 * u)
        painter.fillRect(QRectF(0.0, row.y - 3 * u, self.width(), 26 * u), tint(palette.background, 0.72))
        words = row._replace(w=0.46 * row.w)
        c.text(words, LABEL, palette.caution, 15, lines=1)
        place = row._replace(x=row.x + 0.48 * row.w, w=0.52 * row.w)
        c.text(place, stands(case.view, pose, case.hand.press, angle_to_skin(case.patient, pose)),
               palette.text, 15, across="right")  # fmt: skip

    def _chest(self, shape: ChestShape) -> QPixmap:
        """The chest alone, drawn anew only where size, patient or camera have changed."""
        ratio = self.devicePixelRatioF()
        coarse = self._drag is _Drag.ORBIT
        wanted = (shape, self._camera, ratio, coarse)
        if self._still is None or self._still_of != wanted:
            picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(QColor(self._palette.background))
            painter = QPainter(picture)
            painter.setClipRect(QRectF(self.rect()))
            draw_chest_scene(painter, self._camera, shape, self._palette, coarse=coarse)
            painter.end()
            self._still, self._still_of = picture, wanted
        return self._still


def stands(view: View, pose: Pose, press: float, lean_deg: float) -> str:
    """How the probe stands, in words: where its marker points, how far it leans, how hard it is pressed."""
    window = window_of(view)
    assert window is not None  # every view that can be practised has one
    card = replace(START_CARDS[view], marker_clock_deg=clock_deg(pose.rotation[:, 0], window))
    return f"Marker {card.marker_hour} · leans {lean_deg:.0f}° · press {100 * press:.0f} %"


def _solved(columns: FloatArray, dx: float, dy: float, damping: float) -> FloatArray:
    """(2,) amounts whose ``columns`` (pixels each) add up to (dx, dy); little where a column hardly shows."""
    square = columns.T @ columns + damping * np.eye(2)
    return np.asarray(np.linalg.solve(square, columns.T @ np.array([dx, dy])))

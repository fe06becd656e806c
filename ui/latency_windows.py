"""The two windows of a latency measurement, the test pattern and the guidance. Both note when they painted."""

from __future__ import annotations

import os
import time

from qtpy.QtCore import QEvent, QRect, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QGuiApplication, QImage, QKeyEvent, QPainter, QPaintEvent, QScreen
from qtpy.QtWidgets import QWidget

from calibration.latency_delays import Shown
from calibration.latency_pattern import HEIGHT, SMALLEST, WIDTH, draw_pattern
from guidance.errors import InputError
from guidance.hint import Guidance
from ui.canvas import Canvas
from ui.layout import Box, Mode
from ui.overlay import GuidanceOverlay
from ui.palette import DARK, Palette

MARGIN = 0.06
"""Of the window's shorter side, around the panel: grabbers cut the edges of a screen off."""

TEXT = 0.075
"""Of the window's height, below the panel, for a line of text."""


class PatternWindow(QWidget):
    """Shows the test pattern, and under it a line of text. Esc or closing it ends the measurement."""

    ended = Signal()

    def __init__(self, palette: Palette = DARK):
        super().__init__()
        self._palette = palette
        self._text = ""
        self._code: int | None = None
        self._image: QImage | None = None
        self._drawn_for: object = None
        self.setWindowTitle("sonoguide - latency pattern")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.setCursor(Qt.CursorShape.BlankCursor)  # it would lie over a cell

    def show_code(self, code: int) -> Shown:
        """Paint ``code`` now and hand it to the display; says when (``perf_counter_ns``)."""
        self._code, self._image = code, self._draw(code, self.panel())
        began_ns = time.perf_counter_ns()
        self.repaint()  # paints and flushes before it returns
        return Shown(code, began_ns, time.perf_counter_ns())

    def say(self, text: str) -> None:
        """Show ``text`` from the next code on: a paint of its own would disturb the measurement."""
        self._text = text

    def picture(self) -> QImage | None:
        """The panel as it was painted last, in the screen's own pixels."""
        return self._image

    def panel(self) -> QRect:
        """Where the panel lies, in logical pixels of the window."""
        margin = round(MARGIN * min(self.width(), self.height()))
        room_w = self.width() - 2 * margin
        room_h = self.height() - 2 * margin - round(TEXT * self.height())
        unit = min(room_w / WIDTH, room_h / HEIGHT)
        width, height = int(unit * WIDTH), int(unit * HEIGHT)
        return QRect((self.width() - width) // 2, margin + (room_h - height) // 2, width, height)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Background, panel, text."""
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
            panel = self.panel()
            if self._code is not None and self._image is not None:
                if self._drawn_for != (panel.size(), self.devicePixelRatioF()):  # the window has a new size
                    self._image = self._draw(self._code, panel)
                painter.drawImage(panel.topLeft(), self._image)
            below = panel.y() + panel.height()
            unit = min(self.width() / 1280, self.height() / 720)
            box = Box(panel.x(), below, panel.width(), self.height() - below).inset(0, 12 * unit)
            canvas = Canvas(painter, self._palette, max(unit, 0.75))
            canvas.text(box, self._text, self._palette.text_soft, 20, across="centre", down="top", lines=2)
        finally:
            painter.end()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Esc ends."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.close()

    def closeEvent(self, event: QEvent | None) -> None:
        """Tell that it ended."""
        self.ended.emit()
        if event is not None:
            event.accept()

    def _draw(self, code: int, panel: QRect) -> QImage:
        ratio = self.devicePixelRatioF()
        width = max(SMALLEST[0], round(panel.width() * ratio))
        height = max(SMALLEST[1], round(panel.height() * ratio))
        pixels = draw_pattern(code, width, height)
        image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()
        image.setDevicePixelRatio(ratio)
        self._drawn_for = (panel.size(), ratio)
        return image


class TimedDisplay(GuidanceOverlay):
    """sonoguide's display as a window of its own, which notes when each picture's guidance was swapped in.

    Attributes:
        swapped_ns: index of a frame -> when its guidance had first been painted and handed to the display.
    """

    _painting: Guidance | None = None  # Qt sends events before there is an instance of ours

    def __init__(self, palette: Palette = DARK):
        super().__init__(mode=Mode.FULL, palette=palette)
        self.setWindowTitle("sonoguide - research use only")
        self.setMinimumSize(320, 240)
        self.swapped_ns: dict[int, int] = {}

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint, and remember what."""
        self._painting = self.guidance
        super().paintEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """An update request paints and flushes the whole window before it returns."""
        done: bool = super().event(event)
        painted = self._painting
        if painted is not None and event is not None and event.type() == QEvent.Type.UpdateRequest:
            self._painting = None
            self.swapped_ns.setdefault(painted.frame.index, time.perf_counter_ns())
        return done


def place_windows(pattern: PatternWindow, display: TimedDisplay, number: int | None = None) -> QScreen:
    """Show both windows; returns the screen that ``pattern`` is on.

    With two screens the pattern fills one, ``number`` counted from 1 or the second, and the display stands on
    the other. With one they share it, side by side.

    Raises:
        InputError: there is no such screen.
    """
    screens = QGuiApplication.screens()
    primary = QGuiApplication.primaryScreen()
    if primary is None:
        raise InputError("no screen is connected: the pattern needs one")
    if number is not None and not 1 <= number <= len(screens):
        names = ", ".join(f"{k} {screen.name()}" for k, screen in enumerate(screens, 1))
        raise InputError(f"there is no screen {number}: connected are {names}")
    others = [screen for screen in screens if screen is not primary]
    chosen = screens[number - 1] if number is not None else others[0] if others else primary
    rest = [screen for screen in screens if screen is not chosen]
    if rest:
        other = primary if chosen is not primary else rest[0]
        room = other.availableGeometry()
        display.setGeometry(QRect(room.x(), room.y(), min(1280, room.width()), min(760, room.height())))
        pattern.setGeometry(chosen.geometry())
        pattern.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        pattern.showFullScreen()
    else:
        room = chosen.geometry()
        half = room.width() // 2
        for window, left in ((pattern, room.x()), (display, room.x() + half)):
            if not os.environ.get("WAYLAND_DISPLAY"):  # there only the user can move a window, by its frame
                window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            window.setGeometry(QRect(left, room.y(), half, room.height()))
        pattern.show()
    display.show()
    pattern.raise_()
    return chosen

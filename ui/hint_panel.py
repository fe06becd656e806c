"""HintPanel: what stands beside the picture in the whole display, in a floating window of its own."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QRect, QRectF
from qtpy.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent

from ui.canvas import Canvas
from ui.floating_overlay import FloatingOverlay
from ui.layout import Box, Mode
from ui.palette import DARK, Palette
from ui.screen_place import LABEL_HEIGHT, Panel
from ui.state_look import RESEARCH_USE


class HintPanel(FloatingOverlay):
    """Hints at ``panel``; clicks go through to whatever lies below.

    Args:
        panel: where it is, in logical pixels of the desktop.
        palette: colours.
    """

    def __init__(self, panel: Panel, palette: Palette = DARK):
        super().__init__(None, mode=Mode.FULL, palette=palette)
        self.setMinimumSize(1, 1)
        self.set_picture_rect(QRectF(*panel.display))
        self.set_picture(np.zeros((1, 1), np.uint8))  # the display's own picture is out of sight
        self.place(QRect(*(round(value) for value in panel.box)))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The display, and below it what it is for."""
        super().paintEvent(event)
        painter = QPainter(self)
        strip = Box(0.0, self.height() - LABEL_HEIGHT, self.width(), LABEL_HEIGHT)
        painter.fillRect(QRectF(*strip), QColor(self._colours.background))
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        canvas = Canvas(painter, self._colours, 1.0)
        canvas.text(strip.inset(10, 2), RESEARCH_USE, self._colours.text_faint, 13, across="centre")
        painter.end()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Nothing moves any more."""
        self.stop_watching()
        super().closeEvent(event)

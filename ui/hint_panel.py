"""HintPanel: what stands beside the picture in the whole display, in a floating window of its own."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QRect, QRectF
from qtpy.QtGui import QCloseEvent

from ui.floating_overlay import FloatingOverlay
from ui.layout import Mode
from ui.palette import DARK, Palette
from ui.screen_place import Panel


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

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Nothing moves any more."""
        self.stop_watching()
        super().closeEvent(event)

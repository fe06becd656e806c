"""HelpPanel: how the probe is moved, over the picture, until it is moved."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QPainter, QPaintEvent
from qtpy.QtWidgets import QWidget

from ui.canvas import Canvas
from ui.layout import Box
from ui.palette import Palette
from ui.practice.keys import HELP


class HelpPanel(QWidget):
    """Lies over ``host``; mouse and keys go through it."""

    def __init__(self, host: QWidget, palette: Palette):
        super().__init__(host)
        self._palette = palette
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("; ".join(" ".join(filter(None, line)) for line in HELP))
        self.hide()
        host.installEventFilter(self)

    def show_help(self) -> None:
        """Show it."""
        host = self.parentWidget()
        if host is not None:
            self.setGeometry(host.rect())
        self.show()
        self.raise_()

    def switch(self) -> None:
        """Show it, or hide it."""
        if self.isVisible():
            self.hide()
        else:
            self.show_help()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the host's size."""
        host = self.parentWidget()
        if event is not None and event.type() == QEvent.Type.Resize and host is not None:
            self.setGeometry(host.rect())
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A plate in the middle, three columns."""
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            u = min(self.width() / 860, self.height() / 645)
            c = Canvas(painter, self._palette, u)
            line_h, w = 30 * u, 640 * u
            h = (len(HELP) + 2.6) * line_h
            plate = Box((self.width() - w) / 2, (self.height() - h) / 2, w, h)
            c.plate(plate)
            inner = plate.inset(28 * u, 18 * u)
            title = Box(inner.x, inner.y, inner.w, 1.3 * line_h)
            c.text(title, "You hold the probe", self._palette.text, 22, bold=True)
            y = title.bottom + 4 * u
            for what, mouse, keys in HELP:
                c.text(Box(inner.x, y, 0.50 * inner.w, line_h), what, self._palette.text_soft, 16)
                c.text(
                    Box(inner.x + 0.52 * inner.w, y, 0.26 * inner.w, line_h), mouse, self._palette.text, 16
                )
                c.text(
                    Box(inner.x + 0.78 * inner.w, y, 0.22 * inner.w, line_h), keys, self._palette.text, 16,
                    bold=True, across="right",
                )  # fmt: skip
                y += line_h
        finally:
            painter.end()

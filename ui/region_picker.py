"""RegionPicker: the whole desktop as a still picture, on which a rectangle is drawn with the mouse."""

from __future__ import annotations

from qtpy.QtCore import QEventLoop, QPoint, QRect, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from qtpy.QtWidgets import QWidget

from ui.palette import DARK, Palette

LEAST_SIDE = 64
"""A smaller rectangle is a slip of the hand."""

HELP = "Draw a rectangle around the ultrasound picture. Esc: leave"


class RegionPicker(QWidget):
    """Covers ``desktop`` with ``picture`` of it until a region was drawn, or Esc.

    Args:
        picture: of the whole desktop.
        desktop: where that lies, in logical pixels.
        palette: colours.

    Signals:
        done: the region in logical pixels of the desktop; a null QRect after Esc.
    """

    done = Signal(QRect)

    def __init__(self, picture: QPixmap, desktop: QRect, palette: Palette = DARK):
        super().__init__(None)
        self._picture, self._colours = picture, palette
        self._from: QPoint | None = None
        self._to = QPoint()
        self.setWindowFlags(
            Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.BypassWindowManagerHint
        )
        self.setWindowTitle("sonoguide region")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setGeometry(desktop)

    def picked(self) -> QRect:
        """Show it, and wait for a region; null after Esc."""
        loop, found = QEventLoop(), [QRect()]

        def end(region: QRect) -> None:
            found[0] = region
            loop.quit()

        self.done.connect(end)
        self.show()
        self.activateWindow()
        self.setFocus()
        self.grabKeyboard()  # a window that no window manager knows gets no keys by itself
        loop.exec()
        self.releaseKeyboard()
        self.close()
        return found[0]

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The desktop, dimmed but for the region."""
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._picture)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 120))
        region = self._drawn()
        if not region.isEmpty():
            painter.setClipRect(region)
            painter.drawPixmap(self.rect(), self._picture)
            painter.setClipping(False)
            painter.setPen(QPen(QColor(self._colours.guide), 2.0))
            painter.drawRect(region)
        painter.setPen(QColor(self._colours.text))
        face = painter.font()
        face.setPixelSize(22)
        painter.setFont(face)
        text = HELP if region.isEmpty() else f"{region.width()} x {region.height()}"
        painter.drawText(self.rect().adjusted(24, 24, -24, -24), Qt.AlignmentFlag.AlignHCenter, text)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A region begins."""
        if event is not None:
            self._from = self._to = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """It grows."""
        if event is not None:
            self._to = event.position().toPoint()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """It is done, unless it is far too small."""
        region = self._drawn()
        if min(region.width(), region.height()) >= LEAST_SIDE:
            self.done.emit(region.translated(self.geometry().topLeft()))
        self._from = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Esc leaves."""
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.done.emit(QRect())

    def _drawn(self) -> QRect:
        if self._from is None:
            return QRect()
        return QRect(self._from, self._to).normalized().intersected(self.rect())

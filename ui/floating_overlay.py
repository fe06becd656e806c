"""FloatingOverlay: guidance in a window of its own that lies over another one, lets every click through and takes no
focus. For hosts over which no widget can be painted (QVideoWidget, QQuickView, another toolkit's window).
"""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from qtpy.QtGui import QBitmap, QGuiApplication, QPixmap, QRegion
from qtpy.QtWidgets import QWidget

from ui.overlay import GuidanceOverlay

SHAPE_MS = 100
"""How often the window's shape follows what is painted."""

RAISE_MS = 1000
_FOLLOWED = (
    QEvent.Type.Resize,
    QEvent.Type.Move,
    QEvent.Type.Show,
    QEvent.Type.Hide,
    QEvent.Type.WindowStateChange,
)


class FloatingOverlay(GuidanceOverlay):
    """A :class:`~ui.overlay.GuidanceOverlay` as a frameless window over ``host``, or where :meth:`place` says.

    It follows the host's place, size and visibility. On X11 it has the shape of what is painted, so that the rest shows
    through without a compositor too. On Wayland no program may place its windows: it lies where the system puts it.

    Args:
        host: the widget to lie over; None: no widget of this program.
        options: those of :class:`~ui.overlay.GuidanceOverlay`.
    """

    def __init__(self, host: QWidget | None = None, **options: Any):
        super().__init__(None, **options)
        x11 = QGuiApplication.platformName() == "xcb"
        flags = (
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowTransparentForInput
            | Qt.WindowType.WindowDoesNotAcceptFocus
            | Qt.WindowType.NoDropShadowWindowHint
        )
        if x11:  # a window manager would keep it from its place, and below full screens
            flags |= Qt.WindowType.BypassWindowManagerHint
        self.setWindowFlags(flags)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle("sonoguide overlay")
        self._over = host
        self._region = QRegion()
        self._shape = QTimer(self)
        if x11:
            self._shape.timeout.connect(self._take_shape)
            self._shape.start(SHAPE_MS)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._follow)
        self._top = QTimer(self)
        self._top.timeout.connect(self.raise_)
        self._top.start(RAISE_MS)
        if host is not None:
            host.installEventFilter(self)
            if (window := host.window()) is not None:
                window.installEventFilter(self)
            host.destroyed.connect(self.deleteLater)
            self._follow()

    def place(self, rect: QRect) -> None:
        """Lie at ``rect``, in logical pixels of the desktop, and be seen."""
        self.setGeometry(rect)
        self.show()

    def stop_watching(self) -> None:
        """Neither follow nor animate any more: before it goes."""
        for timer in (self._shape, self._top, self._soon, self._timer, self._expiry):
            timer.stop()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the host."""
        if event is not None and event.type() in _FOLLOWED:
            self._soon.start()  # its window has moved by then
        return False

    def _follow(self) -> None:
        host = self._over
        if host is None:
            return
        window = host.window()
        if host.isVisible() and window is not None and not window.isMinimized():
            self.place(QRect(host.mapToGlobal(QPoint(0, 0)), host.size()))
            self._take_shape()
        else:
            self.hide()

    def _take_shape(self) -> None:
        """Cut the window to what is painted."""
        if QGuiApplication.platformName() != "xcb" or not self.isVisible() or self.size().isEmpty():
            return
        picture = QPixmap(self.size())
        picture.fill(Qt.GlobalColor.transparent)
        self.render(picture, flags=QWidget.RenderFlag.IgnoreMask)
        region = QRegion(QBitmap.fromImage(picture.toImage().createAlphaMask()))
        if region != self._region:
            self._region = region
            self.setMask(region)

"""The desktop in two measures: native pixels, in which screens are grabbed, and Qt's logical pixels, in which windows
are placed. A screen's upper left corner is the same in both.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from qtpy.QtCore import QPoint, QRect, QSize, Qt
from qtpy.QtGui import QGuiApplication

from guidance.errors import InputError

if TYPE_CHECKING:
    from qtpy.QtGui import QScreen
    from qtpy.QtWidgets import QWidget

TITLE_BAR = 36
"""Logical pixels that a window's frame takes above and below, or a little more."""


def open_at(window: QWidget, width: int, height: int) -> None:
    """Give ``window`` its first size: ``width`` x ``height``, or as much of it as its screen has room for."""
    screen = window.screen()
    size = QSize(width, height)
    if screen is not None:
        size = size.boundedTo(screen.availableGeometry().size() - QSize(0, TITLE_BAR))
    window.resize(size)


def switch_full_screen(window: QWidget) -> None:
    """To full screen, and back to what it was: a window, or a maximised one."""
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)


def native_desktop() -> QRect:
    """All screens together, in native pixels."""
    whole = QRect()
    for screen in QGuiApplication.screens():
        whole = whole.united(_native(screen))
    return whole


def to_logical(region: QRect) -> tuple[QRect, QRect]:
    """``region``, in native pixels of the desktop, and the screen that it is on, in logical pixels.

    Raises:
        InputError: it is not wholly on one screen.
    """
    for screen in QGuiApplication.screens():
        if _native(screen).contains(region):
            origin, ratio = screen.geometry().topLeft(), _ratio(screen)
            corner = region.topLeft() - origin
            place = origin + QPoint(round(corner.x() / ratio), round(corner.y() / ratio))
            return QRect(place, region.size() / ratio), screen.geometry()
    sizes = ", ".join(
        f"{r.width()} x {r.height()} at {r.x()},{r.y()}" for r in map(_native, QGuiApplication.screens())
    )
    raise InputError(f"the region is not on one screen: there is {sizes}")


def to_native(region: QRect) -> QRect:
    """``region``, in logical pixels, in native ones of the screen that its middle is on."""
    for screen in QGuiApplication.screens():
        if screen.geometry().contains(region.center()):
            origin, ratio = screen.geometry().topLeft(), _ratio(screen)
            corner = region.topLeft() - origin
            place = origin + QPoint(round(corner.x() * ratio), round(corner.y() * ratio))
            return QRect(place, region.size() * ratio).intersected(_native(screen))
    return region


def _native(screen: QScreen) -> QRect:
    return QRect(screen.geometry().topLeft(), screen.geometry().size() * _ratio(screen))


def _ratio(screen: QScreen) -> float:
    # macOS grabs by points, as it places windows.
    return 1.0 if sys.platform == "darwin" else screen.devicePixelRatio()

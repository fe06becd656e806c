"""ScreenCover: guidance over a region of another program's window, and never in the pictures that are taken of it.

How it stays out of the pictures differs by system: on X11 the window below is watched alone (``window:``); Windows is
told to leave this window out of what is grabbed. Other systems promise neither: there hints stand beside the region.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import QPoint, QRect, QTimer
from qtpy.QtGui import QCloseEvent, QGuiApplication
from qtpy.QtWidgets import QApplication

from guidance.errors import InputError
from guidance.sources.x11 import X11, WindowPlace, X11Error
from ui.desktop import native_desktop, to_logical
from ui.floating_overlay import FloatingOverlay
from ui.palette import DARK, Palette

FOLLOW_MS = 100
INSTEAD = "let the hints stand beside it (--place auto)"
_EXCLUDED_FROM_CAPTURE = 0x11  # WDA_EXCLUDEFROMCAPTURE, Windows 10 2004 and later


@dataclass(frozen=True, slots=True)
class Covered:
    """A region to lie over.

    Attributes:
        region: in native pixels of the desktop.
        source: the stream of what is below, without this program's windows.
        window: the X11 window that the region is of; None: the region stands still.
    """

    region: QRect
    source: str
    window: WindowPlace | None = None


def covered(region: QRect, fps: int) -> Covered:
    """How to watch ``region``, in native pixels, from below a window that lies over it.

    Raises:
        InputError: this system cannot do that, or no window of a program holds the region.
    """
    size = f"region={region.width()}x{region.height()}"
    if sys.platform == "win32":
        corner = region.topLeft() - native_desktop().topLeft()
        return Covered(region, f"screen:0,{size}+{corner.x()}+{corner.y()},fps={fps}")
    platform = QGuiApplication.platformName()
    if platform != "xcb":
        system = {"cocoa": "macOS", "wayland": "Wayland"}.get(platform, platform)
        raise InputError(f"on {system} hints over the region would be in the picture: {INSTEAD}")
    ours = frozenset(int(widget.winId()) for widget in QApplication.topLevelWidgets())
    try:
        display = X11()
        try:
            window = display.window_under(*region.getRect(), without=ours)
        finally:
            display.close()
    except X11Error as error:
        raise InputError(f"the windows of this display cannot be told apart ({error}): {INSTEAD}") from error
    if window is None:
        raise InputError(
            f"no window holds the whole region: draw it inside the scanner's window, or {INSTEAD}"
        )
    corner = region.topLeft() - QPoint(window.x, window.y)
    return Covered(region, f"window:{window.window:#x},{size}+{corner.x()}+{corner.y()},fps={fps}", window)


class ScreenCover(FloatingOverlay):
    """What :class:`~ui.overlay.GuidanceOverlay` paints over a host, over ``where``. Clicks go to the program below.

    On X11 it goes where the window below goes, and hides while that is hidden.

    Args:
        where: to lie.
        palette: colours.

    Raises:
        InputError: Windows will not leave it out of grabbed pictures, or the window below is gone already.
    """

    def __init__(self, where: Covered, palette: Palette = DARK):
        super().__init__(None, palette=palette)
        self._where = where
        self._display: X11 | None = None
        self._following = QTimer(self)
        self._following.timeout.connect(self._go_along)
        if sys.platform == "win32":
            _leave_out(int(self.winId()))
        if where.window is not None:
            # As the stream does: else its picture would begin with these hints when it is lost and opened anew.
            try:
                self._display = X11()
                self._display.redirect(where.window.window)
            except X11Error as error:
                raise InputError(f"the window below cannot be watched ({error})") from error
            self._following.start(FOLLOW_MS)
        self.place(to_logical(where.region)[0])

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Nothing moves any more."""
        self._following.stop()
        if self._display is not None:
            self._display.close()
            self._display = None
        self.stop_watching()
        super().closeEvent(event)

    def _go_along(self) -> None:
        window = self._where.window
        if window is None or self._display is None:
            return
        try:
            now = self._display.place_of(window.window)
            if now is None or not now.visible:
                self.hide()
                return
            moved = QPoint(now.x - window.x, now.y - window.y)
            rect = to_logical(self._where.region.translated(moved))[0]
        except (X11Error, InputError):  # the display is gone, which the stream says; or partly out of sight
            self.hide()
            return
        if rect != self.geometry() or not self.isVisible():
            self.place(rect)


def _leave_out(window: int) -> None:
    user: Any = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
    if not user.SetWindowDisplayAffinity(ctypes.c_void_p(window), _EXCLUDED_FROM_CAPTURE):
        raise InputError(f"this Windows cannot keep hints out of the picture: {INSTEAD}")

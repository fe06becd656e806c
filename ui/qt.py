"""Starting Qt when it is needed, offscreen where there is no display; a clear word when it cannot start."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from guidance.errors import RuntimeFailure

if TYPE_CHECKING:
    from qtpy.QtGui import QGuiApplication
    from qtpy.QtWidgets import QApplication

APT_LINE = (
    "apt-get install -y libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 "
    "libxkbcommon-x11-0"
)
"""Debian packages that PyQt6 needs and does not bundle."""


def has_display() -> bool:
    """Whether a window could be shown: always true on Windows and macOS."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def painting_application() -> QGuiApplication:
    """The running Qt application, or a new one without windows: enough for text and pictures.

    Raises:
        RuntimeFailure: Qt is not installed or a system library is missing.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qtpy.QtGui import QGuiApplication
    except Exception as error:  # qtpy raises its own errors; a missing .so raises ImportError
        raise _cannot_start(error) from error
    application: QGuiApplication = _application(QGuiApplication)
    return application


def window_application() -> QApplication:
    """The running Qt application, or a new one that can show windows.

    Raises:
        RuntimeFailure: Qt cannot start here, or there is no display.
    """
    if not has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        raise RuntimeFailure("there is no display to open a window on: add --headless, or --record FILE.mp4")
    try:
        from qtpy.QtWidgets import QApplication
    except Exception as error:
        raise _cannot_start(error) from error
    application: QApplication = _application(QApplication)
    return application


def _application(kind: Any) -> Any:
    running = kind.instance()
    return running if running is not None else _kept(kind)


@cache
def _kept(kind: Any) -> Any:
    """Qt has one application a process and does not keep it alive itself; the cache does."""
    return kind(["sonoguide"])


def _cannot_start(error: Exception) -> RuntimeFailure:
    text = " ".join(str(error).split())
    if ".so" in text:
        return RuntimeFailure(f"Qt cannot start ({text}): install its system libraries: {APT_LINE}")
    return RuntimeFailure(
        "Qt is not installed: pip install 'sonoguide[ui]' (or run with --headless and no --record)"
    )

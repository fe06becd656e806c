"""Starting Qt when it is needed, offscreen where there is no display; a clear word when it cannot start."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from guidance.errors import RuntimeFailure
from ui.system_libraries import OFFSCREEN, WINDOW_ON_X11, how_to_install, missing_libraries

if TYPE_CHECKING:
    from qtpy.QtGui import QGuiApplication
    from qtpy.QtWidgets import QApplication

_PROBE = "from qtpy.QtGui import QGuiApplication; QGuiApplication([])"
_PROBE_S = 30.0


def has_display() -> bool:
    """Whether there is a display at all: always true on Windows and macOS."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def window_problem() -> str | None:
    """Why no window can be shown here, in one line; None when one can.

    On Linux Qt aborts the whole process when its display or a library is missing, so another process tries first.
    """
    if os.environ.get("QT_QPA_PLATFORM"):
        return None  # somebody chose a platform, such as offscreen, and knows
    if not has_display():
        return "there is no display to open a window on"
    if sys.platform != "linux":
        return None
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"Qt cannot be tried ({error})"
    if done.returncode == 0:
        return None
    if "could not connect to display" in done.stderr:
        return f"the display {os.environ.get('DISPLAY', '')} does not answer"
    if "No module named" in done.stderr or "QtBindingsNotFoundError" in done.stderr:
        return "Qt is not installed (pip install 'sonoguide[ui]')"
    missing = missing_libraries([*OFFSCREEN, *WINDOW_ON_X11])
    if missing:
        return f"Qt lacks system libraries ({how_to_install(missing)})"
    reason = (done.stderr.strip().splitlines() or ["it aborted"])[-1]
    return f"Qt cannot start ({reason[:200]})"


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


def offscreen_application() -> QApplication:
    """The running Qt application, or a new one whose widgets are drawn but never shown: for figures.

    Raises:
        RuntimeFailure: Qt is not installed or a system library is missing.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from qtpy.QtWidgets import QApplication
    except Exception as error:
        raise _cannot_start(error) from error
    application: QApplication = _application(QApplication)
    return application


def window_application() -> QApplication:
    """The running Qt application, or a new one that can show windows.

    Raises:
        RuntimeFailure: Qt cannot start here, or there is no display.
    """
    problem = window_problem()
    if problem is not None:
        raise RuntimeFailure(f"{problem}: add --headless (and --record FILE.mp4 to see the guidance)")
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
        missing = missing_libraries(OFFSCREEN) if sys.platform == "linux" else []
        remedy = how_to_install(missing) if missing else "sonoguide doctor looks for the cause"
        return RuntimeFailure(f"Qt cannot start ({text}): {remedy}")
    return RuntimeFailure(
        "Qt is not installed: pip install 'sonoguide[ui]' (or run with --headless and no --record)"
    )

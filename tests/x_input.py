"""What a person's mouse does, on an X display: real events by the XTEST extension, not Qt's own."""

from __future__ import annotations

import ctypes
import shutil
from importlib.util import find_spec

from ui.system_libraries import OFFSCREEN, WINDOW_ON_X11, missing_libraries

CAN_SHOW_WINDOWS = shutil.which("Xvfb") is not None and not missing_libraries(
    [*OFFSCREEN, *WINDOW_ON_X11, "libX11.so.6", "libXtst.so.6"]
)
"""Whether a test can have a virtual display with windows and a mouse."""

CAN_GRAB = CAN_SHOW_WINDOWS and find_spec("mss") is not None


class Mouse:
    """The pointer, and the keys, of the display ``name``."""

    def __init__(self, name: str):
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(name.encode()))
        assert self._display, f"no display {name}"

    def move(self, x: int, y: int) -> None:
        self._test.XTestFakeMotionEvent(self._display, -1, x, y, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def press(self, down: bool) -> None:
        self._test.XTestFakeButtonEvent(self._display, 1, int(down), ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def click(self, x: int, y: int) -> None:
        self.move(x, y)
        self.press(True)
        self.press(False)

    def key(self, symbol: int) -> None:
        """Press and release the key of an X key symbol (0xff1b: Esc)."""
        self._x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        code = self._x.XKeysymToKeycode(self._display, symbol)
        for down in (1, 0):
            self._test.XTestFakeKeyEvent(self._display, code, down, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

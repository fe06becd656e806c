"""One window of an X11 desktop as a live stream, whatever lies over it: ``window:0x1400007,region=512x384+30+40``.

The display draws the window into a picture of its own (Composite), and that picture is read: hints over the window,
menus and other programs' windows are never in it. Only X11 has this; on other systems ``screen:`` grabs what is seen.
"""

from __future__ import annotations

import re
import sys

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources.grabbed import GrabbedSource
from guidance.sources.screen import DEFAULT_FPS, grab_option
from guidance.sources.x11 import X11, X11Error

USAGE = "write window:ID[,region=WIDTHxHEIGHT+LEFT+TOP][,fps=F], for example window:0x1400007; xwininfo tells the ID"


class Window:
    """Takes pictures of the X11 window ``number``.

    Args:
        number: the window's ID.
        region: (left, top, width, height) inside it, in pixels; None: all that it has now.
        uri: what the user called it.

    Raises:
        InputError: there is no display or no such window, or it cannot be seen alone.
    """

    def __init__(self, number: int, region: tuple[int, int, int, int] | None, uri: str) -> None:
        if sys.platform in ("win32", "darwin"):
            raise InputError(f"{uri}: single windows can be watched on X11 alone: use screen:")
        self._number = number
        self._display: X11 | None = None
        try:
            self._display = X11()
            place = self._display.place_of(number)
            if place is None or not place.visible:
                raise X11Error("there is no such window" if place is None else "it is hidden or minimised")
            self._display.redirect(number)
        except X11Error as error:
            self.close()
            raise InputError(f"{uri}: the window cannot be watched ({error})") from error
        self._region = region or (0, 0, place.width, place.height)
        left, top, width, height = self._region
        if left + width > place.width or top + height > place.height or width < 1 or height < 1:
            self.close()
            raise InputError(
                f"the region {width}x{height}+{left}+{top} is not in the window {number:#x}, "
                f"which has {place.width}x{place.height} pixels"
            )

    def grab(self) -> NDArray[np.uint8]:
        """(H, W, 3) BGR of the region as the window's program has drawn it."""
        if self._display is None:
            raise X11Error("it was closed")
        picture = self._display.picture_of(self._number, *self._region)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR), np.uint8)

    def close(self) -> None:
        """Let go of the window: the display draws it as before. Idempotent."""
        if self._display is not None:
            self._display.close()
            self._display = None


def open_window(text: str) -> GrabbedSource:
    """The window that ``text``, such as ``0x1400007,region=800x600+40+20,fps=30``, names.

    Raises:
        InputError: it cannot be read, or :class:`Window`'s.
    """
    name, *options = (part.strip() for part in text.split(","))
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,9}", name) is None:
        raise InputError(f"window '{name}' is not understood: {USAGE}")
    region, fps = None, DEFAULT_FPS
    for option in options:
        region, fps = grab_option(option, region, fps, f"window option '{option}' is not understood: {USAGE}")
    uri = f"window:{text}"
    return GrabbedSource(
        Window(int(name, 16 if name[:2].lower() == "0x" else 10), region, uri),
        "the window",
        "window",
        fps,
        uri,
    )

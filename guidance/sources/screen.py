"""A screen of this computer as a live stream: ``screen:1,region=800x600+40+20,fps=30``. Needs the package mss.

mss is small, has no dependencies and grabs on X11, Windows and macOS. (OpenCV's builds cannot grab screens.)
"""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources.grabbed import GrabbedSource, line

USAGE = "write screen:[N][,region=WIDTHxHEIGHT+LEFT+TOP][,fps=F], for example screen:1,fps=60"
DEFAULT_FPS = 60.0


class Screen:
    """Takes pictures of screen ``number`` (0: all of them together, 1: the first).

    Args:
        number: which screen.
        region: (left, top, width, height) on that screen, in its pixels; None: all of it.
        uri: what the user called it.

    Raises:
        InputError: there is no such screen, it cannot be grabbed, or mss is not installed.
    """

    def __init__(self, number: int, region: tuple[int, int, int, int] | None, uri: str) -> None:
        self._grabber = _open_grabber(uri)
        try:
            self._place = _place(self._grabber.monitors, number, region)
        except InputError:
            self._grabber.close()
            raise

    def grab(self) -> NDArray[np.uint8]:
        """(H, W, 3) BGR of the region now."""
        shot = self._grabber.grab(self._place)
        bgra = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), np.uint8)

    def close(self) -> None:
        """Let go of the screen."""
        self._grabber.close()


def open_screen(text: str) -> GrabbedSource:
    """The screen that ``text``, such as ``1,region=800x600+40+20,fps=30``, names.

    Raises:
        InputError: it cannot be read, or :class:`Screen`'s.
    """
    number, region, fps = 1, None, DEFAULT_FPS
    for place, option in enumerate(part.strip() for part in text.split(",")):
        if place == 0 and re.fullmatch(r"[0-9]{0,2}", option):
            number = int(option or 1)
        else:
            region, fps = grab_option(
                option, region, fps, f"screen option '{option}' is not understood: {USAGE}"
            )
    uri = f"screen:{text}"
    return GrabbedSource(Screen(number, region, uri), "the screen", "screen", fps, uri)


def grab_option(
    option: str, region: tuple[int, int, int, int] | None, fps: float, otherwise: str
) -> tuple[tuple[int, int, int, int] | None, float]:
    """``region`` and ``fps``, one of them as ``option`` says.

    Raises:
        InputError: it is neither; the message is ``otherwise``.
    """
    if (found := region_in(option)) is not None:
        return found, fps
    if (rate := fps_in(option)) is not None:
        return region, rate
    raise InputError(otherwise)


def region_in(option: str) -> tuple[int, int, int, int] | None:
    """Left, top, width, height of ``region=800x600+40+20``; None where it is not that."""
    found = re.fullmatch(r"region=([0-9]{1,5})x([0-9]{1,5})\+([0-9]{1,5})\+([0-9]{1,5})", option)
    if found is None:
        return None
    width, height, left, top = (int(part) for part in found.groups())
    return left, top, width, height


def fps_in(option: str) -> float | None:
    """Pictures a second of ``fps=30``; None where it is not that."""
    found = re.fullmatch(r"fps=([0-9]{1,3}(?:\.[0-9]+)?)", option)
    return (float(found[1]) or None) if found else None


def _open_grabber(uri: str) -> Any:
    try:
        import mss  # optional
    except ImportError as error:
        raise InputError(f"{uri}: needs the package mss: pip install 'sonoguide[screen]'") from error
    try:
        return mss.MSS()
    except Exception as error:
        raise InputError(f"{uri}: no screen can be grabbed here ({line(error)})") from error


def _place(
    monitors: list[dict[str, int]], number: int, region: tuple[int, int, int, int] | None
) -> dict[str, int]:
    if number >= len(monitors):
        raise InputError(
            f"there is no screen {number}: {len(monitors) - 1} are connected, counted from 1 (0 is all of them)"
        )
    whole = {name: monitors[number][name] for name in ("left", "top", "width", "height")}
    if region is None:
        return whole
    left, top, width, height = region
    if left + width > whole["width"] or top + height > whole["height"] or width < 1 or height < 1:
        raise InputError(
            f"the region {width}x{height}+{left}+{top} is not on screen {number}, "
            f"which has {whole['width']}x{whole['height']} pixels"
        )
    return {"left": whole["left"] + left, "top": whole["top"] + top, "width": width, "height": height}

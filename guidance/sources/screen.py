"""A screen of this computer as a live stream: ``screen:1,region=800x600+40+20,fps=30``. Needs the package mss.

mss is small, has no dependencies and grabs on X11, Windows and macOS. (OpenCV's builds cannot grab screens.)
"""

from __future__ import annotations

import re
import threading
import time
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.sources.base import SourceInfo, check_size

USAGE = "write screen:[N][,region=WIDTHxHEIGHT+LEFT+TOP][,fps=F], for example screen:1,fps=60"
DEFAULT_FPS = 60.0


class ScreenSource:
    """Pictures of screen ``number`` (0: all of them together, 1: the first) at ``fps`` a second.

    Args:
        number: which screen.
        region: (left, top, width, height) on that screen, in its pixels; None: all of it.
        fps: pictures a second.
        uri: what the user called it.

    Raises:
        InputError: there is no such screen, it cannot be grabbed, or mss is not installed.
    """

    def __init__(
        self,
        number: int = 1,
        region: tuple[int, int, int, int] | None = None,
        fps: float = DEFAULT_FPS,
        uri: str = "screen:",
    ) -> None:
        self._uri = uri
        self._grabber = _open_grabber(uri)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        try:
            self._place = _place(self._grabber.monitors, number, region)
            first = self._grab()
            check_size(first.shape[1], first.shape[0], uri)
        except InputError:
            self._grabber.close()
            raise
        except Exception as error:  # what mss raises differs by system
            self._grabber.close()
            raise InputError(f"{uri}: the screen cannot be grabbed ({_line(error)})") from error
        self._info = SourceInfo(
            uri=uri, kind="screen", live=True, size=(first.shape[1], first.shape[0]), fps=fps
        )
        self._period_s = 1.0 / fps
        self._index = 0
        self._due_s = time.perf_counter()
        self._opened_ns = time.perf_counter_ns()

    @property
    def info(self) -> SourceInfo:
        """What is known about the screen."""
        return self._info

    def read(self) -> Frame | None:
        """The screen when the next picture is due; None after :meth:`close`.

        Raises:
            RuntimeFailure: it can no longer be grabbed.
        """
        self._closed.wait(max(0.0, self._due_s - time.perf_counter()))
        # A slow grab is not made up for: pictures in a rush would show nothing new.
        self._due_s = max(self._due_s + self._period_s, time.perf_counter())
        with self._lock:
            if self._closed.is_set():
                return None
            try:
                pixels = self._grab()
            except Exception as error:
                raise RuntimeFailure(
                    f"{self._uri}: the screen can no longer be grabbed ({_line(error)})"
                ) from error
        now_ns = time.perf_counter_ns()
        index, self._index = self._index, self._index + 1
        return Frame(pixels, index, now_ns, (now_ns - self._opened_ns) * 1e-9, source=self._uri)

    def close(self) -> None:
        """Let go of the screen, and wake a sleeping :meth:`read`. Idempotent."""
        self._closed.set()
        with self._lock:
            self._grabber.close()

    def _grab(self) -> NDArray[np.uint8]:
        shot = self._grabber.grab(self._place)
        bgra = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_screen(text: str) -> ScreenSource:
    """The screen that ``text``, such as ``1,region=800x600+40+20,fps=30``, names.

    Raises:
        InputError: it cannot be read, or :class:`ScreenSource`'s.
    """
    number, region, fps = 1, None, DEFAULT_FPS
    for place, option in enumerate(part.strip() for part in text.split(",")):
        name, _, value = option.partition("=")
        if place == 0 and re.fullmatch(r"[0-9]{0,2}", option):
            number = int(option or 1)
        elif name == "region" and (
            found := re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})\+([0-9]{1,5})\+([0-9]{1,5})", value)
        ):
            width, height, left, top = (int(part) for part in found.groups())
            region = left, top, width, height
        elif name == "fps" and re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", value) and float(value) > 0:
            fps = float(value)
        else:
            raise InputError(f"screen option '{option}' is not understood: {USAGE}")
    return ScreenSource(number, region, fps, f"screen:{text}")


def _open_grabber(uri: str) -> Any:
    try:
        import mss  # optional
    except ImportError as error:
        raise InputError(f"{uri}: needs the package mss: pip install 'sonoguide[screen]'") from error
    try:
        return mss.MSS()
    except Exception as error:
        raise InputError(f"{uri}: no screen can be grabbed here ({_line(error)})") from error


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


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__

"""Drives the real window on an X display and prints what was seen there, as JSON: for ``test_real_window.py``.

``python real_window.py STREAM``; DISPLAY, QT_QPA_PLATFORM=xcb and QT_SCALE_FACTOR say where. Keys are real ones, by
XTEST; pixels are the server's own, not Qt's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import mss
import numpy as np
from qtpy.QtCore import QPoint, QRect
from qtpy.QtTest import QTest
from x_input import Mouse

from ui.app import GuidanceWindow, dress
from ui.feeds import StreamFeed
from ui.qt import window_application
from ui.session import RunOptions, Session

F11, F12, ESCAPE = 0xFFC8, 0xFFC9, 0xFF1B
BRIGHT = 140
"""The stream is brighter than this; what is around it is darker."""


def until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        QTest.qWait(20)


def server_pixels(window: GuidanceWindow) -> np.ndarray:
    """(H, W) grey pixels of the window's display as the X server shows them."""
    display, ratio = window.display, window.devicePixelRatioF()
    screen = display.screen()
    assert screen is not None
    origin = screen.geometry().topLeft()
    corner = display.mapToGlobal(QPoint(0, 0)) - origin
    x, y = origin.x() + round(corner.x() * ratio), origin.y() + round(corner.y() * ratio)
    w, h = round(display.width() * ratio), round(display.height() * ratio)
    with mss.MSS(display=os.environ["DISPLAY"]) as server:
        whole = server.monitors[0]
        area = QRect(x, y, w, h).intersected(QRect(0, 0, whole["width"], whole["height"]))
        grabbed = server.grab(
            {"left": area.x(), "top": area.y(), "width": area.width(), "height": area.height()}
        )
        return np.asarray(grabbed)[:, :, :3].astype(np.float64).mean(axis=2)


def picture_seen(window: GuidanceWindow) -> dict[str, float]:
    """Width over height of the bright picture on the server, its share of the display, how many pixels wide its left
    edge is, and the share of its columns that repeat the one before: those of a picture that was made too small.
    """
    pixels = server_pixels(window)
    bright = pixels > BRIGHT
    rows, columns = bright.mean(axis=1), bright.mean(axis=0)
    y = np.flatnonzero(rows > 0.5 * rows.max())
    x = np.flatnonzero(columns > 0.5 * columns.max())
    middle = pixels[y[0] + 20 : y[-1] - 20, max(0, x[0] - 12) : x[0] + 12]
    edge = np.median(middle, axis=0)
    between = (edge > edge.min() + 0.2 * np.ptp(edge)) & (edge < edge.min() + 0.8 * np.ptp(edge))
    inside = pixels[y[0] + 20 : y[-1] - 20, x[0] + 20 : x[-1] - 20]
    repeated = (np.diff(inside, axis=1) == 0).all(axis=0)
    return {
        "repeated": float(repeated.mean()),
        "aspect": (x[-1] - x[0] + 1) / (y[-1] - y[0] + 1),
        "share": float(bright.mean()),
        "edge_px": int(between.sum()),
        "pixels": pixels.size,
    }


def seen_once_painted(window: GuidanceWindow) -> dict[str, float]:
    """As :func:`picture_seen`, after the server has the newest paint."""
    count = window.display.count.frames
    until(lambda: window.display.count.frames > count + 3, "nothing is painted")
    QTest.qWait(200)
    return picture_seen(window)


def main(stream: str) -> dict[str, object]:
    """Everything, in order."""
    application = window_application()
    dress(application)
    keys = Mouse(os.environ["DISPLAY"])
    found: dict[str, object] = {"screens": [screen.name() for screen in application.screens()]}
    with Session(RunOptions(stream, loop=True)) as session:
        session.coach.mute()  # no coloured edge on the picture
        window = GuidanceWindow(StreamFeed(session))
        window.show()
        window.begin()
        until(lambda: window.display.count.frames > 3, "no picture")
        window.activateWindow()
        until(window.isActiveWindow, "not active")
        found["ratio"] = window.devicePixelRatioF()
        found["opened"] = [window.width(), window.height()]
        found["first"] = seen_once_painted(window)
        window.resize(720, 620)
        until(lambda: window.width() == 720, "not resized")
        found["small"] = seen_once_painted(window)
        window.resize(*found["opened"])  # type: ignore[misc]
        keys.key(F12)
        until(window.engineer.isVisible, "F12 shows no panel")
        found["panel"] = seen_once_painted(window)
        found["with_panel"] = [window.width(), window.height()]
        until(lambda: len(window.engineer.lines()) >= 3, "no figures")
        keys.key(F12)
        until(lambda: not window.engineer.isVisible(), "F12 does not hide the panel")
        keys.key(F11)
        until(window.isFullScreen, "F11 is not full screen")
        until(lambda: not window._bar.isVisible(), "the bar is there")
        keys.key(ESCAPE)
        until(lambda: not window.isFullScreen(), "Esc does not leave")
        until(window._bar.isVisible, "the bar is gone")
        found["restored"] = seen_once_painted(window)
        places = []
        for screen in application.screens():
            window.move(screen.geometry().topLeft())
            until(lambda screen=screen: window.screen() is screen, "not on that screen")  # type: ignore[misc]
            places.append(seen_once_painted(window) | {"ratio": window.devicePixelRatioF()})
        found["on_screens"] = places
        count = window.display.count
        found["painted"], found["left_out"] = count.frames, count.left_out
        window.close()
    keys.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))

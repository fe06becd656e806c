"""Guidance in a window of its own over another window.

Promises:
- slow: on a real X display it is seen over a QVideoWidget, where a child widget would not be; it follows when that
  moves and hides when that hides; what is not painted shows the video; clicks go to the window below.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from virtual_display import virtual_display
from x_input import CAN_GRAB

ROOT = Path(__file__).resolve().parents[2]

OVER_VIDEO = """
import json, os, time
import numpy as np, mss
from qtpy.QtCore import QTimer
from qtpy.QtGui import QColor, QImage
from qtpy.QtMultimedia import QVideoFrame
from qtpy.QtMultimediaWidgets import QVideoWidget
from qtpy.QtWidgets import QApplication, QPushButton
from guidance import Advice, Frame, Guidance, State, View
from ui.floating_overlay import FloatingOverlay
from ui.host_picture import of_video_widget
from x_input import Mouse
app = QApplication([])
video = QVideoWidget()
video.setGeometry(20, 20, 700, 500)
clicks = []
button = QPushButton("below")
button.setGeometry(20, 540, 300, 60)
button.clicked.connect(lambda: clicks.append(1))
button.show()
video.show()
image = QImage(320, 240, QImage.Format.Format_RGB32)
image.fill(QColor(128, 32, 32))
overlay = FloatingOverlay(video)
overlay.set_picture_rect(of_video_widget(video))
over_button = FloatingOverlay(button)
def feed():
    video.videoSink().setVideoFrame(QVideoFrame(image))
    now = time.perf_counter_ns()
    held = Advice(State.HOLD, View.A4C, View.A4C, 0.9, quality=0.8, hold_progress=0.4)
    for one in (overlay, over_button):
        one.set_guidance(Guidance(Frame(np.zeros((480, 640), np.uint8), 0, now, 0.0), held, t_ready_ns=now))
timer = QTimer(); timer.timeout.connect(feed); timer.start(50)
def wait(seconds, until=lambda: False):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents(); time.sleep(0.01)
def screen():
    with mss.MSS() as grabber:
        shot = grabber.grab(grabber.monitors[0])
        return np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)[..., :3].astype(int)
def looks(x, y):
    area = screen()[y:y + 500, x:x + 700]
    green = ((area[..., 1] > 180) & (area[..., 2] < 120)).sum()   # the ring and the meter
    red = (abs(area - (32, 32, 128)).max(axis=2) < 8).sum()       # the video
    return bool(green > 500), bool(red > 100_000)
wait(20, lambda: looks(20, 20) == (True, True))
found = {"first": looks(20, 20)}
video.move(80, 40)
wait(20, lambda: looks(80, 40) == (True, True) and overlay.x() == 80)
found["moved"] = looks(80, 40)
button.move(80, 560)
wait(20, lambda: over_button.y() == 560)
mouse = Mouse(os.environ["DISPLAY"])
mouse.click(200, 590)
wait(20, lambda: bool(clicks))
found["clicks"] = len(clicks)
video.hide()
wait(20, lambda: not overlay.isVisible())
found["hidden"] = not overlay.isVisible()
mouse.close()
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.skipif(not CAN_GRAB, reason="needs Xvfb, mss and the libraries of X11 windows")
def test_over_a_video_widget() -> None:
    with virtual_display("860x660x24") as name:
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        done = subprocess.run(
            [sys.executable, "-c", OVER_VIDEO], capture_output=True, text=True, timeout=150, check=False,
            env={**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": path},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "first": [True, True],
        "moved": [True, True],
        "clicks": 1,
        "hidden": True,
    }

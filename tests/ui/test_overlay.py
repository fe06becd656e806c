"""The embeddable overlay.

Promises:
- it covers its host and follows its size, lets the mouse through and takes no focus;
- guidance may come from any thread; the newest is shown;
- when the thread that makes guidance stops, it says within 300 ms that guidance is paused, and recovers;
- a host may say where its picture lies;
- screen readers get the same two lines;
- the example of a host runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QRectF, Qt
from qtpy.QtWidgets import QWidget

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.hint import Guidance, State
from guidance.model import Model
from guidance.views import View
from ui.layout import Mode
from ui.overlay import GuidanceOverlay
from ui.state_look import STALE

Make = Callable[..., Guidance]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(800, 600)
    widget.show()
    return widget


def fresh(guidance: Guidance) -> Guidance:
    return replace(guidance, t_ready_ns=time.perf_counter_ns())


def test_it_covers_its_host_and_stays_out_of_the_way(host: QWidget, qtbot: QtBot) -> None:
    overlay = GuidanceOverlay(host)
    assert overlay.geometry() == host.rect()
    host.resize(1000, 700)
    qtbot.waitUntil(lambda: overlay.geometry() == host.rect(), timeout=1000)
    assert overlay.focusPolicy() == Qt.FocusPolicy.NoFocus
    pressed: list[QPoint] = []
    host.mousePressEvent = lambda event: pressed.append(event.pos())  # type: ignore[method-assign]
    qtbot.mouseClick(host.childAt(50, 50) or host, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert pressed == [QPoint(50, 50)]


def test_guidance_may_come_from_any_thread(host: QWidget, qtbot: QtBot, make: Make) -> None:
    overlay = GuidanceOverlay(host)
    thread = threading.Thread(
        target=lambda: [overlay.set_guidance(fresh(make(state))) for state in (State.HOLD, State.CAPTURED)]
    )
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: overlay.accessibleName() == "Captured", timeout=200)
    assert overlay.guidance is not None
    assert overlay.lines()[0] == "Captured"


def test_it_says_in_time_that_guidance_is_paused(
    host: QWidget, qtbot: QtBot, tiny_model_folder: Path, picture: np.ndarray
) -> None:
    overlay = GuidanceOverlay(host)
    painted: list[tuple[int, str]] = []  # when, and what a user could read then
    paint = overlay.paintEvent

    def watched(event: object) -> None:
        painted.append((time.perf_counter_ns(), overlay.lines()[0]))
        paint(event)  # type: ignore[arg-type]

    overlay.paintEvent = watched  # type: ignore[method-assign]
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        engine = Engine(model, Coach(View.A4C), listeners=[overlay.set_guidance])
        delays_ms = []
        for _ in range(3):  # it recovers, and a busy machine may be late once
            engine.start()
            for index in range(4):
                engine.submit(Frame(picture, index, time.perf_counter_ns(), index / 30))
                qtbot.wait(20)
            assert overlay.lines()[0] != STALE.title
            engine.stop()
            guidance = engine.latest()
            assert guidance is not None
            painted.clear()
            qtbot.waitUntil(lambda: any(text == STALE.title for _, text in painted), timeout=2000)
            first = next(t for t, text in painted if text == STALE.title)
            delays_ms.append((first - guidance.as_of_ns) / 1e6)
        assert min(delays_ms) < 300, delays_ms
        assert min(delays_ms) > 250, delays_ms


def test_a_host_says_where_its_picture_lies(host: QWidget, make: Make) -> None:
    overlay = GuidanceOverlay(host, clock=lambda: 1)
    overlay.set_guidance(make(State.HOLD))
    overlay.set_picture_rect(QRectF(0, 0, 400, 600))
    right_half = host.grab().toImage().copy(410, 0, 380, 600)
    host_colour = host.palette().color(host.backgroundRole()).rgb()
    assert {right_half.pixel(x, y) for x in range(0, 380, 7) for y in range(0, 600, 7)} == {host_colour}
    overlay.set_picture_rect(lambda: QRectF(host.rect()))
    right_half = host.grab().toImage().copy(410, 0, 380, 600)
    assert len({right_half.pixel(x, y) for x in range(0, 380, 7) for y in range(0, 600, 7)}) > 3


def test_its_own_display_shows_the_picture(qtbot: QtBot, make: Make) -> None:
    display = GuidanceOverlay(mode=Mode.FULL, clock=lambda: 1)
    qtbot.addWidget(display)
    display.resize(1280, 720)
    display.set_guidance(make())
    before = display.grab().toImage()
    display.set_picture(np.full((480, 640), 200, np.uint8))
    after = display.grab().toImage()
    assert before.pixelColor(400, 360) != after.pixelColor(400, 360)
    assert after.pixelColor(400, 360).red() == 200


def test_the_example_of_a_host_runs(with_tiny_model: Path, bright_folder: Path) -> None:
    """In a process of its own, as a host would: an event loop that has quit spoils later ones (Qt's ``quitNow``)."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_EXAMPLE, str(bright_folder)],
        cwd=EXAMPLES,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {"Hold still", "Captured"} & set(done.stdout.splitlines())


RUN_EXAMPLE = """
import sys
import overlay_in_host
from qtpy.QtWidgets import QApplication
from ui.overlay import GuidanceOverlay

class Talking(GuidanceOverlay):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(self.lines()[0])
        if self.lines()[0] in ("Hold still", "Captured"):
            QApplication.quit()

overlay_in_host.GuidanceOverlay = Talking
overlay_in_host.main(sys.argv[1])
"""

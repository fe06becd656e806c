"""The demo in a window.

Promises:
- it shows the virtual patient at its own pace, says that the patient is virtual and which seed it has;
- nobody can interfere with the simulated beginner; closing the window ends the loop;
- at the end it says how it went, and R takes the next patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt

from guidance.model import Model
from models.closed_loop import LoopSettings, Policy
from ui.app import GuidanceWindow
from ui.demo_window import DemoFeed


@pytest.fixture
def feed(tiny_model_folder: Path) -> Iterator[DemoFeed]:
    settings = LoopSettings(seed=4, policy=Policy.ORACLE, fps=10.0, max_s=1.0)
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        made = DemoFeed(settings, model)
        yield made
        made.stop()


def test_it_shows_a_virtual_patient_to_the_end_and_then_another(feed: DemoFeed, qtbot: QtBot) -> None:
    window = GuidanceWindow(feed)
    qtbot.addWidget(window)
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: window.display.guidance is not None, timeout=15000)
    guidance = window.display.guidance
    assert guidance is not None
    assert guidance.frame.source.startswith("phantom:")
    assert "Virtual patient, seed 4" in window.status_text()
    assert not window.targets.isEnabled()
    assert not window.mute_button.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Space)  # changes nothing
    qtbot.waitUntil(lambda: "Press R" in window.display.lines()[1], timeout=15000)
    assert window.display.lines()[0] in ("Not reached", "Captured", "View captured")
    assert any("seed 4" in line for line in feed.summary())
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "seed 5" in window.status_text(), timeout=5000)
    window.close()
    assert not feed.running

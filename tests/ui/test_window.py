"""The window.

Promises:
- it shows a stream's guidance and says its rate, drops and latency, and the device's where that was measured; a
  lost signal has no rate and no latency; a narrow window leaves out facts whole;
- it survives the end of its stream, says so, and plays it again;
- a lost stream is a notice, not a crash;
- keys: capture, mute, dismiss, next target, structures, full screen; the chooser and the coach always agree;
- a run of a limited length closes the window; outputs are finished when the run is closed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt

from guidance.device import DeviceProfile
from guidance.device_latency import DeviceLatency
from guidance.errors import RuntimeFailure
from guidance.hint import State
from guidance.jsonl import JsonLines
from guidance.sector import whole_frame
from guidance.views import View
from ui.app import GuidanceWindow, dress
from ui.feeds import StreamFeed
from ui.session import RunOptions, Session
from ui.status_line import BETWEEN, StatusLine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def session(with_tiny_model: Path, bright_folder: Path) -> Iterator[Session]:
    with Session(RunOptions(str(bright_folder), loop=True)) as opened:
        yield opened


def opened(session: Session, qtbot: QtBot) -> GuidanceWindow:
    window = GuidanceWindow(StreamFeed(session))
    qtbot.addWidget(window)
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: window.display.guidance is not None, timeout=5000)
    return window


def state_of(window: GuidanceWindow) -> State | None:
    guidance = window.display.guidance
    return guidance.advice.state if guidance is not None else None


def test_it_shows_guidance_and_status(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    qtbot.waitUntil(lambda: state_of(window) is State.CAPTURED, timeout=8000)
    assert window.display.lines()[0] == "Captured"
    qtbot.waitUntil(lambda: "pictures/s" in window.status_text(), timeout=3000)
    for part in ("bright", "dropped", "ms"):
        assert part in window.status_text()
    window.close()


def test_a_lost_signal_is_no_picture_a_second(session: Session, qtbot: QtBot) -> None:
    window = GuidanceWindow(StreamFeed(session))
    qtbot.addWidget(window)
    live = window.display
    window.begin()
    qtbot.waitUntil(lambda: live.guidance is not None, timeout=5000)
    session.engine.stop()
    last = live.guidance
    assert last is not None
    lost = replace(last, advice=replace(last.advice, state=State.NO_SIGNAL))
    window._show(lost)
    window._watch()
    for _ in range(20):
        window._show(lost)
    window._watch()
    assert "0 pictures/s" in window.status_text()
    assert " ms" not in window.status_text()
    window.close()


def test_a_narrow_status_line_says_the_newest_facts_whole(qtbot: QtBot) -> None:
    line = StatusLine()
    qtbot.addWidget(line)
    line.resize(2000, 30)
    parts = ["screen.mp4", "30 pictures/s", "0 dropped"]
    line.show_parts(parts)
    assert line.text() == line.whole() == BETWEEN.join(parts)
    line.resize(line.fontMetrics().horizontalAdvance(line.text()) - 1, 30)
    line.show_parts(parts)
    assert line.text() == BETWEEN.join(parts[1:])
    assert line.whole() == line.toolTip() == BETWEEN.join(parts)
    line.resize(20, 30)
    line.show_parts(["a very long sentence about a disk"])
    assert line.text().endswith("…")


def test_it_says_how_late_the_device_is_where_that_was_measured(session: Session, qtbot: QtBot) -> None:
    class LateFeed(StreamFeed):
        @property
        def profile(self) -> DeviceProfile:
            return replace(whole_frame((128, 96)), latency=DeviceLatency(41.2, 60.0, 17.0, "2026-01-02"))

    window = GuidanceWindow(LateFeed(session))
    qtbot.addWidget(window)
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: "ms + 41 ms grabber" in window.status_text(), timeout=5000)
    window.close()


def test_it_survives_the_end_and_plays_again(
    with_tiny_model: Path, bright_folder: Path, qtbot: QtBot
) -> None:
    with Session(RunOptions(str(bright_folder), fast=True)) as session:
        window = opened(session, qtbot)
        qtbot.waitUntil(lambda: window.display.lines()[0] == "End of recording", timeout=5000)
        frames = session.summary.frames
        assert frames == 12
        qtbot.keyClick(window, Qt.Key.Key_R)
        qtbot.waitUntil(lambda: session.summary.frames == 2 * frames, timeout=5000)
        window.close()


def test_a_stream_that_breaks_is_a_notice(with_tiny_model: Path, bright_folder: Path, qtbot: QtBot) -> None:
    with Session(RunOptions(str(bright_folder))) as session:
        read = session.source.read
        count = 0

        def breaks() -> object:
            nonlocal count
            count += 1
            if count > 3:
                raise RuntimeFailure("the cable was pulled: plug it in")
            return read()

        session.source.read = breaks  # type: ignore[method-assign,assignment]
        window = opened(session, qtbot)
        qtbot.waitUntil(lambda: window.display.lines()[0] == "Stream lost", timeout=5000)
        assert "the cable was pulled" in window.display.lines()[1]
        assert window.isVisible()
        window.close()


def test_keys_are_the_operator_s_wishes(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    coach = session.coach
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert coach.target is View.A2C
    qtbot.waitUntil(lambda: window.display.guidance.advice.target is View.A2C, timeout=3000)  # type: ignore[union-attr]
    assert state_of(window) is not State.CAPTURED
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state_of(window) is State.CAPTURED, timeout=3000)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert coach.muted
    assert window.mute_button.text() == "Hints off"
    qtbot.waitUntil(lambda: window.display.lines()[0] == "Hints are off", timeout=3000)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert not coach.muted
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert not window._bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window._bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    window.showNormal()  # as a desktop's own key does
    assert window._bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.keyClick(window, Qt.Key.Key_D)
    window.close()


def test_the_chooser_follows_the_coach(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    assert [window.targets.itemData(i) for i in range(window.targets.count())] == ["A4C", "A2C", "PLAX"]
    window.targets.setCurrentIndex(2)
    assert session.coach.target is View.PLAX
    session.coach.set_target(View.A2C)  # as a protocol does
    qtbot.waitUntil(lambda: window.targets.currentData() == "A2C", timeout=3000)
    assert session.coach.target is View.A2C
    window.close()


def test_a_limited_run_closes_by_itself_and_finishes_its_outputs(
    with_tiny_model: Path, bright_folder: Path, tmp_path: Path
) -> None:
    """In a process of its own: an event loop that has quit spoils later ones (Qt's ``quitNow``)."""
    json_place, video = tmp_path / "a.jsonl", tmp_path / "a.mp4"
    done = subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "run", str(bright_folder), "--fast",
         "--max-frames", "5", "--json", str(json_place), "--record", str(video)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = json_place.read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(len(lines)))
    assert len(lines) in (5, 6)  # the one under way is finished
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == len(lines)
    capture.release()
    assert f"{len(lines)} processed" in done.stderr


def test_closing_stops_the_engine_before_its_outputs(
    with_tiny_model: Path, bright_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[bool] = []
    close = JsonLines.close

    def closed(lines: JsonLines) -> None:
        running.append(session.engine.running)
        close(lines)

    monkeypatch.setattr(JsonLines, "close", closed)
    with Session(RunOptions(str(bright_folder), loop=True, json=str(tmp_path / "lines.jsonl"))) as session:
        session.engine.start(session.source)
        assert session.engine.running
    assert running == [False]


def test_the_whole_application_is_dark(qapp: object) -> None:
    from qtpy.QtGui import QPalette
    from qtpy.QtWidgets import QApplication

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before, style = application.palette(), application.style().objectName()
    try:
        dress(application)
        assert application.palette().color(QPalette.ColorRole.Window).lightness() < 30
    finally:
        application.setPalette(before)
        application.setStyle(style)

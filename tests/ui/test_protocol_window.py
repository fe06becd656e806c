"""The protocol and the exam in the window, driven by keys and clicks.

Promises:
- the strip shows every view of the protocol with what was captured of it; a click or a key aims at another view;
- K skips: the next view is aimed at, the best of what was left is kept, and the strip says so;
- Backspace does a view again, and what was kept of it stays;
- run --exam keeps clips in the window too, shows how many, and goes on with an exam from the first view not kept;
- a protocol file leads the window; light, text size, help and the first help are kept or shown as promised;
- a stalled search says what to try, and stops saying it for another target;
- the engineer's panel counts what was guided and painted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from media import write_images
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt

from guidance.capture import CaptureReason
from guidance.exam import look_at
from guidance.stall import StallSettings, StallWatch
from guidance.views import View
from ui.app import GuidanceWindow
from ui.board import Progress
from ui.feeds import StreamFeed
from ui.palette import DARK, LIGHT
from ui.preferences import PreferencesFile
from ui.session import RunOptions, Session
from ui.wording import words_in

A4C, A2C, PLAX = View.A4C, View.A2C, View.PLAX


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "three.toml"
    path.write_text('views = ["A2C", "PLAX", "A4C"]')
    return path


@pytest.fixture(scope="module")
def grey_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures between bright and dark: no view is held for long."""
    rng = np.random.default_rng(4)
    frames = [rng.integers(120, 150, (96, 128, 3), dtype=np.uint8) for _ in range(12)]
    return write_images(tmp_path_factory.mktemp("grey") / "grey", frames, [f"{i:02}.png" for i in range(12)])


@pytest.fixture
def session(with_tiny_model: Path, bright_folder: Path, protocol: Path, tmp_path: Path) -> Iterator[Session]:
    options = RunOptions(str(bright_folder), loop=True, protocol=str(protocol), exam=tmp_path / "exams")
    with Session(options) as opened:
        yield opened


def opened(session: Session, qtbot: QtBot, preferences: PreferencesFile | None = None) -> GuidanceWindow:
    window = GuidanceWindow(StreamFeed(session), words=session.words, preferences=preferences)
    qtbot.addWidget(window)
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: window.display.guidance is not None, timeout=20000)
    qtbot.waitUntil(lambda: len(window.strip.tiles) > 0, timeout=20000)
    return window


def progress(window: GuidanceWindow) -> dict[View, Progress]:
    return {tile.view: tile.progress for tile in window.strip.tiles}


def test_the_strip_follows_keys_and_clicks(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    assert window.strip.isVisible()
    assert [tile.view for tile in window.strip.tiles] == [A2C, PLAX, A4C]
    assert session.coach.target is A2C
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert session.coach.target is PLAX
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert session.coach.target is A2C
    assert [tile.current for tile in window.strip.tiles] == [True, False, False]
    box = window.strip._box(2)
    where = QPoint(round(box.x + box.w / 2), round(box.y + box.h / 2))
    qtbot.mouseClick(window.strip, Qt.MouseButton.LeftButton, pos=where)
    assert session.coach.target is A4C
    qtbot.waitUntil(lambda: progress(window)[A4C] is Progress.DONE, timeout=20000)
    tile = window.strip.tiles[2]
    assert tile.thumbnail is not None
    assert tile.thumbnail.mean() > 200  # the picture that was held
    window.close()


def test_skip_keeps_the_best_and_redo_keeps_what_was_kept(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    qtbot.waitUntil(lambda: session.exam is not None and session.exam.buffer.frame_count > 5, timeout=20000)
    qtbot.keyClick(window, Qt.Key.Key_K)
    assert session.coach.target is PLAX
    assert progress(window)[A2C] is Progress.SKIPPED
    assert "skipped" in window.status_text()
    qtbot.waitUntil(lambda: window.strip.tiles[0].best, timeout=20000)
    assert window.strip.said(window.strip.tiles[0]) == "best so far"

    qtbot.keyClick(window, Qt.Key.Key_N)
    assert session.coach.target is A4C
    qtbot.waitUntil(lambda: window.strip.tiles[2].kept == 1, timeout=20000)
    qtbot.keyClick(window, Qt.Key.Key_Backspace)
    assert session.coach.target is A4C
    qtbot.waitUntil(lambda: window.strip.tiles[2].kept == 2, timeout=30000)  # held once more
    window.close()
    session.close()
    assert session.exam is not None
    record = look_at(session.exam.folder.path).record
    assert record is not None
    reasons = [(clip.target, clip.reason) for clip in record.clips]
    assert (A2C, CaptureReason.BEST) in reasons
    assert reasons.count((A4C, CaptureReason.HOLD)) >= 2


def test_by_hand_and_going_on(
    with_tiny_model: Path, bright_folder: Path, protocol: Path, session: Session, qtbot: QtBot
) -> None:
    window = opened(session, qtbot)
    qtbot.waitUntil(lambda: session.exam is not None and session.exam.buffer.frame_count > 5, timeout=20000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert "A2C captured by hand" in window.status_text()
    qtbot.waitUntil(lambda: window.strip.tiles[0].kept == 1, timeout=20000)
    assert not window.strip.tiles[0].best
    window.close()
    session.close()
    assert session.exam is not None
    again = RunOptions(str(bright_folder), loop=True, protocol=str(protocol), exam=session.exam.folder.path)
    with Session(again) as second:
        assert second.coach.target is PLAX  # A2C was kept
        window = opened(second, qtbot)
        assert progress(window)[A2C] is Progress.DONE
        first = window.strip.tiles[0]
        assert (first.kept, first.current) == (1, False)
        assert first.thumbnail is not None  # from the disk
        window.close()


def test_without_protocol_or_exam_there_is_no_strip(
    with_tiny_model: Path, bright_folder: Path, qtbot: QtBot
) -> None:
    with Session(RunOptions(str(bright_folder), loop=True)) as session:
        window = opened(session, qtbot)
        assert not window.strip.isVisible()
        qtbot.keyClick(window, Qt.Key.Key_K)  # nothing to skip
        assert session.coach.target is A4C
        window.close()


def test_a_stalled_search_says_what_to_try(
    with_tiny_model: Path, grey_folder: Path, protocol: Path, qtbot: QtBot
) -> None:
    options = RunOptions(str(grey_folder), loop=True, protocol=str(protocol), language="de")
    with Session(options) as session:
        window = GuidanceWindow(StreamFeed(session), words=session.words)
        window._stall = StallWatch(StallSettings(patience_s=0.2, gain=0.9, gap_s=5.0))
        qtbot.addWidget(window)
        window.show()
        window.begin()
        qtbot.waitUntil(lambda: window.display.wanted.note is not None, timeout=20000)
        note = window.display.wanted.note or ""
        remedies = words_in("de").hints.remedies.values()
        assert any(remedy in note for remedy in remedies)
        assert "K" in note
        window.close()


def test_light_and_size_are_kept(session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings" / "window.json"
    window = opened(session, qtbot, PreferencesFile(path))
    assert window.sheet is not None  # the first help, once
    before = window.grab().toImage()
    qtbot.keyClick(window.sheet, Qt.Key.Key_L)  # any key only ends it
    assert window.sheet is None
    assert window._palette is DARK
    qtbot.keyClick(window, Qt.Key.Key_L)
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert window._palette is LIGHT
    assert window.display.wanted.text_scale == 1.15
    assert window.grab().toImage() != before
    for _ in range(9):
        qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert window.display.wanted.text_scale == 1.5
    window.close()
    kept = PreferencesFile(path).now
    assert (kept.light, kept.text_scale, kept.help_seen) == (True, 1.5, True)
    other = GuidanceWindow(StreamFeed(session), preferences=PreferencesFile(path))
    qtbot.addWidget(other)
    assert other._palette is LIGHT
    assert not other._first_help
    other.close()


def test_help_and_details_by_keys(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    assert window.sheet is None
    for key, name in ((Qt.Key.Key_Q, "facets"), (Qt.Key.Key_C, "card")):
        qtbot.keyClick(window, key)
        assert getattr(window.display.wanted, name)
        qtbot.keyClick(window, key)
        assert not getattr(window.display.wanted, name)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = window.sheet
    assert sheet is not None
    target = session.coach.target
    window.resize(900, 700)
    qtbot.waitUntil(lambda: sheet.size() == window.centralWidget().size(), timeout=5000)
    qtbot.keyClick(sheet, Qt.Key.Key_N)  # ends the help, and is no wish
    assert window.sheet is None
    assert session.coach.target is target
    window.close()


def test_the_engineer_sees_rates_and_latencies(session: Session, qtbot: QtBot) -> None:
    window = opened(session, qtbot)
    assert not window.engineer.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F12)
    assert window.engineer.isVisible()
    qtbot.waitUntil(lambda: any(s.guided for s in window._log.seconds), timeout=20000)
    assert {"infer", "total"} <= set(window._log.stages())
    count = window.display.count
    qtbot.waitUntil(lambda: count.frames > 10, timeout=20000)
    assert count.arrivals >= count.frames + count.left_out
    assert any("painted" in line for line in window.engineer.lines())
    assert not window.engineer.grab().isNull()
    qtbot.keyClick(window, Qt.Key.Key_F12)
    assert not window.engineer.isVisible()
    window.close()


def test_a_feed_without_a_board_will_do(session: Session) -> None:
    """Feeds of others need no board: the window does without."""
    feed = StreamFeed(session)

    class Plain:
        title = feed.title
        capture_quality = feed.capture_quality
        coach = None
        targets = feed.targets
        profile = None
        running = False

        def start(self, show: object) -> None: ...

        def stop(self) -> None: ...

    window = GuidanceWindow(Plain())  # type: ignore[arg-type]
    assert window.operator.board is None
    assert window.operator.capture() == window.operator.skip() == window.operator.redo() == ""
    window.next_target()
    window.close()

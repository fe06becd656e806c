"""Parts of the window by themselves: strip, board, sheets, preferences, voice, counts and the engineer's log.

Promises:
- the board keeps the captured picture, else the best so far, and shows the sector alone; done again, a new one comes;
- the strip paints every kind of tile, also ten in a narrow window, and says each to screen readers;
- every deed has a key and no key two deeds; both sheets show all their text in every language and size;
- preferences survive a run; a damaged, foreign or unwritable file gives the usual ones and no trouble;
- hints are spoken when they change and only when asked for; where there is no voice nothing happens;
- a heartbeat tells how late the window is; frames painted and left out add up; a frame that comes again counts once;
  drops are counted second by second;
- example pictures are there for every view, differ, and are those that the virtual patient gives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import qtpy
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QWidget

import ui.canvas
from guidance.frame import Frame
from guidance.hint import Guidance, State
from guidance.sector import whole_frame
from guidance.views import STANDARD_VIEWS, View
from ui.board import Board, Progress, Tile
from ui.engineer_log import EngineerLog
from ui.heartbeat import LATE, Heartbeat
from ui.keys import KEYS, shown_keys
from ui.paint_count import PaintCount
from ui.palette import DARK, LIGHT
from ui.preferences import Preferences, PreferencesFile
from ui.progression import Progression
from ui.reference_pictures import draw_reference, reference_picture
from ui.sheet import Sheet, paint_first_help, paint_keys
from ui.speech import Speaker
from ui.strip import ProtocolStrip
from ui.text import Fitted, fit_text
from ui.wording import LANGUAGES, Deed, words_in
from ui.wording.en import ENGLISH

Make = Callable[..., Guidance]


def seen(make: Make, level: int, quality: float, state: State = State.ADJUSTING, index: int = 0) -> Guidance:
    """Guidance on an even picture of ``level`` whose sector is brighter than its surroundings."""
    pixels = np.full((480, 640), level, np.uint8)
    pixels[:, :320] = 0
    made = make(state, quality=quality, index=index)
    return replace(made, frame=replace(made.frame, pixels=pixels), prediction=object())  # type: ignore[arg-type]


def level(board: Board, view: View = View.A4C) -> float | None:
    thumbnail = next(tile for tile in board.tiles(view) if tile.view is view).thumbnail
    return None if thumbnail is None else float(thumbnail.max())


def test_the_board_keeps_the_best_and_then_the_captured(make: Make) -> None:
    board = Board((View.A4C, View.PLAX), Progression((View.A4C, View.PLAX), lambda view: None))
    board(seen(make, 10, 0.05))
    assert level(board) is None  # says nothing about the view
    board(seen(make, 50, 0.3))
    board(seen(make, 60, 0.31))  # no better
    assert level(board) == 50
    board(seen(make, 70, 0.5))
    assert level(board) == 70
    board(seen(make, 80, 0.4, State.CAPTURED))
    assert level(board) == 80
    board(seen(make, 90, 0.9))
    assert level(board) == 80
    board.forget(View.A4C)
    board(seen(make, 100, 0.2, State.CAPTURED))
    assert level(board) == 100
    assert [tile.view for tile in board.tiles(View.SSN)] == [View.A4C, View.PLAX, View.SSN]


def test_thumbnails_show_the_sector_alone(make: Make) -> None:
    board = Board((View.A4C,))
    board.set_profile(replace(whole_frame((640, 480)), box=(320.0, 0.0, 320.0, 480.0)))
    board(seen(make, 90, 0.5))
    (tile,) = board.tiles(View.A4C)
    assert tile.thumbnail is not None
    assert tile.thumbnail.min() == 90  # the black half lies outside
    assert not board.wanted


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("width", [640, 1280, 2400])
def test_the_strip_paints_every_kind_of_tile(qtbot: QtBot, palette: object, width: int) -> None:
    picture = np.full((60, 80), 200, np.uint8)
    kinds = [(p, best) for p in Progress for best in (False, True)]
    tiles = tuple(
        Tile(view, *kind[:1], number == 2, picture if number % 2 else None, 0.7, int(kind[1]), kind[1])
        for number, (view, kind) in enumerate(zip(STANDARD_VIEWS, kinds * 2, strict=False))
    )
    for language in LANGUAGES:
        strip = ProtocolStrip(words_in(language), palette)  # type: ignore[arg-type]
        qtbot.addWidget(strip)
        strip.resize(width, strip.sizeHint().height())
        empty = strip.grab().toImage()
        strip.show_tiles(tiles)
        assert strip.grab().toImage() != empty
        assert strip.accessibleName().count(":") == len(tiles)
        assert strip._box(len(tiles) - 1).right <= width
        same = strip.tiles
        strip.show_tiles(tuple(replace(tile) for tile in tiles))
        assert strip.tiles is same  # nothing to paint


def test_every_deed_has_keys_of_its_own() -> None:
    assert set(KEYS) == set(Deed)
    keys = [key for several in KEYS.values() for key in several]
    assert len(keys) == len(set(keys))
    assert all(shown_keys(deed) for deed in Deed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_sheets_show_all_their_text(
    qtbot: QtBot, language: str, size: tuple[int, int], scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: set[str] = set()
    cut: set[str] = set()

    def watched(text: str, *where: object) -> Fitted:
        fitted = fit_text(text, *where)  # type: ignore[arg-type]
        shown.add(text)
        (cut.discard if fitted.complete else cut.add)(text)
        return fitted

    monkeypatch.setattr(ui.canvas, "fit_text", watched)
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(*size)
    words = words_in(language)
    for paint in (paint_keys, paint_first_help):
        sheet = Sheet(host, paint, words, DARK, scale)
        sheet.grab()
        sheet.end()
    assert set(words.deeds.values()) <= shown
    assert not cut


def test_preferences_survive(tmp_path: Path) -> None:
    path = tmp_path / "new" / "window.json"
    PreferencesFile(path).change(light=True, text_scale=1.3)
    assert PreferencesFile(path).now == Preferences(light=True, text_scale=1.3)
    assert [p.name for p in path.parent.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"light": "yes"}',
        '{"text_scale": 7.5}',
        '{"text_scale": true, "unknown": 1}',
        "\ufeff\x00",
    ],
)
def test_damaged_preferences_are_the_usual_ones(tmp_path: Path, content: str) -> None:
    path = tmp_path / "window.json"
    path.write_text(content, encoding="utf-8")
    assert PreferencesFile(path).now == Preferences()


def test_preferences_that_cannot_be_written_last_as_long_as_the_window(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = PreferencesFile(tmp_path / "file" / "window.json")
    assert kept.change(voice=True).voice
    assert kept.now.voice


def test_what_was_kept_is_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    PreferencesFile(path).change(help_seen=True)
    assert json.loads(path.read_text())["help_seen"] is True


def test_hints_are_spoken_only_when_asked_for() -> None:
    pytest.importorskip(f"{qtpy.API_NAME}.QtTextToSpeech", exc_type=ImportError)
    speaker = Speaker("en", engine="mock")  # Qt's own engine for tests: a voice without a sound
    assert not speaker.say("Tilt tail towards the feet")
    assert speaker.switch(True)
    assert speaker.say("Tilt tail towards the feet")
    assert not speaker.say("Tilt tail towards the feet")  # said already
    assert not speaker.say("")
    assert speaker.say("Hold still")
    assert speaker.switch(False)
    assert not speaker.say("Captured")


def test_without_a_voice_nothing_happens() -> None:
    speaker = Speaker("en", engine="no such engine")
    assert not speaker.switch(True)
    assert not speaker.on
    assert not speaker.say("Hold still")


def test_painted_and_left_out_add_up(make: Make) -> None:
    count = PaintCount()
    frames = [make(index=index) for index in range(10)]
    for index, guidance in enumerate(frames):
        count.arrived(guidance)
        count.arrived(guidance)  # comes again
        if index % 3 == 0:
            count.painted(guidance, 0, 2_000_000)
            count.painted(guidance, 0, 3_000_000)
    assert count.arrivals == 10
    assert count.frames == 4  # 0, 3, 6, 9
    assert count.left_out == 6
    assert count.first_ns == 2_000_000
    count.arrived(make(index=11))
    assert count.left_out == 6  # the newest may still be painted
    count.painted(None, 0, 1)
    assert count.frames == 4


def test_seconds_of_the_engineers_log(make: Make) -> None:
    log = EngineerLog()
    for second in range(3):
        for number in range(10):
            index = 10 * second + number
            frame = Frame(np.zeros((2, 2), np.uint8), index, 1, 0.0)
            log.note(
                replace(make(), frame=frame, dropped=2 * (second + 1), latency_ms={"total": float(index)})
            )
            log.note(replace(make(), frame=frame, dropped=2 * (second + 1), latency_ms={"total": 999.0}))
        log.tick(painted=8 * (second + 1), not_painted=2 * (second + 1))
    assert [(s.guided, s.dropped, s.painted, s.not_painted) for s in log.seconds] == [(10, 2, 8, 2)] * 3
    assert log.stages() == {"total": [float(i) for i in range(30)]}
    log.restart()
    log.note(replace(make(), frame=Frame(np.zeros((2, 2), np.uint8), 0, 1, 0.0), dropped=1))
    log.tick(painted=25, not_painted=6)
    assert log.seconds[-1].dropped == 1


def test_examples_are_those_of_the_virtual_patient() -> None:
    pictures = {view: reference_picture(view) for view in STANDARD_VIEWS}
    assert all(picture is not None and picture.shape == (180, 240) for picture in pictures.values())
    assert reference_picture(View.OTHER) is None
    for view in (View.A4C, View.PLAX):
        again = draw_reference(view).astype(float).ravel()
        like = {
            other: np.corrcoef(again, picture.astype(float).ravel())[0, 1]
            for other, picture in pictures.items()
            if picture is not None
        }
        assert like[view] > 0.98  # but for JPEG
        assert max(like, key=lambda other: like[other]) is view


def test_a_heartbeat_tells_how_late_it_is() -> None:
    clock = iter([0, 5_000_000, 30_000_000, 35_000_000, 99_000_000, 104_000_000])
    heart = Heartbeat(clock=lambda: next(clock))
    for _ in range(3):
        heart.beat()
    assert heart.times.values(LATE).tolist() == [0.0, 20.0]
    heart.beat()
    heart.switch(False)  # what was between does not count
    heart.beat()
    heart.beat()
    assert heart.times.values(LATE).tolist() == [0.0, 20.0, 0.0, 0.0]
    assert heart.share_over(8.0) == 0.25
    assert Heartbeat().share_over(8.0) == 0.0


def test_words_of_the_strip(qtbot: QtBot) -> None:
    strip = ProtocolStrip(ENGLISH, DARK)
    qtbot.addWidget(strip)
    said = [
        strip.said(Tile(View.A4C, Progress.TO_DO, True)),
        strip.said(Tile(View.A4C, Progress.SKIPPED, False, kept=1, best=True)),
        strip.said(Tile(View.A4C, Progress.DONE, False, kept=2)),
        strip.said(Tile(View.A4C, Progress.DONE, False)),
    ]
    assert said == ["to do", "best so far", "2 kept", "done"]

"""The review window.

Promises:
- it lists the clips with thumbnails and verdicts, and plays a clip at its own rate, over and over; Space pauses, arrows
  step, Home and End go to the ends, a click into a chart goes there;
- A, R and U judge, N opens the note, typing goes to the note alone; all of it is on the disk at once, or said where it
  cannot be, and a note that could not be kept is tried again;
- hints stand in the list and on the charts with their reasons; H walks through them;
- "this hint was wrong" is off until the operator agreed in a dialog, keeps pictures then, and is taken back by W again;
- damaged exam, damaged review, missing clip, altered clip, read-only folder: the window opens, says so in one line, and
  goes on with the rest.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exam_clips import no_room
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from reviewed_exam import ROTATE, SLIDE, keep_exam, read_only_exam

from guidance.errors import InputError
from guidance.exam import ExamReview, Verdict
from ui.review_player import Player
from ui.review_window import ReviewWindow

Key = Qt.Key
Open = Callable[..., ReviewWindow]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep_exam(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def exam(kept: Path, tmp_path: Path) -> Path:
    """An exam of one's own, to be spoilt."""
    import shutil

    return Path(shutil.copytree(kept, tmp_path / kept.name))


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    windows: list[ReviewWindow] = []

    def make(exam: Path, **options: int) -> ReviewWindow:
        window = ReviewWindow(ExamReview(exam), **options)
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        qtbot.waitUntil(
            lambda: window.view.notice is None or window.view.notice[1] != "Loading", timeout=8000
        )
        return window

    yield make
    for window in windows:
        window.close()


def said(exam: Path, number: int) -> tuple[Verdict, str]:
    clip = ExamReview(exam).review.of(number)
    return clip.verdict, clip.note


def clip_is_loaded(qtbot: QtBot, window: ReviewWindow, number: int) -> None:
    def there() -> bool:
        return window.clip is not None and window.clip.number == number and window.pictures is not None

    qtbot.waitUntil(there, timeout=8000)


# Looking


def test_it_lists_the_clips_and_plays_the_first(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    cards = [window.clips.card(row) for row in range(window.clips.count())]
    assert [card.title for card in cards] == ["1  A4C", "2  PLAX"]
    assert all(card.picture is not None and not card.picture.isNull() for card in cards)
    assert window.pictures is not None
    assert window.player.playing
    seen: set[int] = set()
    window.player.moved.connect(seen.add)
    qtbot.waitUntil(lambda: max(seen, default=0) == len(window.pictures or ()) - 1, timeout=8000)
    qtbot.waitUntil(lambda: 0 in seen, timeout=8000)  # over and over
    assert window.view.pixels is not None
    assert window.banner.isHidden()
    assert "research use only" in window.windowTitle()


def test_it_plays_at_the_clips_own_rate(kept: Path, qtbot: QtBot) -> None:
    review = ExamReview(kept)
    from guidance.exam import load_pictures

    now = [10.0]
    player = Player(clock_s=lambda: now[0])
    player.load(load_pictures(kept, review.clip(1)))
    player.play()
    for elapsed, index in ((0.024, 0), (0.051, 1), (0.52, 10), (1.2, 20), (1.7, 0)):
        now[0] = 10.0 + elapsed
        qtbot.waitUntil(lambda index=index: player.index == index, timeout=2000)
    player.pause()


def test_space_pauses_and_arrows_step(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    qtbot.keyClick(window, Key.Key_Space)
    assert not window.player.playing
    qtbot.keyClick(window, Key.Key_Home)
    assert window.player.index == 0
    for _ in range(3):
        qtbot.keyClick(window, Key.Key_Right)
    qtbot.keyClick(window, Key.Key_Left)
    assert window.player.index == 2
    assert window.view.caption.startswith("3 of 21")
    assert "quality 0.63" in window.view.caption
    assert window.clip_chart.now_s == pytest.approx(1.6)
    qtbot.keyClick(window, Key.Key_End)
    assert window.player.index == 20
    qtbot.keyClick(window, Key.Key_Right)
    assert window.player.index == 20
    qtbot.keyClick(window, Key.Key_Space)
    assert window.player.playing


def test_a_click_into_a_chart_goes_there(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    chart = window.clip_chart
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(chart.width() - 14, 60))
    assert window.player.index == 20
    way = window.way_chart
    qtbot.mouseClick(way, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))  # long before the clip
    assert window.chosen is not None
    assert window.chosen.hint == SLIDE.text


def test_next_and_previous_clip(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam, start=2)
    assert window.clip is not None
    assert window.clip.number == 2
    qtbot.keyClick(window, Key.Key_Down)
    assert window.clip.number == 2
    for key in (Key.Key_Up, Key.Key_PageDown, Key.Key_PageUp):
        qtbot.keyClick(window, key)
    assert window.clip.number == 1
    clip_is_loaded(qtbot, window, 1)
    assert window.pictures is not None
    assert window.pictures.times_s[0] == pytest.approx(1.5)
    with pytest.raises(InputError, match="no clip 7"):
        ReviewWindow(ExamReview(exam), start=7)


def test_hints_with_reasons_and_the_path(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    cards = [window.desk.hints.card(row) for row in range(window.desk.hints.count())]
    assert [(card.title, card.lines) for card in cards] == [
        (SLIDE.text, (SLIDE.reason,)), (ROTATE.text, (ROTATE.reason,))
    ]  # fmt: skip
    assert cards[0].lead == "1\n−1.5 s"
    qtbot.keyClick(window, Key.Key_Home)
    assert window.chosen is not None
    assert window.chosen.hint == ROTATE.text  # it follows the clip
    assert window.view.hint is not None
    qtbot.keyClick(window, Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert window.chosen.hint == SLIDE.text
    assert window.desk.hints.currentRow() == 0
    assert window.desk.path.now_s == pytest.approx(0.0)  # where the probe was when it was given
    qtbot.keyClick(window, Key.Key_H)
    assert window.chosen.hint == ROTATE.text
    assert window.desk.path.timeline is not None
    assert len(window.desk.path.timeline.path) > 20
    assert window.clip_chart.strip is not None
    assert window.clip_chart.strip.capture_quality == 0.7


# Saying


def test_verdicts_by_key_and_by_button(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    qtbot.keyClick(window, Key.Key_A)
    assert said(exam, 1)[0] is Verdict.ACCEPTED
    assert window.desk.verdicts[Verdict.ACCEPTED].isChecked()
    assert window.clips.card(0).icon_word == "Accepted"
    qtbot.keyClick(window, Key.Key_R)
    assert said(exam, 1)[0] is Verdict.REJECTED
    qtbot.keyClick(window, Key.Key_U)
    assert said(exam, 1)[0] is Verdict.UNDECIDED
    qtbot.keyClick(window, Key.Key_Down)
    qtbot.mouseClick(window.desk.verdicts[Verdict.REJECTED], Qt.MouseButton.LeftButton)
    assert said(exam, 2)[0] is Verdict.REJECTED
    qtbot.keyClick(window, Key.Key_Up)
    assert window.desk.verdicts[Verdict.UNDECIDED].isChecked()


def test_a_note_is_kept_while_it_is_typed_and_keys_go_to_it_alone(
    exam: Path, opened: Open, qtbot: QtBot
) -> None:
    window = opened(exam)
    qtbot.keyClick(window, Key.Key_Home)
    qtbot.keyClick(window, Key.Key_N)
    assert window.desk.note.hasFocus()
    qtbot.keyClicks(window.desk.note, "a rural hut")
    assert window.desk.note.toPlainText() == "a rural hut"
    assert window.player.index == 0
    qtbot.waitUntil(lambda: said(exam, 1) == (Verdict.UNDECIDED, "a rural hut"), timeout=5000)
    qtbot.keyClicks(window.desk.note, "!")
    qtbot.keyClick(window.desk.note, Key.Key_Escape)
    assert not window.desk.note.hasFocus()
    assert said(exam, 1)[1] == "a rural hut!"
    qtbot.keyClick(window, Key.Key_Down)
    assert window.desk.note.toPlainText() == ""
    window.write_note()
    qtbot.keyClicks(window.desk.note, "left open")
    window.close()  # closing keeps it
    assert said(exam, 2)[1] == "left open"
    assert said(exam, 1)[1] == "a rural hut!"


@pytest.mark.skipif(os.name != "posix", reason="RLIMIT_FSIZE")
def test_what_cannot_be_kept_is_said_and_tried_again(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    with no_room(100):
        qtbot.keyClick(window, Key.Key_A)
        assert "free some space" in window.banner.text()
        assert not window.desk.verdicts[Verdict.ACCEPTED].isChecked()
        window.write_note()
        qtbot.keyClicks(window.desk.note, "stays")
        window.keep_note()
        window.go(1)
        assert window.desk.note.toPlainText() == ""
        window.go(-1)
        assert window.desk.note.toPlainText() == "stays"
        assert any("free some space" in problem for problem in window.problems)
    window.go(1)
    assert said(exam, 1) == (Verdict.UNDECIDED, "stays")
    assert window.problems == []
    assert window.banner.isHidden()


# A wrong hint


def test_wrong_hints_are_off_until_the_operator_agreed(exam: Path, opened: Open, qtbot: QtBot) -> None:
    window = opened(exam)
    qtbot.keyClick(window, Key.Key_Home)
    assert not window.desk.wrong.isEnabled()
    qtbot.keyClick(window, Key.Key_W)
    assert not (exam / "feedback").exists()
    qtbot.keyClick(window, Key.Key_F)
    question = window.wrong_hints.question
    assert question is not None
    qtbot.mouseClick(question.no, Qt.MouseButton.LeftButton)
    assert not window.desk.wrong.isEnabled()
    qtbot.keyClick(window, Key.Key_F)
    question = window.wrong_hints.question
    assert question is not None
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    assert window.desk.wrong.isEnabled()
    qtbot.mouseClick(window.desk.wrong, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(ExamReview(exam).review.wrong_hints) == 1, timeout=8000)
    qtbot.waitUntil(window.desk.wrong.isChecked, timeout=8000)
    (folder,) = (exam / "feedback").iterdir()
    assert len(list(folder.glob("*.png"))) == 21
    assert json.loads((folder / "feedback.json").read_text())["hint"]["hint"] == ROTATE.text
    assert "Called wrong" in window.desk.hints.card(1).lines[0]
    again = opened(exam)  # remembered
    again.player.go_to(0)
    assert again.desk.wrong.isEnabled()
    assert again.desk.wrong.isChecked()
    qtbot.keyClick(again, Key.Key_W)
    assert list((exam / "feedback").iterdir()) == []
    assert not again.desk.wrong.isChecked()


def test_feedback_in_a_folder_of_ones_own_and_stopping_it(
    exam: Path, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened(exam)
    window.ask()
    question = window.wrong_hints.question
    assert question is not None
    question.place.setText(str(tmp_path / "hints"))
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    window.next_hint(-1)
    qtbot.keyClick(window, Key.Key_W)
    qtbot.waitUntil(lambda: (tmp_path / "hints").exists() and window.desk.wrong.isChecked(), timeout=8000)
    window.ask()
    question = window.wrong_hints.question
    assert question is not None
    assert question.place.text() == str(tmp_path / "hints")
    qtbot.mouseClick(question.no, Qt.MouseButton.LeftButton)
    assert not window.desk.wrong.isEnabled()
    assert ExamReview(exam).review.feedback is None


# Bad input


def test_a_damaged_exam_opens_from_the_records_beside_the_clips(exam: Path, opened: Open) -> None:
    (exam / "exam.json").write_text("{")
    window = opened(exam)
    assert window.clips.count() == 2
    assert window.pictures is not None
    assert "exam.json is damaged" in window.banner.text()
    assert (exam / "exam.json").read_text() == "{"


def test_a_damaged_review_is_said_and_kept_aside(exam: Path, opened: Open, qtbot: QtBot) -> None:
    (exam / "review.json").write_text("{")
    window = opened(exam)
    assert "review.json is damaged" in window.banner.text()
    qtbot.keyClick(window, Key.Key_A)
    assert "review.damaged-1.json" in window.banner.text()
    assert (exam / "review.damaged-1.json").read_text() == "{"
    assert said(exam, 1)[0] is Verdict.ACCEPTED


def test_a_missing_clip_is_named_and_the_others_play(exam: Path, opened: Open, qtbot: QtBot) -> None:
    (exam / "clips" / "0001-A4C-hold.dcm").unlink()
    (exam / "clips" / "0001-A4C-hold.png").unlink()
    window = opened(exam)
    assert window.view.notice is not None
    assert "0001-A4C-hold.dcm is missing" in window.view.notice[2]
    assert "0001-A4C-hold.dcm is missing" in window.banner.text()
    assert "file missing" in window.clips.card(0).lines
    qtbot.keyClick(window, Key.Key_Space)  # nothing to play
    qtbot.keyClick(window, Key.Key_Right)
    qtbot.keyClick(window, Key.Key_R)  # it can be judged all the same
    assert said(exam, 1)[0] is Verdict.REJECTED
    qtbot.keyClick(window, Key.Key_Down)
    clip_is_loaded(qtbot, window, 2)
    assert window.player.playing


def test_an_altered_and_a_cut_clip_are_named(exam: Path, opened: Open, qtbot: QtBot) -> None:
    first, second = sorted((exam / "clips").glob("*.dcm"))
    content = bytearray(first.read_bytes())
    content[-20] ^= 0xFF
    first.write_bytes(content)
    second.write_bytes(second.read_bytes()[:900])
    window = opened(exam)
    qtbot.waitUntil(lambda: any("altered" in problem for problem in window.problems), timeout=8000)
    assert any(f"{second.name} is damaged" in problem for problem in window.problems)
    window.go(1)
    qtbot.waitUntil(
        lambda: window.view.notice is not None and window.view.notice[1] != "Loading", timeout=8000
    )
    assert window.pictures is None
    assert len(window.problems) > 2
    assert f"and {len(window.problems) - 2} more" in window.banner.text()


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_read_only_exam_can_be_looked_at(opened: Open, qtbot: QtBot) -> None:
    with read_only_exam() as exam:
        window = opened(exam)
        assert "read-only" in window.banner.text()
        assert window.pictures is not None
        qtbot.keyClick(window, Key.Key_A)
        qtbot.keyClick(window, Key.Key_F)
        assert window.wrong_hints.question is None
        assert not window.desk.verdicts[Verdict.ACCEPTED].isEnabled()
        assert not window.desk.verdicts[Verdict.ACCEPTED].isChecked()
        assert window.desk.note.isReadOnly()
        window.close()
        assert not (exam / "review.json").exists()


def test_an_exam_without_clips(tmp_path: Path, qtbot: QtBot) -> None:
    from exam_clips import new_exam

    folder = new_exam(tmp_path)
    folder.close()
    window = ReviewWindow(ExamReview(folder.path))
    qtbot.addWidget(window)
    window.show()
    assert window.view.notice is not None
    assert window.view.notice[1] == "No clips"
    for key in (Key.Key_Space, Key.Key_A, Key.Key_N, Key.Key_H, Key.Key_W, Key.Key_Down):
        qtbot.keyClick(window, key)
    window.close()

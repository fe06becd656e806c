"""``exam review``, ``exam mark``, and what ``show`` and ``export`` say of a review.

Promises:
- mark accepts, rejects, notes; show and list say it; the table has it; --accepted-only leaves the other clips out;
- the page is one file with everything in it: pictures, charts, hints with reasons, verdicts, notes; nothing is fetched,
  and nothing that somebody wrote becomes a tag;
- every bad input is one line and exit code 2, and nothing that is there is replaced;
- the window ends with exit code 2 where something was wrong with the exam, and without a display says what to do.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from commands import sonoguide
from pydicom.fileset import FileSet
from reviewed_exam import ROTATE, SLIDE, keep_exam, read_only_exam

from guidance.exam import ExamReview, Verdict

Capsys = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return keep_exam(tmp_path / "exams")


def error_line(capsys: Capsys) -> str:
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    assert err.startswith("sonoguide: ")
    return err


def newer(file: Path) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 2}))


def test_mark_show_and_list(exam: Path, capsys: Capsys) -> None:
    assert sonoguide("exam", "mark", exam, 1, "--accept") == 0
    assert sonoguide("exam", "mark", exam, 2, "--reject", "--note", "the apex\nis cut off") == 0
    out = capsys.readouterr().out
    assert out.splitlines() == ["clip 1  accepted", "clip 2  rejected: the apex is cut off"]
    assert sonoguide("exam", "show", exam) == 0
    assert "       rejected: the apex is cut off" in capsys.readouterr().out
    assert sonoguide("exam", "list", exam.parent) == 0
    assert "1 accepted, 1 rejected" in capsys.readouterr().out
    assert sonoguide("exam", "show", exam, "--json") == 0
    said = json.loads(capsys.readouterr().out)["review"]["clips"]
    assert [(one["number"], one["verdict"]) for one in said] == [(1, "accepted"), (2, "rejected")]
    assert sonoguide("exam", "mark", exam, 2, "--undecided", "--note", "") == 0
    said_now = ExamReview(exam).review.of(2)
    assert (said_now.verdict, said_now.note) == (Verdict.UNDECIDED, "")


def test_the_exports_say_it(exam: Path, tmp_path: Path) -> None:
    review = ExamReview(exam)
    review.agree(tmp_path / "secret place")
    review.call_wrong(1, review.timeline(1).hints[0], None)
    sonoguide("exam", "mark", exam, 1, "--accept", "--note", "=1+1")
    sonoguide("exam", "mark", exam, 2, "--reject")
    places = ["--csv", tmp_path / "e.csv", "--dicom", tmp_path / "d", "--zip", tmp_path / "e.zip"]
    assert sonoguide("exam", "export", exam, *places, "--accepted-only") == 0
    with (tmp_path / "e.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["accepted"], row["note"]) for row in rows] == [("True", "'=1+1"), ("False", "")]
    files = FileSet(tmp_path / "d" / "DICOMDIR")
    assert [pydicom.dcmread(one.path).ImageComments[:10] for one in files] == ["Target A4C"]
    files._stage["t"].cleanup()
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        text = archive.read(f"{exam.name}/review.json").decode()
        assert not any("feedback/" in name for name in archive.namelist())
    assert '"accepted"' in text
    assert "secret place" not in text  # where it lies on this machine is nobody's business


def test_accepted_only_without_an_accepted_clip_or_dicom(exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    assert sonoguide("exam", "export", exam, "--dicom", tmp_path / "d", "--accepted-only") == 2
    assert "no clip is accepted" in error_line(capsys)
    assert sonoguide("exam", "export", exam, "--csv", tmp_path / "c", "--accepted-only") == 2
    assert "--dicom" in error_line(capsys)
    (exam / "review.json").write_text("{")
    assert sonoguide("exam", "export", exam, "--dicom", tmp_path / "d", "--accepted-only") == 2
    assert "review.json is damaged" in error_line(capsys)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["9", "--accept"], "no clip 9: its clips are 1, 2"),
        (["1"], "nothing to say"),
        (["1", "--accept", "--reject"], "choose one"),
        (["1", "--note", "x" * 10_001], "too long"),
        (["one", "--accept"], "CLIP"),
    ],
)
def test_what_mark_does_not_take(arguments: list[str], word: str, exam: Path, capsys: Capsys) -> None:
    assert sonoguide("exam", "mark", exam, *arguments) == 2
    assert word in error_line(capsys)
    assert not (exam / "review.json").exists()


def spoil_newer_exam(exam: Path) -> None:
    newer(exam / "exam.json")


def spoil_newer_review(exam: Path) -> None:
    ExamReview(exam).judge(1, Verdict.ACCEPTED)
    newer(exam / "review.json")


@pytest.mark.parametrize("spoil", [spoil_newer_exam, spoil_newer_review])
def test_newer_files_are_refused_and_untouched(
    spoil: Callable[[Path], None], exam: Path, tmp_path: Path, capsys: Capsys
) -> None:
    spoil(exam)
    before = {path: path.read_bytes() for path in exam.rglob("*") if path.is_file()}
    page = tmp_path / "page.html"
    for command in (["mark", exam, 1, "--reject"], ["review", exam], ["review", exam, "--html", page]):
        assert sonoguide("exam", *command) == 2
        assert "newer sonoguide" in error_line(capsys)
    assert sonoguide("exam", "show", exam) == 2
    assert "newer sonoguide" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in exam.rglob("*") if path.is_file()} == before
    assert not page.exists()


def test_mark_keeps_a_damaged_review_aside_and_says_so(exam: Path, capsys: Capsys) -> None:
    (exam / "review.json").write_text("nonsense")
    assert sonoguide("exam", "show", exam) == 2
    assert "review.json is damaged" in capsys.readouterr().err
    assert sonoguide("exam", "mark", exam, 1, "--accept") == 2
    assert "review.damaged-1.json" in error_line(capsys)
    assert (exam / "review.damaged-1.json").read_text() == "nonsense"
    assert sonoguide("exam", "mark", exam, 1, "--accept") == 0
    assert ExamReview(exam).review.of(1).verdict is Verdict.ACCEPTED


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_mark_in_a_read_only_folder(capsys: Capsys) -> None:
    with read_only_exam() as exam:
        assert sonoguide("exam", "mark", exam, 1, "--accept") == 2
        assert "cannot be written" in error_line(capsys)


# The page


def test_the_page_holds_everything_and_fetches_nothing(exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    review = ExamReview(exam)
    review.judge(1, Verdict.ACCEPTED)
    review.write_note(1, "<script>alert('note')</script>")
    review.agree()
    review.call_wrong(1, review.timeline(1).hints[1], None)
    page = tmp_path / "page.html"
    assert sonoguide("exam", "review", exam, "--html", page) == 0
    text = page.read_text()
    for words in (
        SLIDE.text,
        ROTATE.reason,
        "Accepted",
        "Undecided",
        "called wrong",
        "research use only",
        "−1.5 s",
    ):
        assert words in text, words
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    sources = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", text)
    assert len(sources) == 2 * (5 + 3)  # pictures of each clip; two charts and the path
    assert all(source.startswith("data:image/") for source in sources)
    assert "url(" not in text
    assert "@import" not in text
    before = page.read_bytes()
    assert sonoguide("exam", "review", exam, "--html", page) == 2
    assert "is not replaced" in error_line(capsys)
    assert page.read_bytes() == before


@pytest.mark.parametrize("where", ["nowhere/page.html", "{exam}/page.html"])
def test_a_page_that_cannot_be_written(where: str, exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    place = tmp_path / where.format(exam=exam)
    assert sonoguide("exam", "review", exam, "--html", place) == 2
    error_line(capsys)
    assert not place.exists()


def test_the_page_of_a_damaged_exam_says_so(exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    (exam / "exam.json").write_text("{")
    (exam / "clips" / "0002-PLAX-hold.dcm").unlink()
    assert sonoguide("exam", "review", exam, "--html", tmp_path / "page.html") == 2
    assert "exam.json is damaged" in error_line(capsys)
    text = (tmp_path / "page.html").read_text()
    assert "exam.json is damaged" in text
    assert "0002-PLAX-hold.dcm is missing" in text
    assert SLIDE.text in text


# The window


@pytest.mark.parametrize(("spoil", "code"), [(False, 0), (True, 2)])
def test_the_window_ends_with_a_line_where_something_was_wrong(spoil: bool, code: int, exam: Path) -> None:
    """In a process of its own: an event loop that has quit spoils later ones."""
    if spoil:
        (exam / "clips" / "0001-A4C-hold.dcm").unlink()
    program = (
        "from qtpy.QtCore import QTimer\nfrom ui.review_window import ReviewWindow\nfrom ui.cli import main\n"
        "class Closes(ReviewWindow):\n"
        "    def showEvent(self, event):\n"
        "        QTimer.singleShot(300, self.close)\n"
        "import ui.review_window\nui.review_window.ReviewWindow = Closes\n"
        f"main(['exam', 'review', {str(exam)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == (1 if spoil else 0), done.stderr
    if spoil:
        assert "0001-A4C-hold.dcm is missing" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="always a display there")
def test_without_a_display_it_names_the_page(
    exam: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert sonoguide("exam", "review", exam) == 1
    assert "--html FILE" in error_line(capsys)


@pytest.mark.parametrize(
    "arguments", [["--clip", "9"], ["--html", "page.html", "--clip", "1"]], ids=["no such clip", "both"]
)
def test_what_review_does_not_take(arguments: list[str], exam: Path, capsys: Capsys) -> None:
    assert sonoguide("exam", "review", exam, *arguments) == 2
    error_line(capsys)


def test_no_exam_is_one_line(tmp_path: Path, capsys: Capsys) -> None:
    for command in (["review", tmp_path], ["mark", tmp_path / "none", 1, "--accept"]):
        assert sonoguide("exam", *command) == 2
        error_line(capsys)

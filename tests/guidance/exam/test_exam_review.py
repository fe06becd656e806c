"""What the operator says of an exam's clips.

Promises:
- a verdict and a note are on the disk when they are said; exam.json stays as it was, byte for byte;
- killed (SIGKILL) at any moment, everything that was said before is there; two processes lose nothing of each other;
- a damaged review.json is kept aside by the next change, a newer one is untouched and refused; a full disk and a
  folder that cannot be written are one line each, and what was there stays;
- a wrong hint is kept only after the operator agreed, which the exam remembers: its pictures as the exam has them, and
  its context; once; whole or not at all; and it can be taken back;
- a name of somebody else in the folder of feedback is not touched.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from exam_clips import no_room
from reviewed_exam import ROTATE, SLIDE, keep_exam, read_only_exam

from guidance.errors import InputError, RuntimeFailure
from guidance.exam import ClipPictures, ExamReview, Verdict, load_pictures, look_at
from guidance.exam.feedback import FEEDBACK_FILE, MAX_FRAMES, read_feedback

ROOT = Path(__file__).resolve().parents[3]
SAYS_ON = f"""
import sys
from pathlib import Path
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from guidance.exam import ExamReview
review = ExamReview(Path(sys.argv[1]))
clip, said = int(sys.argv[2]), 0
while said < int(sys.argv[3]):
    said += 1
    review.write_note(clip, f"note {{said}} " + "x" * 3000)
    print(said, flush=True)
"""


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return keep_exam(tmp_path / "exams")


def pictures_of(review: ExamReview, number: int) -> ClipPictures:
    return load_pictures(review.exam.path, review.clip(number))


def says_on(exam: Path, clip: int, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SAYS_ON, str(exam), str(clip), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_what_is_said_is_kept_and_the_exam_is_untouched(exam: Path) -> None:
    before = (exam / "exam.json").read_bytes()
    review = ExamReview(exam)
    review.judge(1, Verdict.ACCEPTED)
    review.judge(2, Verdict.REJECTED)
    review.write_note(2, "  the apex is cut off\nagain  ")
    again = ExamReview(exam).review
    assert (again.of(1).verdict, again.of(1).note) == (Verdict.ACCEPTED, "")
    assert (again.of(2).verdict, again.of(2).note) == (Verdict.REJECTED, "the apex is cut off\nagain")
    assert json.loads((exam / "review.json").read_text())["schema_version"] == 1
    review.judge(1, Verdict.UNDECIDED)
    assert ExamReview(exam).review.of(1).verdict is Verdict.UNDECIDED
    assert (exam / "exam.json").read_bytes() == before
    assert look_at(exam).problems == ()


def test_a_clip_that_is_not_there_and_a_note_that_is_too_long(exam: Path) -> None:
    review = ExamReview(exam)
    with pytest.raises(InputError, match="no clip 9: its clips are 1, 2"):
        review.judge(9, Verdict.ACCEPTED)
    with pytest.raises(InputError, match="too long"):
        review.write_note(1, "x" * 10_001)
    assert not (exam / "review.json").exists()


def test_a_note_may_hold_any_characters(exam: Path) -> None:
    ExamReview(exam).write_note(1, "ä 心 \udcff \x00")
    assert ExamReview(exam).review.of(1).note.startswith("ä 心 ?")


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("after_s", [0.003, 0.011, 0.024])
def test_killed_at_any_moment_everything_said_before_is_there(after_s: float, exam: Path) -> None:
    ExamReview(exam).judge(2, Verdict.REJECTED)
    process = says_on(exam, 1, 1_000_000)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    said = [int(line) for line in process.stdout.read().split("\n") if line] or [1]
    process.wait()
    process.stdout.close()
    review = ExamReview(exam)
    assert review.exam.problems == ()
    assert int(review.review.of(1).note.split()[1]) >= said[-1]
    assert review.review.of(2).verdict is Verdict.REJECTED
    review.judge(1, Verdict.ACCEPTED)  # what the killed process left unfinished is in nobody's way
    assert not list(exam.glob(".*"))


@pytest.mark.skipif(os.name != "posix", reason="flock")
def test_two_processes_lose_nothing_of_each_other(exam: Path) -> None:
    processes = [says_on(exam, clip, 40) for clip in (1, 2)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    review = ExamReview(exam).review
    assert [review.of(clip).note[:7] for clip in (1, 2)] == ["note 40", "note 40"]


def test_a_damaged_review_is_kept_aside_by_the_next_change(exam: Path) -> None:
    ExamReview(exam).judge(1, Verdict.ACCEPTED)
    file = exam / "review.json"
    damaged = file.read_text()[:90]
    file.write_text(damaged)
    review = ExamReview(exam)
    assert "review.json is damaged" in review.exam.problems[0]
    assert file.read_text() == damaged  # looking changes nothing
    review.judge(2, Verdict.REJECTED)
    assert review.asides == (exam / "review.damaged-1.json",)
    assert review.asides[0].read_text() == damaged
    again = ExamReview(exam)
    assert again.exam.problems == ()
    assert again.review.of(2).verdict is Verdict.REJECTED
    file.write_text("[]")
    ExamReview(exam).judge(1, Verdict.ACCEPTED)
    assert (exam / "review.damaged-2.json").read_text() == "[]"
    assert review.asides[0].read_text() == damaged


def test_a_newer_review_is_untouched(exam: Path) -> None:
    opened = ExamReview(exam)
    opened.judge(1, Verdict.ACCEPTED)
    file = exam / "review.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 2}))
    before = file.read_bytes()
    with pytest.raises(InputError, match="newer sonoguide"):
        ExamReview(exam)
    with pytest.raises(InputError, match="newer sonoguide"):
        opened.judge(2, Verdict.ACCEPTED)  # it was written while we looked
    assert file.read_bytes() == before
    assert sorted(path.name for path in exam.glob("review*")) == ["review.json"]


def test_a_full_disk_leaves_what_was_there(exam: Path) -> None:
    review = ExamReview(exam)
    review.judge(1, Verdict.ACCEPTED)
    with no_room(100), pytest.raises(RuntimeFailure, match="free some space"):
        review.write_note(1, "no room")
    assert not list(exam.glob(".*"))
    assert ExamReview(exam).review.of(1).verdict is Verdict.ACCEPTED
    assert review.review.of(1).note == ""
    review.write_note(1, "room")
    assert ExamReview(exam).review.of(1).note == "room"


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_read_only_folder_is_one_line() -> None:
    with read_only_exam() as exam:
        review = ExamReview(exam)
        assert review.exam.problems == ()
        with pytest.raises(InputError, match="cannot be written"):
            review.judge(1, Verdict.ACCEPTED)


# Wrong hints


def test_nothing_is_kept_of_a_hint_before_the_operator_agreed(exam: Path) -> None:
    review = ExamReview(exam)
    hint = review.timeline(1).hints[0]
    with pytest.raises(InputError, match="only once you agreed"):
        review.call_wrong(1, hint, None)
    assert not (exam / "feedback").exists()
    review.agree()
    again = ExamReview(exam)  # remembered in the exam
    assert again.review.feedback is not None
    again.call_wrong(1, hint, None)
    again.disagree()
    with pytest.raises(InputError, match="only once you agreed"):
        again.call_wrong(1, review.timeline(1).hints[1], None)


def test_pictures_and_context_of_a_wrong_hint(exam: Path) -> None:
    review = ExamReview(exam)
    review.agree()
    review.write_note(1, "it was right already")
    pictures = pictures_of(review, 1)
    hint = review.timeline(1).hints[1]
    wrong = review.call_wrong(1, hint, pictures)
    folder = exam / "feedback" / wrong.name
    kept = read_feedback(folder)
    assert kept.hint["hint"] == ROTATE.text
    assert kept.hint["reason"] == ROTATE.reason
    assert (kept.note, kept.capture_quality) == ("it was right already", 0.7)
    assert kept.exam["study_uid"] == review.record.exam.study_uid
    assert kept.clip["target"] == "A4C"
    assert kept.clip["sector_only"]
    assert [one["hint"] for one in kept.around["said"][:2]] == [SLIDE.text, ROTATE.text]
    assert kept.around["samples"][0]["position_mm"]
    assert len(kept.frames) == wrong.frames == len(pictures)  # up to a second after the hint
    for frame in kept.frames:
        index = pictures.index_at(frame.t_s + 1e-3)
        png = cv2.imread(str(folder / frame.file), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(png, pictures.pixels[index])
        assert frame.quality == pictures.qualities[index]
        assert frame.pose is not None
    assert review.call_wrong(1, hint, pictures) == wrong  # once
    assert len(ExamReview(exam).review.wrong_hints) == 1


def test_a_hint_before_the_clip_is_kept_without_pictures(exam: Path) -> None:
    review = ExamReview(exam)
    review.agree()
    slide = review.timeline(2).hints[0]
    pictures = pictures_of(review, 2)
    late = ClipPictures(pictures.pixels[-2:], tuple(t + 9.0 for t in pictures.times_s[-2:]), (None, None))
    wrong = review.call_wrong(2, slide, late)
    assert wrong.frames == 0
    assert [path.name for path in (exam / "feedback" / wrong.name).iterdir()] == [FEEDBACK_FILE]


def test_pictures_of_a_wrong_hint_are_bounded(exam: Path) -> None:
    review = ExamReview(exam)
    review.agree()
    hint = review.timeline(1).hints[1]
    one = pictures_of(review, 1).pixels[0]
    count = 500
    many = ClipPictures((one,) * count, tuple(np.linspace(1.0, 3.0, count).tolist()), (0.5,) * count)
    wrong = review.call_wrong(1, hint, many)
    assert wrong.frames == MAX_FRAMES
    times = [frame.t_s for frame in read_feedback(exam / "feedback" / wrong.name).frames]
    assert times[0] == pytest.approx(1.0)
    assert times[-1] == pytest.approx(3.0)


def test_a_folder_of_the_operators_own(exam: Path, tmp_path: Path) -> None:
    review = ExamReview(exam)
    review.agree(tmp_path / "mine" / "hints")
    wrong = review.call_wrong(1, review.timeline(1).hints[0], None)
    assert (tmp_path / "mine" / "hints" / wrong.name / FEEDBACK_FILE).exists()
    assert not (exam / "feedback").exists()
    review.agree()  # another folder from now on: what was kept is still found
    review.take_back(wrong)
    assert not (tmp_path / "mine" / "hints" / wrong.name).exists()
    assert ExamReview(exam).review.wrong_hints == ()


def test_what_is_not_ours_is_not_touched(exam: Path, tmp_path: Path) -> None:
    review = ExamReview(exam)
    review.agree(tmp_path / "mine")
    hint = review.timeline(1).hints[0]
    name = review.call_wrong(1, hint, None).name
    (tmp_path / "theirs" / name).mkdir(parents=True)
    (tmp_path / "theirs" / name / "letter.txt").write_text("mine")
    again = ExamReview(exam)
    again.take_back(again.review.wrong_hints[0])
    again.agree(tmp_path / "theirs")
    wrong = again.call_wrong(1, hint, None)
    assert wrong.name == f"{name}-2"
    again.take_back(wrong)
    again.take_back(wrong.model_copy(update={"name": name}))
    assert (tmp_path / "theirs" / name / "letter.txt").read_text() == "mine"


def test_exams_of_one_name_do_not_meet_in_one_folder(exam: Path, tmp_path: Path) -> None:
    review, other = ExamReview(exam), ExamReview(keep_exam(tmp_path / "others"))
    head = other.record.exam.model_copy(update={"name": review.record.exam.name})
    other.record = other.record.model_copy(update={"exam": head})
    names = []
    for one in (review, other):
        one.agree(tmp_path / "mine")
        names.append(one.call_wrong(1, one.timeline(1).hints[0], None).name)
    assert names[1] == f"{names[0]}-2"


def test_a_full_disk_leaves_no_half_of_a_wrong_hint(exam: Path) -> None:
    review = ExamReview(exam)
    review.agree()
    pictures = pictures_of(review, 1)
    hint = review.timeline(1).hints[1]
    with no_room(4000), pytest.raises(RuntimeFailure, match="free some space"):
        review.call_wrong(1, hint, pictures)
    assert list((exam / "feedback").iterdir()) == []
    assert review.review.wrong_hints == ()
    assert review.call_wrong(1, hint, pictures).frames == len(pictures)


def test_killed_between_pictures_and_review_it_is_kept_once(exam: Path) -> None:
    review = ExamReview(exam)
    review.agree()
    before = (exam / "review.json").read_bytes()
    hint = review.timeline(1).hints[1]
    first = review.call_wrong(1, hint, pictures_of(review, 1))
    (exam / "review.json").write_bytes(before)  # as if killed before it was written
    (exam / "feedback" / f".{first.name}.part").mkdir()  # and as if once before, in the middle
    again = ExamReview(exam)
    assert again.review.wrong(1, hint.t_s) is None
    assert again.call_wrong(1, hint, pictures_of(review, 1)).name == first.name
    assert [path.name for path in (exam / "feedback").iterdir()] == [first.name]

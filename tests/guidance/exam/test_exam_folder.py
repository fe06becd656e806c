"""The exam's folder on disk.

Promises:
- killed (SIGKILL) at any moment of keeping a clip, it loses at most that clip: it opens again and goes on;
- numbers are never used twice; nothing that is there is replaced; no unfinished file stays;
- a damaged exam.json is put aside and made anew from the clips' records; a newer schema is left untouched;
- two processes do not write one exam; two exams of one second do not meet, whatever the clock does;
- a full disk is said, keeps what is there, and the clip is written once there is room;
- a clock that jumps is noted in the log, whose order stays.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pydicom
import pytest
from exam_clips import INFO, clip, kept, new_exam, no_room

from guidance.errors import InputError, RuntimeFailure
from guidance.exam import ClipWriter, ExamFolder, ExamLog, exams_in, look_at, read_log
from guidance.views import View

ROOT = Path(__file__).resolve().parents[3]

KEEPS_ON = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from exam_clips import clip, kept, new_exam
exam = new_exam(Path(sys.argv[1]))
print("open", flush=True)
while True:
    exam.keep(kept(clip(20)))
    print("kept", flush=True)
""".format(root=str(ROOT), tests=str(ROOT / "tests"))


def check_sound(folder: Path) -> int:
    """Everything that the exam names is there, byte for byte, and can be read; returns how many clips."""
    found = look_at(folder)
    assert found.problems == ()
    assert found.record is not None
    for one in found.record.clips:
        assert len(pydicom.dcmread(folder / one.files["dicom"].name).pixel_array) == one.frames
    numbers = [one.number for one in found.record.clips]
    assert numbers == sorted(set(numbers))
    return len(numbers)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(
    "after_s", [0.013, *(pytest.param(s, marks=pytest.mark.slow) for s in (0.0, 0.005, 0.021, 0.034, 0.047))]
)
def test_killed_at_any_moment_it_goes_on(after_s: float, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPS_ON, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    assert process.stdout.readline() == "kept\n"
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    said = 1 + process.stdout.read().count("kept\n")
    process.wait()
    process.stdout.close()
    (folder,) = tmp_path.iterdir()
    assert check_sound(folder) >= said
    exam = ExamFolder(folder, INFO)
    before = len(exam.record.clips)
    assert before >= said
    assert not list(folder.rglob("*.part*"))
    record = exam.keep(kept(clip(4)))
    exam.close()
    assert check_sound(folder) == before + 1
    assert record.number > max([one.number for one in exam.record.clips[:-1]], default=0)
    assert [event["event"] for event in read_log(folder / "log.jsonl")].count("opened") == 2


def test_a_clip_whose_exam_file_was_not_written_yet_is_found_again(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    before = (exam.path / "exam.json").read_bytes()
    exam.keep(kept())
    exam.log.close()  # as a killed process does
    (exam.path / "exam.json").write_bytes(before)
    again = ExamFolder(exam.path, INFO)
    again.close()
    assert check_sound(exam.path) == 1


def test_a_damaged_exam_file_is_put_aside_and_made_anew(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    exam.keep(kept())
    exam.close()
    (exam.path / "exam.json").write_text('{"schema_version": 1, "exa')
    found = look_at(exam.path)
    assert found.record is not None
    assert len(found.record.clips) == len(found.problems) == 1
    again = ExamFolder(exam.path, INFO)
    again.close()
    assert check_sound(exam.path) == 1
    assert again.record.exam == exam.record.exam
    assert (exam.path / "exam.damaged-1.json").read_text().endswith('"exa')


def test_a_newer_exam_is_not_touched(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    exam.close()
    file = exam.path / "exam.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 2}))
    before = {path: path.read_bytes() for path in exam.path.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="newer sonoguide"):
        ExamFolder(exam.path, INFO)
    assert {path: path.read_bytes() for path in exam.path.rglob("*") if path.is_file()} == before
    (found,) = exams_in(tmp_path)
    assert found.record is None


def test_a_record_that_leads_out_of_the_folder_is_damaged(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    exam.keep(kept())
    exam.close()
    for file in (exam.path / "exam.json", *(exam.path / "clips").glob("*.json")):
        file.write_text(file.read_text().replace("clips/0001-A4C-hold.dcm", "clips/../../secret"))
    assert look_at(exam.path).record is None


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    with pytest.raises(InputError, match="another sonoguide"):
        ExamFolder(exam.path, INFO)
    exam.close()


def test_exams_of_one_second_do_not_meet(tmp_path: Path) -> None:
    at = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    exams = [ExamFolder(tmp_path, INFO, now=lambda: at) for _ in range(3)]
    assert len({exam.path for exam in exams}) == 3
    for exam in exams:
        exam.close()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="choose another folder"):
        new_exam(tmp_path / "file")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match="choose another folder"):
            new_exam(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_loses_nothing_and_the_clip_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exam = new_exam(tmp_path)
    exam.keep(kept())
    writer = ClipWriter(exam, retry_s=0.05)
    with no_room():
        writer.put(kept(clip(5, View.PLAX)))
        while writer.problem is None:
            time.sleep(0.01)
        assert check_sound(exam.path) == 1
        assert not list(exam.path.rglob("*PLAX*"))
    writer.close()
    exam.close()
    assert check_sound(exam.path) == 2
    assert caplog.text.count("free some space") == 1


def test_a_disk_that_stays_full_is_said_at_the_end(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    exam.keep(kept())
    writer = ClipWriter(exam, retry_s=60.0)
    with no_room():
        writer.put(kept(clip(5)))
        with pytest.raises(RuntimeFailure, match="1 of this exam's clips could not be kept"):
            writer.close()
    exam.close()
    assert check_sound(exam.path) == 1


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    one = kept(clip(5))
    writer = ClipWriter(exam, retry_s=60.0, max_bytes=2 * one.clip.byte_count)
    with no_room():
        answers = [writer.put(one) for _ in range(4)]
        assert answers == [True, True, False, False]
        with pytest.raises(RuntimeFailure, match="4 of"):
            writer.close()
    exam.close()


def test_a_clock_that_jumps_is_noted_and_the_order_stays(tmp_path: Path) -> None:
    walls = [datetime(2026, 11, 26, 10, 0, tzinfo=UTC) + timedelta(seconds=s) for s in (0, 1, -3598, -3597)]
    steadies = iter([0.0, 1.0, 2.0, 3.0])
    times = iter(walls)
    log = ExamLog(tmp_path / "log.jsonl", lambda: next(times), lambda: next(steadies))
    for name in ("one", "two", "three"):
        log.add(name)
    log.close()
    events = list(read_log(tmp_path / "log.jsonl"))
    assert [event["event"] for event in events] == ["one", "clock", "two", "three"]
    assert events[1]["jumped_s"] == pytest.approx(-3600)
    assert [event["run_s"] for event in events] == [1.0, 2.0, 2.0, 3.0]


def test_a_line_cut_short_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"event": "whole"}\n{"event": "ha')
    log = ExamLog(path)
    log.add("next")
    log.close()
    assert [event["event"] for event in read_log(path)] == ["whole", "next"]

"""Exams on the command line.

Promises:
- run --exam keeps an exam of a stream, with the video beside each clip; an exam's own folder goes on;
- demo --headless --exam keeps one of the virtual patient, and says that nobody was scanned (real model: slow);
- list, show and export say what is there; exports replace nothing, and the DICOMDIR names every clip;
- newer, damaged or missing: one line, exit code 2, and what can be read is still listed.
"""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import cv2
import pydicom
import pytest
from commands import sonoguide
from exam_clips import clip, kept, new_exam
from pydicom.fileset import FileSet

from guidance.exam import look_at, read_log, timeline_of
from guidance.views import View

Capsys = pytest.CaptureFixture[str]


def listed(folder: Path) -> list[str]:
    """Files that the DICOMDIR in ``folder`` names."""
    files = FileSet(folder / "DICOMDIR")
    paths = [one.path for one in files]
    files._stage["t"].cleanup()
    return paths


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    """An exam with two clips in the folder ``exams``."""
    made = new_exam(tmp_path / "exams")
    made.keep(kept())
    made.keep(kept(clip(6, View.PLAX)))
    made.close()
    return made.path


def test_run_keeps_an_exam_and_goes_on_with_it(
    bright_folder: Path, tiny_model_folder: Path, tmp_path: Path, capsys: Capsys
) -> None:
    command = ["run", bright_folder, "--headless", "--fast", "--model", tiny_model_folder, "--exam"]
    assert sonoguide(*command, tmp_path / "exams") == 0
    (folder,) = (tmp_path / "exams").iterdir()
    assert f"exam         {folder} (1 clip)" in capsys.readouterr().err
    found = look_at(folder)
    assert found.record is not None
    assert found.record.finished is not None
    (one,) = found.record.clips
    video = cv2.VideoCapture(str(folder / one.files["video"].name))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == one.frames
    video.release()
    assert sonoguide(*command, folder) == 0
    found = look_at(folder)
    assert found.record is not None
    assert [c.number for c in found.record.clips] == [1, 2]
    assert found.problems == ()


def test_no_exam_where_a_file_is(
    bright_folder: Path, tiny_model_folder: Path, tmp_path: Path, capsys: Capsys
) -> None:
    (tmp_path / "file").write_text("")
    command = ["run", bright_folder, "--headless", "--model", tiny_model_folder, "--exam", tmp_path / "file"]
    assert sonoguide(*command) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_list_and_show(exam: Path, capsys: Capsys) -> None:
    assert sonoguide("exam", "list", exam.parent) == 0
    assert "2 clips   A4C, PLAX" in capsys.readouterr().out
    assert sonoguide("exam", "show", exam) == 0
    out = capsys.readouterr().out
    assert "0002-PLAX-hold.dcm" in out
    assert "research use only" in out
    assert sonoguide("exam", "show", exam, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["record"]["clips"]) == 2


def test_export(exam: Path, tmp_path: Path) -> None:
    places = ["--zip", tmp_path / "e.zip", "--dicom", tmp_path / "d", "--csv", tmp_path / "e.csv"]
    assert sonoguide("exam", "export", exam, *places) == 0
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    unpacked = look_at(tmp_path / "out" / exam.name)
    assert unpacked.problems == ()
    assert unpacked.record == look_at(exam).record
    named = [pydicom.dcmread(path) for path in listed(tmp_path / "d")]
    assert sorted(ds.NumberOfFrames for ds in named) == [6, 10]
    with (tmp_path / "e.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["target"] for row in rows] == ["A4C", "PLAX"]


@pytest.mark.parametrize("option", ["--zip", "--dicom", "--csv"])
def test_an_export_replaces_nothing(option: str, exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "there").write_text("mine")
    assert sonoguide("exam", "export", exam, option, tmp_path / "there") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "there").read_text() == "mine"


def test_a_missing_clip_is_said_and_the_others_go_out(exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    (exam / "clips" / "0001-A4C-hold.dcm").unlink()
    assert sonoguide("exam", "show", exam) == 2
    out, err = capsys.readouterr()
    assert "0002-PLAX-hold.dcm" in out
    assert "0001-A4C-hold.dcm is missing" in err
    assert err.count("\n") == 1
    assert sonoguide("exam", "export", exam, "--dicom", tmp_path / "d") == 2
    assert len(listed(tmp_path / "d")) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_clip_that_was_altered_is_not_exported(exam: Path, tmp_path: Path, capsys: Capsys) -> None:
    file = exam / "clips" / "0001-A4C-hold.dcm"
    content = bytearray(file.read_bytes())
    content[-20] ^= 0xFF
    file.write_bytes(content)
    assert sonoguide("exam", "export", exam, "--zip", tmp_path / "e.zip") == 2
    assert "0001-A4C-hold.dcm is missing or damaged" in capsys.readouterr().err
    with zipfile.ZipFile(tmp_path / "e.zip") as archive:
        names = [name.rpartition("/")[2] for name in archive.namelist()]
    assert "0001-A4C-hold.dcm" not in names
    assert "0002-PLAX-hold.dcm" in names


@pytest.mark.parametrize(("change", "word"), [("newer", "newer sonoguide"), ("cut", "damaged")])
def test_an_exam_that_cannot_be_read_does_not_hide_the_others(
    change: str, word: str, exam: Path, capsys: Capsys
) -> None:
    other = new_exam(exam.parent)
    other.close()
    file = exam / "exam.json"
    text = file.read_text()
    file.write_text(
        text.replace('"schema_version": 1', '"schema_version": 9') if change == "newer" else text[:80]
    )
    assert sonoguide("exam", "list", exam.parent) == 2
    out, err = capsys.readouterr()
    assert other.path.name in out
    assert word in err
    assert err.count("\n") == 1
    assert sonoguide("exam", "show", exam) == 2
    out, err = capsys.readouterr()
    assert ("0002-PLAX" in out) == (change == "cut")  # the records beside the clips still tell it
    assert err.count("\n") == 1


def test_no_exam_is_one_line(tmp_path: Path, capsys: Capsys) -> None:
    for arguments in (["show", tmp_path], ["list", tmp_path / "none"], ["export", tmp_path]):
        assert sonoguide("exam", *arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_the_demo_keeps_an_exam(tmp_path: Path, capsys: Capsys) -> None:
    assert sonoguide("demo", "--headless", "--no-record", "--seed", 1, "--exam", tmp_path) == 0
    (folder,) = tmp_path.iterdir()
    found = look_at(folder)
    assert found.record is not None
    assert found.record.exam.virtual
    assert len(found.record.clips) == 1
    ds = pydicom.dcmread(folder / found.record.clips[0].files["dicom"].name)
    assert "Virtual patient" in ds.ImageComments
    assert any(event["event"] == "advice" and event["hint"] for event in read_log(folder / "log.jsonl"))
    line = timeline_of(found.record.clips[0], read_log(folder / "log.jsonl"))
    assert len(line.path) > 20  # where the simulated beginner held the probe
    assert line.capture_quality is not None


def test_several_patients_are_not_one_exam(tmp_path: Path, capsys: Capsys) -> None:
    assert sonoguide("demo", "--seeds", 2, "--exam", tmp_path) == 2
    assert "one patient" in capsys.readouterr().err


@pytest.mark.slow
def test_a_real_clip_with_the_real_model(clips: Path, tmp_path: Path) -> None:
    source = clips / "echo" / "a4c_sonosite_120f.dcm"
    assert sonoguide("run", source, "--headless", "--fast", "--exam", tmp_path, "--quiet") == 0
    (folder,) = tmp_path.iterdir()
    found = look_at(folder)
    assert found.problems == ()
    assert found.record is not None
    for one in found.record.clips:
        ds = pydicom.dcmread(folder / one.files["dicom"].name)
        assert ds.NumberOfFrames == one.frames
        assert one.sector_only == (ds.get("BurnedInAnnotation") == "NO")

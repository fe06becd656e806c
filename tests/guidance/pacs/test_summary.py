"""The summary of an exam as a DICOM SR.

Promises:
- it lies in the clips' study, refers to each of them, and says view, quality, facets, every hint with its reason,
  states, verdict and note, software and model, and that it is for research use only;
- no address of a stream stands in it;
- the same exam gives the same bytes and UID; another verdict gives another UID;
- a virtual patient is called one; dciodvfy finds no error, where it is installed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from exam_clips import PROFILE, clip, frame, kept, new_exam
from pydicom.dataset import Dataset
from reviewed_exam import INFO, ROTATE, SLIDE, keep_exam

from guidance.exam import ExamFolder, ExamInfo, ExamRecorder, ExamReview, Verdict, look_at
from guidance.hint import Advice, Guidance, State
from guidance.pacs import summary_dataset
from guidance.prediction import Facets
from guidance.views import View


def document(exam: Path) -> Dataset:
    """The summary, as it comes out of its file."""
    found = look_at(exam)
    assert found.record is not None
    content = io.BytesIO()
    summary_dataset(found, found.record.clips).save_as(content, enforce_file_format=True)
    content.seek(0)
    return pydicom.dcmread(content)


def below(ds: Dataset) -> Iterator[Dataset]:
    for item in ds.get("ContentSequence", []):
        yield item
        yield from below(item)


def named(ds: Dataset, meaning: str) -> list[Dataset]:
    return [
        item
        for item in below(ds)
        if "ConceptNameCodeSequence" in item and item.ConceptNameCodeSequence[0].CodeMeaning == meaning
    ]


def clips_of(ds: Dataset) -> list[Dataset]:
    return named(ds, "Clip")


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return keep_exam(tmp_path / "exams")


def test_it_refers_to_the_clips_and_lies_in_their_study(exam: Path) -> None:
    record = look_at(exam).record
    assert record is not None
    ds = document(exam)
    clip_file = pydicom.dcmread(exam / record.clips[0].files["dicom"].name)
    assert ds.StudyInstanceUID == clip_file.StudyInstanceUID
    assert ds.PatientID == clip_file.PatientID
    assert ds.SeriesInstanceUID != clip_file.SeriesInstanceUID
    instances = [one.sop_instance_uid for one in record.clips]
    images = [item for item in below(ds) if item.ValueType == "IMAGE"]
    assert [item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for item in images] == instances
    (study,) = ds.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == clip_file.SeriesInstanceUID
    assert [one.ReferencedSOPInstanceUID for one in series.ReferencedSOPSequence] == instances


def test_it_says_what_was_seen_and_said(exam: Path) -> None:
    ExamReview(exam).say(1, Verdict.ACCEPTED, "all four chambers")
    ds = document(exam)
    first, second = clips_of(ds)
    assert named(first, "Target view")[0].ConceptCodeSequence[0].CodeMeaning == "Apical four chamber"
    assert named(second, "Target view")[0].ConceptCodeSequence[0].CodeValue == "399139001"
    assert [item.TextValue for item in named(first, "Hint")] == [SLIDE.text, ROTATE.text]
    assert [item.TextValue for item in named(first, "Reason")] == [SLIDE.reason, ROTATE.reason]
    assert {item.ConceptCodeSequence[0].CodeMeaning for item in named(first, "Reason code")} == {"off_axis"}
    states = [item.ConceptCodeSequence[0].CodeMeaning for item in named(first, "Coach state")]
    assert states == ["CAPTURED", "ADJUSTING", "ADJUSTING", "HOLD", "CAPTURED"]
    record = look_at(exam).record
    assert record is not None
    quality = named(first, "Quality")[0].MeasuredValueSequence[0]
    assert float(quality.NumericValue) == pytest.approx(record.clips[0].quality, abs=1e-4)
    assert named(first, "Operator verdict")[0].ConceptCodeSequence[0].CodeMeaning == "accepted"
    assert named(first, "Comment")[0].TextValue == "all four chambers"
    assert named(second, "Comment") == []
    assert named(ds, "Device Observer Model Name")[0].TextValue == INFO.model
    assert named(ds, "Software version")[0].TextValue == ds.SoftwareVersions
    assert "research use only" in named(ds, "Notice")[0].TextValue


def test_facets_are_the_means_of_the_clip(tmp_path: Path) -> None:
    folder = ExamFolder(tmp_path / "exams", INFO)
    recorder = ExamRecorder(folder, View.A4C, lambda: PROFILE, wait=True)
    for index in range(60):
        state = State.CAPTURED if index == 59 else State.HOLD
        facets = Facets(0.9, 0.5, 0.7, 0.8 if index < 30 else 0.4)
        recorder(Guidance(frame(index), Advice(state, View.A4C, View.A4C, 0.8, 0.9, facets=facets)))
    recorder.close()
    (one,) = clips_of(document(folder.path))
    values = {
        meaning: float(named(one, meaning)[0].MeasuredValueSequence[0].NumericValue)
        for meaning in ("Structures seen", "On axis", "Window, contact", "Gain and depth")
    }
    assert values["Structures seen"] == pytest.approx(0.9)
    assert values["On axis"] == pytest.approx(0.5)
    assert values["Window, contact"] == pytest.approx(0.7)
    assert 0.4 < values["Gain and depth"] < 0.8


def test_no_address_of_a_stream_leaves(tmp_path: Path) -> None:
    exam = ExamFolder(tmp_path, ExamInfo("rtsp://user:secret@cart/1", (View.A4C,), "tiny 1", virtual=True))
    exam.keep(kept(clip(6)))
    exam.close()
    ds = document(exam.path)
    assert "secret" not in ds.to_json()
    assert named(ds, "Virtual patient")


def test_the_same_exam_is_the_same_document(exam: Path) -> None:
    assert document(exam) == document(exam)
    before = document(exam).SOPInstanceUID
    ExamReview(exam).judge(1, Verdict.REJECTED)
    assert document(exam).SOPInstanceUID != before


def test_a_clip_without_a_log_is_still_reported(tmp_path: Path) -> None:
    exam = new_exam(tmp_path)
    exam.keep(kept(clip(6, View.SC_IVC)))
    exam.close()
    (exam.path / "log.jsonl").unlink()
    (one,) = clips_of(document(exam.path))
    assert named(one, "Target view")[0].ConceptCodeSequence[0].CodeValue == "SC_IVC"
    assert named(one, "Hint") == []


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="needs dciodvfy (Debian: dicom3tools)")
@pytest.mark.parametrize("kind", ["hints", "reviewed", "bare"])
def test_it_is_valid(kind: str, exam: Path, tmp_path: Path) -> None:
    if kind == "reviewed":
        ExamReview(exam).say(1, Verdict.REJECTED, "Schallkopf zu weit fußwärts")
    if kind == "bare":
        (exam / "log.jsonl").unlink()
    document(exam).save_as(tmp_path / "summary.dcm")
    done = subprocess.run(
        ["dciodvfy", str(tmp_path / "summary.dcm")], capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).splitlines()
    assert "ComprehensiveSR" in said
    assert [line for line in said if line.startswith("Error")] == []

"""Clips as DICOM.

Promises:
- the pictures come back exactly, grey or colour, with the time of each frame, the scale and the quality of each frame;
- outside the sector everything is black, and Burned In Annotation says NO then and nothing where no sector is known;
- a picture that was not recognised carries no code of a view; codes are those of CID 12226;
- dciodvfy finds no error, where it is installed;
- our own DICOM source plays the file.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from exam_clips import PROFILE, clip, kept, new_exam
from pydicom.sr.codedict import codes

from guidance.capture import CaptureReason, Clip
from guidance.exam.pixels import pictures_of
from guidance.exam.view_codes import VIEW_CODES
from guidance.hint import State
from guidance.sources import open_source
from guidance.views import View


def written(folder: Path, made: Clip, **how: object) -> Path:
    exam = new_exam(folder)
    record = exam.keep(kept(made, **how))  # type: ignore[arg-type]
    exam.close()
    return exam.path / record.files["dicom"].name


def test_pictures_times_scale_and_quality_come_back(tmp_path: Path) -> None:
    made = clip()
    ds = pydicom.dcmread(written(tmp_path, made))
    assert np.array_equal(ds.pixel_array, pictures_of(made, PROFILE).pixels)
    assert [float(step) for step in ds.FrameTimeVector] == pytest.approx([0.0] + [50.0] * 9)
    (region,) = ds.SequenceOfUltrasoundRegions
    assert region.PhysicalDeltaX == pytest.approx(0.05)
    assert region.RegionLocationMaxX1 == ds.Columns - 1
    block = ds.private_block(0x0075, "SONOGUIDE 1")
    assert block[0x02].value == pytest.approx([-1.0 if q is None else q for q in made.qualities])
    assert ds.ViewCodeSequence[0].CodeValue == "399214001"


def test_colour_stays(tmp_path: Path) -> None:
    ds = pydicom.dcmread(written(tmp_path, clip(3, colour=True)))
    expected = pictures_of(clip(3, colour=True), PROFILE).pixels
    assert ds.PhotometricInterpretation == "RGB"
    assert np.array_equal(ds.pixel_array, expected)
    assert (expected[0].reshape(-1, 3) == (220, 20, 10)).all(axis=1).sum() == 400


def test_a_name_outside_the_sector_is_gone(tmp_path: Path) -> None:
    ds = pydicom.dcmread(written(tmp_path, clip()))
    assert ds.pixel_array.max() < 200
    assert ds.BurnedInAnnotation == "NO"
    assert ds.PatientName == ""


@pytest.mark.parametrize("profile", [None, "other size"])
def test_without_a_sector_nothing_is_promised(profile: str | None, tmp_path: Path) -> None:
    from guidance.device import DeviceProfile

    given = None if profile is None else DeviceProfile(999, 999, (0.0, 0.0, 999.0, 999.0))
    ds = pydicom.dcmread(written(tmp_path, clip(mm=None), profile=given))
    assert "BurnedInAnnotation" not in ds
    assert "SequenceOfUltrasoundRegions" not in ds
    assert ds.pixel_array.max() == 255


def test_what_was_not_recognised_has_no_view(tmp_path: Path) -> None:
    made = clip(reason=CaptureReason.MANUAL)
    unknown = Clip(made.view, made.reason, made.frames, (None,) * 10, (View.OTHER,) * 10)
    ds = pydicom.dcmread(written(tmp_path, unknown, state=State.NOT_RECOGNISED))
    assert "ViewCodeSequence" not in ds
    assert "not recognised" in ds.ImageComments


def test_the_codes_are_those_of_the_standard() -> None:
    concepts = {code.value: code for code in codes.cid12226.concepts.values()}
    for value, scheme, meaning in VIEW_CODES.values():
        assert (concepts[value].scheme_designator, concepts[value].meaning) == (scheme, meaning)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="needs dciodvfy (Debian: dicom3tools)")
@pytest.mark.parametrize("kind", ["grey", "colour", "no scale", "one frame", "not recognised"])
def test_it_is_valid(kind: str, tmp_path: Path) -> None:
    made = clip(
        1 if kind == "one frame" else 8, colour=kind == "colour", mm=None if kind == "no scale" else 0.5
    )
    state = State.NOT_RECOGNISED if kind == "not recognised" else State.HOLD
    done = subprocess.run(
        ["dciodvfy", str(written(tmp_path, made, state=state))], capture_output=True, text=True, check=False
    )
    said = (done.stdout + done.stderr).splitlines()
    assert "USMultiFrameImage" in said
    assert [line for line in said if line.startswith("Error")] == []


def test_our_own_source_plays_it(tmp_path: Path) -> None:
    made = clip()
    with open_source(str(written(tmp_path, made)), fast=True) as source:
        frames = []
        while (one := source.read()) is not None:
            frames.append(one)
    assert len(frames) == 10
    assert frames[-1].t_stream_s == pytest.approx(made.duration_s, abs=0.002)
    assert frames[0].mm_per_px == pytest.approx((0.5, 0.5))

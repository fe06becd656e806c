"""DICOM in: what a stream takes from a file's header.

- Frame times and region calibration are read; nonsense in them is not believed.
- A header that says that this is a child or a fetus is believed; missing and made-up ages say nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import dicom, grey_planes, region, save
from pydicom.dataset import Dataset

from guidance.sources import open_source
from guidance.sources.dicom import frame_times
from guidance.sources.quiet import quiet_warnings

# Times


def header(**tags: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"FrameTime": "33.333"}, [0, 0.033333, 0.066666]),
        ({"FrameTimeVector": [0, 40, 60]}, [0, 0.04, 0.1]),
        ({"FrameTimeVector": [33, 40, 60], "FrameTime": "10"}, [0, 0.04, 0.1]),
        ({"FrameTimeVector": [0, 40], "FrameTime": "10"}, [0, 0.01, 0.02]),
        ({"RecommendedDisplayFrameRate": "50", "CineRate": "20"}, [0, 0.02, 0.04]),
        ({"CineRate": "20"}, [0, 0.05, 0.1]),
        ({"FrameTime": "0", "CineRate": "20"}, [0, 0.05, 0.1]),
        ({"FrameTime": "-5"}, [0, 0.04, 0.08]),
        ({}, [0, 0.04, 0.08]),
    ],
)
def test_frame_times(tags: dict[str, Any], expected: list[float]) -> None:
    time_of, _ = frame_times(header(**tags), 3)
    np.testing.assert_allclose([time_of(index) for index in range(3)], expected)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=2, max_size=9))
@settings(max_examples=60)
def test_frame_times_rise_whatever_the_vector_says(vector: list[float]) -> None:
    ds = Dataset()
    ds.FrameTimeVector = [f"{value:.6g}" for value in vector]
    time_of, period_s = frame_times(ds, len(vector))
    times = [time_of(index) for index in range(len(vector))]
    assert times[0] == 0.0
    assert all(0.0 < step <= 10.001 for step in np.diff(times))
    assert period_s == pytest.approx(times[-1] / (len(vector) - 1))


# Regions


def info_of(ds: Dataset, folder: Path) -> tuple[Any, Any]:
    with open_source(str(save(ds, folder / "clip.dcm")), fast=True) as source:
        frame = source.read()
        assert frame is not None
        assert frame.mm_per_px == source.info.mm_per_px
        return source.info.region, source.info.mm_per_px


def test_the_region_gives_bounds_and_millimetres(tmp_path: Path) -> None:
    bounds, mm = info_of(dicom(grey_planes(1), SequenceOfUltrasoundRegions=region()), tmp_path)
    assert bounds == (4, 2, 59, 45)
    assert mm == pytest.approx((0.5, 0.4))  # PhysicalDelta is in centimetres per pixel


def test_the_tissue_region_is_preferred_to_doppler_and_to_colour(tmp_path: Path) -> None:
    regions = [
        *region(RegionSpatialFormat=3, RegionDataType=3, RegionLocationMinX0=0),
        *region(RegionDataType=2, RegionLocationMinX0=1),
        *region(RegionLocationMinX0=20, PhysicalDeltaX=-0.02),
    ]
    ds = dicom(grey_planes(1))
    ds.SequenceOfUltrasoundRegions = regions
    bounds, mm = info_of(ds, tmp_path)
    assert bounds == (20, 2, 59, 45)
    assert mm == pytest.approx((0.2, 0.4))


@pytest.mark.parametrize(
    "values",
    [
        {"PhysicalUnitsXDirection": 0},
        {"PhysicalDeltaY": 0.0},
        {"PhysicalDeltaX": 5.0, "PhysicalDeltaY": 5.0},
        {"RegionLocationMaxX1": 5},
    ],
)
def test_a_calibration_that_cannot_be_true_is_not_believed(tmp_path: Path, values: dict[str, Any]) -> None:
    _, mm = info_of(dicom(grey_planes(1), SequenceOfUltrasoundRegions=region(**values)), tmp_path)
    assert mm is None


@pytest.mark.parametrize(
    ("said", "not_adult"),
    [
        ({}, False),
        ({"PatientAge": "007Y"}, True),
        ({"PatientAge": "018M"}, True),
        ({"PatientAge": "003D"}, True),
        ({"PatientAge": "018Y"}, False),
        ({"PatientAge": "000Y"}, False),
        ({"PatientAge": "old"}, False),
        ({"PatientBirthDate": "20100401", "StudyDate": "20161017"}, True),
        ({"PatientBirthDate": "19600401", "StudyDate": "1994.01.30"}, False),
        ({"PatientBirthDate": "20000101", "StudyDate": "20161017"}, False),
        ({"PatientBirthDate": "20161017", "StudyDate": "20161017"}, False),
        ({"PatientBirthDate": "20100401", "StudyDate": "20161017", "PatientAge": "045Y"}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "FETAL HEART", "0001"]}, True),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "OBSTETRICAL"], "PatientAge": "031Y"}, True),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "PEDIATRIC"]}, True),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "PEDIATRIC"], "PatientAge": "031Y"}, False),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "EPICARDIAL", "0001"]}, False),
        ({"ImageType": "ORIGINAL"}, False),
    ],
)
def test_a_child_or_a_fetus_by_the_header(tmp_path: Path, said: dict[str, Any], not_adult: bool) -> None:
    with quiet_warnings():  # what is no age or date is warned of as it is written
        clip = save(dicom(grey_planes(1), **said), tmp_path / "clip.dcm")
    with open_source(str(clip), fast=True) as source:
        assert source.info.not_adult is not_adult

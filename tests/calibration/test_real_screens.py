"""Real screens, annotated by eye (tests/sector_truth.toml): no more than these few fall short, and none goes astray.

The annotations marked ``held_out`` were looked at for results only when the finder was finished; docs/calibration.md
says what they gave then. From then on they keep what was reached.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from real_screens import Truth, apex_error, frames_of, truths

from calibration.screen_reading import ScreenReading, read_screen
from calibration.screen_scale import Given
from guidance.preprocess import picture_overlap


def reading_of(clips: Path, truth: Truth) -> tuple[ScreenReading, float, float]:
    frames, region = frames_of(clips / truth.path)
    reading = read_screen(frames, region=region)
    true = truth.profile(frames[0].size)
    return reading, picture_overlap(reading.profile, true), apex_error(reading.profile, true)


NOT_YET = {
    "dicom/pelvis_dual_screen.dcm": 0.9,  # cut off on three sides: taken for a box
    "screens/masked-captured-image-frame.png": 0.92,  # in a figure, with an outline drawn around it
}
"""Screens that fall short of 0.95, and what they reach."""
APEX = {"dicom/colour_zoom_fragmented_jpeg_8f.dcm": 0.025}
"""Screens whose apex is further off than 2 % of the width."""


@pytest.mark.parametrize("truth", truths(), ids=lambda t: Path(t.path).name)
def test_real_screens(clips: Path, truth: Truth) -> None:
    reading, overlap, apex = reading_of(clips, truth)
    assert overlap >= NOT_YET.get(truth.path, 0.95)
    if truth.sector is not None and truth.path not in NOT_YET:
        assert apex <= APEX.get(truth.path, 0.02)
    if truth.marker is not None and reading.marker_at is not None:
        assert reading.profile.marker.value == truth.marker
    if truth.mm_per_px is not None and reading.profile.mm_per_px is not None:
        assert reading.profile.mm_per_px == pytest.approx(truth.mm_per_px, rel=0.02)


def test_the_depth_on_the_screen_completes_a_dark_picture(clips: Path) -> None:
    """Most of this picture is dark: the ruler gives its depth to a mark, the person exactly."""
    truth = next(t for t in truths() if "W800H600" in t.path)
    frames, region = frames_of(clips / truth.path)
    reading = read_screen(frames, region=region, given=Given(depth_mm=150.0))
    assert picture_overlap(reading.profile, truth.profile(frames[0].size)) >= 0.95
    assert reading.profile.mm_per_px == pytest.approx(truth.mm_per_px, rel=0.02)

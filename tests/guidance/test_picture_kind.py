"""Promises of telling the kind of a picture:

- flow colours in the sector are colour Doppler, at once on a first picture; a tinted grey map, a coloured logo outside
  the sector and grey pictures are not;
- a strip that is written column by column is M-mode or a spectrum; a beating heart, and one that stands still, are not;
- too little depth is told where the scale is known, and only there; of a box, too;
- a source that says "child" or "fetus" is believed at once, and for the whole stream;
- one odd picture changes nothing: another kind must stay for a while, and so must B-mode before it is believed again;
- the coach is silent for each with a reason of its own, forgets what was before, and obeys the operator first;
- real clips: colour Doppler is told, nothing else is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scripted import errors, prediction

from guidance.coach import Coach
from guidance.device import DeviceProfile, Sector
from guidance.hint import ReasonCode, State
from guidance.manifest import InputSpec
from guidance.picture_kind import KindWatch, PictureKind
from guidance.preprocess import Preprocessor
from guidance.sector import AutoProfile
from guidance.sources import open_source
from guidance.views import View

SIZE = (320, 240)
PROFILE = DeviceProfile.from_sector(SIZE, Sector(160.0, 10.0, -40.0, 40.0, 0.0, 220.0))
PREPROCESS = Preprocessor(PROFILE, InputSpec(name="image", size=192, mean=0.2, std=0.2))


def speckle(seed: int) -> NDArray[np.uint8]:
    """(240, 320, 3) grey noise: a live picture."""
    grey = np.random.default_rng(seed).integers(20, 200, (SIZE[1], SIZE[0]), dtype=np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def with_flow(picture: NDArray[np.uint8], x: int = 140, y: int = 100) -> NDArray[np.uint8]:
    """The same with a red and a blue jet."""
    out = picture.copy()
    out[y : y + 30, x : x + 25] = (10, 20, 220)
    out[y : y + 30, x + 25 : x + 40] = (230, 60, 10)
    return out


def kinds(pictures: list[NDArray[np.uint8]], fps: float = 10.0, mm: float | None = None) -> list[PictureKind]:
    watch = KindWatch()
    return [watch.see(i / fps, p, PREPROCESS.crop(p), PROFILE, mm) for i, p in enumerate(pictures)]


def test_flow_colours_are_told_at_once() -> None:
    assert kinds([with_flow(speckle(0))]) == [PictureKind.COLOUR]


def test_what_is_no_flow() -> None:
    tinted = (speckle(1) * np.array([0.25, 0.6, 1.0])).astype(np.uint8)
    logo = with_flow(speckle(2), x=0, y=0)
    grey = speckle(3)[..., 0]
    for picture in (tinted, logo, grey, np.zeros_like(grey)):
        assert kinds([np.ascontiguousarray(picture)]) == [PictureKind.B_MODE]


def test_a_strip_is_written_column_by_column() -> None:
    strip = speckle(4)
    pictures = []
    for i in range(12):
        strip = strip.copy()
        strip[:, 60 + 8 * i : 68 + 8 * i] = speckle(100 + i)[:, :8]
        pictures.append(strip)
    told = kinds(pictures)
    assert told[0] is PictureKind.B_MODE
    assert told[-1] is PictureKind.STRIP
    assert kinds([*pictures, *(pictures[-1:] * 10)])[-1] is PictureKind.STRIP, "a pause does not end it"


def test_hearts_are_no_strips() -> None:
    assert set(kinds([speckle(i) for i in range(12)])) == {PictureKind.B_MODE}
    assert set(kinds([speckle(0)] * 12)) == {PictureKind.B_MODE}


def test_too_little_depth_for_an_adult() -> None:
    assert kinds([speckle(0)], mm=0.30) == [PictureKind.SHALLOW]
    assert kinds([speckle(0)], mm=0.60) == [PictureKind.B_MODE]
    assert kinds([speckle(0)]) == [PictureKind.B_MODE]
    watch, box = KindWatch(), DeviceProfile.from_window(SIZE, (40, 0, 279, 199))
    plain = speckle(0)
    assert watch.see(0.0, plain, PREPROCESS.crop(plain), box, 0.30) is PictureKind.SHALLOW


def test_what_the_source_says_of_the_patient_is_believed() -> None:
    watch = KindWatch()
    watch.reset(not_adult=True)
    for i, picture in enumerate([with_flow(speckle(0)), speckle(1)]):
        seen = watch.see(i / 10, picture, PREPROCESS.crop(picture), PROFILE, 0.6)
        assert seen is PictureKind.NOT_ADULT
    watch.reset()
    assert watch.see(0.3, speckle(1), PREPROCESS.crop(speckle(1)), PROFILE, 0.6) is PictureKind.B_MODE


def test_one_odd_picture_changes_nothing() -> None:
    plain, flow = [speckle(0)] * 6, [with_flow(speckle(0))] * 8
    told = kinds([*plain, flow[0], *plain])
    assert set(told) == {PictureKind.B_MODE}
    told = kinds([*plain, *flow, *plain, *plain])
    assert PictureKind.COLOUR in told[6:14]
    assert told[14] is PictureKind.COLOUR, "not the first grey picture"
    assert told[-1] is PictureKind.B_MODE


def test_another_profile_or_stream_begins_anew() -> None:
    watch = KindWatch()
    flow = with_flow(speckle(0))
    assert watch.see(0.0, flow, PREPROCESS.crop(flow), PROFILE) is PictureKind.COLOUR
    watch.reset()
    plain = speckle(0)
    assert watch.see(0.0, plain, PREPROCESS.crop(plain), PROFILE) is PictureKind.B_MODE


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (PictureKind.COLOUR, ReasonCode.COLOUR),
        (PictureKind.STRIP, ReasonCode.STRIP),
        (PictureKind.NOT_ADULT, ReasonCode.NOT_ADULT),
        (PictureKind.SHALLOW, ReasonCode.SHALLOW),
    ],
)
def test_the_coach_is_silent_with_a_reason(kind: PictureKind, code: ReasonCode) -> None:
    coach = Coach(View.A4C)
    for i in range(10):
        before = coach.advise(i / 10, prediction(adjustment=errors(tilt=15.0)))
    assert before.hint is not None
    silent = coach.advise(1.0, prediction(adjustment=errors(tilt=15.0)), kind=kind)
    assert silent.state is State.NOT_RECOGNISED
    assert silent.hint is None
    assert silent.adjustment is None
    assert silent.quality is None
    assert silent.reason_code is code
    assert silent.message
    coach.mark_captured()
    assert coach.advise(1.1, prediction(), kind=kind).state is State.CAPTURED
    coach.mute()
    assert coach.advise(1.2, prediction(), kind=kind).state is State.PAUSED


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("dicom/plax_colour_palette_rle_10f.dcm", PictureKind.COLOUR),
        ("dicom/colour_zoom_fragmented_jpeg_8f.dcm", PictureKind.COLOUR),
        ("echo/a4c_sonosite_120f.dcm", PictureKind.B_MODE),
        ("dicom/thyroid_ybr_full_rle.dcm", PictureKind.SHALLOW),
        ("dicom/pelvis_dual_screen.dcm", PictureKind.B_MODE),
        ("echo/plax_ge_screen.jpg", PictureKind.B_MODE),
        ("not_a_heart/eye_clarius.mp4", PictureKind.B_MODE),
    ],
)
def test_real_clips(clips: Path, path: str, kind: PictureKind) -> None:
    source = open_source(str(clips / path), fast=True)
    watch, auto = KindWatch(), AutoProfile(region=source.info.region)
    told = set()
    with source:
        for _ in range(20):
            frame = source.read()
            if frame is None:
                break
            profile = source.info.profile or auto.see(frame)
            crop = Preprocessor(profile, InputSpec(name="image", size=192, mean=0.2, std=0.2)).crop(
                frame.pixels
            )
            scale = None if frame.mm_per_px is None else frame.mm_per_px[1]
            told.add(watch.see(frame.t_stream_s, frame.pixels, crop, profile, scale))
    assert told == {kind}

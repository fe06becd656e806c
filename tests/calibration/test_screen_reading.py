"""Promises of reading a scanner's screen:

- on screens with all a scanner's furniture the picture, the marker's side and the scale are found;
- what a ruler's marks are worth follows from the depth, and a depth that is given settles it or is refused;
- a file's own scale wins; a widened screen is recognised;
- a frozen picture and a menu over it are said; black, grey, noise and a desktop are refused, each by its own line.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.ruler import find_ruler, mm_of_mark
from calibration.screen_figure import draw_reading, summary_lines
from calibration.screen_reading import profile_file, read_screen
from calibration.screen_scale import Given
from guidance.device import MarkerSide
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.preprocess import picture_overlap
from guidance.screen_watch import ScreenState
from models.phantom.furniture import Screen, furnished_screen

Pixels = np.ndarray


def frames_of(screen: Screen, mm: tuple[float, float] | None = None) -> list[Frame]:
    return [Frame(picture, i, 0, 0.2 * i, mm_per_px=mm) for i, picture in enumerate(screen.pictures)]


# Twenty that stand for the many of the slow test; each kind of probe, screen and video chain is among them.
@pytest.mark.parametrize("seed", range(20))
def test_the_picture_is_found_among_the_furniture(seed: int) -> None:
    screen = furnished_screen(seed)
    reading = read_screen(frames_of(screen))
    true = screen.profile
    assert picture_overlap(reading.profile, true) >= 0.95
    assert (reading.profile.sector is None) == (true.sector is None)
    if screen.logo:
        assert reading.profile.marker is true.marker
    if screen.ruler is not None and reading.ruler is not None:
        assert reading.profile.mm_per_px == pytest.approx(true.mm_per_px, rel=0.02)


@pytest.mark.slow
def test_a_hundred_and_fifty_screens() -> None:
    """Part of the five hundred of docs/calibration.md (``python -m bench.sector_screens`` measures them all)."""
    found = []
    for seed in range(150):
        screen = furnished_screen(seed)
        try:
            found.append(picture_overlap(read_screen(frames_of(screen)).profile, screen.profile))
        except InputError:
            found.append(0.0)
    assert np.mean(np.array(found) >= 0.97) >= 0.97
    assert np.mean(np.array(found) >= 0.95) >= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("seed", [77, 110, 199, 278])
def test_screens_that_were_hard(seed: int) -> None:
    """A near field hardly seen; a dark flank beside a logo; two dark flanks; two boxes that an ECG joins."""
    screen = furnished_screen(seed)
    assert picture_overlap(read_screen(frames_of(screen)).profile, screen.profile) >= 0.97


@pytest.fixture(scope="module")
def ruled() -> Screen:
    """A phased sector with a ruler at the side."""
    for seed in range(40):
        screen = furnished_screen(seed, count=12)
        if screen.ruler == "side" and screen.profile.sector is not None and not screen.dual and screen.logo:
            return screen
    raise AssertionError("no such screen")


def test_a_given_depth_says_what_a_mark_is_worth(ruled: Screen) -> None:
    true = ruled.profile
    assert true.sector is not None
    assert true.mm_per_px is not None
    depth = (true.sector.r_max - true.sector.r_min) * true.mm_per_px
    half = read_screen(frames_of(ruled), given=Given(depth_mm=depth / 2))
    assert half.scale_origin == "given"
    assert half.profile.mm_per_px == pytest.approx(true.mm_per_px / 2, rel=0.02)
    with pytest.raises(InputError, match="which no scanner does"):
        read_screen(frames_of(ruled), given=Given(depth_mm=depth / 1.4))


def test_the_scale_of_a_file_wins_over_the_ruler_and_contradicts_a_wrong_depth(ruled: Screen) -> None:
    reading = read_screen(frames_of(ruled, (0.2, 0.2)))
    assert (reading.scale_origin, reading.profile.mm_per_px) == ("file", 0.2)
    with pytest.raises(InputError, match="contradicts the file"):
        read_screen(frames_of(ruled, (0.2, 0.2)), given=Given(depth_mm=10.0))


def test_the_ruler_is_found_to_a_hundredth(ruled: Screen) -> None:
    grey = cv2.cvtColor(np.min(np.stack(ruled.pictures), axis=0), cv2.COLOR_BGR2GRAY)
    ruler = find_ruler(np.asarray(grey, np.uint8), ruled.profile)
    assert ruler is not None
    assert ruled.profile.mm_per_px is not None
    assert ruler.spacing * ruled.profile.mm_per_px == pytest.approx(ruled.mark_mm, rel=0.01)
    assert mm_of_mark(ruler, ruled.profile) == ruled.mark_mm


def test_no_ruler_is_seen_where_there_is_none() -> None:
    for screen in map(furnished_screen, (30, 48, 53)):
        assert screen.ruler is None
        grey = cv2.cvtColor(np.min(np.stack(screen.pictures), axis=0), cv2.COLOR_BGR2GRAY)
        assert find_ruler(np.asarray(grey, np.uint8), screen.profile) is None


def test_emergency_medicine_is_kept_in_the_file(ruled: Screen) -> None:
    reading = read_screen(frames_of(ruled), given=Given(MarkerSide.LEFT, turned=True))
    assert reading.profile.turned
    assert not reading.profile.mirrored
    assert profile_file(reading, made="", source="").marker.convention == "emergency"


def test_a_widened_screen_is_recognised(ruled: Screen) -> None:
    width, height = ruled.profile.width, ruled.profile.height
    wide = (round(width * 4 / 3), height)
    frames = [replace(f, pixels=np.asarray(cv2.resize(f.pixels, wide), np.uint8)) for f in frames_of(ruled)]
    found = read_screen(frames).profile
    assert found.sector is not None
    assert found.sector.stretch == pytest.approx(4 / 3)
    true = ruled.profile.sector
    assert true is not None
    stretched = replace(true, apex_x=(true.apex_x + 0.5) * 4 / 3 - 0.5, stretch=4 / 3)
    assert picture_overlap(found, replace(ruled.profile, width=wide[0], sector=stretched)) > 0.95


def test_a_frozen_picture_is_said_although_the_ecg_moves(ruled: Screen) -> None:
    first = ruled.pictures[0]
    frames = []
    for i in range(12):
        picture = first.copy()
        x = round((0.1 + 0.05 * i) * ruled.profile.width)
        picture[-20:-5, x : x + 8] = (90, 230, 120)
        frames.append(Frame(picture, i, 0, 0.2 * i))
    reading = read_screen(frames)
    assert reading.state is ScreenState.FROZEN
    assert any("stands still" in note for note in reading.notes)
    assert read_screen(frames_of(ruled)).state is ScreenState.LIVE


def test_one_picture_says_nothing_about_freeze(ruled: Screen) -> None:
    reading = read_screen(frames_of(ruled)[:1])
    assert not reading.moves
    assert "not known" in summary_lines(reading)[-1]


def a_desktop() -> Pixels:
    """Windows with text, buttons and a picture of coloured fields, as programs draw them."""
    rng = np.random.default_rng(0)
    desktop = np.full((720, 1280, 3), (140, 90, 40), np.uint8)
    for x, y, w, h in ((60, 60, 620, 560), (640, 160, 560, 500)):
        cv2.rectangle(desktop, (x, y), (x + w, y + h), (245, 245, 245), -1)
        cv2.rectangle(desktop, (x, y), (x + w, y + 28), (120, 120, 120), -1)
        for row in range(y + 50, y + h - 10, 16):
            text = "".join(chr(c) for c in rng.integers(97, 122, w // 10))
            cv2.putText(desktop, text, (x + 10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (20, 20, 20), 1)
    return desktop


NOTHING = {
    "the stream is black": [np.zeros((480, 640), np.uint8)] * 3,
    "the stream is of one grey": [np.full((480, 640, 3), 90, np.uint8)] * 3,
    "the stream is noise": [
        np.random.default_rng(i).integers(0, 255, (480, 640), np.uint8) for i in range(3)
    ],
    "noise: is the cable in": [  # as a capture card enlarges it
        cv2.resize(np.random.default_rng(i).integers(0, 255, (120, 160), np.uint8), (640, 480))
        for i in range(3)
    ],
    "no ultrasound": [a_desktop()] * 3,
}


@pytest.mark.parametrize("said", NOTHING)
def test_a_stream_without_ultrasound_is_refused(said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_screen([Frame(picture, i, 0, 0.1 * i) for i, picture in enumerate(NOTHING[said])])
    assert "\n" not in str(caught.value)


def test_no_frames_and_a_changing_size_are_refused(ruled: Screen) -> None:
    with pytest.raises(InputError, match="gave no picture"):
        read_screen([])
    with pytest.raises(InputError, match="size changed"):
        read_screen([*frames_of(ruled)[:2], Frame(np.zeros((50, 60), np.uint8), 2, 0, 0.4)])


def test_the_figure_shows_the_picture_and_says_what_was_found(ruled: Screen) -> None:
    reading = read_screen(frames_of(ruled))
    figure = draw_reading(reading, ruled.pictures[0], "device.toml")
    assert figure.shape[1] >= 900
    k = figure.shape[1] / ruled.profile.width
    sector = reading.profile.sector
    assert sector is not None
    x, y = round((sector.apex_x + 0.5) * k), round((sector.apex_y + sector.r_max + 0.5) * k)
    near = figure[y - 4 : y + 5, x - 2 : x + 3].astype(int)
    yellow = (near[:, :, 2] > 180) & (near[:, :, 0] < 140)
    assert yellow.any()  # the outline passes below the apex
    small = furnished_screen(0)
    assert draw_reading(reading, ruled.pictures[0][:, :, 0], "grey").shape == figure.shape
    assert small.pictures[0].ndim == 3

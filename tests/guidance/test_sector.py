"""Automatic sector: what find_sector and AutoProfile promise.

- On a screen with text, ruler, grey bar and ECG, the box of the ultrasound sector is found, whatever its geometry,
  the brightness of the screen and the gain, also where the frame cuts off its apex and its flanks.
- A picture without a sector's shape gives a box; a screen without ultrasound gives nothing.
- A region that the file names limits the search.
- AutoProfile has a profile from the first frame on, keeps the same object while nothing changes, settles after ten
  frames, starts anew when the frame size changes, and goes on looking while it has found nothing.
- On real screens, dim, cropped, frozen or full of furniture, it finds what an eye sees.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from media import Pixels, speckled_sector

from guidance.device import CANONICAL_ASPECT, DeviceProfile, MarkerSide, Sector
from guidance.frame import Frame
from guidance.sector import LOOK_AT, AutoProfile, find_sector, whole_frame
from guidance.sources import open_source

Box = tuple[float, float, float, float]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a[2] * a[3] + b[2] * b[3] - shared)


def furnish(picture: Pixels, seed: int) -> Pixels:
    """What scanners draw beside their picture: text, a grey bar, a ruler, an ECG."""
    rng = np.random.default_rng(seed)
    height, width = picture.shape
    for row in range(4):
        cv2.putText(picture, f"ABC {rng.integers(99) / 10}", (4, 16 + row * 18), 0, 0.5, 180, 1)
    cv2.rectangle(picture, (width - 16, 20), (width - 6, 120), 200, -1)
    for y in range(30, height - 20, 25):
        picture[y : y + 2, width - 40 : width - 34] = 220
    x = np.arange(width)
    y = (height - 12 - 8 * np.exp(-(((x % 90 - 40) / 4.0) ** 2))).astype(int)
    cv2.polylines(picture, [np.stack([x, y], axis=1).astype(np.int32)], False, 160, 1)
    return picture


def screen_of(seed: int) -> tuple[list[Pixels], DeviceProfile]:
    """Three pictures of a random machine, and the profile that it should have."""
    rng = np.random.default_rng(seed)
    width, height = [(640, 480), (800, 600), (1280, 720), (1024, 768)][seed % 4]
    half = rng.uniform(25, 48)
    r_max = height * rng.uniform(0.72, 0.85)
    r_min = r_max * float(rng.choice([0.0, 0.03, 0.2, 0.3]))
    sector = Sector(width * rng.uniform(0.45, 0.55), height * 0.06 - r_min * 0.9, -half, half, r_min, r_max)
    screen, gain = int(rng.choice([0, 12, 30])), float(rng.choice([10, 25, 60]))
    pictures = [
        furnish(speckled_sector((width, height), sector, rng, screen=screen, gain=gain), seed)
        for _ in range(3)
    ]
    return pictures, DeviceProfile.from_sector((width, height), sector)


@pytest.mark.parametrize("seed", range(16))
def test_a_sector_is_found_among_the_furniture(seed: int) -> None:
    pictures, true = screen_of(seed)
    found = find_sector(pictures)
    assert found is not None
    assert found.sector is not None
    assert true.sector is not None
    assert overlap(found.box, true.box) > 0.93
    assert found.sector.apex_x == pytest.approx(true.sector.apex_x, abs=0.01 * true.width)
    assert found.sector.angle_right == pytest.approx(true.sector.angle_right, abs=2.5)
    assert found.sector.angle_left == pytest.approx(true.sector.angle_left, abs=2.5)


def test_a_single_still_in_colour_is_enough() -> None:
    pictures, true = screen_of(5)
    found = find_sector([np.stack([pictures[0]] * 3, axis=-1)])
    assert found is not None
    assert overlap(found.box, true.box) > 0.9


def test_a_picture_that_cuts_off_apex_and_flanks_still_shows_the_geometry() -> None:
    sector = Sector(255.0, -70.0, -43.0, 43.0, 20.0, 560.0)
    found = find_sector([speckled_sector((512, 448), sector, np.random.default_rng(2))])
    assert found is not None
    assert found.sector is not None
    assert found.sector.apex_x == pytest.approx(255, abs=6)
    assert found.sector.apex_y == pytest.approx(-70, abs=15)
    assert found.sector.angle_right == pytest.approx(43, abs=2.5)
    assert -25 < found.sector.top < 5  # it begins where the frame does, not at the apex


def test_one_dark_flank_does_not_narrow_the_sector() -> None:
    sector = Sector(320.0, 20.0, -42.0, 42.0, 10.0, 400.0)
    picture = speckled_sector((640, 480), sector, np.random.default_rng(3))
    picture[180:, :150] = 0  # no contact at one side
    found = find_sector([picture])
    assert found is not None
    assert found.sector is not None
    assert found.sector.angle_left == pytest.approx(-42, abs=3)


def test_a_linear_picture_gives_a_box_without_a_sector() -> None:
    rng = np.random.default_rng(4)
    picture = np.zeros((480, 640), np.uint8)
    picture[40:440, 150:490] = np.clip(rng.rayleigh(50, (400, 340)), 0, 255)
    found = find_sector([furnish(picture, 4)])
    assert found is not None
    assert found.sector is None
    assert found.box[2] == pytest.approx(CANONICAL_ASPECT * found.box[3])
    assert overlap(found.box, (320 - 0.7 * 400, 40, 560, 400)) > 0.93


@pytest.mark.parametrize("level", [0, 12, 90, 255])
def test_a_screen_without_ultrasound_gives_nothing(level: int) -> None:
    assert find_sector([np.full((480, 640), level, np.uint8)]) is None
    if level < 90:
        assert find_sector([furnish(np.full((480, 640), level, np.uint8), 1)]) is None
    assert find_sector([]) is None


def test_a_panel_is_not_taken_for_ultrasound() -> None:
    pictures, true = screen_of(0)
    for picture in pictures:
        picture[: true.height // 3, : true.width // 5] = 230
    found = find_sector(pictures)
    assert found is not None
    assert overlap(found.box, true.box) > 0.9


def test_a_region_limits_the_search() -> None:
    rng = np.random.default_rng(6)
    left = Sector(160.0, 40.0, -25.0, 25.0, 0.0, 330.0)
    right = Sector(480.0, 40.0, -25.0, 25.0, 0.0, 330.0)
    both = speckled_sector((640, 480), left, rng) | speckled_sector((640, 480), right, rng)
    for sector, region in ((left, (0, 0, 319, 479)), (right, (320, 0, 639, 479))):
        found = find_sector([both], region=region)
        assert found is not None
        assert found.sector is not None
        assert found.sector.apex_x == pytest.approx(sector.apex_x, abs=6)


def test_marker_and_pixel_size_are_passed_on() -> None:
    pictures, _ = screen_of(0)
    found = find_sector(pictures, marker=MarkerSide.LEFT, mm_per_px=0.4)
    assert found is not None
    assert (found.marker, found.mm_per_px) == (MarkerSide.LEFT, 0.4)


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (300, 900)])
def test_the_whole_frame_fits_into_its_box(size: tuple[int, int]) -> None:
    profile = whole_frame(size)
    x, y, width, height = profile.box
    assert width == pytest.approx(CANONICAL_ASPECT * height)
    assert x <= 0
    assert y <= 0
    assert x + width >= size[0]
    assert y + height >= size[1]
    assert (x + width / 2, y + height / 2) == pytest.approx((size[0] / 2, size[1] / 2))


# AutoProfile


def frames_of(pictures: list[Pixels], first: int = 0) -> list[Frame]:
    return [Frame(picture, first + i, 0, 0.0, mm_per_px=(0.4, 0.4)) for i, picture in enumerate(pictures)]


def test_it_has_a_profile_at_once_and_settles_after_ten_frames() -> None:
    pictures, true = screen_of(0)
    auto = AutoProfile()
    seen = [auto.see(frame) for frame in frames_of(pictures * 6)]
    assert overlap(seen[0].box, true.box) > 0.9
    assert overlap(seen[-1].box, true.box) > 0.93
    assert auto.settled
    assert all(profile is seen[LOOK_AT - 1] for profile in seen[LOOK_AT - 1 :])
    assert len({id(profile) for profile in seen}) <= 3
    assert seen[-1].mm_per_px == pytest.approx(0.4)


def test_later_frames_complete_what_the_first_showed_only_in_part() -> None:
    pictures, true = screen_of(0)
    first = pictures[0].copy()
    first[int(0.45 * true.height) :] = first[-1, 0]
    auto = AutoProfile()
    before = auto.see(frames_of([first])[0])
    for frame in frames_of(pictures * 4, 1):
        after = auto.see(frame)
    assert overlap(before.box, true.box) < 0.7
    assert overlap(after.box, true.box) > 0.93


def test_a_new_frame_size_starts_anew() -> None:
    small, small_true = screen_of(0)
    large, large_true = screen_of(2)
    auto = AutoProfile()
    for frame in frames_of(small * 4):
        assert overlap(auto.see(frame).box, small_true.box) > 0.9
    for frame in frames_of(large * 4):
        profile = auto.see(frame)
        assert (profile.width, profile.height) == (large_true.width, large_true.height)
    assert overlap(profile.box, large_true.box) > 0.93


def test_it_goes_on_looking_while_the_screen_is_dark() -> None:
    pictures, true = screen_of(0)
    dark = [np.zeros_like(pictures[0])] * 25
    auto = AutoProfile()
    profiles = [auto.see(frame) for frame in frames_of(dark)]
    assert all(profile.box == whole_frame((true.width, true.height)).box for profile in profiles)
    assert all(profile is profiles[0] for profile in profiles)
    assert not auto.settled
    for frame in frames_of(pictures * 10, 25):
        profile = auto.see(frame)
    assert overlap(profile.box, true.box) > 0.93
    assert auto.settled


# Real screens: apex x, half angle, lowest row, all read off the pictures by eye

BY_EYE = {
    "echo/a4c_sonosite_120f.dcm": (339, 42, 405),
    "echo/plax_ge_screen.jpg": (313, 37, 375),
    "echo/psax_ge_screen.jpg": (310, 30, 385),
    "dicom/plax_colour_palette_rle_10f.dcm": (301, 40, 350),
    "not_a_heart/water_glove.mp4": (320, 39, 457),
    "not_a_heart/fetal_head.png": (311, 34, 409),
    "not_a_heart/liver_portal_long.gif": (380, 31, 560),
    "screens/frame_screenshot_W1280H960FPS30_MJPG_X51_echopen.png": (648, 44, 900),
    "screens/frame_screenshot_W1280H960FPS60_MJPG_X51_adultecho.png": (648, 44, 900),
}
BOXES = (
    "dicom/thyroid_ybr_full_rle.dcm",
    "not_a_heart/eye_clarius.mp4",
    "not_a_heart/lung_Reg_Image_18122_crop.mp4",
    "not_a_heart/standard_0.png",
    "not_a_heart/standard_12.png",
)


def profile_of(path: Path) -> DeviceProfile:
    with open_source(str(path), fast=True) as source:
        auto = AutoProfile(region=source.info.region)
        for _ in range(LOOK_AT):
            frame = source.read()
            if frame is None:
                break
            profile = auto.see(frame)
    return profile


@pytest.mark.parametrize("name", BY_EYE)
def test_real_screens(clips: Path, name: str) -> None:
    apex_x, half, bottom = BY_EYE[name]
    profile = profile_of(clips / name)
    assert profile.sector is not None
    assert profile.sector.apex_x == pytest.approx(apex_x, abs=0.02 * profile.width)
    assert profile.sector.angle_right == pytest.approx(half, abs=3.5)
    assert profile.sector.bottom == pytest.approx(bottom, abs=0.04 * profile.height)


@pytest.mark.parametrize("name", BOXES)
def test_real_pictures_without_a_sector(clips: Path, name: str) -> None:
    profile = profile_of(clips / name)
    assert profile.sector is None
    assert profile.box[3] > 0.5 * profile.height


def test_cropped_sequences_of_one_machine_are_read_alike(clips: Path) -> None:
    """Every fourth of the clips of one machine, cropped so that the apex lies above the frame, near column 262."""
    folders = sorted(path for path in (clips / "echo" / "sequences").iterdir() if path.is_dir())[::4]
    assert folders
    for folder in folders:
        profile = profile_of(folder)
        assert profile.sector is not None, folder.name
        assert profile.sector.apex_x == pytest.approx(262, abs=20), folder.name
        assert -170 < profile.sector.apex_y < -40, folder.name
        assert 25 <= profile.sector.angle_right <= 46, folder.name
        assert 440 < profile.sector.bottom < 560, folder.name

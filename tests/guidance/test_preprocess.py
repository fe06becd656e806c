"""Preprocessing: what the network's input promises.

- A point of the canonical crop shows the point of the frame that the profile says, at any scale and frame size.
- A left marker mirrors the crop; nothing else changes.
- Outside the sector, and beyond the frame, the crop is black; inside, a flat picture stays flat.
- Shrinking does not alias: fine stripes become their mean.
- Grey and colour frames of the same picture give the same input; values are normalised as the manifest says.
- A frame of another size than the profile is refused.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.manifest import InputSpec
from guidance.preprocess import Preprocessor, crop_coordinates, sector_mask

SIZE = 192


@st.composite
def profiles(draw: st.DrawFn) -> DeviceProfile:
    width = draw(st.integers(320, 1400))
    height = draw(st.integers(240, 1000))
    r_max = height * draw(st.floats(0.55, 1.0))
    half = draw(st.floats(20.0, 50.0))
    sector = Sector(
        apex_x=width * draw(st.floats(0.35, 0.65)),
        apex_y=height * draw(st.floats(-0.1, 0.1)),
        angle_left=-half,
        angle_right=half * draw(st.floats(0.8, 1.0)),
        r_min=r_max * draw(st.floats(0.0, 0.3)),
        r_max=r_max,
    )
    return DeviceProfile.from_sector((width, height), sector, draw(st.sampled_from(MarkerSide)))


def crop_of(profile: DeviceProfile, pixels: np.ndarray) -> np.ndarray:
    return Preprocessor(profile, InputSpec(size=SIZE)).crop(pixels).copy()


def erode(mask: np.ndarray, pixels: int) -> np.ndarray:
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), kernel, borderValue=0).astype(bool)


def shown(profile: DeviceProfile) -> np.ndarray:
    """Which pixels of the crop show the sector, from the geometry alone."""
    x, y = crop_coordinates(profile, SIZE)
    frame = (x > -0.5) & (x < profile.width - 0.5) & (y > -0.5) & (y < profile.height - 0.5)
    assert profile.sector is not None
    return frame & sector_mask(profile.sector, x, y)


@given(profiles(), st.integers(0, 255))
@settings(max_examples=40)
def test_a_flat_picture_stays_flat_and_all_else_is_black(profile: DeviceProfile, level: int) -> None:
    crop = crop_of(profile, np.full((profile.height, profile.width), level, np.uint8))
    inside = shown(profile)
    assert (crop[inside] == level).all()
    assert (crop[~inside] == 0).all()


@given(profiles(), st.floats(0.15, 0.85), st.floats(0.15, 0.85))
@settings(max_examples=60)
def test_a_dot_lands_where_the_profile_says(profile: DeviceProfile, across: float, along: float) -> None:
    sector = profile.sector
    assert sector is not None
    angle = np.radians(sector.angle_left + across * (sector.angle_right - sector.angle_left))
    radius = sector.r_min + along * (sector.r_max - sector.r_min)
    x, y = sector.apex_x + radius * np.sin(angle), sector.apex_y + radius * np.cos(angle)
    spread = profile.box[3] / SIZE * 1.5
    rows, columns = np.mgrid[: profile.height, : profile.width]
    dot = 250 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    weight = crop_of(profile, dot.astype(np.uint8)).astype(np.float64)
    x0, y0, width, height = profile.box
    expected_column, expected_row = (x + 0.5 - x0) / width * SIZE - 0.5, (y + 0.5 - y0) / height * SIZE - 0.5
    if profile.marker is MarkerSide.LEFT:
        expected_column = SIZE - 1 - expected_column
    margin = 8
    if not (margin <= expected_row < SIZE - margin and margin <= expected_column < SIZE - margin):
        return
    if not erode(shown(profile), margin)[round(expected_row), round(expected_column)]:
        return  # the dot is cut by an edge: its centre of mass is not its middle
    rows, columns = np.mgrid[:SIZE, :SIZE]
    assert (weight * rows).sum() / weight.sum() == pytest.approx(expected_row, abs=0.2)
    assert (weight * columns).sum() / weight.sum() == pytest.approx(expected_column, abs=0.2)


@given(profiles(), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_a_left_marker_mirrors_the_crop(profile: DeviceProfile, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (profile.height, profile.width), dtype=np.uint8)
    right, left = (
        DeviceProfile.from_sector((profile.width, profile.height), profile.sector, side)  # type: ignore[arg-type]
        for side in (MarkerSide.RIGHT, MarkerSide.LEFT)
    )
    mirrored = crop_of(left, pixels)[:, ::-1].astype(int)
    assert np.abs(crop_of(right, pixels) - mirrored).max() <= 10  # sub-pixel weights are rounded to 1/32


def test_mirroring_puts_the_marker_s_side_on_the_right() -> None:
    profile = DeviceProfile(640, 480, (-16.0, 0.0, 672.0, 480.0), marker=MarkerSide.LEFT)
    pixels = np.zeros((480, 640), np.uint8)
    pixels[:, :100] = 200
    crop = crop_of(profile, pixels)
    assert crop[:, SIZE // 2 :].sum() > 0
    assert crop[:, : SIZE // 2].sum() == 0


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("axis", [0, 1])
def test_fine_stripes_become_their_mean(size: tuple[int, int], axis: int) -> None:
    width, height = size
    profile = DeviceProfile.from_sector(size, Sector(width / 2, 10, -45, 45, 0, height * 0.95))
    stripes = np.zeros((height, width), np.uint8)
    stripes[(slice(None), slice(None, None, 2))[:: 1 if axis else -1]] = 200
    crop = crop_of(profile, stripes)[erode(shown(profile), 2)].astype(float)
    assert crop.mean() == pytest.approx(100, abs=2)
    assert crop.std() < 25  # sampling without area would give up to 100


def test_grey_and_colour_give_the_same_input_normalised_as_the_manifest_says() -> None:
    profile = DeviceProfile.from_sector((640, 480), Sector(320, 10, -45, 45, 0, 450))
    grey = np.random.default_rng(0).integers(0, 256, (480, 640), dtype=np.uint8)
    preprocess = Preprocessor(profile, InputSpec(size=SIZE, mean=0.2, std=0.5))
    tensor = preprocess(grey).copy()
    assert tensor.shape == (1, 1, SIZE, SIZE)
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor, preprocess(np.stack([grey] * 3, axis=-1)))
    expected = (preprocess.crop(grey).astype(np.float64) / 255.0 - 0.2) / 0.5
    np.testing.assert_allclose(tensor[0, 0], expected, atol=1e-6)


def test_colours_are_read_as_bgr() -> None:
    profile = DeviceProfile(64, 48, (0.0, 0.0, 67.2, 48.0))
    for colour, level in (((255, 0, 0), 29), ((0, 255, 0), 150), ((0, 0, 255), 76)):  # ITU-R BT.601
        crop = crop_of(profile, np.full((48, 64, 3), colour, np.uint8))
        assert crop[SIZE // 2, SIZE // 2] == level


def test_the_buffer_is_reused_and_the_frame_untouched() -> None:
    profile = DeviceProfile.from_sector((640, 480), Sector(320, 10, -45, 45, 0, 450))
    preprocess = Preprocessor(profile, InputSpec(size=SIZE))
    pixels = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    pixels.flags.writeable = False
    assert preprocess(pixels) is preprocess(pixels)


def test_views_of_larger_arrays_are_accepted() -> None:
    profile = DeviceProfile.from_sector((640, 480), Sector(320, 10, -45, 45, 0, 450))
    large = np.random.default_rng(0).integers(0, 256, (500, 700, 3), dtype=np.uint8)
    part = large[10:490, 30:670]
    np.testing.assert_array_equal(crop_of(profile, part), crop_of(profile, part.copy()))
    flipped = large[489:9:-1, 669:29:-1, ::-1]
    np.testing.assert_array_equal(crop_of(profile, flipped), crop_of(profile, flipped.copy()))


def test_a_frame_of_another_size_is_refused() -> None:
    profile = DeviceProfile.from_sector((640, 480), Sector(320, 10, -45, 45, 0, 450))
    with pytest.raises(ValueError, match="frame of 800 x 600 pixels, profile for 640 x 480"):
        Preprocessor(profile, InputSpec(size=SIZE))(np.zeros((600, 800), np.uint8))


def test_a_crop_beside_its_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="outside its frame"):
        Preprocessor(DeviceProfile(64, 48, (900.0, 0.0, 70.0, 50.0)), InputSpec(size=SIZE))

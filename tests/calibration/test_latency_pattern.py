"""The test pattern and its reader.

Promises:
- every code is a word of its own, neighbours differ in one bit of the counter, and a word with up to two wrong bits
  is refused;
- what was drawn is read: rescaled, blurred, noisy, dark or pale, cropped up to its panel, through gamma, perspective,
  JPEG and the chroma subsampling of video, hundred pixels wide or four thousand;
- a wrong code is never read: two codes blended or torn are refused and named so, whatever the share and the gamma,
  unless one of them is all but invisible; a picture without a pattern, a faint one, and noise are refused;
- a reader follows a pattern that moves or a picture that changes its size;
- two patterns in a picture are both found, the larger first.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from calibration.latency_code import CHECK_BITS, CODES, WORD_BITS, decode, encode
from calibration.latency_pattern import SMALLEST, cells_of, draw_pattern, words_in
from calibration.latency_reader import PairReader, PatternReader, Verdict

Pixels = NDArray[np.uint8]

codes = st.integers(0, CODES - 1)


def screen(code: int, size: tuple[int, int] = (1280, 800), margin: int = 60) -> Pixels:
    """A dark screen with the panel in its middle."""
    whole = np.full((size[1], size[0]), 12, np.uint8)
    width = min(size[0] - 2 * margin, int(1.6 * (size[1] - 2 * margin)))
    height = int(width / 1.6)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    whole[y : y + height, x : x + width] = draw_pattern(code, width, height)
    return whole


def camera(
    picture: NDArray[np.floating] | Pixels,
    *,
    width: int = 640,
    blur: float = 0.0,
    noise: float = 0.0,
    dark: float = 0.0,
    bright: float = 255.0,
    gamma: float = 1.0,
    jpeg: int | None = None,
    seed: int = 0,
) -> Pixels:
    """``picture`` as a camera ``width`` pixels wide sees it; ``blur`` in pixels of the camera."""
    height = round(width * picture.shape[0] / picture.shape[1])
    seen = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    if blur > 0.05:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    seen = dark + (bright - dark) * (seen / 255.0) ** (1.0 / gamma)
    seen = seen + np.random.default_rng(seed).normal(0.0, noise, seen.shape)
    found = np.clip(seen, 0, 255).astype(np.uint8)
    if jpeg is not None:
        colour = cv2.cvtColor(found, cv2.COLOR_GRAY2BGR)
        found = cv2.imdecode(
            cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], cv2.IMREAD_COLOR
        )
    return np.asarray(found, np.uint8)


# The code


@settings(deadline=None)
@given(codes)
def test_codes_survive_their_bits(code: int) -> None:
    bits = encode(code)
    assert len(bits) == WORD_BITS
    assert decode(bits) == code
    following = encode((code + 1) % CODES)
    counter = slice(0, WORD_BITS - CHECK_BITS)
    assert sum(a != b for a, b in zip(bits[counter], following[counter], strict=True)) == 1
    assert 0 < sum(bits) < WORD_BITS  # some black, some white: else there were no contrast to see


@settings(deadline=None)
@given(codes, st.sets(st.integers(0, WORD_BITS - 1), min_size=1, max_size=2))
def test_wrong_bits_are_noticed(code: int, wrong: set[int]) -> None:
    bits = [bit != (number in wrong) for number, bit in enumerate(encode(code))]
    assert decode(bits) is None


@settings(deadline=None)
@given(codes)
def test_the_cells_hold_both_copies(code: int) -> None:
    upper, lower = words_in(cells_of(code))
    assert decode([bool(b) for b in upper]) == decode([bool(b) for b in lower]) == code


def test_impossible_patterns_are_not_drawn() -> None:
    for code in (-1, CODES):
        with pytest.raises(ValueError, match="code"):
            encode(code)
    with pytest.raises(ValueError, match="pixels"):
        draw_pattern(1, SMALLEST[0] - 1, 200)


# Reading


@settings(max_examples=25, deadline=None)
@given(
    code=codes,
    width=st.integers(200, 1920),
    soft=st.floats(0.0, 1.0),
    noise=st.floats(0.0, 12.0),
    dark=st.floats(0.0, 90.0),
    contrast=st.floats(90.0, 165.0),
    gamma=st.floats(0.6, 2.2),
    jpeg=st.none() | st.integers(35, 95),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_was_drawn_is_read(
    code: int,
    width: int,
    soft: float,
    noise: float,
    dark: float,
    contrast: float,
    gamma: float,
    jpeg: int | None,
    seed: int,
) -> None:
    """``soft``: blur of up to a 300th of the picture's width."""
    seen = camera(
        screen(code), width=width, blur=soft * width / 300, noise=noise, dark=dark, bright=dark + contrast,
        gamma=gamma, jpeg=jpeg, seed=seed,
    )  # fmt: skip
    found = PatternReader().read(seen)
    assert (found.verdict, found.code) == (Verdict.READ, code)


@settings(max_examples=30, deadline=None)
@given(code=codes, tilt=st.floats(-0.18, 0.18), turn=st.floats(-180.0, 180.0), seed=st.integers(0, 2**32 - 1))
def test_a_screen_seen_at_an_angle_is_read(code: int, tilt: float, turn: float, seed: int) -> None:
    flat = screen(code, (960, 600))
    h, w = flat.shape
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32)
    leaning = corners + np.float32([(0, tilt * h), (0, -tilt * h), (0, tilt * h), (0, -tilt * h)]) / 2
    turned = cv2.getRotationMatrix2D((w / 2, h / 2), turn, 0.75)
    plane = np.vstack([turned, (0, 0, 1)]) @ cv2.getPerspectiveTransform(corners, leaning)
    big = cv2.warpPerspective(flat, np.array([(1, 0, 120), (0, 1, 300), (0, 0, 1)]) @ plane, (1200, 1200))
    found = PatternReader().read(camera(big, width=900, blur=1.0, noise=8.0, jpeg=60, seed=seed))
    assert found.code == code


def test_edges_that_a_grabber_cuts_off_are_not_missed() -> None:
    whole = screen(4711, margin=80)
    assert PatternReader().read(whole[70:-70, 70:-70]).code == 4711
    # Even two markers are enough: those on the left are cut off, the cells are not.
    panel = draw_pattern(4711, 1280, 800)
    assert PatternReader().read(np.ascontiguousarray(panel[:, 250:])).code == 4711


def test_video_with_a_quarter_of_the_chroma_is_read() -> None:
    bgr = cv2.cvtColor(camera(screen(31337), noise=6.0), cv2.COLOR_GRAY2BGR)
    yuv = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    assert PatternReader().read(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR_I420)).code == 31337


@pytest.mark.parametrize("size", [(160, 100), (3840, 2160)])
def test_small_and_large_pictures_are_read(size: tuple[int, int]) -> None:
    margin = size[1] // 16
    assert PatternReader().read(screen(999, size, margin)).code == 999


# Refusing


@settings(max_examples=60, deadline=None)
@given(
    first=codes, step=st.integers(1, 40), share=st.floats(0.0, 1.0), gamma=st.floats(1.0, 2.4),
    noise=st.floats(0.0, 8.0),
)  # fmt: skip
def test_blended_codes_are_never_misread(
    first: int, step: int, share: float, gamma: float, noise: float
) -> None:
    second = (first + step) % CODES
    both = (1.0 - share) * screen(first).astype(np.float64) + share * screen(second)
    found = PatternReader().read(camera(both, gamma=gamma, noise=noise))
    assert found.code in (None, first, second)
    if 0.35 < share < 0.65:
        assert found.verdict in (Verdict.BLENDED, Verdict.TORN)
    if found.code == first:
        assert share < 0.65
    if found.code == second:
        assert share > 0.35


@settings(max_examples=60, deadline=None)
@given(first=codes, step=st.integers(1, 40), row=st.integers(60, 740))
def test_torn_codes_are_never_misread(first: int, step: int, row: int) -> None:
    second = (first + step) % CODES
    torn = screen(second)
    torn[row:] = screen(first)[row:]
    found = PatternReader().read(camera(torn))
    assert found.code in (None, first, second)
    if (
        330 < row < 470 and found.code is not None
    ):  # between the copies only codes with equal halves look whole
        assert found.code in (first, second)


def test_a_tear_between_the_copies_is_named() -> None:
    torn = screen(1000)
    torn[400:] = screen(1001)[400:]
    assert PatternReader().read(torn).verdict is Verdict.TORN


def test_nothing_is_read_where_there_is_nothing() -> None:
    rng = np.random.default_rng(1)
    reader = PatternReader()
    for picture in (
        np.zeros((480, 640), np.uint8),
        rng.integers(0, 255, (480, 640), dtype=np.uint8),
        rng.integers(0, 255, (480, 640, 3), dtype=np.uint8),
        np.full((3, 2), 7, np.uint8),
    ):
        assert reader.read(picture).verdict is Verdict.UNSEEN


def test_a_faint_pattern_is_named_where_it_was_seen() -> None:
    reader = PatternReader()
    assert reader.read(camera(screen(5))).code == 5
    faint = reader.read(camera(screen(6), dark=100.0, bright=112.0))
    assert faint.code is None
    assert faint.verdict in (Verdict.FAINT, Verdict.UNSEEN)


# Following


def test_a_reader_follows_what_it_watches() -> None:
    reader = PatternReader()
    assert reader.read(camera(screen(1))).code == 1
    moved = np.roll(camera(screen(2)), (25, -30), axis=(0, 1))
    assert reader.read(moved).code == 2
    assert reader.read(camera(screen(3), width=800)).code == 3
    assert reader.read(np.zeros((400, 640), np.uint8)).code is None
    assert reader.read(camera(screen(4))).code == 4


def test_two_patterns_are_both_found() -> None:
    small = cv2.resize(screen(77), (480, 300), interpolation=cv2.INTER_AREA)
    both = np.zeros((800, 1900), np.uint8)
    both[:, :1280] = screen(80)
    both[250:550, 1350:1830] = small
    found = PairReader().read(camera(both, width=1400, blur=0.8, noise=6.0))
    assert [reading.code for reading in found] == [80, 77]
    assert found[0].centre is not None
    assert found[1].centre is not None
    assert found[0].centre[0] < found[1].centre[0]

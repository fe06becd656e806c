"""Promises of device profile files:

- what is written is read back, sector or box, with every field;
- each contradiction, wrong value, unknown key, later schema and foreign file is one line that names it;
- the crop follows: cut off at the window, mirrored for a left marker unless the probe is held turned, unstretched.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.profile_toml import profile_text
from guidance.device import CANONICAL_ASPECT, DeviceProfile, MarkerSide, Sector
from guidance.errors import InputError
from guidance.manifest import InputSpec
from guidance.preprocess import Preprocessor, picture_mask
from guidance.profile_file import ProfileFile, read_profile, read_profile_file

SECTOR = """\
schema = 1
[screen]
width = 800
height = 600
[picture]
shape = "sector"
apex_x = 400.0
apex_y = 50.0
angle_left = -40.0
angle_right = 42.0
r_min = 10.0
r_max = 510.0
[marker]
side = "left"
[scale]
mm_per_px = 0.3
depth_mm = 150.0
"""
RULER = """\
[ruler]
x0 = 780.0
y0 = 60.0
x1 = 780.0
y1 = 560.0
spacing = 33.3
"""
BOX = """\
schema = 1
[screen]
width = 800
height = 600
[picture]
shape = "box"
window = [200, 50, 599, 449]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "device.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sector_is_read(tmp_path: Path) -> None:
    profile = read_profile(written(tmp_path, SECTOR))
    assert (profile.width, profile.height) == (800, 600)
    assert profile.sector == Sector(400.0, 50.0, -40.0, 42.0, 10.0, 510.0)
    assert profile.box == DeviceProfile.from_sector((800, 600), profile.sector).box
    assert profile.marker is MarkerSide.LEFT
    assert profile.mirrored
    assert profile.mm_per_px == 0.3


def test_a_box_is_read(tmp_path: Path) -> None:
    profile = read_profile(written(tmp_path, BOX))
    assert profile.sector is None
    assert profile.window == (200, 50, 599, 449)
    assert profile.box == (120.0, 50.0, 560.0, 400.0)
    assert picture_mask(profile).sum() == 400 * 400


def test_emergency_medicine_turns_the_probe_and_does_not_mirror(tmp_path: Path) -> None:
    profile = read_profile(
        written(tmp_path, SECTOR.replace('side = "left"', 'side = "left"\nconvention = "emergency"'))
    )
    assert profile.marker is MarkerSide.LEFT
    assert profile.turned
    assert not profile.mirrored


WRONG = {
    "r_max (5) must be larger than r_min (10)": ("r_max = 510.0", "r_max = 5.0"),
    "at least 5 degrees right of angle_left": ("angle_right = 42.0", "angle_right = -41.0"),
    "scale.depth_mm (150) contradicts scale.mm_per_px (0.5)": ("mm_per_px = 0.3", "mm_per_px = 0.5"),
    "lies outside the screen of 800 x 600": ("apex_y = 50.0", "apex_y = 700.0"),
    "also needs apex_x": ("apex_x = 400.0\n", ""),
    'goes with side = "left"': ('side = "left"', 'side = "right"\nconvention = "emergency"'),
    "picture.colour": ("apex_y = 50.0", "apex_y = 50.0\ncolour = 3"),
    "screen.width": ("width = 800", 'width = "wide"'),
    "update sonoguide": ("schema = 1", "schema = 2"),
    "it has no line 'schema = 1'": ("schema = 1\n", ""),
    "is no TOML file": ("[screen]", "[screen"),
    "reaches beyond the screen": ("r_max = 510.0", "r_max = 510.0\nwindow = [0, 0, 800, 599]"),
    "is empty": ("r_max = 510.0", "r_max = 510.0\nwindow = [10, 10, 5, 500]"),
    "has no apex_x": ('shape = "sector"', 'shape = "box"'),
    "leaves nothing over of the sector": ("r_max = 510.0", "r_max = 510.0\nwindow = [700, 0, 799, 40]"),
    "scale.mm_per_pixel: no such name": ("mm_per_px = 0.3", "mm_per_pixel = 0.3"),
    "marks 33.3 rows apart are worth 9.99 mm": ("mm = 150.0\n", f"mm = 150.0\n{RULER}mark_mm = 5\n"),
    "ruler.y1 (5160) lies outside the screen": (
        "mm = 150.0\n",
        f"mm = 150.0\n{RULER}".replace("560", "5160"),
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, said: str) -> None:
    before, after = WRONG[said]
    assert before in SECTOR
    path = written(tmp_path, SECTOR.replace(before, after, 1))
    with pytest.raises(InputError) as caught:
        read_profile(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_and_a_huge_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_profile(tmp_path / "none.toml")
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_profile(written(tmp_path, "#" * (2 << 20)))


pixel = st.floats(-500, 2000).map(lambda v: round(v, 1))


@given(
    st.tuples(st.floats(100, 700), st.floats(-300, 100), st.floats(-60, -10), st.floats(10, 60)),
    st.floats(0, 200),
    st.floats(250, 500),
    st.sampled_from([1.0, 4 / 3]),
    st.sampled_from(["left", "right"]),
    st.text(max_size=30),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    place: tuple[float, float, float, float],
    near: float,
    far: float,
    stretch: float,
    side: str,
    source: str,
) -> None:
    x, y, left, right = place
    data = {
        "schema": 1,
        "source": source,
        "screen": {"width": 800, "height": 600},
        "picture": {
            "shape": "sector", "apex_x": x, "apex_y": y, "angle_left": left, "angle_right": right,
            "r_min": near, "r_max": far + 320.0, "stretch": stretch, "window": (10, 20, 700, 590),
        },
        "marker": {"side": side},
        "scale": {"mm_per_px": 0.31234, "origin": "ruler"},
        "ruler": {"x0": 700.0, "y0": 50.0, "x1": 700.0, "y1": 550.0, "spacing": 32.0, "mark_mm": 10.0},
    }  # fmt: skip
    file = ProfileFile.model_validate(data)
    path = tmp_path_factory.mktemp("profile") / "device.toml"
    path.write_text(profile_text(file), encoding="utf-8")
    back = read_profile_file(path)
    assert back.source == source
    assert back.marker == file.marker
    assert back.scale == file.scale
    assert back.ruler == file.ruler
    assert back.picture.window == file.picture.window
    assert back.picture.sector is not None
    assert file.picture.sector is not None
    for name in ("apex_x", "apex_y", "angle_left", "angle_right", "r_min", "r_max"):
        assert getattr(back.picture.sector, name) == pytest.approx(
            getattr(file.picture.sector, name), abs=0.051
        )
    assert back.picture.sector.stretch == pytest.approx(stretch, abs=1e-4)


# What the engine makes of it

SPEC = InputSpec(size=96)
PLAIN = DeviceProfile.from_sector((640, 480), Sector(320.0, 30.0, -40.0, 40.0, 5.0, 420.0))


def test_nothing_beyond_the_window_reaches_the_network() -> None:
    white = np.full((480, 640), 255, np.uint8)
    cut = replace(PLAIN, window=(0, 0, 319, 479))
    whole, half = (Preprocessor(profile, SPEC).crop(white).copy() for profile in (PLAIN, cut))
    assert (half[:, :48] == whole[:, :48]).all()
    assert whole[:, 48:].any()
    assert not half[:, 48:].any()


def test_a_turned_probe_leaves_the_picture_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (480, 640), np.uint8)
    left = replace(PLAIN, marker=MarkerSide.LEFT)
    crops = [
        Preprocessor(profile, SPEC).crop(picture).copy()
        for profile in (PLAIN, left, replace(left, turned=True))
    ]
    assert (crops[2] == crops[0]).all()
    assert not (crops[1] == crops[0]).all()


def test_a_widened_screen_gives_the_same_crop() -> None:
    """A gradient that is the same in the sector's own measure, on a screen of 4:3 and widened to 16:9."""
    s = PLAIN.sector
    assert s is not None
    wide_sector = replace(s, apex_x=(s.apex_x + 0.5) * 4 / 3 - 0.5, stretch=4 / 3)
    wide = DeviceProfile.from_sector((853, 480), wide_sector)
    assert wide.box[2] == pytest.approx(CANONICAL_ASPECT * wide.box[3] * 4 / 3)
    down = np.arange(480)[:, None] / 2.0
    narrow_picture = (down + np.arange(640)[None] / 6.0).astype(np.uint8)
    wide_picture = (down + (np.arange(853)[None] * 0.75) / 6.0).astype(np.uint8)
    one = Preprocessor(PLAIN, SPEC).crop(narrow_picture).copy().astype(int)
    other = Preprocessor(wide, SPEC).crop(wide_picture).copy().astype(int)
    both = (one > 0) & (other > 0)
    assert both.mean() > 0.4
    assert np.quantile(np.abs(one - other)[both], 0.99) <= 3  # single cells of the rim are half outside

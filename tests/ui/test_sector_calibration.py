"""Promises of ``calibrate sector`` and ``run --device-profile``, through the real command line:

- a stream gives a profile that run reads, a figure, and JSON; an older profile is kept under a name with a date;
- a black stream, noise, a screen without ultrasound, wrong options, a profile for another screen, one that contradicts
  itself and one of a later schema: exit code 2, one line on stderr, nothing written or overwritten.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import one_line, sonoguide
from media import Pixels, write_images

from guidance.profile_file import read_profile, read_profile_file
from models.phantom.furniture import furnished_screen

pytestmark = pytest.mark.usefixtures("with_tiny_model")

SEED = 3


def a_stream(folder: Path, pictures: list[Pixels]) -> Path:
    return write_images(folder / "stream", pictures, [f"{i:03d}.png" for i in range(len(pictures))])


@pytest.fixture(scope="module")
def screen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = list(furnished_screen(SEED, count=6).pictures)
    return a_stream(tmp_path_factory.mktemp("screen"), pictures)


@pytest.fixture(scope="module")
def profile_path(screen_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profile") / "device.toml"
    assert sonoguide("calibrate", "sector", screen_folder, "--out", path) == 0
    return path


def test_a_stream_gives_a_profile_a_figure_and_json(
    screen_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, figure = tmp_path / "device.toml", tmp_path / "found.png"
    command = ("calibrate", "sector", screen_folder, "--out", out, "--figure", figure, "--json", "-")
    assert sonoguide(*command) == 0
    said = json.loads(capsys.readouterr().out)
    true = furnished_screen(SEED).profile
    profile = read_profile(out)
    assert (profile.width, profile.height) == (true.width, true.height)
    assert said["mm_per_px"] == pytest.approx(true.mm_per_px, rel=0.02)
    assert profile.mm_per_px == pytest.approx(said["mm_per_px"], abs=1e-5)
    assert profile.ruler is not None
    assert profile.marker is true.marker
    assert cv2.imread(str(figure)).shape[1] >= 900
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", read_profile_file(out).made)


def test_an_older_profile_is_kept(
    screen_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "device.toml"
    assert sonoguide("calibrate", "sector", screen_folder, "--out", out) == 0
    before = out.read_text(encoding="utf-8")
    out.write_text(before + "# mine\n", encoding="utf-8")
    assert sonoguide("calibrate", "sector", screen_folder, "--out", out) == 0
    kept = list(tmp_path.glob("device.*.toml"))
    assert len(kept) == 1
    assert kept[0].read_text(encoding="utf-8") == before + "# mine\n"
    assert kept[0].name in capsys.readouterr().err


def test_run_reads_the_profile(
    screen_folder: Path, profile_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("run", screen_folder, "--headless", "--fast", "-q", "--json", "-")
    assert sonoguide(*command, "--device-profile", profile_path) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


def refused(capsys: pytest.CaptureFixture[str], *command: object) -> str:
    """The one line that ``command`` ends with."""
    assert sonoguide(*command) == 2
    return one_line(capsys)


STREAMS = {
    "the stream is black": [np.zeros((240, 320, 3), np.uint8)] * 3,
    "the stream is noise": [
        np.random.default_rng(i).integers(0, 255, (240, 320, 3), dtype=np.uint8) for i in range(3)
    ],
    "no ultrasound picture found": [
        cv2.rectangle(np.full((240, 320, 3), 30, np.uint8), (40, 40), (99, 99), (9, 99, 199), -1)
    ]
    * 3,
}


@pytest.mark.parametrize("said", STREAMS)
def test_a_stream_without_ultrasound_is_refused(
    said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream, out = a_stream(tmp_path, STREAMS[said]), tmp_path / "device.toml"
    out.write_text("schema = 1  # an older one\n", encoding="utf-8")
    assert said in refused(capsys, "calibrate", "sector", stream, "--out", out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["device.toml", "stream"]
    assert out.read_text(encoding="utf-8") == "schema = 1  # an older one\n"


def test_a_profile_of_a_later_schema_is_neither_read_nor_replaced(
    screen_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "device.toml"
    out.write_text("schema = 7\n", encoding="utf-8")
    for command in (
        ("calibrate", "sector", screen_folder, "--out", out),
        ("run", screen_folder, "--headless", "--fast", "-q", "--device-profile", out),
    ):
        assert "has schema 7" in refused(capsys, *command)
        assert [p.name for p in tmp_path.iterdir()] == ["device.toml"]
        assert out.read_text(encoding="utf-8") == "schema = 7\n"


def test_a_profile_for_another_screen_is_refused(
    profile_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = a_stream(tmp_path, [np.zeros((96, 128, 3), np.uint8)] * 2)
    said = refused(capsys, "run", stream, "--headless", "--fast", "-q", "--device-profile", profile_path)
    assert "this stream has 128 x 96" in said


def test_a_hand_that_contradicts_itself_is_told(
    screen_folder: Path, profile_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = tmp_path / "edited.toml"
    text = re.sub(r"depth_mm = [\d.]+", "depth_mm = 20.0", profile_path.read_text(encoding="utf-8"))
    edited.write_text(text, encoding="utf-8")
    said = refused(capsys, "run", screen_folder, "--headless", "--fast", "-q", "--device-profile", edited)
    assert "scale.depth_mm (20) contradicts scale.mm_per_px" in said


def test_options_that_exclude_each_other_are_refused(
    screen_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "device.toml"
    command = ("calibrate", "sector", screen_folder, "--out", out)
    assert "leave --marker out" in refused(capsys, *command, "--convention", "emergency", "--marker", "right")
    assert "profile and figure at once" in refused(capsys, *command, "--figure", out)
    for option, value, said in (
        ("--out", tmp_path / "none" / "device.toml", "cannot be written"),
        ("--figure", tmp_path / "found.jpg", "figures are PNG files"),
        ("--json", tmp_path / "none" / "found.json", "no such folder"),
    ):
        assert said in refused(capsys, *command, option, value)
    assert list(tmp_path.iterdir()) == []


def test_the_stream_is_not_replaced(screen_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = screen_folder / "000.png"
    before = picture.read_bytes()
    said = refused(
        capsys, "calibrate", "sector", picture, "--out", screen_folder.parent / "d.toml", "--figure", picture
    )
    assert "would be replaced" in said
    assert picture.read_bytes() == before

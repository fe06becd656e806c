"""``doctor --source --device-profile``.

Promises:
- a stream that delivers is told with its size and rate, and how long guidance takes beside the time between pictures;
- a slow network, a blank picture, a silent device, a stream that is not there: each is a line with advice;
- a profile that fits is ok; one of another layout gets advice; one of another resolution, or none at all, is BAD;
- the measured latency of a profile is told;
- nothing runs on afterwards.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from delayed_screen import SeenWindow, Silent
from media import write_images

from guidance.device_latency import DeviceLatency, write_latency
from guidance.errors import RuntimeFailure
from guidance.sources import open_source
from ui import doctor_stream
from ui.cli import main
from ui.doctor_check import Check, Grade
from ui.doctor_stream import examine_stream, look

SECTOR = """schema = 1
[screen]
width = {width}
height = {height}
[picture]
shape = "sector"
apex_x = {apex_x}
apex_y = {apex_y}
angle_left = {angle_left}
angle_right = {angle_right}
r_min = {r_min}
r_max = {r_max}
"""

PHANTOM = "phantom:view=A4C,seed=1"


@pytest.fixture(autouse=True)
def _few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual patient takes its time to be drawn, on a busy machine most of all."""
    monkeypatch.setattr(doctor_stream, "FRAMES", 16)
    monkeypatch.setattr(doctor_stream, "look", partial(look, look_s=60.0, silent_s=60.0))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The phantom's own."""
    with open_source(PHANTOM, fast=True) as source:
        known = source.info.profile
    assert known is not None
    assert known.sector is not None
    sector = {name: getattr(known.sector, name) for name in known.sector.__dataclass_fields__}
    path = tmp_path / "phantom.toml"
    path.write_text(SECTOR.format(width=known.width, height=known.height, **sector))
    return path


def checks(model: Path, source: str | None, profile: Path | None = None) -> dict[str, Check]:
    found = {check.name: check for check in examine_stream(model, source, profile)}
    assert all(check.advice for check in found.values() if check.grade is not Grade.OK)
    return found


def test_a_good_stream_and_its_profile_are_ok(tiny_model_folder: Path, profile: Path) -> None:
    write_latency(profile, DeviceLatency(41.3, 60.0, 17.0, "2026-01-02T03:04:05Z"))
    found = checks(tiny_model_folder, PHANTOM, profile)
    assert list(found) == ["source", "speed", "profile"]
    assert found["source"].grade is Grade.OK
    assert "640 x 480" in found["source"].found
    assert "a picture comes every" in found["speed"].found
    assert found["profile"].grade is Grade.OK, found["profile"]
    assert "41 ms late" in found["profile"].found


def test_a_network_too_slow_for_a_stream_is_told(tiny_model_folder: Path) -> None:
    """No network answers within a millionth of a second."""
    found = replace(look(PHANTOM), fps=1e6)
    check = doctor_stream._speed(tiny_model_folder, found)
    assert check.grade is Grade.HINT
    assert "dropped" in check.advice
    assert doctor_stream._speed(tiny_model_folder, replace(found, fps=0.01)).grade is Grade.OK


def test_what_is_wrong_with_a_stream_is_told(tiny_model_folder: Path, tmp_path: Path) -> None:
    found = checks(tiny_model_folder, str(tmp_path / "gone.mp4"))
    assert list(found) == ["source"]
    assert found["source"].grade is Grade.BAD
    assert "gone.mp4" in found["source"].advice
    black = write_images(tmp_path / "black", [np.zeros((48, 64), np.uint8)] * 3, ["1.png", "2.png", "3.png"])
    found = checks(tiny_model_folder, str(black))
    assert found["source"].grade is Grade.HINT
    assert "blank" in found["source"].found


def test_a_silent_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_stream, "open_source", lambda uri, fast: Silent())
    with pytest.raises(RuntimeFailure, match="sent no picture"):
        look("silent:", silent_s=0.2)


def test_the_rate_of_a_live_stream_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    source = SeenWindow(lambda: np.zeros((480, 640), np.uint8), fps=50.0)
    monkeypatch.setattr(doctor_stream, "open_source", lambda uri, fast: source)
    found = look("window:", look_s=0.6)
    assert source.closed.is_set()
    assert found.fps is not None
    assert 5.0 < found.fps < 51.0  # never faster than it sends; a busy machine makes it slower


def test_profiles_that_do_not_fit_are_told(tiny_model_folder: Path, profile: Path) -> None:
    good = profile.read_text()
    assert checks(tiny_model_folder, None, profile)["profile"].grade is Grade.OK
    apex = float(good.partition("apex_y = ")[2].split()[0])
    profile.write_text(good.replace(f"apex_y = {apex}", f"apex_y = {apex + 150.0}"))
    found = checks(tiny_model_folder, PHANTOM, profile)["profile"]
    assert found.grade is Grade.HINT
    assert "in common" in found.found
    profile.write_text(good.replace("width = 640", "width = 1280"))
    found = checks(tiny_model_folder, PHANTOM, profile)["profile"]
    assert found.grade is Grade.BAD
    assert "1280 x 480, but the stream has 640 x 480" in found.found
    profile.write_text("no profile")
    assert checks(tiny_model_folder, None, profile)["profile"].grade is Grade.BAD


def test_the_command_says_it(
    with_tiny_model: Path, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def doctor(*arguments: object) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *(str(a) for a in arguments)])
        return int(ended.value.code or 0)

    assert doctor("--source", PHANTOM, "--device-profile", profile, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert {"source", "speed", "profile", "disk"} <= {check["name"] for check in report["checks"]}
    assert doctor("--device-profile", tmp_path / "none.toml") == 1
    out = capsys.readouterr().out
    assert "BAD   profile" in out
    assert "cannot be used here yet" in out

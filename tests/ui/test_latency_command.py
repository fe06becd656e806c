"""The command ``calibrate latency``.

Promises:
- what is wrong with options, outputs, profile, film, display or source is one line and exit code 2, before anything;
- figures go where they were wanted, JSON alone on stdout; the device profile gets its table;
- slow: a film of two screens is analysed;
- slow: on a virtual X display the whole command works, and finds an injected delay within one refresh.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import one_line, sonoguide
from delayed_screen import Pixels, SeenWindow, painted
from media import write_video
from virtual_display import virtual_display
from x_input import CAN_GRAB

from calibration.latency_pattern import draw_pattern
from guidance.profile_file import read_profile
from ui import latency
from ui.latency_report import lines
from ui.latency_windows import PatternWindow

ROOT = Path(__file__).resolve().parents[2]
PROFILE = """schema = 1
[screen]
width = 640
height = 480
[picture]
shape = "box"
window = [0, 0, 600, 470]
"""


@pytest.mark.usefixtures("with_tiny_model")
def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_video(tmp_path / "clip.mp4", [np.zeros((48, 64, 3), np.uint8)] * 12)
    profile = tmp_path / "profile.toml"
    profile.write_text(PROFILE.replace("width = 640", "width = 800"))
    cases: list[tuple[tuple[object, ...], str]] = [
        ((), "SOURCE"),
        (("camera:0", "--film", clip), "SOURCE"),
        (("camera:93",), "camera 93"),
        ((clip,), "no live device"),
        (("camera:0", "--film-fps", 240), "--film-fps"),
        (("--film", clip, "--device-profile", profile), "--device-profile"),
        (("--film", clip), "no pattern"),
        (("--film", tmp_path / "none.mov"), "none.mov"),
        (("camera:0", "--figure", "a.jpg"), "PNG"),
        (("camera:0", "--json", tmp_path / "no" / "a.json"), "--json"),
        (("phantom:", "--device-profile", tmp_path / "none.toml"), "none.toml"),
        (("phantom:", "--device-profile", profile), "800 x 480"),
    ]
    before = sorted(tmp_path.iterdir())
    for arguments, word in cases:
        assert sonoguide("calibrate", "latency", *arguments) == 2, arguments
        assert word in one_line(capsys)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_no_display_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert sonoguide("calibrate", "latency", "phantom:") == 2
    assert "display" in one_line(capsys)


@pytest.mark.usefixtures("with_tiny_model", "short_latency_run")
def test_the_result_goes_where_it_was_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command itself, with a source that sees the window: without a display nothing else can."""
    windows: list[PatternWindow] = []

    class Remembered(PatternWindow):
        def __init__(self) -> None:
            super().__init__()
            windows.append(self)

    def seen() -> Pixels | None:
        return painted(windows[0]) if windows else None

    monkeypatch.setattr("ui.latency_windows.PatternWindow", Remembered)
    monkeypatch.setattr(latency, "open_source", lambda uri: SeenWindow(seen))
    profile = tmp_path / "profile.toml"
    profile.write_text(PROFILE)
    wanted = ("--json", "-", "--figure", tmp_path / "a.png", "--device-profile", profile, "--seconds", 2)
    assert sonoguide("calibrate", "latency", "window:", *wanted) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["delays_ms"]) == {"grabber", "driver", "capture", "engine", "paint", "total"}
    assert figures["codes"]["seen"] > 10
    assert (tmp_path / "a.png").stat().st_size > 5000
    stored = read_profile(profile).latency
    assert stored is not None
    assert stored.grabber_p50_ms == max(0.0, figures["delays_ms"]["capture"]["p50"])
    assert stored.measured_at == figures["measured_at"]


def filmed(path: Path, late_ms: float, fps: float = 240.0, seconds: float = 1.6) -> Path:
    """A film at ``fps``, written as if it were one at 30: two screens, the right one ``late_ms`` behind."""
    rng = np.random.default_rng(2)
    codes = [draw_pattern(300 + k, 480, 300) for k in range(60)]
    frames = []
    for number in range(round(seconds * fps)):
        scene = np.full((480, 1000), 25, np.float32)
        for left, late in ((10, 0.0), (510, late_ms / 1000.0)):
            at = (number / fps + 1.0 - late) / 0.06
            part = min(1.0, (at % 1.0) * 0.06 / 0.004)  # a screen changes within 4 ms
            old, new = codes[int(at) - 1].astype(np.float32), codes[int(at)]
            scene[80:380, left : left + 480] = (1 - part) * old + part * new
        scene = cv2.GaussianBlur(scene + rng.normal(0, 5, scene.shape).astype(np.float32), (0, 0), 0.8)
        frames.append(cv2.cvtColor(np.clip(scene, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR))
    return write_video(path, frames, fps=30.0)


@pytest.mark.slow
def test_a_film_is_analysed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = filmed(tmp_path / "film.mp4", 95.0)
    place = tmp_path / "film.png"
    arguments = ("--film", film, "--film-fps", 240, "--json", "-", "--figure", place)
    assert sonoguide("calibrate", "latency", *arguments) == 0
    figures = json.loads(capsys.readouterr().out)
    assert abs(figures["delays_ms"]["photon_to_pixel"]["p50"] - 95.0) <= figures["resolution_ms"] / 2 + 1.0
    assert figures["resolution_ms"] < 25.0
    assert figures["codes"]["missed"] == 0
    assert place.exists()
    assert sonoguide("calibrate", "latency", "--film", film, "--film-fps", 240) == 0
    assert "photon_to_pixel" in capsys.readouterr().out


DELAYED_COMMAND = """
import sys
sys.path.insert(0, "tests")
from delayed_screen import Delayed
from guidance.sources import open_source
from ui import latency
from ui.cli import main
ms = float(sys.argv.pop(1))
latency.open_source = lambda uri, **options: Delayed(open_source(uri), ms)
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(not CAN_GRAB, reason="needs Xvfb, Qt's libraries for X11, and mss")
def test_on_a_virtual_display_an_injected_delay_is_found(tiny_model_folder: Path, tmp_path: Path) -> None:
    found = []
    with virtual_display("1280x800x24") as name:
        environment = {**os.environ, "DISPLAY": name, "SONOGUIDE_MODEL": str(tiny_model_folder)}
        for variable in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
            environment.pop(variable, None)
        for late_ms in (0.0, 80.0):
            command = [sys.executable, "-c", DELAYED_COMMAND, str(late_ms), "calibrate", "latency", "screen:1",
                       "--seconds", "5", "--json", "-", "--figure", str(tmp_path / "a.png"),
                       "--screen", "1"]  # fmt: skip
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            found.append(json.loads(done.stdout))
            assert done.stderr.splitlines() == lines(found[-1]), "the table and nothing else"
    refresh_ms = 1000.0 / found[0]["screen"]["refresh_hz"]
    capture = [figures["delays_ms"]["capture"] for figures in found]
    assert abs(capture[1]["p50"] - capture[0]["p50"] - 80.0) < refresh_ms
    assert capture[1]["min"] >= 79.0
    assert found[0]["codes"]["missed"] <= 0.1 * found[0]["codes"]["shown"]
    assert (tmp_path / "a.png").exists()

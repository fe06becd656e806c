"""The window on a real X server, with real keys, and judged by the server's pixels. Skipped where there is no Xvfb.

Promises:
- at 100, 150 and 200 % the picture keeps its shape, fills the display, and is drawn for the pixels of the screen;
- small and large, with and without the engineer's panel, in full screen and back, and on a second monitor: the same;
- nothing of it makes the window larger than its screen;
- the figures of bench.window are counted there; a source that is wrong ends it with one line and exit code 2.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from virtual_display import virtual_display
from x_input import CAN_GRAB

ROOT = Path(__file__).resolve().parents[2]
SIZE = (3000, 1700)
SHAPE = 128 / 96
"""Width over height of the stream's pictures."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CAN_GRAB, reason="needs Xvfb, Qt's libraries for X11, and mss"),
]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Two monitors, where xrandr can say so: 2000 and 1000 pixels wide."""
    with virtual_display(f"{SIZE[0]}x{SIZE[1]}x24") as name:
        if shutil.which("xrandr"):
            for monitor in (
                ("left", "2000/500x1700/425+0+0", "screen"),
                ("right", "1000/250x1700/425+2000+0", "none"),
            ):
                told = ["xrandr", "--setmonitor", *monitor]
                subprocess.run(told, env={**os.environ, "DISPLAY": name}, check=False, capture_output=True)
        yield name


def run(display: str, model: Path, *words: str, scale: str = "1") -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {
        **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": scale, "PYTHONPATH": path,
        "SONOGUIDE_MODEL": str(model),
    }  # fmt: skip
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.mark.parametrize("scale", ["1", "1.5", "2"])
def test_sharp_and_proportioned_everywhere(
    scale: str, display: str, bright_folder: Path, tiny_model_folder: Path
) -> None:
    done = run(
        display, tiny_model_folder, str(ROOT / "tests" / "real_window.py"), str(bright_folder), scale=scale
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["ratio"] == float(scale)
    shots = [found[name] for name in ("first", "small", "panel", "restored")] + found["on_screens"][:1]
    for shot in shots:
        assert shot["aspect"] == pytest.approx(SHAPE, rel=0.01), shot
        assert shot["share"] > 0.25, shot
        assert shot["edge_px"] <= 2, shot
        assert shot["repeated"] < 0.02, shot
    assert found["first"]["pixels"] > 0.9 * 1280 * 700 * float(scale) ** 2 or float(scale) == 2.0
    wide = 2000 if len(found["screens"]) == 2 else SIZE[0]  # without xrandr there is one monitor
    room = (wide / float(scale), SIZE[1] / float(scale))
    for width, height in (found["opened"], found["with_panel"]):
        assert width <= room[0]
        assert height <= room[1]
    assert found["painted"] > 20
    if len(found["screens"]) == 2:
        assert [place["ratio"] for place in found["on_screens"]] == [float(scale)] * 2


def test_the_feel_is_measured(
    display: str, bright_folder: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "window.json"
    command = ["-m", "bench.window", str(bright_folder), "--seconds", "3", "--panel", "--json", str(place)]
    done = run(display, tiny_model_folder, *command)
    assert done.returncode == 0, done.stderr
    assert "events worked longer than 8 ms" in done.stdout
    found = json.loads(place.read_text())
    assert found["platform"] == "xcb"
    assert found["painted"] > 3
    assert 0.0 < found["event_work_ms"]["p50"] <= found["event_work_ms"]["max"]
    assert found["over_budget"]["by_work"] <= found["over_budget"]["events"]
    assert 0.0 < found["work_of_thread"] < 1.05
    wrong = run(display, tiny_model_folder, "-m", "bench.window", str(tmp_path / "none.mp4"))
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1

"""``sonoguide practice`` as typed.

Promises:
- --history tells the curve as text and as JSON, without a display, and says where nothing is kept yet;
- wrong options, damaged and newer files, no display: one line, exit code 2, nothing overwritten;
- on a real display (Xvfb) the window opens, shows the virtual patient, and ends with SIGTERM in order.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from commands import one_line, sonoguide
from practice_parts import attempt
from virtual_display import virtual_display

from ui.practice.history import History
from ui.system_libraries import OFFSCREEN, WINDOW_ON_X11, missing_libraries

ROOT = Path(__file__).resolve().parents[3]
Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    history = History(tmp_path / "practice.json")
    history.add(attempt())
    history.add(attempt(right=False))
    return history.path


def test_history_as_text_and_json(kept: Path, capsys: Capsys) -> None:
    assert sonoguide("practice", "--history", "--keep", kept) == 0
    out, err = capsys.readouterr()
    assert "A4C: 1 of 2 attempts" in out
    assert err == ""
    assert sonoguide("practice", "--history", "--json", "--keep", kept) == 0
    data = json.loads(capsys.readouterr().out)
    assert [a["right"] for a in data["attempts"]] == [True, False]
    assert data["sessions"][0]["attempts"] == 2


def test_no_history_yet(tmp_path: Path, capsys: Capsys) -> None:
    assert sonoguide("practice", "--history", "--keep", tmp_path / "none.json") == 0
    assert "no attempts" in capsys.readouterr().out
    assert not (tmp_path / "none.json").exists()


def test_the_usual_place_is_the_user_s_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda name: tmp_path / name)
    assert sonoguide("practice", "--history") == 0
    assert str(tmp_path / "sonoguide" / "practice.json") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--patient", "tall"], "--patient 'tall'"),
        (["--patient", "easy,hard"], "only one difficulty"),
        (["--view", "A9C"], "unknown view"),
        (["--view", "OTHER"], "unknown view"),
        (["--json"], "--history"),
        (["--model", "nowhere"], "nowhere"),
        (["--keep", "no/such/folder/p.json"], "no such folder"),
        (["--keep", "."], "is a folder"),
    ],
)
def test_wrong_options(
    options: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    keep = [] if "--keep" in options else ["--keep", "p.json"]
    assert sonoguide("practice", *options, *keep) == 2
    assert says in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"), [("{", "damaged"), ('{"schema_version": 9}', "newer sonoguide")]
)
@pytest.mark.parametrize("more", [[], ["--history"]])
def test_files_that_cannot_be_read(
    content: str, says: str, more: list[str], tmp_path: Path, capsys: Capsys
) -> None:
    file = tmp_path / "practice.json"
    file.write_text(content)
    assert sonoguide("practice", *more, "--keep", file) == 2
    assert says in one_line(capsys)
    assert file.read_text() == content


def test_without_a_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert sonoguide("practice", "--keep", tmp_path / "p.json") == 2
    assert "--history" in one_line(capsys)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None or find_spec("mss") is None, reason="needs Xvfb and mss")
@pytest.mark.skipif(
    bool(missing_libraries([*OFFSCREEN, *WINDOW_ON_X11])), reason="needs Qt's libraries for X11"
)
@pytest.mark.parametrize("options", [("--view", "PLAX", "--no-hints"), ("--retest",)])
def test_on_a_real_display(options: tuple[str, ...], kept: Path) -> None:
    with virtual_display("1280x800x24") as display:
        environment = {k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"}
        program = [sys.executable, "-c", "from ui.cli import main; main()"]
        process = subprocess.Popen(
            [*program, "practice", *options, "--patient", "2", "--keep", str(kept)],
            cwd=ROOT, env=environment | {"DISPLAY": display, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            _wait_until_colourful(display, process)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert "virtual patients: 0 attempts" in out
    assert len(History(kept).attempts) == 2


def _wait_until_colourful(display: str, process: subprocess.Popen[str]) -> None:
    """Until the screen shows the skin of the chest, and a picture beside it."""
    import mss
    import numpy as np

    deadline = time.monotonic() + 120.0
    with mss.MSS(display=display) as screen:
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            pixels = np.asarray(screen.grab(screen.monitors[0]))[:, :, :3].astype(int)
            chest, picture = pixels[100:400, 900:1250], pixels[100:500, 200:700]
            skin = (chest[..., 2] - chest[..., 0] > 25).mean()
            speckle = np.abs(np.diff(picture[..., 1], axis=1)).mean()
            if skin > 0.15 and speckle > 1.5:
                return
            time.sleep(0.2)
    raise AssertionError("the window never showed the patient")

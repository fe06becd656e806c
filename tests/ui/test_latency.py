"""Latency from photon to pixel: the windows, the measurement, the command.

Promises:
- the pattern that the window paints is read, at any size; its stamps enclose the painting;
- the display notes when each picture's guidance was swapped in;
- a measurement without any display finds an injected delay within one refresh, and the driver's part of it;
- a device that never delivers, one that does not see the pattern, a camera that blends, a window closed at once:
  one clear line;
- what is wrong with options, outputs, profile, film, display or source is one line and exit code 2, before anything;
- figures, table and PNG say what was measured; the device profile gets its table;
- slow: on a virtual X display the whole command works, and finds an injected delay within one refresh.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from delayed_screen import Delayed, Pixels, SeenWindow, Silent
from media import write_video
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from calibration.latency_delays import Delays
from calibration.latency_pattern import draw_pattern
from calibration.latency_reader import PatternReader
from guidance.errors import InputError
from guidance.hint import Guidance
from guidance.model import Model
from guidance.profile_file import read_profile
from guidance.sources import Source
from ui import latency
from ui.cli import main
from ui.latency_figure import draw_latency
from ui.latency_report import figures_of, lines
from ui.latency_run import Measured, measure
from ui.latency_windows import PatternWindow, TimedDisplay, place_windows

REFRESH_HZ = 60.0
ROOT = Path(__file__).resolve().parents[2]
PROFILE = """schema = 1
[screen]
width = 640
height = 480
[picture]
shape = "box"
window = [0, 0, 600, 470]
"""


@pytest.fixture
def windows(_qt: None) -> Iterator[tuple[PatternWindow, TimedDisplay]]:
    pattern, display = PatternWindow(), TimedDisplay()
    pattern.resize(640, 480)
    display.resize(640, 480)
    pattern.show()
    display.show()
    yield pattern, display
    pattern.close()
    display.close()
    for window in (pattern, display):
        window.deleteLater()


@pytest.fixture
def model(tiny_model_folder: Path) -> Iterator[Model]:
    with Model.load(tiny_model_folder) as loaded:
        yield loaded


def painted(pattern: PatternWindow) -> Pixels | None:
    """What the window shows, as a camera on any thread may see it: the panel on white."""
    image = pattern.picture()
    if image is None:
        return None
    rows = image.constBits()
    rows.setsize(image.sizeInBytes())
    panel = np.frombuffer(rows, np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    return np.pad(panel, 20, constant_values=255)


def camera_of(pattern: PatternWindow, **options: float) -> SeenWindow:
    return SeenWindow(lambda: painted(pattern), **options)  # type: ignore[arg-type]


# Windows


@pytest.mark.parametrize("size", [(320, 240), (640, 800), (1600, 900)])
def test_the_window_shows_the_code(
    size: tuple[int, int], windows: tuple[PatternWindow, TimedDisplay]
) -> None:
    pattern, _ = windows
    pattern.resize(*size)
    QApplication.processEvents()
    before_ns = time.perf_counter_ns()
    pattern.say("so much text that it cannot stand in one line " * 3)
    shown = pattern.show_code(20260)
    assert before_ns <= shown.began_ns <= shown.at_ns <= time.perf_counter_ns()
    image = pattern.grab().toImage()
    rows = image.convertToFormat(image.Format.Format_Grayscale8)
    bits = rows.constBits()
    bits.setsize(rows.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(rows.height(), rows.bytesPerLine())[:, : rows.width()]
    assert PatternReader().read(np.ascontiguousarray(pixels)).code == 20260
    panel = pattern.panel()
    assert panel.x() > 0
    assert panel.y() > 0
    assert pixels[0].max() < 40


def test_a_screen_that_is_not_there_is_named(windows: tuple[PatternWindow, TimedDisplay]) -> None:
    with pytest.raises(InputError, match="no screen 9"):
        place_windows(*windows, 9)
    screen = place_windows(*windows)
    assert screen is QApplication.primaryScreen()
    assert not windows[0].geometry().intersects(windows[1].geometry())


def test_escape_ends(windows: tuple[PatternWindow, TimedDisplay], qtbot: object) -> None:
    pattern, _ = windows
    ended: list[bool] = []
    pattern.ended.connect(lambda: ended.append(True))
    qtbot.keyClick(pattern, "\x1b")  # type: ignore[attr-defined]
    assert ended == [True]


def test_the_display_notes_its_swaps(
    windows: tuple[PatternWindow, TimedDisplay], make: Callable[..., Guidance]
) -> None:
    _, display = windows
    begun_ns = time.perf_counter_ns()
    for index in (3, 4):
        display.set_guidance(make(index=index, ready_ns=time.perf_counter_ns()))
        deadline = time.monotonic() + 5.0
        while index not in display.swapped_ns:
            QApplication.processEvents()
            assert time.monotonic() < deadline
    assert begun_ns < display.swapped_ns[3] < display.swapped_ns[4] <= time.perf_counter_ns()
    assert set(display.swapped_ns) == {3, 4}


# Measuring


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long beginning and end: for tests that ask whether, not how late."""
    for name in ("WARM_UP_S", "TAIL_S"):
        monkeypatch.setattr(f"ui.latency_run.{name}", 0.2)
    monkeypatch.setattr("ui.latency_run.FEWEST", 1)  # a busy machine shows few codes in a second


def run(
    source: Source, model: Model, windows: tuple[PatternWindow, TimedDisplay], **options: float
) -> Measured:
    seconds = options.pop("seconds", 2.0)
    return measure(source, model, *windows, seconds=seconds, refresh_hz=REFRESH_HZ, **options)  # type: ignore[arg-type]


@pytest.mark.slow
def test_an_injected_delay_is_found_within_a_refresh(
    windows: tuple[PatternWindow, TimedDisplay], model: Model
) -> None:
    bare = run(camera_of(windows[0]), model, windows, seconds=4.0)
    late = run(Delayed(camera_of(windows[0]), 120.0), model, windows, seconds=4.0)
    one, other = bare.delays.summary()["capture"], late.delays.summary()["capture"]
    assert one is not None
    assert other is not None
    assert abs(other["p50"] - one["p50"] - 120.0) < 1000.0 / REFRESH_HZ
    assert other["min"] >= 119.0
    total = late.delays.summary()["total"]
    assert total is not None
    assert total["p50"] > other["p50"]


@pytest.mark.usefixtures("short")
def test_the_driver_has_its_own_part(windows: tuple[PatternWindow, TimedDisplay], model: Model) -> None:
    found = run(camera_of(windows[0], driver_ms=12.0), model, windows, seconds=1.0).delays
    assert min(found.values["driver"]) >= 11.9
    both = np.add(found.values["grabber"], found.values["driver"])
    assert both == pytest.approx(found.values["capture"])
    assert found.values["engine"]
    assert found.values["paint"]


def test_what_keeps_it_from_measuring_is_said(
    windows: tuple[PatternWindow, TimedDisplay], model: Model
) -> None:
    with pytest.raises(InputError, match="no picture for 0 s"):
        run(Silent(), model, windows, delivers_s=0.3)
    with pytest.raises(InputError, match="no pattern seen"):
        run(SeenWindow(lambda: None), model, windows, find_s=0.5)

    def two_codes() -> Pixels:
        return (draw_pattern(5, 480, 300) // 2 + draw_pattern(6, 480, 300) // 2).astype(np.uint8)

    with pytest.raises(InputError, match="two codes at once"):
        run(SeenWindow(lambda: np.pad(two_codes(), 20, constant_values=255)), model, windows, find_s=0.5)
    QTimer.singleShot(100, windows[0].close)
    with pytest.raises(InputError, match="before anything"):
        run(SeenWindow(lambda: None), model, windows)


# Report and figure


def a_run(driver: bool = True) -> tuple[Measured, dict[str, object]]:
    rng = np.random.default_rng(0)
    grabber, carried = rng.uniform(30, 50, 300), rng.uniform(3, 6, 300)
    values = {
        "grabber": list(grabber if driver else grabber + carried), "driver": list(carried) if driver else [],
        "capture": list(grabber + carried), "engine": list(rng.uniform(5, 9, 500)),
        "paint": list(rng.uniform(4, 7, 480)), "total": list(grabber + carried + 14.0),
    }  # fmt: skip
    verdicts = {"read": 700, "unseen": 0, "faint": 0, "blended": 31, "torn": 2}
    delays = Delays(values, list(np.linspace(0, 15, 300)), 304, 4, verdicts, 400, 0)
    places = {"p50": 16.7, "p90": 17.0, "p99": 20.0, "p999": 30.0, "max": 30.0}
    measured = Measured(delays, 1.2, places, {"total": places}, (640, 480), 1, 3, 15.0, False)
    screen = {"name": "HDMI-1", "size": [1920, 1080], "refresh_hz": 60.0}
    figures = figures_of(
        measured, source="camera:0", screen=screen, measured_at="2026-01-02T03:04:05Z", environment={}
    )
    return measured, figures


@pytest.mark.parametrize("driver", [True, False])
def test_the_table_says_it_all(driver: bool) -> None:
    _, figures = a_run(driver)
    text = "\n".join(lines(figures))
    json.dumps(figures, allow_nan=False)
    assert figures["resolution_ms"] == pytest.approx(1000 / 60 + 1.2, abs=0.01)
    for word in ("grabber", "engine", "paint", "total", "resolution      ", "17.9 ms", "300 of 304 seen, 4 missed",
                 "31 blended, 2 torn", "1 pictures were not read"):  # fmt: skip
        assert word in text
    assert ("one figure" in text) is not driver
    assert ("capture" in text) is driver


@pytest.mark.parametrize("driver", [True, False])
def test_the_figure_is_drawn(driver: bool, tmp_path: Path) -> None:
    measured, figures = a_run(driver)
    place = tmp_path / "latency.png"
    draw_latency(measured.delays.values, measured.delays.at_s, figures, place)
    picture = cv2.imread(str(place))
    assert picture.shape[1] == 1280
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    with pytest.raises(InputError, match="--figure"):
        draw_latency(measured.delays.values, measured.delays.at_s, figures, tmp_path / "none" / "a.png")


# The command


def sonoguide(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err


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


@pytest.mark.usefixtures("with_tiny_model", "short")
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


# A real display


@contextmanager
def virtual_display() -> Iterator[str]:
    """An X server without a screen; its name, ``:N``."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


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
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
@pytest.mark.skipif(find_spec("mss") is None, reason="needs mss")
def test_on_a_virtual_display_an_injected_delay_is_found(tiny_model_folder: Path, tmp_path: Path) -> None:
    found = []
    with virtual_display() as name:
        environment = {**os.environ, "DISPLAY": name, "SONOGUIDE_MODEL": str(tiny_model_folder)}
        for variable in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
            environment.pop(variable, None)
        for late_ms in (0.0, 80.0):
            command = [sys.executable, "-c", DELAYED_COMMAND, str(late_ms), "calibrate", "latency", "screen:1",
                       "--seconds", "5", "--json", "-", "--figure", str(tmp_path / "a.png")]  # fmt: skip
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""
            found.append(json.loads(done.stdout))
    refresh_ms = 1000.0 / found[0]["screen"]["refresh_hz"]
    capture = [figures["delays_ms"]["capture"] for figures in found]
    assert abs(capture[1]["p50"] - capture[0]["p50"] - 80.0) < refresh_ms
    assert capture[1]["min"] >= 79.0
    assert found[0]["codes"]["missed"] <= 0.1 * found[0]["codes"]["shown"]
    assert (tmp_path / "a.png").exists()

"""Latency from photon to pixel: the windows, the measurement, its report.

Promises:
- the pattern that the window paints is read, at any size; its stamps enclose the painting;
- the display notes when each picture's guidance was swapped in;
- a measurement without any display finds an injected delay within one refresh, and the driver's part of it;
- a device that never delivers, one that does not see the pattern, a camera that blends, a window closed at once:
  one clear line;
- table and PNG say what was measured.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from delayed_screen import Delayed, Pixels, SeenWindow, Silent, painted
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from calibration.latency_delays import Delays
from calibration.latency_pattern import draw_pattern
from calibration.latency_reader import PatternReader
from guidance.errors import InputError
from guidance.hint import Guidance
from guidance.model import Model
from guidance.sources import Source
from ui.latency_figure import draw_latency
from ui.latency_report import figures_of, lines
from ui.latency_run import Measured, measure
from ui.latency_windows import PatternWindow, TimedDisplay, place_windows

REFRESH_HZ = 60.0


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


@pytest.mark.usefixtures("short_latency_run")
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
    assert "hardly tell p99" not in text
    figures["codes"] = {"shown": 17, "seen": 17, "missed": 0}
    assert "hardly tell p99: it wants 100" in "\n".join(lines(figures))


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

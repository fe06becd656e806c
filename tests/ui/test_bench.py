"""``sonoguide bench``, the command.

Promises:
- every key of the report is there, whatever was measured; stages that were not are null, not missing;
- stdout carries nothing but JSON with --json -; the figure is a picture;
- Ctrl-C ends the run and what was measured until then is reported;
- wrong options and outputs are one line and exit code 2, before anything runs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import sonoguide

from ui import bench_set_up
from ui.bench_compare import compare
from ui.bench_report import STAGE_ORDER

KEYS = {
    "floor_ms",
    "stages_ms",
    "frames",
    "dropped",
    "cpu_ms_per_frame",
    "rss_mb",
    "rss_start_mb",
    "startup_s",
    "energy_mj_per_frame",
    "arrival_ms",
    "environment",
}
PLACES = ["p50", "p90", "p99", "p999", "max"]

pytestmark = pytest.mark.usefixtures("with_tiny_model")


def test_json_has_every_key_and_the_figure_is_a_picture(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "bench.png"
    assert (
        sonoguide("bench", bright_folder, "--seconds", 0.6, "--rate", 50, "--json", "-", "--figure", place)
        == 0
    )
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert set(found) > KEYS
    assert list(found["stages_ms"]) == list(STAGE_ORDER)
    for at in found["stages_ms"].values():
        assert list(at) == PLACES
        assert sorted(at.values()) == list(at.values())
    assert found["floor_ms"].keys() == {"p50", "p99"}
    assert found["painted_ms"]["p50"] > found["stages_ms"]["paint"]["p50"]
    assert found["environment"]["model"] == "tiny 1"
    assert {"cpu", "gpu", "governor", "libraries", "os", "python"} <= set(found["environment"])
    assert 0.0 < found["startup_s"] < 60.0
    assert "start-up" in err
    assert found["environment"]["runtime_details"]["threads"] == 1
    assert "over floor" in err
    picture = cv2.imread(str(place))
    assert picture is not None
    assert (picture == (181, 127, 47)).all(axis=-1).sum() > 500  # bars, in BGR


def test_a_comparison_with_itself_has_no_regression_and_with_a_faster_past_has(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old = tmp_path / "new.json", tmp_path / "old.json"
    short = ("bench", bright_folder, "--fast", "--no-paint", "--seconds", 0.3, "--slow-ms", 2)
    assert sonoguide(*short, "--json", new) == 0
    assert "floor" in capsys.readouterr().out
    figures = json.loads(new.read_text())
    assert compare(figures, figures)
    assert not any(row.regression for row in compare(figures, figures))
    for at in (figures["floor_ms"], *filter(None, figures["stages_ms"].values())):
        for name in at:
            at[name] /= 1000.0
    old.write_text(json.dumps(figures))
    assert sonoguide(*short, "--json", new, "--compare", old) == 0  # a regression is told, it is no failure
    assert "regressions above 1.2: floor p50 x" in capsys.readouterr().out
    assert "floor p50" in json.loads(new.read_text())["comparison"]["regressions"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_ends_the_run_and_it_is_reported(
    bright_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        deadline = time.monotonic() + 30.0
        while not any(t.name == "sonoguide-inference" for t in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(bench_set_up.WARM_UP_S + 0.8)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    code = sonoguide("bench", bright_folder, "--seconds", 8, "--rate", 50, "--no-paint", "--json", "-")
    thread.join()
    out, err = capsys.readouterr()
    assert code == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    found = json.loads(out)
    assert found["interrupted"]
    assert 0 < found["frames"] < 8 * 50
    assert found["seconds"] < 8


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["gone.mp4"], "gone.mp4: no such file"),
        (["STREAM", "--fast", "--rate", "60"], "--fast and --rate exclude each other"),
        (["STREAM", "--soak", "1", "--seconds", "5"], "--soak and --seconds exclude each other"),
        (["STREAM", "--seconds", "0"], "Invalid value for '--seconds'"),
        (["STREAM", "--rate", "nan"], "--rate"),
        (["STREAM", "--rate", "fast"], "Invalid value for '--rate'"),
        (["STREAM", "--batch-wait-ms", "2"], "--batch-wait-ms goes with --batch"),
        (["STREAM", "--batch", "2", "--batch-wait-ms", "nan"], "--batch-wait-ms"),
        (["STREAM", "--batch", "0"], "Invalid value for '--batch'"),
        (["STREAM", "--streams", "0"], "Invalid value for '--streams'"),
        (["STREAM", "--delivery", "all"], "unknown delivery 'all': choose one of newest, fresh"),
        (["STREAM", "--runtime", "abacus"], "unknown runtime 'abacus'"),
        (["STREAM", "--model", "gone"], "no model folder at gone"),
        (["STREAM", "--json", "no/a.json"], "--json no/a.json: no such folder"),
        (["STREAM", "--json", "."], "--json . is a folder"),
        (["STREAM", "--figure", "a.jpg"], "figures are PNG files"),
        (["STREAM", "--figure", "no/a.png"], "--figure no/a.png: no such folder"),
        (["STREAM", "--compare", "gone.json"], "gone.json cannot be read"),
        (["STREAM", "--compare", "text.json"], "text.json is not JSON"),
        (["STREAM", "--compare", "other.json"], "other.json holds no benchmark"),
        (["own.png", "--figure", "own.png"], "own.png is what is being played"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_input_is_one_line_and_nothing_is_touched(
    options: list[str],
    fault: str,
    bright_folder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.json").write_text("not at all")
    Path("other.json").write_text('{"floor_ms": {"p50": "fast", "p99": 1}, "stages_ms": {}}')
    assert cv2.imwrite("own.png", np.zeros((48, 64), np.uint8))
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert sonoguide("bench", *(str(bright_folder) if o == "STREAM" else o for o in options)) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("sonoguide: ")
    assert err.count("\n") == 1, err
    assert fault in err
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before

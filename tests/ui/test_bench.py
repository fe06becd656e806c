"""``sonoguide bench``.

Promises:
- every key of the report is there, whatever was measured; stages that were not are null, not missing;
- stdout carries nothing but JSON with --json -; the figure is a picture;
- the bare call of the network takes no longer than the engine's stage around it, nor that longer than the whole;
- a slow network: latency stays bounded, every frame that arrived is counted as seen or dropped;
- streams share the network where it may be shared, and report each and all;
- streams whose pictures are joined report the sizes of the batches: every picture is in one; those of a fixed network
  go one by one, and the table says so;
- a live device is measured as it comes; recordings at the rate that was asked for;
- drift, comparison and percentiles are what they say, by hand-made figures;
- Ctrl-C ends the run and what was measured until then is reported;
- the start-up is that of a new process up to its first guidance, null where none comes;
- wrong options and outputs are one line and exit code 2, before anything runs.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from commands import sonoguide
from hypothesis import given
from hypothesis import strategies as st
from media import grey_frames, write_video
from tiny_model import add_memory, write_tiny_model

from guidance.batching import BatchSettings
from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.model import Model
from guidance.runtimes import OnnxRuntime
from guidance.sources import SourceInfo, open_source
from ui import bench_floor, bench_set_up, bench_source
from ui.bench import BenchOptions, plan_of
from ui.bench_compare import compare, lines, read_figures
from ui.bench_floor import Floor, SlowRuntime, ready_tensor
from ui.bench_machine import EnergyMeter, rss_mb
from ui.bench_report import STAGE_ORDER, Run, build, drift
from ui.bench_run import Window
from ui.bench_samples import Samples
from ui.bench_set_up import Plan, measure_plan
from ui.bench_source import Live, ReplaySource, load
from ui.bench_startup import startup_s
from ui.bench_table import lines as table_lines

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


def measured(folder: Path, **options: Any) -> Run:
    """A short run on the pictures in ``folder``."""
    return measure_plan(Plan(str(folder), **{"seconds": 0.5, "warm_up_s": 0.2, "paint": False, **options}))


# The command


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


# What is measured


def test_a_paced_run_keeps_its_rate_and_its_stages_add_up(bright_folder: Path) -> None:
    run = measured(bright_folder, rate=40.0, seconds=1.0)
    found = build(run)
    stages = found["stages_ms"]
    assert 0.5 < found["fps"] / 40.0 < 1.3
    assert 0.5 < found["arrival_ms"]["interval"]["p50"] / 25.0 < 2.0
    assert stages["paint"] is None
    assert found["not_painted_because"] == "--no-paint"
    parts = sum(run.stage(name) for name in ("grab", "queue", "preprocess", "infer", "coach"))
    assert np.allclose(parts, run.stage("total"), atol=1e-3)
    assert found["floor_ms"]["p50"] <= 1.5 * stages["infer"]["p50"]
    assert stages["infer"]["p50"] <= stages["total"]["p50"]
    assert found["floor"]["how"] == "before and after"
    assert stages["decode"]["p50"] > 0.0
    assert found["source"]["pictures"] == 12
    assert found["cpu_of_a_core"] >= found["cpu_of_a_core_beyond_network"]
    assert table_lines(found)


def test_a_fast_run_sees_every_picture_and_measures_its_floor_in_between(bright_folder: Path) -> None:
    run = measured(bright_folder, fast=True, paint=True, slow_ms=2.0)
    found = build(run)
    assert found["dropped"] == 0
    assert found["arrival_ms"] is None
    assert abs(found["painted"] - found["frames"]) <= 1
    assert found["floor"]["how"] == "interleaved"
    assert 0.5 < found["frames"] / (8 * found["floor"]["calls"]) < 2.0
    assert found["floor_ms"]["p50"] >= 2.0  # of the network as it was in this run
    assert found["floor_ms"]["p50"] <= 1.5 * found["stages_ms"]["infer"]["p50"]


@pytest.mark.parametrize("delivery", ["newest", "fresh"])
def test_overload_is_bounded_and_every_frame_accounted_for(bright_folder: Path, delivery: str) -> None:
    options = BenchOptions(str(bright_folder), rate=100.0, slow_ms=30.0, delivery=delivery, paint=False)
    plan = plan_of(options)
    assert plan.delivery == delivery
    run = measured(bright_folder, rate=100.0, slow_ms=30.0, seconds=0.9, delivery=plan.delivery)
    found = build(run)
    assert found["dropped"] > found["frames"]
    (meter,) = run.meters
    arrived = meter.intervals().size
    assert (
        abs(found["frames"] + found["dropped"] - arrived) <= 6
    )  # some are under way when it begins and ends
    total = run.stage("total")
    assert np.median(total) <= 3.0 * found["floor_ms"]["p50"]
    third = len(total) // 3
    assert np.median(total[-third:]) <= 2.0 * np.median(total[:third])  # no queue grows


def test_streams_share_a_network_where_it_may_be_shared(
    bright_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = build(measured(bright_folder, rate=40.0, streams=3))
    assert found["settings"]["networks"] == 1
    assert len(found["streams"]) == 3
    assert sum(stream["frames"] for stream in found["streams"]) == found["frames"]
    assert all(stream["frames"] > 0 for stream in found["streams"])
    assert any(line.split()[:1] == ["3"] for line in table_lines(found))
    monkeypatch.setattr(OnnxRuntime, "concurrent", False)
    found = build(measured(bright_folder, fast=True, streams=2, paint=True))
    assert found["settings"]["networks"] == 2
    assert found["floor"]["how"] == "before and after"
    assert all(stream["frames"] > 0 for stream in found["streams"])
    assert 0 < found["painted"] <= found["frames"]


def test_joined_streams_report_their_batches(bright_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One slow call at a time, as on a device: the streams meet in the line.
    batching = BatchSettings(max_batch=3, max_wait_ms=20.0)
    run = measured(bright_folder, fast=True, streams=4, slow_ms=5.0, batching=batching)
    found = build(run)
    told = found["batching"]
    assert (told["max_batch"], told["max_wait_ms"], told["one_by_one"]) == (3, 20.0, None)
    assert (found["settings"]["batch"], found["settings"]["batch_wait_ms"]) == (3, 20.0)
    assert max(map(int, told["sizes"])) == 3
    assert sum(told["sizes"].values()) == told["calls"]
    pictures = sum(int(size) * calls for size, calls in told["sizes"].items())
    assert told["mean"] == pytest.approx(pictures / told["calls"], abs=1e-3)
    assert abs(pictures - found["frames"]) <= 4 * 2  # those under way when measuring began and ended
    assert all(stream["frames"] > 0 and stream["fps"] > 0 for stream in found["streams"])
    assert sum(stream["fps"] for stream in found["streams"]) == pytest.approx(found["fps"], rel=0.01)
    assert any("calls by pictures" in line for line in table_lines(found))
    json.dumps(found, allow_nan=False)


def test_streams_of_a_network_that_takes_one_picture_say_so(
    bright_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_floor, "max_batch_of", lambda runtime: 1)
    batching = BatchSettings(max_batch=4)
    found = build(measured(bright_folder, fast=True, streams=2, slow_ms=1.0, batching=batching))
    assert set(found["batching"]["sizes"]) == {"1"}
    assert any("takes one picture a call" in line for line in table_lines(found))


def test_the_options_of_batching_reach_the_plan(bright_folder: Path) -> None:
    source = str(bright_folder)
    assert plan_of(BenchOptions(source)).batching is None
    assert plan_of(BenchOptions(source, batch=4)).batching == BatchSettings(4)
    assert plan_of(BenchOptions(source, batch=4, batch_wait_ms=0.0)).batching == BatchSettings(4, 0.0)


def test_a_model_with_a_memory_is_measured_like_any(bright_folder: Path, tmp_path: Path) -> None:
    model = add_memory(write_tiny_model(tmp_path, features=True))
    found = build(measured(bright_folder, model=model, rate=40.0, streams=2, slow_ms=1.0))
    assert all(stream["frames"] > 0 for stream in found["streams"])
    assert found["environment"]["memory_sha256"] is not None


def test_without_qt_everything_else_is_measured(bright_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qtpy.QtGui", None)
    found = build(measured(bright_folder, paint=True, rate=60.0))
    assert found["stages_ms"]["paint"] is None
    assert "Qt" in found["not_painted_because"]
    assert found["frames"] > 0
    monkeypatch.setitem(sys.modules, "qtpy.QtWidgets", None)
    with pytest.raises(RuntimeFailure, match="Qt"):  # but a figure was asked for
        measured(bright_folder, draw=True)


class Device:
    """A live source of noise, 50 frames a second, that may be unplugged after ``frames``."""

    info = SourceInfo("device:0", "camera", live=True, size=(64, 48))

    def __init__(self, frames: int | None = None):
        self._left = frames
        self._count = 0
        self._closed = threading.Event()
        self._rng = np.random.default_rng(0)

    def read(self) -> Frame | None:
        if self._closed.wait(0.02):
            return None
        if self._left is not None and self._count >= self._left:
            raise RuntimeFailure("unplugged")
        pixels = self._rng.integers(0, 256, (48, 64), dtype=np.uint8)
        self._count += 1
        return Frame(pixels, self._count - 1, time.perf_counter_ns(), self._count * 0.02, "device:0")

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_a_live_device_is_measured_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_set_up, "open_feed", lambda uri: Live(uri, Device()))
    found = build(measured(Path("device:0")))
    assert found["frames"] > 5
    assert found["stages_ms"]["decode"] is None
    assert found["source"]["kind"] == "live"
    assert found["arrival_ms"]["interval"]["p50"] > 15.0
    assert table_lines(found)
    for options in ({"fast": True}, {"rate": 60.0}):
        with pytest.raises(InputError, match="is live and comes at its own rate"):
            measured(Path("device:0"), **options)


def test_a_device_that_goes_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is opened anew, as ``run`` does; what came until then and after it is measured."""
    devices = [Device(100), Device()]
    live = Live("device:0", devices[0])
    monkeypatch.setattr(bench_source, "open_source", lambda uri: devices[1])
    monkeypatch.setattr(bench_set_up, "open_feed", lambda uri: live)
    run = measured(Path("device:0"), seconds=3.5)
    assert not run.measured.errors
    found = build(run)
    assert found["stalls"] >= 1
    assert run.stage("at").max() > 1.0
    assert found["frames"] > 25


def test_a_source_that_fails_is_reported_up_to_there_and_named(
    bright_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = ReplaySource.read

    def cut(source: ReplaySource) -> Frame | None:
        frame = read(source)
        if frame is not None and frame.index > 50:
            raise RuntimeFailure("unplugged")
        return frame

    monkeypatch.setattr(ReplaySource, "read", cut)
    arguments = ("bench", bright_folder, "--rate", 50, "--seconds", 2.5, "--no-paint", "--json", "-")
    assert sonoguide(*arguments) == 1
    out, err = capsys.readouterr()
    assert 0 < json.loads(out)["frames"] < 60
    assert err.splitlines()[-1] == "sonoguide: unplugged"


# The parts


def test_decoding_is_told_apart_from_the_stream(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", grey_frames(12), fps=20.0)
    recording = load(open_source(str(video), fast=True))
    assert (len(recording.frames), recording.decode_ms.size, recording.rate) == (12, 11, 20.0)
    arrivals = Samples(("interval",), 100)
    with ReplaySource(recording, None, arrivals) as source:
        frames = [source.read() for _ in range(30)]
        assert all(frame is not None for frame in frames)
        assert [f.index for f in frames if f] == list(range(30))
        assert frames[12].pixels is recording.frames[0].pixels  # type: ignore[union-attr]
        assert arrivals.count == 29
    assert source.read() is None
    assert len(load(open_source(str(video), fast=True), max_s=1e9).frames) == 12


def test_a_slowed_network_gives_the_same_answers_later(tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        tensor = ready_tensor(np.full((48, 64), 200, np.uint8), model.manifest.input)
        assert tensor.shape == (1, 1, 64, 64)
        slow = SlowRuntime(model.runtime, 30.0)
        plain, slowed = Floor(model.runtime, tensor), Floor(slow, tensor)
        plain.paced(0.0, None)
        slowed.paced(0.0, None)
        assert len(plain.times_ms) == len(slowed.times_ms) > 1
        assert np.median(slowed.times_ms) >= np.median(plain.times_ms) + 29.0
        assert slowed.cpu_s < 0.5 * sum(slowed.times_ms) / 1e3  # the core is free meanwhile
        for name, values in model.runtime.run(tensor).items():
            assert np.array_equal(values, slow.run(tensor)[name])
        slow.close()
        model.runtime.run(tensor)


@given(
    st.lists(st.tuples(st.floats(0, 100, width=32), st.booleans()), max_size=40),
    st.integers(1, 12),
    st.integers(0, 40),
)
def test_samples_keep_the_newest_rows_in_order(
    rows: list[tuple[float, bool]], capacity: int, since: int
) -> None:
    samples = Samples(("a", "b"), capacity)
    for value, both in rows:
        samples.add({"a": value, "other": 1.0} | ({"b": -value} if both else {}))
    assert samples.count == len(rows)
    kept = rows[max(since, len(rows) - capacity) :]
    assert samples.values("a", since).tolist() == [value for value, _ in kept]
    assert samples.values("b", since).tolist() == [-value for value, both in kept if both]


def window(p99: float, rss: float | None) -> Window:
    return Window(60.0, 100, 0, 1.0, p99, 5.0, rss)


def test_drift_compares_the_last_minutes_with_the_first() -> None:
    assert drift([window(1.0, 100.0)] * 2) is None
    steady = drift([window(9.0, 50.0)] + [window(2.0, 100.0)] * 6)  # the first minute settles
    assert steady == {"p99_ratio": 1.0, "rss_percent": 0.0}
    leak = drift([window(2.0, 100.0), window(2.0, 110.0), window(3.0, 120.0)])
    assert leak == {"p99_ratio": 1.5, "rss_percent": 20.0}
    assert drift([window(2.0, None)] * 3) == {"p99_ratio": 1.0, "rss_percent": None}


def test_a_soak_tells_every_stretch(bright_folder: Path) -> None:
    assert plan_of(BenchOptions(str(bright_folder), soak=2.0)).seconds == 120.0
    found = build(measured(bright_folder, rate=50.0, seconds=1.2, window_s=0.3))
    assert 3 <= len(found["minutes"]) <= 4
    assert sum(m["frames"] for m in found["minutes"]) <= found["frames"]
    assert found["drift"]["p99_ratio"] > 0.0
    assert all(m["p50"] <= m["p99"] <= m["max"] for m in found["minutes"])
    assert any("until s" in line for line in table_lines(found))


def figures(**stages: float) -> dict[str, Any]:
    at = {name: {"p50": ms, "p99": 2 * ms} for name, ms in stages.items() if name != "floor"}
    floor = stages.get("floor", 1.0)
    return {
        "floor_ms": {"p50": floor, "p99": 2 * floor},
        "stages_ms": at,
        "cpu_ms_per_frame": 4.0,
        "rss_mb": 200.0,
    }


def regressions(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [row.name for row in compare(old, new) if row.regression]


def test_a_regression_is_what_the_machine_does_not_explain(tmp_path: Path) -> None:
    old = figures(infer=1.1, paint=2.0, grab=0.004)
    assert regressions(old, figures(infer=1.3, paint=2.0, grab=0.004)) == []  # below the limit
    assert regressions(old, figures(infer=1.1, paint=2.5, grab=0.004)) == ["paint p50", "paint p99"]
    assert regressions(old, figures(infer=1.1, paint=2.0, grab=0.02)) == []  # microseconds
    busy = figures(floor=1.5, infer=1.65, paint=3.0)
    assert regressions(old, busy) == ["floor p50", "floor p99"]
    faster_network = figures(floor=0.5, infer=0.55, paint=2.0)
    assert regressions(old, faster_network) == []
    fatter = copy.deepcopy(old) | {"rss_mb": 300.0}
    assert regressions(old, fatter) == ["memory"]
    told = lines(old, figures(infer=1.1, paint=2.5, grab=0.004))
    assert told[-1] == "regressions above 1.2: paint p50 x 1.25, paint p99 x 1.25"
    place = tmp_path / "old.json"
    place.write_text(json.dumps(old))
    assert read_figures(place) == old
    for wrong in (
        [],
        {},
        old | {"stages_ms": {"infer": 3}},
        old | {"environment": "here"},
        old | {"rss_mb": "big"},
    ):
        place.write_text(json.dumps(wrong))
        with pytest.raises(InputError, match="holds no benchmark"):
            read_figures(place)


def test_the_start_up_is_that_of_a_new_process(bright_folder: Path, tmp_path: Path) -> None:
    took = startup_s(str(bright_folder), runtime="cpu")
    assert took is not None
    assert took > 0.05
    assert startup_s(str(tmp_path / "gone.mp4")) is None
    assert build(measured(bright_folder, rate=60.0))["startup_s"] is None  # not asked for


def test_energy_is_read_across_a_wrap_and_not_invented(tmp_path: Path) -> None:
    assert EnergyMeter(tmp_path).joules() is None
    assert EnergyMeter(tmp_path / "none").joules() is None
    for number, (value, span) in enumerate(((5_000_000, 9_000_000), (8_000_000, 9_000_000))):
        package = tmp_path / f"intel-rapl:{number}"
        package.mkdir()
        (package / "energy_uj").write_text(f"{value}\n")
        (package / "max_energy_range_uj").write_text(f"{span}\n")
    meter = EnergyMeter(tmp_path)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("7000000\n")
    (tmp_path / "intel-rapl:1" / "energy_uj").write_text("1000000\n")
    assert meter.joules() == pytest.approx(2.0 + 2.0)
    (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert meter.joules() is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_that_of_this_process() -> None:
    before = rss_mb()
    held = np.ones(64 << 20, np.uint8)
    after = rss_mb()
    assert before is not None
    assert after is not None
    assert 50.0 < after - before < 100.0
    assert held[-1] == 1

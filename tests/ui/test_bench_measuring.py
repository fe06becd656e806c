"""What ``sonoguide bench`` measures.

Promises:
- the bare call of the network takes no longer than the engine's stage around it, nor that longer than the whole;
- a slow network: latency stays bounded, every frame that arrived is counted as seen or dropped;
- streams share the network where it may be shared, and report each and all;
- streams whose pictures are joined report the sizes of the batches: every picture is in one; those of a fixed network
  go one by one, and the table says so;
- a live device is measured as it comes, and waited for where it goes away; recordings at the rate that was asked for;
- of a source that fails, what came before is reported.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from commands import sonoguide
from measured_run import measured
from tiny_model import add_memory, write_tiny_model

from guidance.batching import BatchSettings
from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.runtimes import OnnxRuntime
from guidance.sources import SourceInfo
from ui import bench_floor, bench_set_up, bench_source
from ui.bench import BenchOptions, plan_of
from ui.bench_report import build
from ui.bench_source import Live, ReplaySource
from ui.bench_table import lines as table_lines

pytestmark = pytest.mark.usefixtures("with_tiny_model")


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

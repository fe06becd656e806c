"""The parts of ``sonoguide bench``.

Promises:
- decoding is told apart from the stream; a slowed network gives the same answers, later;
- drift, comparison and percentiles are what they say, by hand-made figures;
- the start-up is that of a new process up to its first guidance, null where none comes;
- energy and memory are read, not invented.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured_run import measured
from media import grey_frames, write_video

from guidance.errors import InputError
from guidance.model import Model
from guidance.sources import open_source
from ui.bench import BenchOptions, plan_of
from ui.bench_compare import compare, lines, read_figures
from ui.bench_floor import Floor, SlowRuntime, ready_tensor
from ui.bench_machine import EnergyMeter, rss_mb
from ui.bench_report import build, drift
from ui.bench_run import Window
from ui.bench_samples import Samples
from ui.bench_source import ReplaySource, load
from ui.bench_startup import startup_s
from ui.bench_table import lines as table_lines

pytestmark = pytest.mark.usefixtures("with_tiny_model")


def test_decoding_is_told_apart_from_the_stream(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", grey_frames(12), fps=20.0)
    recording = load(open_source(str(video), fast=True))
    assert (len(recording.frames), recording.decode_ms.size, recording.rate) == (12, 11, 20.0)
    arrivals = Samples(("interval",), 100)
    with ReplaySource(recording, None, arrivals) as source:
        frames = [frame for _ in range(30) if (frame := source.read()) is not None]
        assert [frame.index for frame in frames] == list(range(30))
        assert frames[12].pixels is recording.frames[0].pixels
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

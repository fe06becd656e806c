"""The cache of engines, and the progress of their building.

Promises:
- what is stored for a key is found again for it, byte for byte, and nothing is left beside it;
- an engine for another GPU, driver, library, precision, model or input shape is never given, and an update of the
  driver or of the library is told in one line;
- a damaged file, whatever is damaged, is no engine and one line in the log, never an exception;
- a folder that cannot be written costs the cache and one line;
- progress never goes back, ends at 1, and survives phases that it was not told of or that name each other;
- the log gets one line a tenth.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guidance.runtimes.build_progress import LoggedProgress, PhaseProgress
from guidance.runtimes.engine_cache import EngineKey, drop_engine, load_engine, store_engine

KEY = EngineKey("NVIDIA H100 80GB HBM3", "580.65.06", "tensorrt 10.13.3", "fp16", "ab" * 32, (1, 1, 64, 64))
ENGINE = bytes(range(256)) * 40


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    assert load_engine(folder, KEY) is None
    assert store_engine(folder, KEY, ENGINE)
    assert load_engine(folder, KEY) == ENGINE
    assert store_engine(folder, KEY, memoryview(b"newer"))
    assert load_engine(folder, KEY) == b"newer"
    assert [path.name for path in folder.iterdir()] == [KEY.file_name]
    drop_engine(folder, KEY)
    drop_engine(folder, KEY)
    assert load_engine(folder, KEY) is None


OTHERS = {
    "gpu": "NVIDIA L4",
    "driver": "590.10",
    "library": "tensorrt 10.14.1",
    "precision": "fp32",
    "model_sha256": "cd" * 32,
    "input_shape": (1, 1, 96, 96),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_engine_for_something_else_is_not_given(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert set(OTHERS) == {field.name for field in dataclasses.fields(EngineKey)}
    other = dataclasses.replace(KEY, **{name: OTHERS[name]})
    store_engine(tmp_path, KEY, ENGINE)
    assert load_engine(tmp_path, other) is None
    # Even where the file's name would not tell them apart.
    (tmp_path / KEY.file_name).replace(tmp_path / other.file_name)
    caplog.clear()
    assert load_engine(tmp_path, other) is None
    (line,) = caplog.messages
    assert f"it was built for {name} " in line
    assert "built anew" in line


@pytest.mark.parametrize("name", ["driver", "library"])
def test_an_update_overwrites_what_it_made_useless(name: str, tmp_path: Path) -> None:
    store_engine(tmp_path, KEY, ENGINE)
    updated = dataclasses.replace(KEY, **{name: OTHERS[name]})
    store_engine(tmp_path, updated, b"updated")
    assert load_engine(tmp_path, updated) == b"updated"
    assert len(list(tmp_path.iterdir())) == 1


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_is_no_engine(tmp_path: Path, data: st.DataObject) -> None:
    store_engine(tmp_path, KEY, ENGINE)
    path = tmp_path / KEY.file_name
    whole = path.read_bytes()
    if data.draw(st.booleans()):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    path.write_bytes(damaged)
    assert load_engine(tmp_path, KEY) in (None, ENGINE)  # a change of white space in the header is none
    if damaged[-len(ENGINE) :] != ENGINE:
        assert load_engine(tmp_path, KEY) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b"null\n",
        b'{"format": 1}\n',
        b'{"format": 1, "key": 3}\n',
        b"[" * 4000,
        b"\xff\n",
    ],
)
def test_rubbish_is_one_line(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / KEY.file_name).write_bytes(content)
    assert load_engine(tmp_path, KEY) is None
    (line,) = caplog.messages
    assert "\n" not in line
    assert store_engine(tmp_path, KEY, ENGINE)
    assert load_engine(tmp_path, KEY) == ENGINE


def test_the_header_says_what_the_engine_is_for(tmp_path: Path) -> None:
    store_engine(tmp_path, KEY, ENGINE)
    header = json.loads((tmp_path / KEY.file_name).read_bytes().partition(b"\n")[0])
    assert header["key"]["gpu"] == KEY.gpu


def test_a_folder_that_takes_nothing_costs_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    assert not store_engine(blocked / "cache", KEY, ENGINE)
    (line,) = caplog.messages
    assert "cannot be kept" in line
    assert load_engine(blocked / "cache", KEY) is None


def test_a_folder_in_the_place_of_the_file_is_survived(tmp_path: Path) -> None:
    (tmp_path / KEY.file_name).mkdir()
    assert load_engine(tmp_path, KEY) is None
    assert not store_engine(tmp_path, KEY, ENGINE)
    assert [path.name for path in tmp_path.iterdir()] == [KEY.file_name]


def test_progress_of_nested_phases() -> None:
    told: list[tuple[float, str]] = []
    phases = PhaseProgress(lambda part, phase: told.append((part, phase)))
    phases.start("all", None, 4)
    phases.step("all", 0)
    phases.start("second", "all", 2)
    phases.step("second", 0)
    assert told[-1] == (0.25 + 0.125, "second")
    phases.start("within", "second", 2)
    phases.step("within", 0)
    assert told[-1][0] == pytest.approx(0.25 + 0.125 + 0.0625)
    phases.finish("within")
    phases.finish("second")
    phases.step("all", 0)
    phases.step("never started", 3)
    phases.finish("never started")
    phases.start("a", "b", 0)
    phases.start("b", "a", 2)
    phases.step("b", 7)
    phases.finish("all")
    parts = [part for part, _ in told]
    assert parts == sorted(parts)
    assert told[-1] == (1.0, "all")


def test_the_log_has_a_line_for_each_tenth(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    report = LoggedProgress()
    for thousandth in range(1001):
        report(thousandth / 1000, "measuring")
    assert len(caplog.messages) == 10
    assert caplog.messages[-1] == "building the engine: 100 % (measuring)"

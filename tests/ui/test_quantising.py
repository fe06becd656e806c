"""Promises of ``calibrate int8``:

- the folder that it writes works like any model's, says what it was made from, and keeps the original's calibration;
- a memory comes along as it is;
- what it lost is measured on other patients than its ranges were, and reported;
- a network that loses too much is not written (exit code 1) unless forced; the original is never touched;
- whatever goes wrong, nothing is left behind, and a folder that is there already stays as it is;
- frames of other patients, models of another size, wrong options and a missing package are one line, exit code 2.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import pytest
from commands import one_line, sonoguide
from numpy.typing import NDArray
from onnx import numpy_helper
from tiny_model import add_memory, write_tiny_model

from guidance.model import Model
from guidance.views import STANDARD_VIEWS
from models.dataset import SHARD, TEST_SEED, VALIDATION_SEED, record_frames
from models.frames import SIZE
from models.scenes import EVEN

FRAMES = ("--frames", "200")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the data's own code makes it, its one shard filled with few frames again and again."""
    folder = tmp_path_factory.mktemp("validation")
    np.save(folder / "shard_00000.npy", np.resize(record_frames(3, 40), SHARD))
    return said_to_be_of(folder, VALIDATION_SEED)


def said_to_be_of(folder: Path, seed: int) -> Path:
    note = {"seed": seed, "shard": SHARD, "size": SIZE, **asdict(EVEN)}
    (folder / "dataset.json").write_text(json.dumps(note))
    return folder


@contextmanager
def edited(folder: Path) -> Iterator[tuple[onnx.GraphProto, dict[str, onnx.TensorProto]]]:
    """The graph of a model and its constants by name, to be changed in place; sha256 follows."""
    file = folder / "model.onnx"
    network = onnx.load_model(file)
    yield network.graph, {i.name: i for i in network.graph.initializer}
    onnx.save_model(network, file)
    manifest = json.loads((folder / "model.json").read_text())
    manifest["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(manifest))


def put(constant: onnx.TensorProto, values: NDArray[np.float32]) -> None:
    constant.CopyFrom(numpy_helper.from_array(values.astype(np.float32), constant.name))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """It outlines what is bright. (Outlines of random features lie where the picture is black, and mean nothing.)"""
    folder = write_tiny_model(tmp_path / "model", size=SIZE, views=tuple(STANDARD_VIEWS))
    with edited(folder) as (graph, constant):
        node = [n for n in graph.node if n.op_type == "Conv"][-1]
        put(constant[node.input[1]], np.abs(numpy_helper.to_array(constant[node.input[1]])))
        graph.initializer.append(numpy_helper.from_array(np.full(4, -2.0, np.float32), "threshold"))
        node.input.append("threshold")
    return folder


@pytest.fixture
def fragile(model: Path) -> Path:
    """The same function in FP32, but in 8 bits the brightness drowns beside features 10,000 times as large."""
    with edited(model) as (graph, constant):
        first, last = (n.input[1] for n in graph.node if n.op_type == "Conv")
        put(constant[first], 1e4 * numpy_helper.to_array(constant[first]))
        put(constant[last], 1e-4 * numpy_helper.to_array(constant[last]))
        for node in graph.node:
            if node.op_type == "Gemm":
                mixture = numpy_helper.to_array(constant[node.input[1]]).copy()
                mixture[1:] *= 1e-4
                put(constant[node.input[1]], mixture)
    return model


def quantise(model: Path, out: Path, data: Path, *more: object) -> int:
    return sonoguide("calibrate", "int8", "--model", model, "--out", out, "--data", data, *FRAMES, *more)


def test_the_folder_works_like_any_models(
    tmp_path: Path, model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((model / "model.json").read_text())
    manifest["calibration"] = {"view_temperature": 1.25}
    (model / "model.json").write_text(json.dumps(manifest))
    before = {file.name: file.read_bytes() for file in model.iterdir()}
    out = tmp_path / "new" / "small"
    assert quantise(model, out, data, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)

    assert before == {file.name: file.read_bytes() for file in model.iterdir()}
    assert sorted(file.name for file in out.iterdir()) == ["model.json", "model.onnx"]
    assert list(out.parent.iterdir()) == [out]
    with Model.load(out, runtime="cpu") as loaded:
        small = loaded.manifest
    assert small.name == "tiny-int8"
    assert manifest["sha256"] in small.training
    assert small.training.startswith(manifest["training"])
    assert small.calibration.view_temperature == 1.25

    assert found["written"] == str(out)
    assert found["made_from_sha256"] == manifest["sha256"]
    assert found["bytes"] == {
        "fp32": len(before["model.onnx"]),
        "int8": (out / "model.onnx").stat().st_size,
    }
    assert found["frames_quantised_on"] + found["frames_compared_on"] == 200
    assert min(found["frames_quantised_on"], found["frames_compared_on"]) >= 40
    assert found["loss"]["view_agreement"] >= 0.97
    assert found["too_much"] == []
    assert sonoguide("model", "check", out, "--runtime", "cpu") == 0


def test_a_memory_comes_along_unchanged(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views = tuple(STANDARD_VIEWS)
    model = add_memory(
        write_tiny_model(tmp_path / "model", size=SIZE, views=views, features=True, work=1),
        calibration={"view_temperature": 0.7},
        weights="past.onnx",
    )
    (model / "memory.onnx").rename(model / "past.onnx")
    out = tmp_path / "small"
    assert quantise(model, out, data, "--force") == 0
    assert sorted(file.name for file in out.iterdir()) == ["model.json", "model.onnx", "past.onnx"]
    assert (out / "past.onnx").read_bytes() == (model / "past.onnx").read_bytes()
    with Model.load(model, runtime="cpu") as before, Model.load(out, runtime="cpu") as after:
        assert after.manifest.memory == before.manifest.memory
        assert after.manifest.sha256 != before.manifest.sha256
        memory = after.new_memory()
        tensor = np.full((1, 1, SIZE, SIZE), 0.5, np.float32)
        seen = [after.predict(tensor, memory, 0.2 * i).adjustment for i in range(2)]
    assert seen[0] is not None
    assert seen[1] is not None
    assert float(seen[0][0, 0]) == 0.0 < float(seen[1][0, 0])


def test_people_read_what_was_lost(
    tmp_path: Path, model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quantise(model, tmp_path / "small", data) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for words in ("same view named", "adjustment", "Dice", "MB before", str(tmp_path / "small")):
        assert words in out
    assert "None" not in out


def test_what_loses_too_much_is_not_written(
    tmp_path: Path, fragile: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "small"
    assert quantise(fragile, out, data) == 1
    line = one_line(capsys)
    assert "loses too much" in line
    assert "--force" in line
    assert list(tmp_path.iterdir()) == [fragile]
    assert quantise(fragile, out, data, "--force") == 0
    assert "more lost than allowed" in capsys.readouterr().out
    with Model.load(out) as model:
        assert model.manifest.name == "tiny-int8"


def test_what_is_there_stays(
    tmp_path: Path, model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file.name: file.read_bytes() for file in model.iterdir()}
    assert quantise(model, model, data, "--force") == 2
    assert "exists already" in one_line(capsys)
    assert before == {file.name: file.read_bytes() for file in model.iterdir()}
    file = tmp_path / "file"
    file.write_text("mine")
    assert quantise(model, file / "small", data) == 2
    assert "cannot be written" in one_line(capsys)


def test_frames_of_other_patients_are_refused(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    assert quantise(model, tmp_path / "small", said_to_be_of(tmp_path / "data", TEST_SEED)) == 2
    assert "other frames" in one_line(capsys)
    assert not (tmp_path / "small").exists()


def test_a_model_of_another_size_is_refused_before_frames_are_drawn(
    tmp_path: Path, tiny_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quantise(tiny_model_folder, tmp_path / "small", tmp_path / "data") == 2
    assert "64 x 64" in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_second_time_is_refused(
    tmp_path: Path, model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quantise(model, tmp_path / "small", data) == 0
    capsys.readouterr()
    assert quantise(tmp_path / "small", tmp_path / "smaller", data) == 2
    assert "already" in one_line(capsys)
    assert not (tmp_path / "smaller").exists()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--out", "small", "--frames", "10"),
        ("--out", "small", "--model", "nowhere"),
        ("--out", "small", "--workers", "0"),
    ],
)
def test_wrong_options_are_one_line(
    options: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sonoguide("calibrate", "int8", *options) == 2
    one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(
    tmp_path: Path,
    model: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert quantise(model, tmp_path / "small", data) == 2
    assert "pip install 'onnx" in one_line(capsys)
    assert not (tmp_path / "small").exists()

"""The model manifest, ``model.json``.

Promises:
- a complete manifest is read as it was written, and knows which outputs the model has;
- whatever is wrong with a manifest gives one InputError line that names the file, the field and the fault;
- a memory is optional; one that cannot work is a fault like any other;
- a missing folder, a missing file, and a file that is no manifest say what to do.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_model import add_memory, write_tiny_model

from guidance.errors import InputError
from guidance.manifest import Manifest, read_manifest
from guidance.views import View


def _changed(folder: Path, **changes: Any) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def test_reads_what_was_written(tiny_model_folder: Path) -> None:
    manifest = read_manifest(tiny_model_folder)
    assert manifest.views == (View.A4C, View.A2C, View.PLAX)
    assert manifest.input.size == 64
    assert manifest.outputs.named()["quality"] == "quality"
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_names_only_the_outputs_that_exist() -> None:
    content = _content() | {"outputs": {"view": "v", "novelty": "n"}, "structures": [], "landmarks": []}
    assert Manifest.model_validate(content).outputs.named() == {"view": "v", "novelty": "n"}


@pytest.mark.parametrize(
    ("change", "field", "what"),
    [
        ({"views": ["A4C", "A9C"]}, "views.1", "'A4C'"),
        ({"views": ["A4C", "A4C"]}, "", "distinct"),
        ({"views": ["A4C", "OTHER"]}, "", "distinct"),
        ({"views": []}, "views", "at least 1"),
        ({"sha256": "abc"}, "sha256", "pattern"),
        ({"schema_version": 7}, "schema_version", "should be 1"),
        ({"input": {"size": 7}}, "input.size", "32"),
        ({"input": {"size": "large"}}, "input.size", "integer"),
        ({"input": {"size": 64, "std": 0}}, "input.std", "greater than 0"),
        ({"input": {"size": 64, "mean": float("nan")}}, "input.mean", "finite"),
        ({"calibration": {"view_temperature": float("inf")}}, "calibration.view_temperature", "finite"),
        ({"calibration": {"interval90_factor": [1, 1]}}, "calibration.interval90_factor", "required"),
        ({"hints": {"hold_quality": 2}}, "hints.hold_quality", "less than or equal to 1"),
        ({"weights": "../../model.onnx"}, "", "file name"),
        ({"outputs": {"view": "view", "adjustment": "a"}}, "", "come together"),
        ({"structures": []}, "", "channels"),
        ({"landmarks": ["a", "a"]}, "", "distinct"),
        ({"colour": "blue"}, "colour", "not permitted"),
    ],
)
def test_each_fault_is_one_line_that_names_it(
    tmp_path: Path, change: dict[str, Any], field: str, what: str
) -> None:
    folder = _changed(write_tiny_model(tmp_path), **change)
    with pytest.raises(InputError) as caught:
        read_manifest(folder)
    line = str(caught.value)
    assert line.startswith(f"{folder / 'model.json'}: {field}")
    assert what in line
    assert "\n" not in line


def test_a_memory_is_optional_and_read_as_it_was_written(tiny_model_folder: Path, tmp_path: Path) -> None:
    assert read_manifest(tiny_model_folder).memory is None
    manifest = read_manifest(add_memory(write_tiny_model(tmp_path, features=True), step_s=0.1, gap_s=2))
    assert manifest.memory is not None
    assert manifest.memory.outputs.named()["adjustment"] == "adjustment"
    assert (manifest.memory.step_s, manifest.memory.gap_s) == (0.1, 2.0)
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@pytest.mark.parametrize(
    ("section", "field", "what"),
    [
        ({"sha256": "abc"}, "memory.sha256", "pattern"),
        ({"size": 0}, "memory.size", "greater than or equal to 1"),
        ({"size": 4097}, "memory.size", "less than or equal to 4096"),
        ({"size": 2.5}, "memory.size", "integer"),
        ({"step_s": 0}, "memory.step_s", "greater than 0"),
        ({"step_s": float("nan")}, "memory.step_s", "finite"),
        ({"gap_s": 0.2}, "memory: gap_s", "longer than step_s"),
        ({"outputs": {}}, "memory: outputs", "at least one"),
        ({"outputs": {"structures": "s"}}, "memory.outputs.structures", "not permitted"),
        ({"outputs": {"features": "f"}}, "memory.outputs.features", "not permitted"),
        ({"outputs": {"adjustment": "a"}}, "memory", "come together"),
        ({"outputs": {"view": "a", "quality": "a"}}, "memory", "name of its own"),
        ({"outputs": {"view": "memory_next"}}, "memory", "none of them 'memory_next'"),
        ({"weights": "../memory.onnx"}, "memory", "file name"),
        ({"weights": "model.onnx"}, "", "file of its own"),
        ({"calibration": {"view_temperature": 0}}, "memory.calibration.view_temperature", "greater than 0"),
        ({"colour": "blue"}, "memory.colour", "not permitted"),
    ],
)
def test_each_fault_of_a_memory_is_one_line_that_names_it(
    tmp_path: Path, section: dict[str, Any], field: str, what: str
) -> None:
    folder = add_memory(write_tiny_model(tmp_path, features=True), **section)
    with pytest.raises(InputError) as caught:
        read_manifest(folder)
    line = str(caught.value)
    assert line.startswith(f"{folder / 'model.json'}: {field}")
    assert what in line
    assert "\n" not in line


def test_a_memory_needs_features_and_refines_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"needs outputs\.features"):
        read_manifest(add_memory(write_tiny_model(tmp_path / "a")))
    outputs = {"view": "view", "features": "features"}
    bare = write_tiny_model(tmp_path / "b", features=True, outputs=outputs, structures=[], landmarks=[])
    with pytest.raises(InputError, match="does not have: adjustment, adjustment_scale, quality"):
        read_manifest(add_memory(bare))


def test_two_outputs_of_one_name_are_refused() -> None:
    outputs = {"view": "same", "novelty": "same"}
    with pytest.raises(ValueError, match="name of its own"):
        Manifest.model_validate(_content() | {"outputs": outputs, "structures": [], "landmarks": []})


def test_missing_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model folder at .*nowhere.*--model"):
        read_manifest(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"model\.json cannot be read"):
        read_manifest(tmp_path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "model.json").open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(InputError, match="larger than 4 MB"):
        read_manifest(tmp_path)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_give_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.json").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_manifest(tmp_path)
    assert "\n" not in str(caught.value)


def _content() -> dict[str, Any]:
    return {
        "name": "x",
        "version": "1",
        "sha256": "0" * 64,
        "views": ["A4C"],
        "input": {"size": 64},
        "outputs": {},
        "training": "none",
        "intended_use": "tests",
    }

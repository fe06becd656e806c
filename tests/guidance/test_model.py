"""The model: from a folder to predictions.

Promises:
- a complete folder loads, and its predictions depend on the picture;
- decoding is calibrated: probabilities sum to one, temperatures soften them, half widths are factor x scale;
- weights that are missing, altered, damaged or hidden in side files never run: one line says what to do;
- a network that does not fit its manifest is refused before the first frame, with the output's name and both
  shapes (stated in the graph or found by a trial);
- an output that is not a number is a failure, never a prediction;
- the default folder is found without importing anything, and SONOGUIDE_MODEL replaces it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx.external_data_helper import convert_model_to_external_data
from tiny_model import LANDMARKS, STRUCTURES, VIEWS, write_tiny_model

from guidance.decode import Decoder
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Manifest
from guidance.model import Model, default_model_folder
from guidance.views import View

LOGITS = hnp.arrays(np.float32, len(VIEWS) + 1, elements=st.floats(-1e4, 1e4, width=32))


def _picture(brightness: float, seed: int = 0) -> np.ndarray[Any, Any]:
    texture = np.random.default_rng(seed).normal(0.0, 0.05, (1, 1, 64, 64))
    return np.clip(brightness + texture, 0.0, 1.0).astype(np.float32)


def _rewrite(folder: Path, **changes: Any) -> Path:
    """Change the manifest, with the sha256 of the weights as they are now."""
    path = folder / "model.json"
    content = json.loads(path.read_text()) | changes
    content["sha256"] = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    path.write_text(json.dumps(content))
    return folder


def _refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        Model.load(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    return line


def test_loads_and_sees_the_picture(tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder) as model:
        bright, dark = model.predict(_picture(0.8)), model.predict(_picture(0.05))
        other_texture = model.predict(_picture(0.8, seed=1))
    assert bright.view is View.A4C
    assert dark.view is View.OTHER
    assert bright.quality is not None
    assert dark.quality is not None
    assert bright.quality[0] > 0.9 > 0.1 > dark.quality[0]
    assert bright.novelty is not None
    assert dark.novelty is not None
    assert bright.novelty < dark.novelty
    assert not np.array_equal(bright.view_probabilities, other_texture.view_probabilities)


def test_every_output_has_its_documented_shape(tiny_model_folder: Path) -> None:
    prediction = Model.load(tiny_model_folder).predict(_picture(0.5))
    views = len(VIEWS)
    shapes = {
        "view_probabilities": (views + 1,),
        "quality": (views,),
        "adjustment": (views, 5),
        "half_width90": (views, 5),
        "structures": (len(STRUCTURES), 16, 16),
        "landmarks": (len(LANDMARKS), 3),
    }
    for name, shape in shapes.items():
        array = getattr(prediction, name)
        assert array.shape == shape, name
        assert array.dtype == np.float32, name
        if name in ("view_probabilities", "quality", "structures"):
            assert 0.0 <= float(array.min()) < float(array.max()) <= 1.0, name
    assert prediction.structure_names == STRUCTURES
    assert prediction.landmark_names == LANDMARKS


def test_earlier_predictions_are_not_overwritten(tiny_model_folder: Path) -> None:
    model = Model.load(tiny_model_folder)
    first = model.predict(_picture(0.8))
    assert first.adjustment is not None
    before = first.adjustment.copy()
    model.predict(_picture(0.1))
    assert np.array_equal(first.adjustment, before)


def test_an_answer_may_be_decoded_later_and_after_the_next(tiny_model_folder: Path) -> None:
    model = Model.load(tiny_model_folder)
    first, second = model.ask(_picture(0.8)), model.ask(_picture(0.05))
    late, later = second(), first()
    assert (later.view, late.view) == (View.A4C, View.OTHER)
    assert np.array_equal(later.view_probabilities, model.predict(_picture(0.8)).view_probabilities)


def test_a_model_with_the_view_alone(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path, outputs={"view": "view"}, structures=[], landmarks=[])
    prediction = Model.load(folder).predict(_picture(0.8))
    assert prediction.view is View.A4C
    assert prediction.quality is None
    assert prediction.facets is None
    assert prediction.adjustment is None
    assert prediction.half_width90 is None
    assert prediction.structures is None
    assert prediction.landmarks is None
    assert prediction.novelty is None


# Decoding


@given(LOGITS, st.floats(0.1, 10.0))
def test_view_probabilities_are_a_distribution(logits: np.ndarray[Any, Any], temperature: float) -> None:
    manifest = _view_only(calibration={"view_temperature": temperature})
    p = Decoder(manifest)({"view": logits[None]}).view_probabilities
    assert float(p.sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(p.min()) >= 0.0
    assert p[int(np.argmax(logits))] == p.max()


def test_temperature_divides_the_logits() -> None:
    logits = np.array([[2.0, 0.0, -1.0, 1.0]], np.float32)
    softened = Decoder(_view_only(calibration={"view_temperature": 2.0}))({"view": logits})
    halved = Decoder(_view_only())({"view": logits / 2.0})
    assert np.allclose(softened.view_probabilities, halved.view_probabilities)
    assert softened.view_probability < Decoder(_view_only())({"view": logits}).view_probability


def test_quality_is_the_sigmoid_of_the_scaled_logit() -> None:
    manifest = _view_only(
        outputs={"view": "view", "quality": "q", "facets": "f", "novelty": "n"},
        calibration={"quality_temperature": 2.0},
    )
    raw = {
        "view": np.zeros((1, 4), np.float32),
        "q": np.array([[0.0, 2.0, -200.0]], np.float32),
        "f": np.array([[0.0, 1.0, -1.0, 500.0]], np.float32),
        "n": np.array([-1.0], np.float32),
    }
    prediction = Decoder(manifest)(raw)
    assert prediction.quality is not None
    assert prediction.quality == pytest.approx([0.5, 1 / (1 + np.exp(-1.0)), 0.0], abs=1e-6)
    assert prediction.facets is not None
    assert prediction.facets.structures == pytest.approx(0.5)
    assert prediction.facets.on_axis == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert prediction.facets.gain_depth == pytest.approx(1.0)
    assert prediction.novelty == pytest.approx(1 / (1 + np.exp(1.0)))


def test_half_width_is_factor_times_scale_per_axis() -> None:
    factors = (1.0, 2.0, 3.0, 4.0, 5.0)
    manifest = _view_only(
        outputs={"view": "view", "adjustment": "a", "adjustment_scale": "s"},
        calibration={"interval90_factor": factors},
    )
    raw = {
        "view": np.zeros((1, 4), np.float32),
        "a": np.arange(15, dtype=np.float32).reshape(1, 3, 5),
        "s": np.full((1, 3, 5), 0.5, np.float32),
    }
    prediction = Decoder(manifest)(raw)
    assert prediction.adjustment is not None
    assert prediction.adjustment[1].tolist() == [5.0, 6.0, 7.0, 8.0, 9.0]
    assert prediction.half_width90 is not None
    assert prediction.half_width90.tolist() == [[0.5, 1.0, 1.5, 2.0, 2.5]] * 3


def test_a_target_with_factors_of_its_own_gets_them() -> None:
    own = (5.0, 4.0, 3.0, 2.0, 1.0)
    manifest = _view_only(
        outputs={"view": "view", "adjustment": "a", "adjustment_scale": "s"},
        calibration={"interval90_factor": (1.0,) * 5},
    )
    second = manifest.views[1]
    calibration = manifest.calibration.model_copy(update={"interval90_by_view": {second: own}})
    raw = {
        "view": np.zeros((1, 4), np.float32),
        "a": np.zeros((1, 3, 5), np.float32),
        "s": np.full((1, 3, 5), 2.0, np.float32),
    }
    half = Decoder(manifest.model_copy(update={"calibration": calibration}))(raw).half_width90
    assert half is not None
    assert half.tolist() == [[2.0] * 5, [10.0, 8.0, 6.0, 4.0, 2.0], [2.0] * 5]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_a_failure(bad: float) -> None:
    logits = np.array([[0.0, bad, 0.0, 0.0]], np.float32)
    with pytest.raises(RuntimeFailure, match="'view' is not a number"):
        Decoder(_view_only())({"view": logits})


def test_a_negative_scale_is_a_failure() -> None:
    manifest = _view_only(outputs={"view": "view", "adjustment": "a", "adjustment_scale": "s"})
    scale = np.ones((1, 3, 5), np.float32)
    scale[0, 2, 4] = -0.1
    raw = {"view": np.zeros((1, 4), np.float32), "a": np.zeros((1, 3, 5), np.float32), "s": scale}
    with pytest.raises(RuntimeFailure, match="'s' is negative"):
        Decoder(manifest)(raw)


# Weights


def test_missing_weights(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path)
    (folder / "model.onnx").unlink()
    assert "weights cannot be read" in _refusal(folder)


def test_altered_weights(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path)
    weights = folder / "model.onnx"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    assert (
        "sha256 of model.onnx differs from model.json: "
        "the file was altered or is damaged; download or export it again" in _refusal(folder)
    )


@pytest.mark.parametrize("data", [b"", b"not a network at all" * 50])
def test_weights_that_are_no_network(tmp_path: Path, data: bytes) -> None:
    folder = write_tiny_model(tmp_path)
    (folder / "model.onnx").write_bytes(data)
    assert "cannot be loaded" in _refusal(_rewrite(folder))


def test_truncated_weights_with_a_fresh_sha256(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path)
    data = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(data[: len(data) // 2])
    assert "cannot be loaded" in _refusal(_rewrite(folder))


def test_weights_in_side_files_would_escape_the_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_model(tmp_path)
    model = onnx.load(str(folder / "model.onnx"))
    convert_model_to_external_data(model, location="side.bin", size_threshold=16)
    onnx.save(model, str(folder / "model.onnx"))
    assert (folder / "side.bin").exists()
    monkeypatch.chdir(folder)  # where ONNX Runtime would look
    assert "cannot be loaded" in _refusal(_rewrite(folder))


# The network against its manifest


@pytest.mark.parametrize("free_shapes", [False, True])
@pytest.mark.parametrize(
    ("change", "output", "has", "must"),
    [
        ({"views": ["A4C", "A2C"]}, "view", "4]", "[1, 3]"),
        ({"views": ["A4C", "A2C", "PLAX", "SC4C"]}, "view", "4]", "[1, 5]"),
        ({"structures": ["LV"]}, "structures", "4, 16, 16]", "[1, 1, s, s]"),
        ({"landmarks": ["a", "b", "c"]}, "landmarks", "2, 3]", "[1, 3, 3]"),
        ({"outputs": {"view": "view", "quality": "facets"}}, "facets", "4]", "[1, 3]"),
        ({"outputs": {"view": "view", "novelty": "quality"}}, "quality", "3]", "[1]"),
    ],
)
def test_outputs_of_another_shape(
    tmp_path: Path, free_shapes: bool, change: dict[str, Any], output: str, has: str, must: str
) -> None:
    if "outputs" in change:
        change = change | {"structures": [], "landmarks": []}
    line = _refusal(_rewrite(write_tiny_model(tmp_path, free_shapes=free_shapes), **change))
    assert f"output '{output}'" in line
    assert has in line
    assert must in line


def test_an_output_that_does_not_exist(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path, outputs={"view": "vieww"}, structures=[], landmarks=[])
    line = _refusal(folder)
    assert "no output 'vieww'" in line
    assert "'view'" in line


def test_another_input(tmp_path: Path) -> None:
    line = _refusal(write_tiny_model(tmp_path / "size", input={"size": 96}))
    assert "input 'image'" in line
    assert "[?, 1, 64, 64]" in line
    assert "[1, 1, 96, 96]" in line
    line = _refusal(write_tiny_model(tmp_path / "name", input={"size": 64, "name": "x"}))
    assert "'image'" in line
    assert "'x'" in line


def test_scales_that_are_negative_are_found_by_the_trial(tmp_path: Path) -> None:
    outputs = {"view": "view", "adjustment": "adjustment_scale", "adjustment_scale": "adjustment"}
    # The trial picture is noise around 0.5; bright enough for a negative "scale" with this normalisation.
    folder = write_tiny_model(
        tmp_path, outputs=outputs, structures=[], landmarks=[], input={"size": 64, "mean": -0.6}
    )
    assert "is negative" in _refusal(folder)


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SONOGUIDE_MODEL", raising=False)
    folder = default_model_folder()
    assert folder.parts[-3:] == ("models", "weights", "echo")
    assert (folder.parents[1] / "__init__.py").exists()
    monkeypatch.setenv("SONOGUIDE_MODEL", str(tmp_path))
    assert default_model_folder() == tmp_path


def test_the_default_folder_imports_no_other_package() -> None:
    code = "import sys, guidance.model as m; m.default_model_folder(); print('models' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def _view_only(**changes: Any) -> Manifest:
    content = {
        "name": "x",
        "version": "1",
        "sha256": "0" * 64,
        "views": list(VIEWS),
        "input": {"size": 64},
        "outputs": {"view": "view"},
        "training": "none",
        "intended_use": "tests",
    }
    return Manifest.model_validate(content | changes)

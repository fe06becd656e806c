"""Comparison of runtimes (``python -m bench.runtimes``), and the tolerances that it states.

Promises:
- a network whose convolutions are rounded to FP16, as tensorrt-native has them, stays within half of each tolerance;
- a missing, misshapen or not finite output differs infinitely; one that is wrong does not fit;
- the script reports every runtime: what works with parity, times and openings, the others with their reason.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.parity import TOLERANCES, compare, pictures
from bench.runtimes import main
from guidance.manifest import OutputNames
from guidance.model import Model, default_model_folder
from guidance.runtimes import runtime_names

FOLLOWING = {"Relu", "Clip", "Add", "Mul", "MaxPool", "AveragePool", "Concat", "Resize"}


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(default_model_folder(), runtime="cpu")


def _rounded(data: bytes) -> bytes:
    """The network with the weights and results of its convolutions, and of what follows them, rounded to FP16."""
    network = onnx.load_model_from_string(data)
    graph = network.graph
    weights = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    for tensor in graph.initializer:
        if tensor.name in weights:
            half = numpy_helper.to_array(tensor).astype(np.float16)
            tensor.CopyFrom(numpy_helper.from_array(half.astype(np.float32), tensor.name))
    nodes, rounded = [], set()
    for node in graph.node:
        nodes.append(node)
        if node.op_type == "Conv" or (node.op_type in FOLLOWING and rounded & set(node.input)):
            out = node.output[0]
            node.output[0] = f"{out} full"
            nodes.append(helper.make_node("Cast", [f"{out} full"], [f"{out} half"], to=TensorProto.FLOAT16))
            nodes.append(helper.make_node("Cast", [f"{out} half"], [out], to=TensorProto.FLOAT))
            rounded.add(out)
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(network.SerializeToString())


def test_half_precision_stays_well_within_the_tolerances(model: Model) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # keeps the casts
    options.intra_op_num_threads = 1
    data = _rounded((default_model_folder() / model.manifest.weights).read_bytes())
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = list(model.manifest.outputs.named().values())
    tensors = pictures(model)
    reference = [model.runtime.run(tensor) for tensor in tensors]
    found = [
        dict(zip(names, session.run(names, {model.manifest.input.name: tensor}), strict=True))
        for tensor in tensors
    ]
    for parity in compare(model.manifest, reference, found):
        assert parity.largest <= parity.tolerance / 2, parity
    assert any(parity.largest > 0 for parity in compare(model.manifest, reference, found))
    assert all(parity.largest == 0 for parity in compare(model.manifest, reference, reference))


def test_what_is_wrong_does_not_fit(model: Model) -> None:
    tensor = pictures(model)[0]
    reference = [model.runtime.run(tensor)]
    for name, role in ((name, role) for role, name in model.manifest.outputs.named().items()):
        (right,) = reference
        wrong = [
            {key: values for key, values in right.items() if key != name},
            right | {name: right[name][:, :0]} if right[name].ndim > 1 else right | {name: right[name][:0]},
            right | {name: np.full_like(right[name], np.nan)},
            right | {name: np.ascontiguousarray(-5 * right[name][..., ::-1]) - 1},
        ]
        for answer in wrong:
            by_role = {parity.role: parity for parity in compare(model.manifest, reference, [answer])}
            assert not by_role[role].fits, (role, by_role[role])
            assert all(parity.fits for other, parity in by_role.items() if other != role)


def test_every_output_has_a_tolerance() -> None:
    assert set(TOLERANCES) == set(OutputNames.model_fields)


def test_the_script_reports_every_runtime(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "results" / "runtimes.json"
    assert main([str(default_model_folder()), "--json", str(file), "--calls", "3"]) == 0
    report = json.loads(file.read_text())
    assert set(report["runtimes"]) == {*runtime_names()[1:], "tensorrt-native fp32"}
    cpu = report["runtimes"]["cpu"]
    assert cpu["same_answers"]
    assert cpu["ms"]["p50"] <= cpu["ms"]["p99"]
    assert all(run.get("unavailable") or run["same_answers"] for run in report["runtimes"].values())
    assert len(capsys.readouterr().out.splitlines()) == len(report["runtimes"])
    assert main([str(tmp_path / "nothing")]) == 2

"""Promises of quantisation:

- the INT8 network is smaller, runs, has the same inputs and outputs and answers nearly as the FP32 one;
- weights are 8-bit integers of 7 bits' range, a scale for each channel; layers that make an output keep theirs;
- stdout, logs and warnings stay clean, and logging works as before;
- a network that is quantised already, one with nothing to quantise, one that is no network and a missing package are
  one clear line each.
"""

from __future__ import annotations

import logging
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tiny_model import build_network

from calibration.int8 import quantised
from guidance.errors import InputError, RuntimeFailure

SIZE = 64
FP32 = build_network(size=SIZE, views=3, seed=0, noise=0.1, work=3)


def pictures(count: int, seed: int) -> list[NDArray[np.float32]]:
    """Noise of every brightness, (1, 1, S, S)."""
    rng = np.random.default_rng(seed)
    levels = np.linspace(0.1, 1.0, count, dtype=np.float32)
    return [level * rng.random((1, 1, SIZE, SIZE), np.float32) for level in levels]


def answers(weights: bytes, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": tensor}), strict=True))


@pytest.fixture(scope="module")
def made() -> bytes:
    return quantised(FP32, "image", pictures(12, seed=0)).weights


def test_it_is_smaller_and_answers_nearly_the_same(made: bytes) -> None:
    assert len(made) < len(FP32) / 2
    spread: dict[str, list[NDArray[np.float32]]] = {}
    for tensor in pictures(6, seed=1):
        before, after = answers(FP32, tensor), answers(made, tensor)
        assert before.keys() == after.keys()
        for name, values in before.items():
            assert values.shape == after[name].shape
            spread.setdefault(name, []).append(values)
            spread.setdefault(name + " off", []).append(after[name] - values)
    for name in ("view", "quality", "adjustment", "novelty", "landmarks"):
        assert np.abs(spread[name + " off"]).max() < 0.1 * np.ptp(spread[name])


def test_weights_are_integers_but_for_the_layers_that_make_an_output(made: bytes) -> None:
    graph = onnx.load_model_from_string(made).graph
    constant = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    dequantised = {n.output[0]: n for n in graph.node if n.op_type == "DequantizeLinear"}
    convolutions = [n for n in graph.node if n.op_type == "Conv"]
    integer = [n for n in convolutions if n.input[1] in dequantised]
    assert len(convolutions) == 6
    assert len(integer) == 5  # all but the one that makes the structures
    for node in integer:
        values, scale, _ = (constant[name] for name in dequantised[node.input[1]].input)
        assert values.dtype == np.int8
        assert np.abs(values.astype(int)).max() <= 64
        assert scale.shape == values.shape[:1]
    heads = [n for n in graph.node if n.op_type == "Gemm"]
    assert len(heads) == 8
    assert all(constant[n.input[1]].dtype == np.float32 for n in heads)


def test_the_layers_that_stay_are_named() -> None:
    kept = quantised(FP32, "image", pictures(2, seed=0)).kept
    assert len(set(kept)) == 9
    assert sum(name.startswith("Gemm") for name in kept) == 8


def test_it_is_quiet(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    quantised(FP32, "image", pictures(2, seed=0))
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    logging.getLogger("calibration").warning("heard")
    assert [record.message for record in caplog.records] == ["heard"]


def test_once_is_enough(made: bytes) -> None:
    with pytest.raises(InputError, match="already"):
        quantised(made, "image", pictures(1, seed=0))


def test_a_network_of_one_layer_has_nothing_to_quantise() -> None:
    weight = numpy_helper.from_array(np.ones((4, 2), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["image", "w"], ["view"])],
        "one",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("view", TensorProto.FLOAT, ["N", 2])],
        [weight],
    )
    one = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with pytest.raises(InputError, match="no layer"):
        quantised(one.SerializeToString(), "image", [np.ones((1, 4), np.float32)])


def test_pictures_that_do_not_fit_are_one_line() -> None:
    for tensors in ([], [np.zeros((1, 1, 8, 8), np.float32)]):
        with pytest.raises(RuntimeFailure, match="cannot be quantised") as raised:
            quantised(FP32, "image", tensors)
        assert "\n" not in str(raised.value)
    assert not logging.root.manager.disable


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match="pip install 'onnx"):
        quantised(FP32, "image", pictures(1, seed=0))

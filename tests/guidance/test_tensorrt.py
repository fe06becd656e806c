"""From an ONNX file to an engine, with the real TensorRT or TensorRT-RTX. Skipped where neither is: ``make test-trt``.

Promises:
- the shipped network and the tests' own parse and build without a GPU, in FP16 and FP32; their inputs and outputs stay
  float32 under their names;
- FP16 halves the convolutions' weights and leaves the heads FP32; convolutions with weights too large for it stay FP32;
- a file that is quantised is built as it says, and known by its content;
- what TensorRT refuses (no ONNX, weights in side files, two inputs, another shape, int32 biases) is one line;
- an engine that was built is kept, and found again for the same key;
- the progress goes to 1;
- one whose engine cannot be loaded, as here without a GPU, is passed over in one line by ``auto``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from recorded_device import RecordedDevice
from tiny_model import build_memory, build_network

from guidance.model import default_model_folder
from guidance.runtimes import Network, RuntimeUnavailable, open_runtime
from guidance.runtimes.engine_cache import EngineKey, load_engine
from guidance.runtimes.tensorrt_build import Library, build_engine, find_library, new_logger, precision_of
from guidance.runtimes.tensorrt_half import use_half
from guidance.runtimes.tensorrt_native import TensorRtNative, build_and_keep

WORKSPACE = 64 << 20


@pytest.fixture(scope="module")
def library() -> Library:
    try:
        return find_library()
    except RuntimeUnavailable as reason:
        pytest.skip(f"{reason} (make test-trt)")


def _network(data: bytes, shape: tuple[int, ...] = (1, 1, 64, 64)) -> Network:
    return Network(data, Path("tiny.onnx"), hashlib.sha256(data).hexdigest(), shape)


def _tiny(**options: Any) -> Network:
    return _network(build_network(**({"size": 64, "views": 3, "seed": 0, "noise": 0.1} | options)))


def _shipped() -> Network:
    return _network((default_model_folder() / "model.onnx").read_bytes(), (1, 1, 192, 192))


def _build(library: Library, network: Network, precision: str = "fp16", **options: Any) -> bytes:
    target = "SM80" if library.name == "tensorrt_rtx" else ""
    engine, _ = build_engine(
        library, new_logger(library.trt), network, precision,
        workspace=WORKSPACE, compute_capability=target, **options,
    )  # fmt: skip
    return engine


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
@pytest.mark.parametrize("network", [_tiny(work=2), _shipped()], ids=["tiny", "shipped"])
def test_networks_build_without_a_gpu(library: Library, network: Network, precision: str) -> None:
    assert len(_build(library, network, precision)) > 10_000


def test_half_is_smaller(library: Library) -> None:
    network = _shipped()
    assert len(_build(library, network, "fp16")) < 0.85 * len(_build(library, network, "fp32"))


def _parsed(library: Library, network: Network) -> tuple[Any, ...]:
    """The definition, and what must live as long as it."""
    trt = library.trt
    logger = new_logger(trt)
    builder = trt.Builder(logger)
    definition = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(definition, logger)
    assert parser.parse(network.data)
    return definition, parser, builder, logger


def test_convolutions_are_halved_and_heads_are_not(library: Library) -> None:
    trt = library.trt
    definition, *_held = _parsed(library, _tiny(work=2))
    names = [definition.get_output(i).name for i in range(definition.num_outputs)]
    weights = use_half(trt, definition)
    assert sum(part.size > 0 for part in weights) >= 4
    kinds: dict[str, set[Any]] = {}
    for layer in (definition.get_layer(i) for i in range(definition.num_layers)):
        kinds.setdefault(layer.type.name, set()).add(layer.get_output(0).dtype)
    assert kinds["CONVOLUTION"] == {trt.float16}
    assert kinds["MATRIX_MULTIPLY"] == {trt.float32}
    assert sorted(names) == sorted(definition.get_output(i).name for i in range(definition.num_outputs))
    assert {definition.get_output(i).dtype for i in range(definition.num_outputs)} == {trt.float32}
    assert definition.get_input(0).dtype == trt.float32


def _convolution(kernel: np.ndarray[Any, Any], before: list[Any] | None = None, fed: str = "image") -> bytes:
    """One convolution of ``kernel`` on ``fed``; nodes ``before`` it."""
    nodes = [*(before or []), helper.make_node("Conv", [fed, "kernel"], ["out"], pads=[1, 1, 1, 1])]
    scale = numpy_helper.from_array(np.array(0.02, np.float32), "scale")
    zero = numpy_helper.from_array(np.array(0, np.int8), "zero")
    graph = helper.make_graph(
        nodes, "one",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 64, 64])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", 8, 64, 64])],
        [numpy_helper.from_array(kernel.astype(np.float32), "kernel"), *([scale, zero] if before else [])],
    )  # fmt: skip
    return bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
        ).SerializeToString()
    )


def test_weights_that_half_cannot_hold_stay(library: Library) -> None:
    network = _network(_convolution(np.full((8, 1, 3, 3), 1e6)))
    definition, *_held = _parsed(library, network)
    assert use_half(library.trt, definition) == []
    assert _build(library, network)


def test_a_quantised_file_is_built_as_it_says(library: Library) -> None:
    quantise = [
        helper.make_node("QuantizeLinear", ["image", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["dq"]),
    ]
    network = _network(_convolution(np.ones((8, 1, 3, 3)), quantise, "dq"))
    assert precision_of(network) == "int8"
    assert precision_of(_tiny()) == "fp16"
    assert _build(library, network, "int8")


def _with_int32_bias() -> bytes:
    model = onnx.load_model_from_string(_convolution(np.ones((8, 1, 3, 3))))
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(np.zeros(8, np.int32), "bias32"))
    graph.initializer.append(numpy_helper.from_array(np.array(0.01, np.float32), "bias_scale"))
    graph.node.insert(0, helper.make_node("DequantizeLinear", ["bias32", "bias_scale"], ["bias"]))
    graph.node[-1].input.append("bias")
    return bytes(model.SerializeToString())


def _with_side_file(folder: Path) -> bytes:
    model = onnx.load_model_from_string(_convolution(np.ones((8, 1, 3, 3))))
    onnx.save(model, folder / "m.onnx", save_as_external_data=True, location="kernel.bin", size_threshold=0)
    return (folder / "m.onnx").read_bytes()


def test_what_is_refused_is_one_line(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = _network(_with_side_file(tmp_path))
    monkeypatch.chdir(
        tmp_path
    )  # the side file lies in the working directory, and must not be found all the same
    cases = [
        (_network(b"not a network"), "fp16", "refuses the network"),
        (_network(b""), "fp16", "refuses the network|0 inputs"),
        (side, "fp16", "refuses the network"),
        (_network(build_memory(views=3), (1, 9)), "fp16", "2 inputs: only one"),
        (_network(_tiny().data, (1, 1, 96, 96)), "fp16", "input has the shape"),
        (_network(_with_int32_bias()), "int8", "refuses the network|cannot build"),
        (_tiny(), "fp4", "unknown precision"),
    ]
    for network, precision, reason in cases:
        with pytest.raises(RuntimeUnavailable, match=reason) as caught:
            _build(library, network, precision)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300


def test_progress_reaches_the_end(library: Library) -> None:
    told: list[float] = []
    _build(library, _tiny(), progress=lambda part, phase: told.append(part))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5


def _key(library: Library, network: Network) -> EngineKey:
    return EngineKey("recorded GPU", "1.0", str(library), "fp16", network.sha256, network.input_shape)


def test_an_engine_is_kept_and_found(library: Library, tmp_path: Path) -> None:
    network, key = _tiny(), _key(library, _tiny())
    built = build_and_keep(
        library, new_logger(library.trt), RecordedDevice(), network, key, lambda part, phase: None, tmp_path
    )
    assert load_engine(tmp_path, key) == built


def test_a_full_gpu_is_one_line_before_the_build(library: Library, tmp_path: Path) -> None:
    network = _tiny()
    with pytest.raises(RuntimeUnavailable, match=r"building the network needs .* MB are free: close other"):
        build_and_keep(
            library, new_logger(library.trt), RecordedDevice(free=1000), network, _key(library, network),
            lambda part, phase: None, tmp_path,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_does_not_load_is_one_line(
    library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a GPU: engines load")
    for _ in range(2):  # built, then refused out of the cache and built again
        caplog.clear()
        with pytest.raises(RuntimeUnavailable, match="does not load its own engine") as caught:
            TensorRtNative._open(library, RecordedDevice(), _tiny(), "fp16", None, tmp_path)
        assert "\n" not in str(caught.value)
    assert sum("refuses the engine kept for it" in line for line in caplog.messages) == 1
    lines = open_runtime(_tiny()).passed_over
    assert any(line.startswith("tensorrt-native: no usable NVIDIA GPU: ") for line in lines)

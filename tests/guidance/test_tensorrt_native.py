"""The runtime tensorrt-native around TensorRT: cache, specifications, failures. An engine needs a GPU: it is imitated.

Promises:
- an engine in the cache is loaded, not built; what the library does not load any more is forgotten;
- inputs and outputs are told as the engine has them, and answers are float32, of the outputs asked for;
- it tells what executes it, and nothing once closed; a run is a clear failure then, and where the GPU fails;
- closing frees the device, twice does no harm;
- an output that is no float, and an engine larger than the free memory, are one line;
- a TensorRT that is not there, incomplete, or does not load is one line, and ``auto`` goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from recorded_device import SHAPE, DoublingContext, RecordedDevice
from tiny_model import build_network

from guidance.errors import RuntimeFailure
from guidance.runtimes import Network, Runtime, RuntimeUnavailable, open_runtime
from guidance.runtimes.engine_cache import EngineKey, load_engine, store_engine
from guidance.runtimes.tensorrt_build import Library, find_library
from guidance.runtimes.tensorrt_native import TensorRtNative

NETWORK = Network(b"unread", Path("n.onnx"), "ab" * 32, SHAPE, ("double", "sum"))
Mode = Enum("Mode", "INPUT OUTPUT")


class DoublingEngine:
    """What an ``ICudaEngine`` tells, for the network of ``DoublingContext``."""

    num_io_tensors = 4
    device_memory_size_v2 = 1 << 20
    types = ("FLOAT", "FLOAT", "HALF", "FLOAT")
    names = ("image", "double", "sum", "unwanted")

    def __init__(self, device: RecordedDevice) -> None:
        self.context = DoublingContext(device)

    def get_tensor_name(self, index: int) -> str:
        return self.names[index]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return (-1, 1, 4, 4) if name == "image" else self.context.shape[name]

    def get_tensor_dtype(self, name: str) -> Any:
        return SimpleNamespace(name=self.types[self.names.index(name)])

    def get_tensor_mode(self, name: str) -> Mode:
        return Mode.INPUT if name == "image" else Mode.OUTPUT

    def create_execution_context(self) -> DoublingContext:
        return self.context


def _library(engine: DoublingEngine | None) -> Library:
    class Logger:
        ERROR, INTERNAL_ERROR = range(2)

    runtime = SimpleNamespace(deserialize_cuda_engine=lambda data: engine if data == b"engine" else None)
    trt = SimpleNamespace(ILogger=Logger, Runtime=lambda logger: runtime, TensorIOMode=Mode)
    return Library(trt, "tensorrt", "10.99")


def _opened(device: RecordedDevice, folder: Path, engine: DoublingEngine | None = None) -> TensorRtNative:
    store_engine(folder, _key(device), b"engine")
    library = _library(engine or DoublingEngine(device))
    return TensorRtNative._open(library, device, NETWORK, "fp16", None, folder)


def _key(device: RecordedDevice) -> EngineKey:
    return EngineKey(device.name, device.driver, "tensorrt 10.99", "fp16", NETWORK.sha256, SHAPE)


def test_out_of_the_cache_into_answers(tmp_path: Path) -> None:
    device = RecordedDevice()
    native = _opened(device, tmp_path)
    runtime: Runtime = native
    assert native.built_in_s is None
    assert runtime.name == "tensorrt-native"
    assert [(spec.name, spec.shape, spec.dtype) for spec in runtime.inputs] == [
        ("image", (None, 1, 4, 4), "float32")
    ]
    assert [(spec.name, spec.dtype) for spec in runtime.outputs] == [
        ("double", "float32"),
        ("sum", "float16"),
        ("unwanted", "float32"),
    ]
    answer = runtime.run(np.ones(SHAPE, np.float32))
    assert set(answer) == {"double", "sum"}
    assert answer["sum"].dtype == np.float32
    assert answer["sum"][0] == 16
    assert native.device_name == "recorded GPU"
    assert native.details == {
        "library": "tensorrt 10.99", "precision": "fp16", "driver": "1.0", "cuda_graph": 1,
    }  # fmt: skip


def test_closed_and_failing(tmp_path: Path) -> None:
    device = RecordedDevice()
    native = _opened(device, tmp_path)
    with pytest.raises(RuntimeFailure, match="is bound"):
        native.run(np.ones((1, 1, 5, 5), np.float32))
    device.fails = "wait"
    with pytest.raises(RuntimeFailure, match="failed on tensorrt-native: wait: it is tired"):
        native.run(np.ones(SHAPE, np.float32))
    native.close()
    native.close()
    assert device.calls.count("close") == 1
    assert native.details == {}
    with pytest.raises(RuntimeFailure, match="closed"):
        native.run(np.ones(SHAPE, np.float32))


def test_what_does_not_fit_is_one_line(tmp_path: Path) -> None:
    device = RecordedDevice()
    engine = DoublingEngine(device)
    engine.types = ("FLOAT", "INT64", "HALF", "FLOAT")
    with pytest.raises(RuntimeUnavailable, match="'double' is of type int64, not a float"):
        _opened(device, tmp_path, engine)
    large = DoublingEngine(device)
    large.device_memory_size_v2 = 1 << 40
    with pytest.raises(
        RuntimeUnavailable, match="the network needs 1099579 MB of GPU memory, 1074 MB are free"
    ):
        _opened(device, tmp_path, large)


def test_an_engine_that_is_refused_is_forgotten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    device = RecordedDevice(free=0)  # so that the building that follows stops at once
    store_engine(tmp_path, _key(device), b"of another make")
    device.free = 100 << 20

    def full_after_the_first_look() -> int:
        device.free, now = 0, device.free
        return now

    device.free_bytes = full_after_the_first_look  # type: ignore[method-assign]
    with pytest.raises(RuntimeUnavailable, match="building the network needs"):
        TensorRtNative._open(_library(DoublingEngine(device)), device, NETWORK, "fp16", None, tmp_path)
    assert load_engine(tmp_path, _key(device)) is None
    assert sum("refuses the engine kept for it" in line for line in caplog.messages) == 1


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are found first, and no TensorRT imported yet."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("tensorrt", "tensorrt_rtx"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield tmp_path
    for name in ("tensorrt", "tensorrt_rtx"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_part_of_tensorrt", "is installed but incomplete: No module named 'no_such_part"),
        (
            "raise OSError('libnvinfer.so.10: cannot open\\nmore')",
            "cannot be loaded: libnvinfer.so.10: cannot open",
        ),
        ("raise RuntimeError", "cannot be loaded: it gives no reason"),
        ("", "cannot be loaded: module 'tensorrt' has no attribute '__version__'"),
    ],
)
def test_a_broken_tensorrt_is_one_line(code: str, reason: str, modules: Path) -> None:
    for name in ("tensorrt", "tensorrt_rtx"):
        (modules / f"{name}.py").write_text(code)
    with pytest.raises(RuntimeUnavailable) as caught:
        find_library()
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    data = build_network(size=64, views=3, seed=0, noise=0.1)
    opened = open_runtime(Network(data, Path("tiny.onnx"), "cd" * 32, (1, 1, 64, 64)))
    assert any(line.startswith("tensorrt-native: tensorrt is installed but") for line in opened.passed_over)


@pytest.mark.parametrize(
    ("code", "taken"), [("__version__ = '10.13'", "tensorrt 10.13"), ("raise OSError", "tensorrt_rtx 1.7")]
)
def test_tensorrt_comes_before_rtx_where_it_works(code: str, taken: str, modules: Path) -> None:
    (modules / "tensorrt.py").write_text(code)
    (modules / "tensorrt_rtx.py").write_text("__version__ = '1.7'")
    assert str(find_library()) == taken

"""A network on a GPU's stream: order of calls, buffers, graph, memory. CUDA itself is recorded, the rest is real.

Promises:
- everything is bound once; a call allocates nothing, queues copy in, network, copies out, or replays a graph of them;
- the graph is recorded after one call outside of it; a network that cannot be recorded runs without, with one line;
- the answers are the picture's own, in float32, and later calls leave them alone;
- outputs that nobody asked for are bound, as TensorRT demands, but not copied;
- too little memory is one line before anything is allocated; so is a shape that depends on the data;
- a picture of another shape is refused, and a GPU that fails is an error;
- without bindings, driver or GPU, the device says which in one line.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from recorded_device import SHAPE, DoublingContext, RecordedDevice

from guidance.runtimes.cuda_device import CudaDevice, CudaError, Device
from guidance.runtimes.gpu_session import SPARE_BYTES, Context, GpuSession, require_memory
from guidance.runtimes.network import RuntimeUnavailable

FLOAT, HALF = np.dtype(np.float32), np.dtype(np.float16)


def _session(device: RecordedDevice, context: DoublingContext | None = None) -> GpuSession:
    as_device: Device = device
    as_context: Context = context or DoublingContext(device)
    wanted = {"double": FLOAT, "sum": HALF, "unwanted": FLOAT}
    return GpuSession(as_device, as_context, ("image", SHAPE, FLOAT), wanted, ("double", "sum"))


def _picture(level: float) -> NDArray[np.float32]:
    return np.full(SHAPE, level, np.float32)


CALL = ["in", "network", "out", "out"]


def test_bound_once_and_recorded_after_a_call() -> None:
    device = RecordedDevice()
    session = _session(device)
    assert device.calls == [
        *["allocate", "pinned"] * 4,
        *CALL,
        "wait",
        "begin",
        *CALL,
        "end",
        "launch",
        "wait",
    ]
    assert session.replays_graph
    device.calls.clear()
    for _ in range(3):
        session.run(_picture(1.0))
    assert device.calls == ["launch", "wait"] * 3


def test_answers_are_the_pictures_own() -> None:
    session = _session(RecordedDevice())
    answers = [session.run(_picture(level)) for level in (1.0, 2.0, 3.0)]
    for level, answer in zip((1.0, 2.0, 3.0), answers, strict=True):
        assert set(answer) == {"double", "sum"}
        assert np.array_equal(answer["double"], _picture(2 * level))
        assert answer["sum"].shape == (1,)
        assert answer["sum"][0] == 16 * level
        assert all(values.dtype == np.float32 and values.flags.owndata for values in answer.values())
    reversed_picture = np.arange(16, dtype=np.float32).reshape(SHAPE)[..., ::-1]  # not contiguous
    assert np.array_equal(session.run(reversed_picture)["double"], 2 * reversed_picture)


@pytest.mark.parametrize("fails", ["begin", "end", "launch"])
def test_without_a_graph_it_runs_all_the_same(fails: str, caplog: pytest.LogCaptureFixture) -> None:
    device = RecordedDevice(fails=fails)
    session = _session(device)
    assert not session.replays_graph
    (line,) = caplog.messages
    assert f"no CUDA graph ({fails}: it is tired)" in line
    device.calls.clear()
    assert np.array_equal(session.run(_picture(1.5))["double"], _picture(3.0))
    assert device.calls == [*CALL, "wait"]


def test_a_network_that_refuses_to_be_recorded_leaves_the_recording() -> None:
    device = RecordedDevice()
    session = _session(device, DoublingContext(device, fails_at=2))
    assert device.calls[-2:] == ["in", "end"]
    assert device.recording is None
    assert session.run(_picture(1.0))["sum"][0] == 16


def test_too_little_memory_is_said_before_any_is_taken() -> None:
    device = RecordedDevice(free=SPARE_BYTES)
    with pytest.raises(
        RuntimeUnavailable, match="needs 67 MB of GPU memory, 67 MB are free: close other programs"
    ):
        _session(device)
    assert device.calls == []
    require_memory(device, 0, "nothing")


def test_memory_that_goes_meanwhile_is_one_line() -> None:
    with pytest.raises(RuntimeUnavailable, match=r"^no memory for 'image': allocate: it is tired$"):
        _session(RecordedDevice(fails="allocate"))


def test_what_cannot_be_bound_or_executed_is_one_line() -> None:
    device = RecordedDevice()
    context = DoublingContext(device)
    context.shape["double"] = (-1, 3)
    with pytest.raises(RuntimeUnavailable, match="'double' depends on the picture"):
        _session(device, context)
    with pytest.raises(RuntimeUnavailable, match="does not take the shape"):
        GpuSession(device, context, ("image", (1, 1, 5, 5), FLOAT), {}, ())
    with pytest.raises(RuntimeUnavailable, match="does not execute: TensorRT could not queue"):
        _session(device, DoublingContext(device, fails_at=1))
    with pytest.raises(RuntimeUnavailable, match="does not execute: wait: it is tired"):
        _session(RecordedDevice(fails="wait"))


def test_wrong_pictures_and_failing_gpus() -> None:
    device = RecordedDevice()
    session = _session(device)
    with pytest.raises(ValueError, match="is bound"):
        session.run(np.zeros((1, 1, 5, 5), np.float32))
    device.fails = "launch"
    with pytest.raises(CudaError, match="launch"):
        session.run(_picture(0.0))


def test_a_machine_without_a_gpu_says_so() -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a GPU")
    with pytest.raises(
        RuntimeUnavailable, match=r"^(cuda-bindings is not installed|no usable NVIDIA GPU: )[^\n]*$"
    ):
        CudaDevice()

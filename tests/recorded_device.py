"""A CUDA device for tests that have none, which records the calls and does their work in numpy, and a network on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.runtimes.cuda_device import CudaError

SHAPE = (1, 1, 4, 4)


class RecordedDevice:
    """Memory is numpy's, a stream is a list of what to do; each call leaves its name."""

    name, driver, stream = "recorded GPU", "1.0", 7

    def __init__(self, free: int = 1 << 30, fails: str = "") -> None:
        self.calls: list[str] = []
        self.memory: dict[int, NDArray[np.uint8]] = {}
        self.free = free
        self.fails = fails
        self.recording: list[Any] | None = None

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.fails:
            raise CudaError(f"{name}: it is tired")

    def queue(self, name: str, work: Any) -> None:
        self._call(name)
        if self.recording is None:
            work()
        else:
            self.recording.append(work)

    def free_bytes(self) -> int:
        return self.free

    def allocate(self, size: int) -> int:
        self._call("allocate")
        address = 4096 * (len(self.memory) + 1)
        self.memory[address] = np.full(size, 255, np.uint8)
        return address

    def pinned(self, size: int) -> NDArray[np.uint8]:
        self._call("pinned")
        return np.full(size, 255, np.uint8)

    def copy_in(self, address: int, host: NDArray[np.uint8]) -> None:
        def work() -> None:
            self.memory[address][: host.size] = host

        self.queue("in", work)

    def copy_out(self, host: NDArray[np.uint8], address: int) -> None:
        def work() -> None:
            host[:] = self.memory[address][: host.size]

        self.queue("out", work)

    def begin_capture(self) -> None:
        self._call("begin")
        self.recording = []

    def end_capture(self) -> Any:
        graph, self.recording = self.recording, None
        self._call("end")
        return graph

    def launch(self, graph: Any) -> None:
        self._call("launch")
        for work in graph:
            work()

    def synchronize(self) -> None:
        self._call("wait")

    def close(self) -> None:
        self._call("close")


class DoublingContext:
    """A network that doubles the picture, and gives its sum in FP16 and a number that nobody wants."""

    def __init__(self, device: RecordedDevice, fails_at: int = 0) -> None:
        self.device = device
        self.addresses: dict[str, int] = {}
        self.fails_at = fails_at
        self.queued = 0
        self.shape = {"double": SHAPE, "sum": (1,), "unwanted": (1, 3)}

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        return name == "image" and shape == SHAPE

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.shape[name]

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        assert stream_handle == self.device.stream
        self.queued += 1
        if self.queued == self.fails_at:
            return False

        def work() -> None:
            memory, at = self.device.memory, self.addresses
            picture = memory[at["image"]][:64].view(np.float32)
            memory[at["double"]][:64].view(np.float32)[:] = 2 * picture
            memory[at["sum"]][:2].view(np.float16)[:] = picture.sum()

        self.device.queue("network", work)
        return True

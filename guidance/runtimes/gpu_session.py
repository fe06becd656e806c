"""One network on one stream: buffers bound once and reused, and copies and kernels replayed as one CUDA graph."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from guidance.runtimes.cuda_device import CudaError, Device
from guidance.runtimes.network import RuntimeUnavailable

_log = logging.getLogger(__name__)
SPARE_BYTES = 64 << 20  # left to the driver, to the graph and to other programs
_ALIGNMENT = 256


class Context(Protocol):
    """What is needed of TensorRT's ``IExecutionContext``. Each method gives False where it failed."""

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        """Fix the input's shape."""
        ...

    def get_tensor_shape(self, name: str) -> Iterable[int]:
        """A tensor's shape, -1 where it depends on the data."""
        ...

    def set_tensor_address(self, name: str, memory: int) -> bool:
        """Where a tensor lies on the GPU."""
        ...

    def execute_async_v3(self, stream_handle: int) -> bool:
        """Queue the network."""
        ...


@dataclass(frozen=True, slots=True)
class _Bound:
    """A tensor: where it lies on the GPU, and page-locked host memory for it, as bytes and as what it means."""

    address: int
    raw: NDArray[np.uint8]
    values: NDArray[Any]


def require_memory(device: Device, size: int, purpose: str) -> None:
    """Fail in one line instead of running out of memory.

    Raises:
        RuntimeUnavailable: fewer than ``size`` bytes, with some to spare, are free on ``device``.
    """
    free = device.free_bytes()
    if size + SPARE_BYTES > free:
        raise RuntimeUnavailable(
            f"{purpose} needs {(size + SPARE_BYTES) / 1e6:.0f} MB of GPU memory, {free / 1e6:.0f} MB are free: "
            "close other programs on the GPU"
        )


class GpuSession:
    """Binds ``context`` on ``device`` for one input shape, warms it up and records a graph.

    Args:
        device: owns the memory; stays the caller's to close.
        context: has all its own memory.
        fed: name, shape and dtype of the input.
        wanted: name and dtype of every output. All are bound, as TensorRT demands.
        kept: names of the outputs that :meth:`run` gives.

    Raises:
        RuntimeUnavailable: too little memory, a shape that depends on the data, or the network does not execute.
    """

    def __init__(
        self,
        device: Device,
        context: Context,
        fed: tuple[str, tuple[int, ...], np.dtype[Any]],
        wanted: dict[str, np.dtype[Any]],
        kept: Iterable[str] = (),
    ):
        self._device = device
        self._context = context
        self._graph: Any = None
        name, self._shape, dtype = fed
        if not context.set_input_shape(name, self._shape):
            raise RuntimeUnavailable(f"the engine does not take the shape {self._shape}")
        shapes = {output: tuple(context.get_tensor_shape(output)) for output in wanted}
        for output, shape in shapes.items():
            if any(n < 0 for n in shape):
                raise RuntimeUnavailable(f"the shape of output '{output}' depends on the picture: {shape}")
        total = _size(self._shape, dtype) + sum(_size(shapes[output], wanted[output]) for output in wanted)
        require_memory(device, total, "a network's input and output")
        self._input = self._bind(name, self._shape, dtype)
        bound = {output: self._bind(output, shapes[output], wanted[output]) for output in wanted}
        names = set(kept)
        self._outputs = {o: b for o, b in bound.items() if not names or o in names}
        self._input.raw[:] = 0
        try:
            self._queue()  # the first call loads kernels, which must not happen while a graph is recorded
            device.synchronize()
        except CudaError as error:
            raise RuntimeUnavailable(f"the network does not execute: {error}") from error
        self._graph = self._record()

    @property
    def replays_graph(self) -> bool:
        """Calls replay a recorded graph; else each is queued anew."""
        return self._graph is not None

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The kept outputs for ``tensor``, as float32 arrays of the caller's own.

        Raises:
            ValueError: ``tensor`` has another shape than was bound.
            CudaError: the GPU failed.
        """
        if tensor.shape != self._shape:
            raise ValueError(f"a picture of shape {tensor.shape} came, {self._shape} is bound")
        np.copyto(self._input.values, tensor, casting="same_kind")
        if self._graph is None:
            self._queue()
        else:
            self._device.launch(self._graph)
        self._device.synchronize()
        return {name: bound.values.astype(np.float32) for name, bound in self._outputs.items()}

    def _bind(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> _Bound:
        size = _size(shape, dtype)
        try:
            address, raw = self._device.allocate(size), self._device.pinned(size)
        except CudaError as error:
            raise RuntimeUnavailable(f"no memory for '{name}': {error}") from error
        if not self._context.set_tensor_address(name, address):
            raise RuntimeUnavailable(f"the engine refuses the buffer of '{name}'")
        used = raw[: math.prod(shape) * dtype.itemsize]
        return _Bound(address, used, used.view(dtype).reshape(shape))

    def _queue(self) -> None:
        device = self._device
        device.copy_in(self._input.address, self._input.raw)
        if not self._context.execute_async_v3(device.stream):
            raise CudaError("TensorRT could not queue the network")
        for bound in self._outputs.values():
            device.copy_out(bound.raw, bound.address)

    def _record(self) -> Any:
        """A graph of one call; None, and one line in the log, where the network cannot be recorded."""
        device = self._device
        failure: CudaError | None = None
        graph: Any = None
        try:
            device.begin_capture()
            try:
                self._queue()
            except CudaError as error:
                failure = error
            graph = device.end_capture()  # also after a failure: the stream must leave the recording
            if failure is None:
                device.launch(graph)
                device.synchronize()
        except CudaError as error:
            failure = failure or error
        if failure is not None:
            _log.warning(
                "no CUDA graph (%s): each call is queued anew, which costs some microseconds", failure
            )
            return None
        return graph


def _size(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Bytes to allocate: never none, and a multiple of what the GPU aligns."""
    return max(1, -(-math.prod(shape) * dtype.itemsize // _ALIGNMENT)) * _ALIGNMENT

"""A CUDA device with one stream: memory, page-locked memory, copies, and graphs of recorded calls.

The protocol is the seam between what executes a network and CUDA: tests record its calls, :class:`CudaDevice` makes
them through NVIDIA's own bindings (``cuda-bindings``: Apache-2.0, released with each CUDA, linked to the CUDA runtime
statically, so it needs the driver and nothing else; it covers graphs and page-locked memory, and is what PyTorch-free
programs share with TensorRT's own samples).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from guidance.runtimes.network import RuntimeUnavailable

_DRIVER_VERSION = Path(
    "/proc/driver/nvidia/version"
)  # Linux; CUDA itself tells only which CUDA the driver supports


class CudaError(Exception):
    """A CUDA call failed; the text is one line with the call and CUDA's reason."""


class Device(Protocol):
    """One GPU and one stream on it; every call but :meth:`synchronize` only queues work on that stream.

    Addresses are device addresses as integers. Each method may raise :class:`CudaError`.
    """

    @property
    def name(self) -> str:
        """The GPU, e.g. ``"NVIDIA H100 80GB HBM3"``."""
        ...

    @property
    def driver(self) -> str:
        """Version of the driver."""
        ...

    @property
    def stream(self) -> int:
        """Handle of the stream."""
        ...

    def free_bytes(self) -> int:
        """GPU memory that nobody has taken."""
        ...

    def allocate(self, size: int) -> int:
        """Address of ``size`` bytes of GPU memory, until :meth:`close`."""
        ...

    def pinned(self, size: int) -> NDArray[np.uint8]:
        """``size`` bytes of page-locked host memory, until :meth:`close`: the array must not be used after it."""
        ...

    def copy_in(self, address: int, host: NDArray[np.uint8]) -> None:
        """Copy ``host`` to the GPU."""
        ...

    def copy_out(self, host: NDArray[np.uint8], address: int) -> None:
        """Copy from the GPU to ``host``."""
        ...

    def begin_capture(self) -> None:
        """From now on record what is queued on the stream instead of doing it."""
        ...

    def end_capture(self) -> Any:
        """End the recording, also one that failed, and give it as something for :meth:`launch`."""
        ...

    def launch(self, graph: Any) -> None:
        """Queue a recording."""
        ...

    def synchronize(self) -> None:
        """Wait until everything queued is done."""
        ...

    def close(self) -> None:
        """Free all of it. Closing twice is harmless."""
        ...


class _Address:
    """Host memory as numpy takes it: the array interface, version 3."""

    def __init__(self, address: int, size: int):
        self.__array_interface__ = {
            "shape": (size,), "typestr": "|u1", "data": (address, False), "version": 3,
        }  # fmt: skip


class CudaDevice:
    """The first GPU that CUDA shows (``CUDA_VISIBLE_DEVICES`` chooses), as a :class:`Device`.

    Raises:
        RuntimeUnavailable: no bindings, no GPU, no driver, or one that is too old.
    """

    def __init__(self) -> None:
        try:
            from cuda.bindings import runtime
        except Exception as error:  # also a library of it that does not load
            raise RuntimeUnavailable(
                "cuda-bindings is not installed: pip install 'sonoguide[gpu]'"
            ) from error
        self._cuda: Any = runtime
        self._memory: list[int] = []
        self._host: list[int] = []
        self._graphs: list[Any] = []
        self._stream: Any = None
        try:
            self._open()
        except CudaError as error:
            self.close()
            raise RuntimeUnavailable(f"no usable NVIDIA GPU: {error}") from error
        except Exception as error:  # the bindings raise errors of their own where the driver lacks a function
            self.close()
            raise RuntimeUnavailable(f"no usable NVIDIA GPU: {type(error).__name__}: {error}") from error

    def _open(self) -> None:
        supported = int(self._call("cudaDriverGetVersion"))
        if supported == 0:
            raise CudaError("no NVIDIA driver is loaded")
        if self._call("cudaGetDeviceCount") == 0:
            raise CudaError("none is visible")
        self._call("cudaSetDevice", 0)
        properties = self._call("cudaGetDeviceProperties", 0)
        self._name = bytes(properties.name).split(b"\0")[0].decode("utf-8", "replace")
        self._driver = _driver_version() or f"CUDA {supported}"
        self._stream = self._call("cudaStreamCreateWithFlags", self._cuda.cudaStreamNonBlocking)

    @property
    def name(self) -> str:
        """The GPU's name."""
        return self._name

    @property
    def driver(self) -> str:
        """The driver's version; where the system does not tell it, the CUDA version that it supports."""
        return self._driver

    @property
    def stream(self) -> int:
        """The stream's handle."""
        return int(self._stream)

    def free_bytes(self) -> int:
        """GPU memory that nobody has taken."""
        return int(self._call("cudaMemGetInfo")[0])

    def allocate(self, size: int) -> int:
        """GPU memory."""
        address = int(self._call("cudaMalloc", size))
        self._memory.append(address)
        return address

    def pinned(self, size: int) -> NDArray[np.uint8]:
        """Page-locked host memory."""
        address = int(self._call("cudaHostAlloc", size, self._cuda.cudaHostAllocDefault))
        self._host.append(address)
        return np.asarray(_Address(address, size))

    def copy_in(self, address: int, host: NDArray[np.uint8]) -> None:
        """Queue a copy to the GPU."""
        self._copy(address, host.ctypes.data, host.nbytes, self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice)

    def copy_out(self, host: NDArray[np.uint8], address: int) -> None:
        """Queue a copy from the GPU."""
        self._copy(host.ctypes.data, address, host.nbytes, self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost)

    def _copy(self, to: int, of: int, size: int, kind: Any) -> None:
        self._call("cudaMemcpyAsync", to, of, size, kind, self._stream)

    def begin_capture(self) -> None:
        """Record, in the mode that minds only this thread's calls: other threads may use CUDA meanwhile."""
        mode = self._cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call("cudaStreamBeginCapture", self._stream, mode)

    def end_capture(self) -> Any:
        """An executable graph."""
        graph = self._call("cudaStreamEndCapture", self._stream)
        try:
            executable = self._call("cudaGraphInstantiate", graph, 0)
        finally:
            self._call("cudaGraphDestroy", graph)
        self._graphs.append(executable)
        return executable

    def launch(self, graph: Any) -> None:
        """Queue an executable graph."""
        self._call("cudaGraphLaunch", graph, self._stream)

    def synchronize(self) -> None:
        """Wait for the stream."""
        self._call("cudaStreamSynchronize", self._stream)

    def close(self) -> None:
        """Free everything; what CUDA says against it is of no use to anybody any more."""
        cuda = self._cuda
        if self._stream is not None:
            cuda.cudaStreamSynchronize(self._stream)
        for graph in self._graphs:
            cuda.cudaGraphExecDestroy(graph)
        for address in self._memory:
            cuda.cudaFree(address)
        for address in self._host:
            cuda.cudaFreeHost(address)
        if self._stream is not None:
            cuda.cudaStreamDestroy(self._stream)
        self._graphs, self._memory, self._host, self._stream = [], [], [], None

    def _call(self, function: str, *arguments: Any) -> Any:
        """The result of a call: nothing, one value, or a tuple of several."""
        status, *values = getattr(self._cuda, function)(*arguments)
        if int(status) != 0:
            text = self._cuda.cudaGetErrorString(status)[1]
            reason = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
            raise CudaError(f"{function}: {reason}")
        return None if not values else values[0] if len(values) == 1 else tuple(values)


def _driver_version() -> str | None:
    try:
        found = re.search(r"Kernel Module\s.*?(\d+\.\d+(?:\.\d+)?)", _DRIVER_VERSION.read_text())
    except OSError:
        return None
    return found.group(1) if found else None

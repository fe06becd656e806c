"""The runtime ``tensorrt-native``: TensorRT (or TensorRT-RTX) without ONNX Runtime between. One GPU, one stream.

No GPU has confirmed this file's calls yet; what goes before them (parsing, precision, building, cache) is tested.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from guidance.errors import RuntimeFailure
from guidance.runtimes.build_progress import LoggedProgress, Progress
from guidance.runtimes.cuda_device import CudaDevice, CudaError, Device
from guidance.runtimes.engine_cache import (
    EngineKey,
    drop_engine,
    load_engine,
    read_if_there,
    store_engine,
    write_whole,
)
from guidance.runtimes.gpu_session import GpuSession, require_memory
from guidance.runtimes.network import Network, RuntimeUnavailable, TensorSpec
from guidance.runtimes.tensorrt_build import (
    Library,
    build_engine,
    find_library,
    new_logger,
    one_line,
    precision_of,
)

NAME = "tensorrt-native"
_WORKSPACE = 512 << 20  # more than any layer of the networks here asks for; the builder takes what it needs
_DTYPES = {"FLOAT": "float32", "HALF": "float16"}
_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where engines are kept: in the user's cache."""
    return platformdirs.user_cache_path("sonoguide") / NAME


class TensorRtNative:
    """A network as a TensorRT engine, made by :meth:`open`. A :class:`guidance.runtimes.Runtime`.

    Attributes:
        concurrent: False: there is one set of buffers.
        built_in_s: seconds that building the engine took; None where it came from the cache.
    """

    concurrent = False

    def __init__(self, device: Device, library: Library, engine: Any, network: Network, precision: str):
        """Bind ``engine``, an ``ICudaEngine``, on ``device``, which this runtime closes in the end.

        Raises:
            RuntimeUnavailable: it does not fit into the GPU's memory, or does not execute.
        """
        trt = library.trt
        self.built_in_s: float | None = None
        self._device: Device | None = device
        self._about = {"library": str(library), "precision": precision, "driver": device.driver}
        self._gpu = device.name
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        specs = {name: _spec(engine, name) for name in names}
        is_input = {name: engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT for name in names}
        self._inputs = tuple(specs[name] for name in names if is_input[name])
        self._outputs = tuple(specs[name] for name in names if not is_input[name])
        for spec in specs.values():
            if spec.dtype not in _DTYPES.values():
                raise RuntimeUnavailable(f"tensor '{spec.name}' is of type {spec.dtype}, not a float")
        require_memory(device, int(engine.device_memory_size_v2), "the network")
        context = engine.create_execution_context()
        if context is None:
            raise RuntimeUnavailable("TensorRT gives no execution context: is the GPU's memory full?")
        self._engine, self._context = engine, context
        (fed,) = self._inputs
        self._session: GpuSession | None = GpuSession(
            device,
            context,
            (fed.name, network.input_shape, np.dtype(fed.dtype)),
            {spec.name: np.dtype(spec.dtype) for spec in self._outputs},
            network.outputs,
        )

    @classmethod
    def open(
        cls,
        network: Network,
        *,
        precision: str = "",
        progress: Progress | None = None,
        folder: Path | None = None,
    ) -> TensorRtNative:
        """Load the engine of ``network`` from the cache, or build it, on the first GPU.

        Args:
            network: one float input.
            precision: of :data:`guidance.runtimes.tensorrt_build.PRECISIONS`; empty: INT8 where the file is
                quantised, else FP16.
            progress: told how far a build is; default: the log, at INFO.
            folder: of the cache; default: :func:`cache_folder`.

        Raises:
            RuntimeUnavailable: a library, driver or GPU is missing, the GPU is full, or TensorRT refuses the network.
        """
        library = find_library()
        device = CudaDevice()
        try:
            return cls._open(
                library,
                device,
                network,
                precision or precision_of(network),
                progress,
                folder or cache_folder(),
            )
        except BaseException as error:
            device.close()
            if isinstance(error, RuntimeUnavailable) or not isinstance(error, Exception):
                raise
            raise RuntimeUnavailable(
                f"{library} failed: {type(error).__name__}: {one_line(error)}"
            ) from error

    @classmethod
    def _open(
        cls,
        library: Library,
        device: Device,
        network: Network,
        precision: str,
        progress: Progress | None,
        folder: Path,
    ) -> TensorRtNative:
        key = EngineKey(
            device.name, device.driver, str(library), precision, network.sha256, tuple(network.input_shape)
        )
        logger = new_logger(library.trt)
        runtime = library.trt.Runtime(logger)
        kept = load_engine(folder, key)
        if kept is not None:
            require_memory(device, len(kept), "the network")
            engine = runtime.deserialize_cuda_engine(kept)
            if engine is not None:
                return cls(device, library, engine, network, precision)
            drop_engine(folder, key)
            _log.warning(
                "%s refuses the engine kept for it (%s): it is built anew", library, one_line(logger.error)
            )
        start = time.perf_counter()
        data = build_and_keep(library, logger, device, network, key, progress or LoggedProgress(), folder)
        engine = runtime.deserialize_cuda_engine(data)
        if engine is None:
            raise RuntimeUnavailable(f"{library} does not load its own engine: {one_line(logger.error)}")
        seconds = time.perf_counter() - start
        opened = cls(device, library, engine, network, precision)
        opened.built_in_s = seconds
        return opened

    @property
    def name(self) -> str:
        """``"tensorrt-native"``."""
        return NAME

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The one input."""
        return self._inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """All outputs of the engine."""
        return self._outputs

    @property
    def device_name(self) -> str:
        """The GPU."""
        return self._gpu

    @property
    def details(self) -> dict[str, str | int]:
        """What executes the network, for reports; empty once closed."""
        if self._session is None:
            return {}
        return {**self._about, "cuda_graph": int(self._session.replays_graph)}

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name, as arrays of the caller's own.

        Raises:
            RuntimeFailure: the GPU failed, the tensor does not fit, or the runtime was closed.
        """
        if self._session is None:
            raise RuntimeFailure("the runtime is closed: load the model again")
        try:
            return self._session.run(tensor)
        except (CudaError, ValueError, TypeError) as error:
            raise RuntimeFailure(f"the network failed on {NAME}: {one_line(error)}") from error

    def close(self) -> None:
        """Free the GPU's memory."""
        self._session = self._context = self._engine = None
        if self._device is not None:
            self._device.close()
            self._device = None


def build_and_keep(
    library: Library,
    logger: Any,
    device: Device,
    network: Network,
    key: EngineKey,
    progress: Progress,
    folder: Path,
) -> bytes:
    """Build the engine for ``key`` and leave it, and the builder's measurements, in ``folder``.

    Raises:
        RuntimeUnavailable: too little memory, or TensorRT cannot build it.
    """
    require_memory(device, 2 * len(network.data), "building the network")
    _log.warning(
        "building a TensorRT engine for %s on %s: once, it may take a minute", network.path, device.name
    )
    timings = folder / key.timing_file_name
    engine, measured = build_engine(
        library,
        logger,
        network,
        key.precision,
        workspace=min(_WORKSPACE, device.free_bytes() // 2),
        timings=read_if_there(timings),
        progress=progress,
    )
    store_engine(folder, key, engine)
    if measured:
        write_whole(timings, measured)
    return engine


def _spec(engine: Any, name: str) -> TensorSpec:
    shape = tuple(None if n < 0 else int(n) for n in engine.get_tensor_shape(name))
    kind = engine.get_tensor_dtype(name).name
    return TensorSpec(name, shape, _DTYPES.get(kind, kind.lower()))

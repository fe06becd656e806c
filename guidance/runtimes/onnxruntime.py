"""ONNX Runtime on the CPU, CUDA or its TensorRT provider. A provider is claimed only when it really runs."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.runtimes.network import ANY_BATCH, Network, RuntimeUnavailable, TensorSpec
from guidance.runtimes.onnx_binding import Binding

PROVIDERS: Mapping[str, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
_DISTRIBUTIONS = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
_DTYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16"}
_LOG_ERRORS_ONLY = 3
_LOG_FATAL_ONLY = 4
_SOURCE_PLACE = re.compile(r"^/\S+:\d+ [^()]*\([^()]*\) ?")  # "/file.cc:12 void function(arguments) "
_NOWHERE = os.path.join(os.devnull, "none")


def check_installation() -> None:
    """Exactly one distribution of ONNX Runtime may be installed: they share a folder, one overwrites another.

    Raises:
        InputError: none or several are installed.
    """
    found = [name for name in _DISTRIBUTIONS if _installed(name)]
    if not found:
        raise InputError("ONNX Runtime is not installed: run pip install 'sonoguide[cpu]' (NVIDIA: [gpu])")
    if len(found) > 1:
        raise InputError(
            f"{' and '.join(found)} are installed together and overwrite each other: "
            f"run 'pip uninstall {' '.join(found)}', then install only one of them"
        )


def _installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _import() -> Any:
    check_installation()
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(
            f"ONNX Runtime cannot be loaded ({_first_line(error)}): "
            "run pip install --force-reinstall onnxruntime"
        ) from error
    return onnxruntime


class OnnxRuntime:
    """One network in one ONNX Runtime session, made by :meth:`open`. A :class:`guidance.runtimes.Runtime`.

    Attributes:
        max_batch: pictures in one call: 1 where the graph fixes its batch axis. Bound buffers serve single pictures.
    """

    def __init__(self, name: str, session: Any, wanted: Iterable[str] = ()):
        self._name = name
        self._session = session
        self._binding: Binding | None = None
        self._inputs = tuple(_spec(node) for node in session.get_inputs())
        self._outputs = tuple(_spec(node) for node in session.get_outputs())
        # TensorRT builds its engine anew, for seconds, for each number of pictures that it has not met.
        free = name != "tensorrt" and all(s.shape[:1] == (None,) for s in (*self._inputs, *self._outputs))
        self.max_batch = ANY_BATCH if free else 1
        self._wanted = [spec.name for spec in self._outputs if not wanted or spec.name in wanted]

    @classmethod
    def open(cls, network: Network, provider: str) -> OnnxRuntime:
        """Load ``network`` on ``provider``, a key of :data:`PROVIDERS`; any but the CPU must prove itself.

        Raises:
            InputError: ONNX Runtime is missing, or the network is damaged or unsupported.
            RuntimeUnavailable: the provider does not work on this machine.
        """
        ort = _import()
        full_name = PROVIDERS[provider]
        if full_name not in ort.get_available_providers():
            raise RuntimeUnavailable(f"ONNX Runtime {ort.__version__} was built without {provider}")
        if provider == "cpu":
            try:
                session = _session(ort, network, [full_name])
            except Exception as error:  # ONNX Runtime's exceptions share no public base class
                raise InputError(
                    f"{network.path}: cannot be loaded ({_first_line(error)}): export the model again"
                ) from error
            return cls(provider, session, network.outputs)
        return cls._open_accelerated(ort, network, provider)

    @classmethod
    def _open_accelerated(cls, ort: Any, network: Network, provider: str) -> OnnxRuntime:
        full_name = PROVIDERS[provider]
        # A provider whose libraries do not load logs errors from C++; we report the reason ourselves.
        ort.set_default_logger_severity(_LOG_FATAL_ONLY)
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # preload_dlls prints what it does not find
                ort.preload_dlls()
            chain: list[Any] = [(full_name, _provider_options(provider, network)), PROVIDERS["cpu"]]
            session = _session(ort, network, chain)
            # get_available_providers() lists what was compiled in; only the session knows what was loaded.
            if full_name not in session.get_providers():
                raise RuntimeUnavailable("it did not load: NVIDIA driver or libraries missing")
            opened = cls(provider, session, network.outputs)
            if len(opened.inputs) == 1 and opened.inputs[0].dtype == "float32":
                opened.bind(ort, "cuda", network.input_shape)
                opened.run(np.zeros(network.input_shape, np.float32))
        except RuntimeUnavailable:
            raise
        except Exception as error:
            raise RuntimeUnavailable(f"it failed on this network: {_first_line(error)}") from error
        finally:
            ort.set_default_logger_severity(_LOG_ERRORS_ONLY)
        return opened

    def bind(self, ort: Any, device: str, shape: tuple[int, ...]) -> None:
        """From now on :meth:`run` reuses buffers on ``device``, bound for pictures of ``shape``: for GPUs.

        It makes the difference of copies through pageable memory and of allocations in every call. One thread at a
        time may call :meth:`run` afterwards.

        Args:
            ort: the module ``onnxruntime``.
            device: ``"cuda"`` (CUDA and TensorRT providers) or ``"cpu"``.
            shape: of every call.

        Raises:
            Exception: whatever ONNX Runtime raises.
        """
        self._binding = Binding(ort, self._session, device, np.zeros(shape, np.float32), self._wanted)

    @property
    def concurrent(self) -> bool:
        """Several threads may call :meth:`run` at once, as ONNX Runtime promises; not where buffers are bound."""
        return self._binding is None

    @property
    def name(self) -> str:
        """The provider's short name."""
        return self._name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """All inputs of the graph."""
        return self._inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """All outputs of the graph."""
        return self._outputs

    @property
    def details(self) -> dict[str, str | int]:
        """What executes the network, for reports: library, provider, threads; empty once closed."""
        if self._session is None:
            return {}
        return {
            "library": f"onnxruntime {_import().__version__}",
            "provider": str(self._session.get_providers()[0]),
            "threads": int(self._session.get_session_options().intra_op_num_threads),
            **({} if self._binding is None else {"bound_buffers": 1}),
        }

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name.

        Raises:
            RuntimeFailure: the session failed or was closed.
        """
        binding = self._binding
        if binding is None or len(tensor) != 1:  # buffers are bound for one picture; several go unbound
            return self.run_fed({self._inputs[0].name: tensor})
        try:
            return binding.run(tensor)
        except Exception as error:
            raise RuntimeFailure(f"the network failed on {self._name}: {_first_line(error)}") from error

    def run_fed(self, tensors: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name, for a network with several inputs: ``tensors`` by name.

        Raises:
            RuntimeFailure: the session failed or was closed.
        """
        if self._session is None:
            raise RuntimeFailure("the runtime is closed: load the model again")
        try:
            values = self._session.run(self._wanted, tensors)
        except Exception as error:
            raise RuntimeFailure(f"the network failed on {self._name}: {_first_line(error)}") from error
        return dict(zip(self._wanted, values, strict=True))

    def close(self) -> None:
        """Drop the session, and with it its memory."""
        self._session = self._binding = None


def _session(ort: Any, network: Network, providers: list[Any]) -> Any:
    # Without enable_fallback=0 ONNX Runtime prints to stdout when a provider fails, at the start or during a call,
    # and goes on with another one: neither is wanted where stdout carries JSON and the runtime has a name.
    return ort.InferenceSession(network.data, _options(ort), providers=providers, enable_fallback=0)


def _options(ort: Any) -> Any:
    options = ort.SessionOptions()
    # More threads or spinning cost 5-25 CPU ms a frame and gain no latency for networks of this size. The
    # arena without patterns holds least memory (32 MB against 36-49 for 186 M multiply-adds), times equal.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    options.log_severity_level = _LOG_ERRORS_ONLY
    # Weights in side files would escape the sha256 check (and be looked for in the working directory): point
    # ONNX Runtime at a folder that cannot exist.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", _NOWHERE)
    return options


def _provider_options(provider: str, network: Network) -> dict[str, str]:
    if provider != "tensorrt":
        return {}
    # Building an engine takes tens of seconds; kept per network in the user's own cache.
    cache = platformdirs.user_cache_path("sonoguide") / "tensorrt" / network.sha256[:16]
    with contextlib.suppress(OSError):  # a read-only home costs the cache, not the runtime
        cache.mkdir(parents=True, exist_ok=True)
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(cache),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(cache),
        "trt_fp16_enable": "1",
    }


def _spec(node: Any) -> TensorSpec:
    shape = tuple(d if isinstance(d, int) else None for d in node.shape)
    return TensorSpec(node.name, shape, _DTYPES.get(node.type, node.type))


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    line = _SOURCE_PLACE.sub("", text.splitlines()[0].removeprefix("[ONNXRuntimeError] : "))
    return line if len(line) <= 200 else line[:197] + "..."

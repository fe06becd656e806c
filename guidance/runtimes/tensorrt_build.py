"""From an ONNX file to a TensorRT engine: which library, parsing, precision, building. Needs no GPU to parse.

TensorRT and TensorRT-RTX have the same interface under two names; whichever is installed is used.
"""

from __future__ import annotations

import importlib
import logging
import os
from dataclasses import dataclass
from typing import Any

from guidance.runtimes.build_progress import PhaseProgress, Progress
from guidance.runtimes.network import Network, RuntimeUnavailable
from guidance.runtimes.tensorrt_half import use_half

_log = logging.getLogger(__name__)
_MODULES = ("tensorrt", "tensorrt_rtx")
_NOWHERE = os.path.join(os.devnull, "none", "model.onnx")
PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True, slots=True)
class Library:
    """An imported TensorRT.

    Attributes:
        trt: the module.
        name: ``"tensorrt"`` or ``"tensorrt_rtx"``.
        version: e.g. ``"10.13.3.9"``.
    """

    trt: Any
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def keeps_timings(self) -> bool:
        """The builder measures kernels, and what it measured can be kept. RTX measures nothing."""
        return self.name == "tensorrt"


def find_library() -> Library:
    """TensorRT, else TensorRT-RTX.

    Raises:
        RuntimeUnavailable: neither can be imported.
    """
    broken = ""
    for name in _MODULES:
        try:
            trt = importlib.import_module(name)
            return Library(trt, name, str(trt.__version__))
        except ModuleNotFoundError as error:
            if error.name != name:
                broken = broken or f"{name} is installed but incomplete: {one_line(error)}"
        except Exception as error:  # a shared library that does not load raises whatever the binding chose
            broken = broken or f"{name} is installed but cannot be loaded: {one_line(error)}"
    raise RuntimeUnavailable(broken or "TensorRT is not installed: pip install 'sonoguide[gpu]'")


def precision_of(network: Network) -> str:
    """``"int8"`` for a file with quantisation in it, which says itself what is quantised; else ``"fp16"``."""
    return (
        "int8" if b"uantizeLinear" in network.data else "fp16"
    )  # Quantize..., Dequantize..., DynamicQuantize...


def new_logger(trt: Any) -> Any:
    """A logger for TensorRT that keeps the last error, as ``error``, and passes the rest to Python's at DEBUG."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.error = ""

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.error = self.error or message
            _log.debug("%s", message)

    return Logger()


def build_engine(
    library: Library,
    logger: Any,
    network: Network,
    precision: str,
    *,
    workspace: int,
    timings: bytes = b"",
    progress: Progress | None = None,
    compute_capability: str = "",
) -> tuple[bytes, bytes]:
    """Build ``network`` for its one input shape.

    Args:
        library: of :func:`find_library`.
        logger: of :func:`new_logger`.
        network: one float input; it must hold its weights.
        precision: ``"fp16"`` turns convolutions to FP16 (:mod:`guidance.runtimes.tensorrt_half`); ``"fp32"`` and
            ``"int8"`` leave every type as the file has it.
        workspace: bytes of GPU memory that a layer may use beside its tensors.
        timings: what an earlier build on this GPU returned, or nothing.
        progress: told how far the building is.
        compute_capability: TensorRT-RTX only: the kind of GPU to build for, e.g. ``"SM80"``; empty: those it knows.

    Returns:
        The serialised engine, and the measurements for the next build (empty where the library keeps none).

    Raises:
        RuntimeUnavailable: TensorRT refuses the network or cannot build it; one line.
    """
    if precision not in PRECISIONS:
        raise RuntimeUnavailable(f"unknown precision '{precision}': one of {', '.join(PRECISIONS)}")
    trt = library.trt
    logger.error = ""
    builder = trt.Builder(logger)
    definition = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(definition, logger)
    # The path is where weights in side files would be looked for: they would escape the sha256 check.
    if not parser.parse(network.data, _NOWHERE):
        reasons = [parser.get_error(i).desc() for i in range(parser.num_errors)]
        raise RuntimeUnavailable(
            f"{library} refuses the network: {one_line(reasons[0] if reasons else logger.error)}"
        )
    if definition.num_inputs != 1:
        raise RuntimeUnavailable(f"the network has {definition.num_inputs} inputs: only one is supported")
    held = use_half(trt, definition) if precision == "fp16" else []
    config = builder.create_builder_config()
    config.add_optimization_profile(_profile(builder, definition.get_input(0), network.input_shape))
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace)
    config.clear_flag(
        trt.BuilderFlag.TF32
    )  # FP32 means FP32: the heads are small, and parity is with the CPU
    if compute_capability:
        config.num_compute_capabilities = 1
        config.set_compute_capability(trt.ComputeCapability.__members__[compute_capability], 0)
    if library.keeps_timings:
        _start_timings(config, timings)
    monitor = (
        None if progress is None else _monitor(trt, progress)
    )  # the configuration does not keep it alive
    if monitor is not None:
        config.progress_monitor = monitor
    engine = builder.build_serialized_network(definition, config)
    del held
    if engine is None:
        raise RuntimeUnavailable(f"{library} cannot build the network: {one_line(logger.error)}")
    return bytes(engine), bytes(config.get_timing_cache().serialize()) if library.keeps_timings else b""


def _profile(builder: Any, tensor: Any, shape: tuple[int, ...]) -> Any:
    declared = tuple(tensor.shape)
    if len(declared) != len(shape) or any(d not in (-1, n) for d, n in zip(declared, shape, strict=True)):
        raise RuntimeUnavailable(f"the network's input has the shape {declared}, not {shape}")
    profile = builder.create_optimization_profile()
    profile.set_shape(tensor.name, shape, shape, shape)
    return profile


def _start_timings(config: Any, timings: bytes) -> None:
    """Begin with earlier measurements; those of another GPU or version are refused and new ones begun."""
    if timings:
        kept = config.create_timing_cache(timings)
        if kept is not None and config.set_timing_cache(kept, ignore_mismatch=False):
            return
    config.set_timing_cache(config.create_timing_cache(b""), ignore_mismatch=False)


def _monitor(trt: Any, progress: Progress) -> Any:
    phases = PhaseProgress(progress)

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            phases.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            phases.step(phase_name, step)
            return True  # go on

        def phase_finish(self, phase_name: str) -> None:
            phases.finish(phase_name)

    return Monitor()


def one_line(error: object) -> str:
    """The first line of a message, no longer than 200 characters."""
    lines = str(error).strip().splitlines()
    line = lines[0].strip() if lines else "it gives no reason"
    return line if len(line) <= 200 else line[:197] + "..."

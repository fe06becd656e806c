"""Runtimes: what executes a network. One small protocol, the choice among those that work, and why.

A runtime comes from this package or from an entry point of another distribution in the group
``sonoguide.runtimes`` (name -> factory). ``auto`` opens each, keeps the fastest that works here, and says why
the others were passed over.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from guidance.errors import InputError
from guidance.plugins import RUNTIMES, points
from guidance.runtimes.network import (
    ANY_BATCH,
    Network,
    Runtime,
    RuntimeUnavailable,
    TensorSpec,
    max_batch_of,
)
from guidance.runtimes.onnxruntime import PROVIDERS, OnnxRuntime, check_installation
from guidance.runtimes.tensorrt_native import NAME as TENSORRT_NATIVE
from guidance.runtimes.tensorrt_native import TensorRtNative
from guidance.runtimes.triton import TritonRuntime

__all__ = [
    "ANY_BATCH",
    "ENTRY_POINT_GROUP",
    "TRITON",
    "Network",
    "OpenedRuntime",
    "Runtime",
    "RuntimeFactory",
    "RuntimeUnavailable",
    "TensorSpec",
    "check_installation",
    "max_batch_of",
    "open_runtime",
    "runtime_names",
]

ENTRY_POINT_GROUP = RUNTIMES
RuntimeFactory = Callable[[Network], Runtime]
TRITON = "triton"
"""On a server: never tried by ``auto``, which asks nobody over the network."""
BUILT_IN = ("auto", TENSORRT_NATIVE, *PROVIDERS, TRITON)
"""Names that no plug-in can take."""
_TRIAL_RUNS = 15


@dataclass(frozen=True, slots=True)
class OpenedRuntime:
    """A runtime that works, and for every other one that was tried the reason why it was not taken."""

    runtime: Runtime
    passed_over: tuple[str, ...] = ()


def runtime_names() -> tuple[str, ...]:
    """Every name that :func:`open_runtime` takes: ``auto``, the built-in ones, then the entry points."""
    return (*BUILT_IN, *sorted(set(points(RUNTIMES)) - set(BUILT_IN)))


def open_runtime(network: Network, choice: str = "auto") -> OpenedRuntime:
    """``network`` ready to run on ``choice``, one of :func:`runtime_names`, or ``triton=HOST:PORT[/MODEL]``.

    Raises:
        InputError: no such runtime, it does not work on this machine, or the network cannot be loaded.
    """
    name, _, address = choice.strip().partition("=")
    wanted = name.lower()
    if wanted not in runtime_names() or (address and wanted != TRITON):
        raise InputError(f"unknown runtime '{choice}': choose one of {', '.join(runtime_names())}")
    if wanted == "auto":
        return _open_fastest(network)
    try:
        if wanted == TRITON:
            return OpenedRuntime(TritonRuntime.open(network, address))
        return OpenedRuntime(_open(network, wanted))
    except RuntimeUnavailable as reason:
        raise InputError(f"runtime '{wanted}' does not work here ({reason}): use cpu or auto") from reason


def _open(network: Network, name: str) -> Runtime:
    if name in PROVIDERS:
        return OnnxRuntime.open(network, name)
    if name == TENSORRT_NATIVE:
        return TensorRtNative.open(network)
    point = points(RUNTIMES)[name]
    try:
        factory: RuntimeFactory = point.load()
        return factory(network)
    except (InputError, RuntimeUnavailable):
        raise
    except Exception as error:  # foreign code: whatever it raises means that it does not work here
        raise RuntimeUnavailable(f"{point.value} raised {type(error).__name__}: {error}") from error


def _open_fastest(network: Network) -> OpenedRuntime:
    passed_over: list[str] = []
    working: list[Runtime] = []
    errors: list[InputError] = []
    for name in ("cpu", *(n for n in runtime_names() if n not in ("auto", "cpu", TRITON))):
        try:
            working.append(_open(network, name))
        except RuntimeUnavailable as reason:
            passed_over.append(f"{name}: {reason}")
        except InputError as error:
            passed_over.append(f"{name}: {error}")
            errors.append(error)
    if not working:
        raise errors[0] if errors else InputError(f"no runtime works here ({'; '.join(passed_over)})")
    if len(working) == 1:
        return OpenedRuntime(working[0], tuple(passed_over))
    times = {id(runtime): _median_ms(runtime, network) for runtime in working}
    working.sort(key=lambda runtime: times[id(runtime)])
    fastest, *slower = working
    for runtime in slower:
        passed_over.append(
            f"{runtime.name}: slower ({times[id(runtime)]:.2f} ms against {times[id(fastest)]:.2f} ms)"
        )
        runtime.close()
    return OpenedRuntime(fastest, tuple(passed_over))


def _median_ms(runtime: Runtime, network: Network) -> float:
    """Median time of a call on a fixed noise picture; infinity where it fails."""
    tensor = np.random.default_rng(0).random(network.input_shape, dtype=np.float32)
    times = []
    try:
        for _ in range(_TRIAL_RUNS):
            start = time.perf_counter_ns()
            runtime.run(tensor)
            times.append((time.perf_counter_ns() - start) / 1e6)
    except Exception:
        return float("inf")
    return statistics.median(times)

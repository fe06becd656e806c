"""The floor: the bare call of the network on a ready tensor, and a network that is slower than it is."""

from __future__ import annotations

import time
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.hint import Guidance
from guidance.manifest import InputSpec
from guidance.runtimes import Runtime, TensorSpec, max_batch_of
from guidance.sources.pacing import Pacer

Float32 = NDArray[np.float32]

MIN_CALLS = 8
MAX_CALLS = 20_000


class SlowRuntime:
    """``runtime``, whose every call takes ``slow_ms`` longer: the core is free meanwhile, as when a device works.

    It does not own ``runtime``: closing it leaves that open.
    """

    def __init__(self, runtime: Runtime, slow_ms: float):
        self._runtime = runtime
        self._slow_s = slow_ms / 1e3

    @property
    def name(self) -> str:
        """Of the runtime."""
        return self._runtime.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Of the runtime."""
        return self._runtime.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Of the runtime."""
        return self._runtime.outputs

    @property
    def max_batch(self) -> int:
        """Of the runtime."""
        return max_batch_of(self._runtime)

    def run(self, tensor: Float32) -> Mapping[str, Float32]:
        """The runtime's answer, later."""
        answer = self._runtime.run(tensor)
        time.sleep(self._slow_s)
        return answer

    def close(self) -> None:
        """Nothing: the runtime belongs to its model."""


class Floor:
    """Times calls of ``runtime.run`` on ``tensor``, and nothing else.

    Attributes:
        times_ms: of every call.
        cpu_s: processor time of all calls, on whatever threads of the process.
    """

    def __init__(self, runtime: Runtime, tensor: Float32):
        self._runtime = runtime
        self._tensor = tensor
        self.times_ms: list[float] = []
        self.cpu_s = 0.0

    def call(self) -> None:
        """One call.

        Raises:
            RuntimeFailure: the network failed.
        """
        cpu = time.process_time()
        started_ns = time.perf_counter_ns()
        self._runtime.run(self._tensor)
        self.times_ms.append((time.perf_counter_ns() - started_ns) / 1e6)
        self.cpu_s += time.process_time() - cpu

    def paced(self, seconds: float, rate: float | None) -> None:
        """Call for ``seconds``, ``rate`` times a second (None: back to back), at least :data:`MIN_CALLS` times.

        Raises:
            RuntimeFailure: the network failed.
        """
        pacer = Pacer(fast=rate is None)
        began, count = time.perf_counter(), 0
        while count < MIN_CALLS or (time.perf_counter() - began < seconds and count < MAX_CALLS):
            pacer.wait_until(count / (rate or 1.0))
            self.call()
            count += 1


class Interleaved:
    """A listener that makes one bare call after every :data:`EVERY` frames, on the thread that infers.

    Attributes:
        on: whether it does.
    """

    EVERY = 8

    def __init__(self, floor: Floor):
        self.on = False
        self._floor = floor
        self._count = 0

    def __call__(self, guidance: Guidance) -> None:
        """Count a frame."""
        self._count += 1
        if self.on and self._count % self.EVERY == 0:
            self._floor.call()


def ready_tensor(pixels: NDArray[np.uint8], spec: InputSpec) -> Float32:
    """``pixels``, grey or BGR, as float32 (1, 1, S, S), normalised for the network."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (spec.size, spec.size), interpolation=cv2.INTER_AREA)
    tensor = (small.astype(np.float32) / np.float32(255.0) - np.float32(spec.mean)) / np.float32(spec.std)
    return np.ascontiguousarray(tensor[None, None], dtype=np.float32)

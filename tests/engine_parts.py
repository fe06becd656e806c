"""What tests of the engine share: pictures of a brightness, a source of them in memory, a runtime to interfere with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.grabber import GrabberSettings
from guidance.hint import Guidance
from guidance.model import Model
from guidance.runtimes import Runtime, TensorSpec
from guidance.sources import SourceInfo
from guidance.views import View

SIZE = 64
WHOLE = DeviceProfile(SIZE, SIZE, (0.0, 0.0, float(SIZE), float(SIZE)))
QUICK = GrabberSettings(lost_after_s=0.15, frozen_after_s=0.3, first_retry_s=0.02)


def picture(brightness: float, seed: int) -> NDArray[np.uint8]:
    """Speckle of a mean brightness (0..1)."""
    noise = np.random.default_rng(seed).normal(0.0, 20.0, (SIZE, SIZE))
    return np.clip(255.0 * brightness + noise, 0, 255).astype(np.uint8)


PICTURES = {b: [picture(b, seed) for seed in range(8)] for b in (0.05, 0.5, 0.75)}


def frame_at(index: int, brightness: float = 0.5, fps: float = 30.0) -> Frame:
    pixels = PICTURES[brightness][index % 8]
    return Frame(pixels, index, time.perf_counter_ns(), index / fps, source="test")


class Pictures:
    """A source in memory: ``count`` frames, ``fps`` a second or as fast as possible."""

    def __init__(
        self,
        count: int | None,
        *,
        fps: float | None = None,
        live: bool = False,
        recorded: bool = False,
        still: bool = False,
        end: Exception | None = None,
        brightness: float = 0.5,
        profile: DeviceProfile | None = WHOLE,
    ):
        self._info = SourceInfo(
            "test:", "test", live=live, recorded=recorded, size=(SIZE, SIZE), fps=fps, profile=profile
        )
        self._count, self._fps, self._still, self._end = count, fps, still, end
        self._brightness = brightness
        self._closed = threading.Event()
        self._started_s = time.perf_counter()
        self.delivered = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def read(self) -> Frame | None:
        if self._fps is not None:
            due_s = self._started_s + self.delivered / self._fps
            self._closed.wait(max(0.0, due_s - time.perf_counter()))
        if self._closed.is_set():
            return None
        if self._count is not None and self.delivered >= self._count:
            if self._end is not None:
                raise self._end
            return None
        index, self.delivered = self.delivered, self.delivered + 1
        frame = frame_at(index, self._brightness)
        return Frame(PICTURES[0.5][0], index, frame.t_capture_ns, frame.t_stream_s) if self._still else frame

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Wrapped:
    """A real runtime with something done before each call; counts the calls."""

    def __init__(self, runtime: Runtime, before: Callable[[int], None]):
        self._runtime = runtime
        self._before = before
        self.calls = 0

    @property
    def name(self) -> str:
        return self._runtime.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return self._runtime.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        return self._runtime.outputs

    def run(self, tensor: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        call, self.calls = self.calls, self.calls + 1
        self._before(call)
        return self._runtime.run(tensor)

    def close(self) -> None:
        self._runtime.close()


def wrapped(model: Model, before: Callable[[int], None]) -> tuple[Model, Wrapped]:
    runtime = Wrapped(model.runtime, before)
    return Model(model.manifest, runtime), runtime


def engine_of(model: Model, **options: Any) -> Engine:
    options = {"profile": WHOLE, "grabber": QUICK} | options
    return Engine(model, Coach(View.A4C, model.manifest.hints), **options)


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether ``condition`` became true; generous, for a busy machine."""
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.002)
    return True


def indices(guidances: list[Guidance]) -> list[int]:
    return [guidance.frame.index for guidance in guidances]

"""The hub: many streams on one model.

Promises:
- each stream's listeners get the guidance of its own frames, all of them, the same as an engine alone gives;
- a source that fails ends its own stream, with its error; the others go on, and batches no longer wait for it;
- streams come and go while others run; names are told apart; a listener may end its own stream;
- after ``stop`` nothing runs, sources are closed, and nothing more is taken.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from guidance.batching import BatchSettings
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import RuntimeFailure
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.hub import Hub
from guidance.model import Model
from guidance.sources import SourceInfo
from guidance.views import View

SIZE = 64
WHOLE = DeviceProfile(SIZE, SIZE, (0.0, 0.0, float(SIZE), float(SIZE)))


class Pictures:
    """``count`` frames of speckle around ``brightness`` (None: without end); then ``failure``, if there is one."""

    def __init__(self, brightness: float, count: int | None = 20, failure: Exception | None = None):
        self.info = SourceInfo("test:", "test", live=False, size=(SIZE, SIZE), fps=30.0, profile=WHOLE)
        self._brightness, self._count, self._failure = brightness, count, failure
        self._number = 0
        self.closed = False

    def read(self) -> Frame | None:
        if self.closed:
            return None
        if self._number == self._count:
            if self._failure is not None:
                raise self._failure
            return None
        noise = np.random.default_rng(self._number).normal(0.0, 20.0, (SIZE, SIZE))
        pixels = np.clip(255.0 * self._brightness + noise, 0, 255).astype(np.uint8)
        self._number += 1
        return Frame(pixels, self._number - 1, time.perf_counter_ns(), self._number / 30.0, source="test")

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@pytest.fixture
def model(tiny_model_folder: Path) -> Iterator[Model]:
    with Model.load(tiny_model_folder, runtime="cpu") as loaded:
        yield loaded


@pytest.fixture
def hub(model: Model) -> Iterator[Hub]:
    with Hub(model, BatchSettings(max_wait_ms=2.0)) as made:
        yield made


def coach() -> Coach:
    return Coach(View.A4C)


def test_each_stream_gets_its_own_guidance(model: Model, hub: Hub) -> None:
    got: dict[str, list[Guidance]] = {}
    brightness = {f"cart {i}": 0.1 + 0.2 * i for i in range(5)}
    for name, value in brightness.items():
        got[name] = []
        hub.add(name, Pictures(value), coach(), listeners=[got[name].append], fast=True)
    assert hub.wait(60.0)
    for name, value in brightness.items():
        alone = list(Engine(model, coach()).run(Pictures(value), fast=True))
        assert [g.frame.index for g in got[name]] == list(range(20))
        assert [g.advice.state for g in got[name]] == [g.advice.state for g in alone]
        for ours, own in zip(got[name], alone, strict=True):
            assert ours.prediction is not None
            assert own.prediction is not None
            np.testing.assert_allclose(
                ours.prediction.view_probabilities, own.prediction.view_probabilities, rtol=1e-3, atol=1e-4
            )
    assert not any(stream.error for stream in hub.streams.values())
    assert hub.batcher.streams == 0


def test_a_stream_that_fails_does_not_stop_the_others(hub: Hub) -> None:
    failure = RuntimeFailure("the cable was pulled")
    seen: list[Guidance] = []
    bad = hub.add("bad", Pictures(0.5, 3, failure), coach(), fast=True)
    good = hub.add("good", Pictures(0.5, 40), coach(), listeners=[seen.append], fast=True)
    worse = hub.add("worse", Pictures(0.5, 0, KeyError("a bug in a source")), coach(), fast=True)
    assert hub.wait(60.0)
    assert bad.error is failure
    assert isinstance(worse.error, KeyError)
    assert good.error is None
    assert len(seen) == 40


def test_streams_come_and_go(hub: Hub) -> None:
    source = Pictures(0.5, None)
    stays = hub.add("stays", source, coach(), fast=True)
    hub.add("short", Pictures(0.5, 2), coach(), fast=True).wait(60.0)
    again = hub.add("short", Pictures(0.5, None), coach(), fast=True)
    with pytest.raises(ValueError, match="is running"):
        hub.add("short", Pictures(0.5), coach())
    assert hub.remove("short", 60.0)
    assert not again.running
    assert set(hub.streams) == {"stays"}
    assert stays.running
    assert stays.stop(60.0)
    assert source.closed


def test_a_listener_may_end_its_own_stream(hub: Hub) -> None:
    seen: list[Guidance] = []
    added = threading.Event()

    def end(guidance: Guidance) -> None:
        seen.append(guidance)
        assert added.wait(60.0)
        hub.streams["self"].stop()

    stream = hub.add("self", Pictures(0.5, None), coach(), listeners=[end], fast=True)
    added.set()
    assert stream.wait(60.0)
    assert len(seen) == 1


@pytest.mark.parametrize("fast", [True, False])
def test_after_stop_nothing_runs(hub: Hub, fast: bool) -> None:
    sources = [Pictures(0.5, None) for _ in range(4)]
    for number, source in enumerate(sources):
        hub.add(str(number), source, coach(), fast=fast)
    assert hub.stop(60.0)
    assert all(source.closed for source in sources)
    assert not any(stream.running or stream.error for stream in hub.streams.values())
    with pytest.raises(ValueError, match="was stopped"):
        hub.add("late", Pictures(0.5), coach())

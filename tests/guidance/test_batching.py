"""Batching of several streams.

Promises:
- a batch goes when it is full, when every live stream is in it, or when its first picture has waited long enough;
- each caller gets the answers of its own picture, as it would alone, as arrays of its own;
- a stream alone never waits; a stream that ends is no longer waited for;
- first come, first served; a batch is never larger than asked, nor than the runtime takes;
- an error goes to the stream whose picture causes it; a runtime that fails altogether is not tried for each picture;
- closing lets every caller go, and waits for the call under way;
- a network with a fixed batch axis, or whose answers change in a batch, is run picture by picture, and a line says so;
- a picture of another shape is refused before it can spoil a batch;
- a model predicts the same through it, memory included.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import add_memory, build_network, write_tiny_model

from guidance.batching import Batcher, BatchSettings, wait_ns
from guidance.errors import InputError, RuntimeFailure
from guidance.model import Model
from guidance.runtimes import ANY_BATCH, Network, Runtime, open_runtime
from guidance.runtimes.onnxruntime import OnnxRuntime

SHAPE = (1, 1, 64, 64)
POISON = 1e6


def never() -> int:
    """A clock that stands still: no wait ever ends by it."""
    return 0


def network(data: bytes | None = None) -> Network:
    data = data or build_network(size=64, views=3, seed=0, noise=0.1)
    return Network(data, Path("tiny.onnx"), hashlib.sha256(data).hexdigest(), SHAPE)


def fixed_network() -> Network:
    graph = onnx.load_from_string(network().data)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    return network(graph.SerializeToString())


class Watched(OnnxRuntime):
    """The CPU runtime, whose calls are noted; it can be held, and fails on a poisoned picture."""

    broken = False

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.calls: list[np.ndarray[Any, Any]] = []
        self.entered = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def run(self, tensor: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        self.calls.append(tensor.copy())
        self.entered.set()
        assert self.go.wait(60.0)
        if self.broken or (tensor >= POISON).any():
            raise RuntimeFailure("the network failed on this picture")
        return super().run(tensor)


class Mixing(OnnxRuntime):
    """A network whose answers depend on the pictures beside."""

    def run(self, tensor: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        return super().run(tensor - tensor.mean(axis=0, keepdims=True) * 0.5)


class OneOnly(OnnxRuntime):
    """A runtime that promises more than it keeps."""

    def run(self, tensor: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        if len(tensor) > 1:
            raise RuntimeFailure("not so many")
        return super().run(tensor)


@pytest.fixture
def watched() -> Iterator[Watched]:
    runtime = Watched.open(network(), "cpu")
    assert isinstance(runtime, Watched)
    yield runtime
    runtime.go.set()


def batcher_of(runtime: Runtime, clock: Callable[[], int] = time.perf_counter_ns, **settings: Any) -> Batcher:
    batcher = Batcher(runtime, SHAPE, BatchSettings(**settings), clock=clock)
    if isinstance(runtime, Watched):
        runtime.calls.clear()
        runtime.entered.clear()
    return batcher


def picture(value: float) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(int(value * 1000))
    return (value + 0.1 * rng.random(SHAPE)).astype(np.float32)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(count) as pool:
        yield pool


# Who waits


@given(
    waiting=st.integers(1, 20),
    could_come=st.integers(-3, 20),
    age=st.integers(0, 10_000_000),
    max_batch=st.integers(1, 16),
    wait_ms=st.floats(0, 10),
)
def test_a_batch_goes_when_full_when_all_have_come_or_when_the_first_has_waited(
    waiting: int, could_come: int, age: int, max_batch: int, wait_ms: float
) -> None:
    left = wait_ns(waiting, could_come, 5, 5 + age, BatchSettings(max_batch, wait_ms))
    if waiting >= max_batch or could_come <= 0:
        assert left == 0
    else:
        assert left == max(0, round(wait_ms * 1e6) - age)


@pytest.mark.parametrize(
    "wrong", [{"max_batch": 0}, {"lanes": 0}, {"max_wait_ms": -1.0}, {"max_wait_ms": float("nan")}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        BatchSettings(**wrong)


@pytest.mark.parametrize("lanes", [1, 2])
def test_each_caller_gets_the_answers_of_its_own_picture(lanes: int) -> None:
    runtime = open_runtime(network(), "cpu").runtime
    batcher = batcher_of(runtime, max_batch=3, max_wait_ms=5.0, lanes=lanes)
    values = [i / 8 for i in range(8)]

    def stream(value: float) -> None:
        alone = runtime.run(picture(value))
        own = batcher.stream()
        for _ in range(20):
            answers = own.run(picture(value))
            assert set(answers) == set(alone)
            for name, expected in alone.items():
                np.testing.assert_allclose(answers[name], expected, rtol=1e-4, atol=1e-4)
                answers[name][...] = np.nan  # nobody else sees it
        own.close()

    with threads(len(values)) as pool:
        for done in [pool.submit(stream, value) for value in values]:
            done.result(60.0)
    sizes = batcher.sizes()
    assert sum(size * calls for size, calls in sizes.items()) == 8 * 20
    assert max(sizes) in (2, 3)
    assert batcher.streams == 0


def test_a_stream_alone_never_waits(watched: Watched) -> None:
    batcher = batcher_of(watched, never)
    stream = batcher.stream()
    for _ in range(5):
        stream.run(picture(0.5))
    assert batcher.sizes() == {1: 5}


def test_streams_in_step_share_every_call(watched: Watched) -> None:
    batcher = batcher_of(watched, never, max_batch=8)
    streams = [batcher.stream() for _ in range(4)]
    with threads(4) as pool:
        work = [pool.submit(lambda s=s: [s.run(picture(0.5)) for _ in range(10)]) for s in streams]
        for done in work:
            done.result(60.0)
    assert batcher.sizes() == {4: 10}


def test_the_deadline_lets_a_picture_go_without_the_others(watched: Watched) -> None:
    batcher = batcher_of(watched, max_wait_ms=5.0)
    stream, _silent = batcher.stream(), batcher.stream()
    stream.run(picture(0.5))
    assert batcher.sizes() == {1: 1}


def test_a_stream_that_ends_is_no_longer_waited_for(watched: Watched) -> None:
    batcher = batcher_of(watched, never)
    stream, other = batcher.stream(), batcher.stream()
    with threads(1) as pool:
        done = pool.submit(stream.run, picture(0.5))
        until(lambda: batcher.waiting == 1)
        assert not watched.calls
        other.close()
        other.close()
        done.result(60.0)
    assert batcher.streams == 1
    with pytest.raises(RuntimeFailure, match="closed"):
        other.run(picture(0.5))


def test_first_come_first_served(watched: Watched) -> None:
    batcher = batcher_of(watched, max_batch=2, max_wait_ms=0.0)
    watched.go.clear()
    values = [i / 8 for i in range(6)]
    with threads(6) as pool:
        work = [pool.submit(batcher.stream().run, picture(values[0]))]
        assert watched.entered.wait(60.0)
        for number, value in enumerate(values[1:], start=1):
            work.append(pool.submit(batcher.stream().run, picture(value)))
            until(lambda number=number: batcher.waiting == number)
        watched.go.set()
        for done in work:
            done.result(60.0)
    assert [len(call) for call in watched.calls] == [1, 2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(watched.calls), np.concatenate([picture(v) for v in values]))


# Failures


def test_an_error_goes_to_the_stream_that_caused_it(watched: Watched) -> None:
    batcher = batcher_of(watched, never)
    streams = [batcher.stream() for _ in range(3)]
    with threads(3) as pool:
        good, bad, fine = (
            pool.submit(s.run, picture(v)) for s, v in zip(streams, (0.2, POISON, 0.8), strict=True)
        )
        with pytest.raises(RuntimeFailure, match="this picture"):
            bad.result(60.0)
        for done, value in ((good, 0.2), (fine, 0.8)):
            expected = OnnxRuntime.open(network(), "cpu").run(picture(value))
            np.testing.assert_allclose(done.result(60.0)["view"], expected["view"], rtol=1e-4, atol=1e-4)


def test_a_runtime_that_fails_altogether_is_tried_a_few_times_only(watched: Watched) -> None:
    batcher = batcher_of(watched, never)
    watched.broken = True
    streams = [batcher.stream() for _ in range(6)]
    with threads(6) as pool:
        for done in [pool.submit(s.run, picture(0.5)) for s in streams]:
            with pytest.raises(RuntimeFailure, match="failed on this picture"):
                done.result(60.0)
    assert len(watched.calls) == 3
    watched.broken = False
    for stream in streams[1:]:
        stream.close()
    streams[0].run(picture(0.5))


def test_closing_lets_every_caller_go(watched: Watched) -> None:
    batcher = batcher_of(watched, never)
    stream, _other = batcher.stream(), batcher.stream()
    with threads(1) as pool:
        done = pool.submit(stream.run, picture(0.5))
        until(lambda: batcher.waiting == 1)
        assert batcher.close()
        with pytest.raises(RuntimeFailure, match="closed"):
            done.result(60.0)
    for call in (lambda: stream.run(picture(0.5)), batcher.stream):
        with pytest.raises(RuntimeFailure, match="closed"):
            call()
    assert not watched.calls


def test_closing_waits_for_the_call_under_way(watched: Watched) -> None:
    batcher = batcher_of(watched)
    stream = batcher.stream()
    watched.go.clear()
    with threads(1) as pool:
        done = pool.submit(stream.run, picture(0.5))
        assert watched.entered.wait(60.0)
        assert not batcher.close(timeout_s=0.01)
        watched.go.set()
        assert batcher.close(timeout_s=60.0)
        assert "view" in done.result(60.0)


@pytest.mark.parametrize("wrong", [np.zeros((2, 1, 64, 64), np.float32), np.zeros(SHAPE, np.float64)])
def test_a_picture_that_does_not_fit_is_refused(watched: Watched, wrong: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ValueError, match="one picture"):
        batcher_of(watched).stream().run(wrong)
    assert not watched.calls


# One by one


def test_a_fixed_batch_axis_means_one_by_one_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    runtime = open_runtime(fixed_network(), "cpu").runtime
    assert getattr(runtime, "max_batch") == 1  # noqa: B009
    assert getattr(open_runtime(network(), "cpu").runtime, "max_batch") == ANY_BATCH  # noqa: B009
    batcher = batcher_of(runtime, never)
    assert batcher.one_by_one is not None
    assert "takes one picture a call" in batcher.one_by_one
    assert "one by one" in caplog.text
    streams = [batcher.stream() for _ in range(3)]
    with threads(3) as pool:
        for done in [pool.submit(s.run, picture(0.5)) for s in streams]:
            assert done.result(60.0)["view"].shape == (1, 4)
    assert batcher.sizes() == {1: 3}


def test_a_network_that_mixes_its_pictures_is_found_out() -> None:
    batcher = batcher_of(Mixing.open(network(), "cpu"))
    assert batcher.one_by_one is not None
    assert "is another in a batch than alone" in batcher.one_by_one
    assert batcher.settings.max_batch == 1


def test_a_network_that_fails_on_two_pictures_is_found_out() -> None:
    batcher = batcher_of(OneOnly.open(network(), "cpu"))
    assert batcher.one_by_one is not None
    assert "two pictures failed (not so many)" in batcher.one_by_one


# With a model


@pytest.mark.parametrize("memory", [False, True])
def test_a_model_predicts_the_same_through_it(tmp_path: Path, memory: bool) -> None:
    folder = write_tiny_model(tmp_path / "tiny", features=memory)
    if memory:
        add_memory(folder)
    with Model.load(folder, runtime="cpu") as model:
        batcher = Batcher(model.runtime, model.input_shape, BatchSettings(max_wait_ms=5.0))

        def answers(on: Model, value: float) -> list[Any]:
            state = on.new_memory()
            found = [on.predict(picture(value), state, 0.3 * i) for i in range(6)]
            on.runtime.close() if on is not model else None
            return found

        with threads(3) as pool:
            work = {v: pool.submit(answers, model.on(batcher.stream()), v) for v in (0.1, 0.5, 0.9)}
            for value, done in work.items():
                for ours, alone in zip(done.result(60.0), answers(model, value), strict=True):
                    assert ours.view is alone.view
                    np.testing.assert_allclose(ours.adjustment, alone.adjustment, rtol=1e-3, atol=1e-3)
        assert batcher.close()

"""What one frame of 1280 x 720 costs, stage by stage, back to back on this machine: ``make bench``.

Stages: grab (hand-over between two threads), watch (is the picture frozen), preprocess, infer with decode, decode of
the network's answers alone, coach, paint, and all of them one after the other. What reading and decompressing a stream
costs is in ``test_codecs.py``, a stream through its threads in ``test_whole.py``.
"""

from __future__ import annotations

import threading
import time
from itertools import count

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from bench.stream import Stream
from guidance.coach import Coach
from guidance.decode import Decoder
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.grabber import FreezeWatch
from guidance.model import Model
from guidance.preprocess import Preprocessor
from guidance.slot import LatestFrame
from guidance.views import View
from models.phantom import VirtualScanner
from ui.still import render_still

KINDS = ("grey", "colour")


def picture(stream: Stream, kind: str) -> NDArray[np.uint8]:
    return stream.pictures[0] if kind == "grey" else stream.colour()[0]


def test_render_the_virtual_patient(benchmark: BenchmarkFixture, scanner: VirtualScanner) -> None:
    assert benchmark(scanner.render, scanner.targets[View.A4C].pose, 0.0).dtype == np.uint8


def test_grab(benchmark: BenchmarkFixture, stream: Stream) -> None:
    """From one thread through the slot to another, and the word back."""
    slot, back = LatestFrame(), LatestFrame()

    def answer() -> None:
        while (taken := slot.get()) is not None:
            back.put(taken)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    frame = Frame(stream.pictures[0], 0, 0, 0.0)

    def there_and_back() -> Frame | None:
        slot.put(frame)
        return back.get()

    assert benchmark(there_and_back) is frame
    slot.close()
    thread.join()


@pytest.mark.parametrize("kind", KINDS)
def test_watch(benchmark: BenchmarkFixture, stream: Stream, kind: str) -> None:
    """Of live streams alone, on the grabber's thread."""
    watch, first = FreezeWatch(), picture(stream, kind)
    pictures, number = (first, first[::-1]), count()
    assert benchmark(lambda: watch.see(pictures[next(number) % 2], 0)) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_preprocess(benchmark: BenchmarkFixture, stream: Stream, model: Model, kind: str) -> None:
    size = model.manifest.input.size
    preprocess = Preprocessor(stream.profile, model.manifest.input)
    assert benchmark(preprocess, picture(stream, kind)).shape == (1, 1, size, size)


def test_infer(benchmark: BenchmarkFixture, stream: Stream, model: Model) -> None:
    """The bare call of the network: the floor."""
    tensor = Preprocessor(stream.profile, model.manifest.input)(stream.pictures[0])
    assert benchmark(model.runtime.run, tensor)


def test_decode(benchmark: BenchmarkFixture, stream: Stream, model: Model) -> None:
    raw = model.runtime.run(Preprocessor(stream.profile, model.manifest.input)(stream.pictures[0]))
    decode = Decoder(model.manifest)
    assert benchmark(decode, raw).view_probabilities.size == len(model.manifest.views) + 1


def test_predict(benchmark: BenchmarkFixture, stream: Stream, model: Model) -> None:
    """Infer and decode, and the memory where the model has one."""
    tensor = Preprocessor(stream.profile, model.manifest.input)(stream.pictures[0])
    prediction = benchmark(model.predict, tensor, model.new_memory())
    assert prediction.view_probabilities.size == len(model.manifest.views) + 1


def test_coach(benchmark: BenchmarkFixture, stream: Stream, model: Model) -> None:
    coach, number = Coach(View.A4C, model.manifest.hints), count()
    prediction = model.predict(Preprocessor(stream.profile, model.manifest.input)(stream.pictures[0]))
    assert benchmark(lambda: coach.advise(next(number) / 60.0, prediction)).target is View.A4C


def test_paint(benchmark: BenchmarkFixture, stream: Stream, model: Model, qt: object) -> None:
    frame = Frame(stream.pictures[0], 0, time.perf_counter_ns(), 0.0, "phantom:bench")
    guidance = Engine(model, Coach(View.A4C), profile=stream.profile).process(frame)
    image = benchmark(render_still, guidance, (1280, 720), now_ns=guidance.t_ready_ns)
    assert image.shape == (720, 1280, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_total(benchmark: BenchmarkFixture, stream: Stream, model: Model, kind: str) -> None:
    """Frame to guidance on one thread."""
    engine, pixels, number = (
        Engine(model, Coach(View.A4C), profile=stream.profile),
        picture(stream, kind),
        count(),
    )

    def guide() -> int:
        index = next(number)
        frame = Frame(pixels, index, time.perf_counter_ns(), index / 60.0)
        return engine.process(frame).frame.index

    assert benchmark(guide) >= 0

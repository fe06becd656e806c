"""A stream through its threads, one frame at a time: capture to guidance, and to the last painted pixel.

A frame is handed over as a device's would be; the time ends when its guidance is there, or painted at 1280 x 720:
offscreen, and in a window where there is a display (``xvfb-run make bench ARGS='-k window'``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.stream import SIZE, Stream
from guidance.coach import Coach
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.model import Model
from guidance.slot import Delivery
from guidance.views import View
from ui.qt import has_display

FPS = 60.0
ROUNDS = 120
WAIT_S = 1.0
TRIES = 30
"""The policy "fresh" passes over a frame that came before the engine was back to wait for one."""

Guide = Callable[[], Guidance]


@pytest.fixture(params=list(Delivery))
def guide(request: pytest.FixtureRequest, stream: Stream, model: Model) -> Iterator[Guide]:
    """Hands over the next frame of the stream and waits for its guidance, under both policies of delivery."""
    ready: SimpleQueue[Guidance] = SimpleQueue()
    engine = Engine(model, Coach(View.A4C), profile=stream.profile, delivery=request.param)
    engine.add_listener(ready.put)
    engine.start()
    number = count()

    def one() -> Guidance:
        for _ in range(TRIES):
            index = next(number)
            pixels = stream.pictures[index % len(stream.pictures)]
            frame = Frame(pixels, index, time.perf_counter_ns(), index / FPS, "bench")
            engine.submit(frame)
            with suppress(Empty):
                while (
                    guidance := ready.get(timeout=WAIT_S)
                ).frame is not frame or guidance.prediction is None:
                    pass  # a lost signal says so now and then
                return guidance
        raise AssertionError("no guidance came")

    yield one
    assert engine.error is None
    engine.stop()


def paced(benchmark: BenchmarkFixture, call: Callable[[], object]) -> Any:
    """The result of ``call``, made 60 times a second: back to back, caches are warmer than a stream finds them."""
    return benchmark.pedantic(call, setup=lambda: time.sleep(1.0 / FPS), rounds=ROUNDS, warmup_rounds=10)


def test_stream_to_guidance(benchmark: BenchmarkFixture, guide: Guide) -> None:
    assert paced(benchmark, guide).prediction is not None


def test_stream_to_painted_pixel(benchmark: BenchmarkFixture, guide: Guide, qt: object) -> None:
    from ui.bench_paint import TimedPainter

    painter = TimedPainter(1)
    paced(benchmark, lambda: painter(guide()))
    painter.measuring = True
    painter(guide())
    assert painter.samples.count == 1


def test_stream_to_pixel_in_a_window(benchmark: BenchmarkFixture, guide: Guide, qt: object) -> None:
    if not has_display():
        pytest.skip("there is no display to open a window on")
    from qtpy.QtGui import QPaintEvent
    from qtpy.QtWidgets import QApplication

    from ui.layout import Mode
    from ui.overlay import GuidanceOverlay

    painted: list[Guidance | None] = []

    class Counted(GuidanceOverlay):
        def paintEvent(self, event: QPaintEvent | None) -> None:
            super().paintEvent(event)
            painted.append(self.guidance)

    overlay = Counted(mode=Mode.FULL)
    overlay.resize(*SIZE)
    overlay.show()
    until = time.monotonic() + 30.0
    while not painted:  # a window that is not on screen yet is not painted
        assert time.monotonic() < until
        QApplication.processEvents()

    def shown() -> Guidance:
        guidance = guide()
        overlay.set_guidance(guidance)
        overlay.repaint()
        return guidance

    assert paced(benchmark, shown) is painted[-1]
    overlay.close()

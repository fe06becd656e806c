"""``stop`` is prompt in every situation, and whoever leaves a run has its source closed."""

from __future__ import annotations

import threading
import time

import pytest
from engine_parts import Pictures, engine_of, frame_at, indices, wait_for, wrapped

from guidance.model import Model


@pytest.mark.parametrize("situation", ["idle", "in the network", "waiting for a frame"])
def test_stop_is_prompt(model: Model, situation: str) -> None:
    busy, runtime = wrapped(model, lambda _: time.sleep(0.1))
    engine = engine_of(busy, stale_after_s=30.0)
    if situation == "waiting for a frame":
        engine.start(Pictures(None, fps=0.05))  # the next frame is due in 20 s
    else:
        engine.start()
    if situation == "in the network":
        engine.submit(frame_at(0))
    if situation != "idle":
        assert wait_for(lambda: runtime.calls)
    began_s = time.perf_counter()
    assert engine.stop()
    assert time.perf_counter() - began_s < 3.0
    assert not engine.running
    assert engine.error is None


def test_a_run_ends_when_stopped_from_a_listener_or_another_thread(model: Model) -> None:
    engine = engine_of(model)
    engine.add_listener(lambda g: engine.stop() if g.frame.index >= 3 else None)
    assert indices(list(engine.run(Pictures(None), fast=True))) == [0, 1, 2, 3]
    source = Pictures(None, fps=100.0)
    engine = engine_of(model)
    timer = threading.Timer(0.2, engine.stop)
    timer.start()
    assert list(engine.run(source))
    timer.join()
    assert source.closed


def test_an_abandoned_run_closes_its_source(model: Model) -> None:
    source = Pictures(None, fps=100.0)
    run = engine_of(model).run(source)
    next(run)
    run.close()
    assert source.closed

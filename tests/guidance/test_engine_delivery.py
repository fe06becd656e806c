"""Which frames the engine takes, and when.

Promises:
- in fast mode every frame is processed, in order, a recording's ahead of time with the same result; live, the newest
  wins, none comes twice or out of order, and processed + dropped = delivered;
- with a network far slower than the stream, latency stays below about 2.5 inference times and does not grow, while
  drops rise.
"""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import numpy as np
import pytest
from engine_parts import Pictures, engine_of, frame_at, indices, wait_for, wrapped

from guidance.engine import MAX_FAILURES
from guidance.errors import InputError, RuntimeFailure
from guidance.hint import Guidance
from guidance.latency import STAGES
from guidance.model import Model


def test_fast_processes_every_frame_in_order(model: Model) -> None:
    heard: list[Guidance] = []
    engine = engine_of(model, listeners=[heard.append])
    source = Pictures(50)
    given = list(engine.run(source, fast=True))
    assert indices(given) == list(range(50))
    assert heard == given
    assert {guidance.dropped for guidance in given} == {0}
    assert source.closed


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_reading_ahead_changes_nothing_but_the_times(model: Model, count: int) -> None:
    def lines(recorded: bool) -> list[dict[str, Any]]:
        found = []
        for guidance in engine_of(model).run(Pictures(count, recorded=recorded), fast=True):
            line = guidance.to_json()
            assert set(line.pop("latency_ms")) == set(STAGES)
            found.append(line)
        return found

    assert lines(recorded=True) == lines(recorded=False)


def test_a_recording_is_read_ahead_a_few_frames_and_no_further(model: Model) -> None:
    source = Pictures(200, recorded=True)
    work = engine_of(model).run(source, fast=True)
    for index in range(50):
        assert next(work).frame.index == index
        time.sleep(0.002)
        assert source.delivered - index <= 8
    work.close()
    assert source.closed
    assert source.delivered < 60
    assert not [t.name for t in threading.enumerate() if t.name.startswith("sonoguide-ahead")]


def test_a_recording_ends_with_its_error_after_all_guidance(model: Model) -> None:
    given: list[Guidance] = []
    source = Pictures(5, recorded=True, end=InputError("cut short"))
    with pytest.raises(InputError, match="cut short"):
        given.extend(engine_of(model).run(source, fast=True))
    assert indices(given) == [0, 1, 2, 3, 4]
    assert source.closed


@pytest.mark.parametrize("bad", [{2}, set(range(3, 99))])
def test_a_network_that_fails_on_a_recording(model: Model, bad: set[int]) -> None:
    def fail(call: int) -> None:
        if call in bad:
            raise RuntimeFailure("not a number")

    failing, _ = wrapped(model, fail)
    given: list[Guidance] = []
    work = engine_of(failing).run(Pictures(50, recorded=True), fast=True)
    if len(bad) == 1:
        given.extend(work)
        assert indices(given) == list(range(50))
        assert [g.frame.index for g in given if g.prediction is None] == [2]
    else:
        with pytest.raises(RuntimeFailure, match="not a number"):
            given.extend(work)
        assert len(given) == 3 + MAX_FAILURES - 1


def test_max_frames(model: Model) -> None:
    for fast in (True, False):
        source = Pictures(None, fps=200.0)
        assert len(list(engine_of(model).run(source, max_frames=7, fast=fast))) == 7
        assert source.closed


def test_live_never_repeats_nor_reorders_and_counts_what_it_drops(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.02))
    engine = engine_of(slow)
    source = Pictures(100, fps=200.0)
    given = list(engine.run(source))
    seen = indices(given)
    assert seen == sorted(set(seen))
    assert seen[-1] == 99
    assert given[-1].dropped == engine.dropped > 0
    assert len(given) + engine.dropped == source.delivered == 100


def test_latency_is_bounded_while_drops_rise(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.06))
    engine = engine_of(slow)
    given = list(engine.run(Pictures(150, fps=100.0)))[2:]
    infer = np.median([g.latency_ms["infer"] for g in given])
    total = np.array([g.latency_ms["total"] for g in given])
    assert infer >= 60.0
    assert np.percentile(total, 90) < 2.5 * infer
    half = len(total) // 2
    assert np.median(total[half:]) < 1.5 * np.median(total[:half])
    drops = [g.dropped for g in given]
    assert all(earlier < later for earlier, later in itertools.pairwise(drops[:-1]))
    assert drops[-1] > 2 * len(given)


def test_the_newest_submitted_frame_wins(model: Model) -> None:
    entered, go = threading.Semaphore(0), threading.Semaphore(0)

    def gate(_: int) -> None:
        entered.release()
        assert go.acquire(timeout=10.0)

    gated, _ = wrapped(model, gate)
    heard: list[Guidance] = []
    with engine_of(gated, listeners=[heard.append]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert entered.acquire(timeout=10.0)
        for index in range(1, 6):
            engine.submit(frame_at(index))
        go.release()
        assert entered.acquire(timeout=10.0)
        go.release()
        assert wait_for(lambda: len(heard) == 2)
    assert indices(heard) == [0, 5]
    assert heard[1].dropped == 4
    assert heard[1].latency_ms["queue"] > 0.0


def test_listeners_are_called_on_the_inference_thread(model: Model) -> None:
    names: list[str] = []
    with engine_of(model, listeners=[lambda _: names.append(threading.current_thread().name)]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(lambda: names)
    assert names[0] == "sonoguide-inference"

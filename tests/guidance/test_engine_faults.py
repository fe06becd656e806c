"""Networks and listeners that fail.

Promises:
- a frame on which the network fails, or says what is not a number, pauses guidance; failing again and again ends the
  run;
- a listener that fails is left out after three times and harms nobody else.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pytest
from engine_parts import Pictures, Wrapped, engine_of, frame_at, indices, wrapped
from numpy.typing import NDArray

from guidance.engine import MAX_FAILURES
from guidance.errors import RuntimeFailure
from guidance.hint import Guidance, State
from guidance.latency import STAGES
from guidance.listeners import MAX_FAILURES as LISTENER_FAILURES
from guidance.model import Model


def test_a_failed_frame_pauses_guidance_and_the_next_goes_on(model: Model) -> None:
    def fail(call: int) -> None:
        if call == 2:
            raise RuntimeFailure("not a number")

    failing, _ = wrapped(model, fail)
    given = list(engine_of(failing).run(Pictures(6), fast=True))
    assert indices(given) == list(range(6))
    assert [g.prediction is None for g in given] == [False, False, True, False, False, False]
    assert given[2].advice.state is State.PAUSED
    assert tuple(given[2].latency_ms) == STAGES


@pytest.mark.parametrize("recorded", [True, False])
def test_an_answer_that_is_not_a_number_pauses_guidance(model: Model, recorded: bool) -> None:
    """Of a recording such an answer is found out on another thread than the network's."""

    class Spoilt(Wrapped):
        def run(self, tensor: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
            out = dict(super().run(tensor))
            if self.calls == 3:
                out["view"] = np.full_like(out["view"], np.nan)
            return out

    spoilt = Model(model.manifest, Spoilt(model.runtime, lambda _: None))
    given = list(engine_of(spoilt).run(Pictures(6, recorded=recorded), fast=True))
    assert indices(given) == list(range(6))
    assert [g.prediction is None for g in given] == [False, False, True, False, False, False]
    assert given[2].advice.state is State.PAUSED


def test_failing_again_and_again_ends_the_run(model: Model) -> None:
    def fail(call: int) -> None:
        if call >= 3:
            raise RuntimeFailure("the device is gone")

    failing, runtime = wrapped(model, fail)
    given: list[Guidance] = []
    with pytest.raises(RuntimeFailure, match="device is gone"):
        given.extend(engine_of(failing).run(Pictures(50), fast=True))
    assert runtime.calls == 3 + MAX_FAILURES
    assert len(given) == 3 + MAX_FAILURES - 1


def test_a_failing_listener_is_left_out_and_harms_nobody(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    calls = itertools.count(1)
    heard: list[Guidance] = []
    latest_call = 0

    def broken(_: Guidance) -> None:
        nonlocal latest_call
        latest_call = next(calls)
        raise ValueError("a bug in the host")

    engine = engine_of(model, listeners=[broken, heard.append])
    given = list(engine.run(Pictures(20), fast=True))
    assert heard == given
    assert latest_call == LISTENER_FAILURES
    assert len(caplog.records) == LISTENER_FAILURES
    assert "left out" in caplog.messages[-1]
    assert "a bug in the host" in caplog.text


def test_a_listener_that_recovers_stays(model: Model) -> None:
    calls: list[int] = []

    def shaky(guidance: Guidance) -> None:
        calls.append(guidance.frame.index)
        if guidance.frame.index % 2:
            raise ValueError("every other time")

    list(engine_of(model, listeners=[shaky]).run(Pictures(20), fast=True))
    assert calls == list(range(20))


def test_listeners_come_and_go(model: Model) -> None:
    engine = engine_of(model)
    heard: list[Guidance] = []
    engine.add_listener(heard.append)
    engine.process(frame_at(0))
    engine.remove_listener(heard.append)
    engine.process(frame_at(1))
    assert indices(heard) == [0]

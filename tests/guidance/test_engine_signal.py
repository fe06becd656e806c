"""Old guidance, lost and frozen signals.

Promises:
- guidance that is too old is known to be stale, also while the network hangs;
- a lost signal, a frozen one, and its return are states; a loss that cannot be mended ends with its error, after the
  guidance of everything before.
"""

from __future__ import annotations

import threading
import time

import pytest
from engine_parts import Pictures, engine_of, frame_at, indices, wait_for, wrapped

from guidance.errors import InputError, RuntimeFailure
from guidance.hint import Guidance, State
from guidance.model import Model
from guidance.sources import Source


def test_staleness(model: Model) -> None:
    engine = engine_of(model, stale_after_s=0.25)
    assert engine.is_stale()
    seen_ns = engine.process(frame_at(0)).frame.t_capture_ns
    assert engine.age_s(seen_ns + 100_000_000) == pytest.approx(0.1)
    assert not engine.is_stale(seen_ns + 249_000_000)
    assert engine.is_stale(seen_ns + 251_000_000)


def test_guidance_goes_stale_while_the_network_hangs(model: Model) -> None:
    hang = threading.Event()
    hung, _ = wrapped(model, lambda call: None if call == 0 else hang.wait(20.0))
    with engine_of(hung, stale_after_s=0.1) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(engine.latest)
        for index in range(1, 10):
            engine.submit(frame_at(index))
            time.sleep(0.03)
        assert engine.is_stale()
        latest = engine.latest()
        assert latest is not None
        assert latest.frame.index == 0
        hang.set()


def test_silence_is_no_signal_and_frames_end_it(model: Model) -> None:
    heard: list[Guidance] = []
    with engine_of(model, listeners=[heard.append]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(lambda: any(g.advice.state is State.NO_SIGNAL for g in heard))
        assert not engine.is_stale()  # it is said anew while it lasts
        assert indices(heard) == [0] * len(heard)
        engine.submit(frame_at(1))
        assert wait_for(lambda: heard[-1].frame.index == 1)
    back = next(g for g in heard if g.frame.index == 1)
    assert back.prediction is not None
    assert back.advice.state is not State.NO_SIGNAL


def test_a_frozen_picture_is_said_and_not_inferred(model: Model) -> None:
    counted, runtime = wrapped(model, lambda _: None)
    engine = engine_of(counted)
    given = list(engine.run(Pictures(60, fps=60.0, live=True, still=True)))
    states = [g.advice.state for g in given]
    frozen = states.count(State.FROZEN)
    assert frozen > 10
    assert set(states[-10:]) == {State.FROZEN}
    assert runtime.calls == len(given) - frozen


def test_a_loss_ends_with_its_error_after_all_guidance(model: Model) -> None:
    engine = engine_of(model)
    given: list[Guidance] = []
    with pytest.raises(RuntimeFailure, match="unplugged"):
        given.extend(engine.run(Pictures(5, fps=50.0, live=True, end=RuntimeFailure("unplugged"))))
    assert indices(given)[-1] == 4
    assert given[-1].advice.state is State.NO_SIGNAL


@pytest.mark.parametrize("fast", [True, False])
def test_a_damaged_file_ends_with_its_error_after_all_guidance(model: Model, fast: bool) -> None:
    given: list[Guidance] = []
    with pytest.raises(InputError, match="cut short"):
        given.extend(engine_of(model).run(Pictures(5, fps=50.0, end=InputError("cut short")), fast=fast))
    assert indices(given)[-1] == 4


def test_a_lost_source_that_comes_back_goes_on(model: Model) -> None:
    def reopen() -> Source:
        return Pictures(5, fps=50.0, live=True)

    source = Pictures(5, fps=50.0, live=True, end=RuntimeFailure("unplugged"))
    seen = indices(list(engine_of(model).run(source, reopen=reopen)))
    assert seen == sorted(seen)
    assert seen[-1] == 9


def test_the_background_keeps_its_error(model: Model) -> None:
    engine = engine_of(model)
    engine.start(Pictures(3, end=InputError("cut short")), fast=True)
    assert wait_for(lambda: not engine.running)
    assert isinstance(engine.error, InputError)

"""The engine: frames in, guidance out.

Promises:
- every frame gets guidance with a stamp for each stage; the same frames give the same guidance;
- a profile of another size is refused; without one sizes may change; what the source knows is used;
- misuse is refused, and a stopped engine runs again.

Its delivery, signal, faults, stopping and clips have files of their own, test_engine_*.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from engine_parts import WHOLE, Pictures, engine_of, frame_at, indices, wait_for

from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.latency import STAGES
from guidance.model import Model


def test_each_stage_is_stamped(model: Model) -> None:
    engine = engine_of(model)
    frame = frame_at(0)
    guidance = engine.process(frame, dropped=3)
    latency = guidance.latency_ms
    assert tuple(latency) == STAGES
    assert all(ms >= 0.0 for ms in latency.values())
    assert latency["total"] == pytest.approx(sum(latency[stage] for stage in STAGES[:-1]), abs=1e-6)
    assert latency["total"] == pytest.approx((guidance.t_ready_ns - frame.t_capture_ns) / 1e6, abs=1e-6)
    assert guidance.frame is frame
    assert guidance.dropped == 3
    assert guidance.prediction is not None
    assert engine.latest() is guidance
    assert set(engine.latency.summary()) == set(STAGES)


def test_the_same_frames_give_the_same_guidance(model: Model) -> None:
    def told(engine: Engine) -> list[dict[str, Any]]:
        lines = []
        for i, brightness in enumerate([0.05] * 20 + [0.5] * 30 + [0.75] * 50):
            line = engine.process(frame_at(i, brightness)).to_json()
            del line["latency_ms"]
            lines.append(line)
        return lines

    first = told(engine_of(model))
    assert first == told(engine_of(model))
    assert len({line["state"] for line in first}) >= 3


def test_a_profile_of_another_size_is_refused(model: Model) -> None:
    engine = engine_of(model, profile=DeviceProfile(640, 480, (0.0, 0.0, 640.0, 480.0)))
    with pytest.raises(InputError, match="profile is for 640 x 480 pixels, but this stream has 64 x 64"):
        engine.process(frame_at(0))


def test_without_a_profile_sizes_may_change(model: Model) -> None:
    engine = engine_of(model, profile=None)
    for index, size in enumerate([(120, 160), (120, 160), (240, 320), (60, 80)]):
        pixels = np.random.default_rng(index).integers(0, 255, size, dtype=np.uint8)
        engine.process(Frame(pixels, index, time.perf_counter_ns(), index / 30))
        assert engine.profile is not None
        assert (engine.profile.height, engine.profile.width) == size


def test_what_the_source_knows_of_the_picture_is_used(model: Model) -> None:
    engine = engine_of(model, profile=None)
    list(engine.run(Pictures(1), fast=True))
    assert engine.profile is WHOLE


def test_misuse_is_refused(model: Model) -> None:
    engine = engine_of(model)
    with pytest.raises(RuntimeError, match="start"):
        engine.submit(frame_at(0))
    with engine:
        engine.start()
        with pytest.raises(RuntimeError, match="stop it first"):
            engine.start()
        with pytest.raises(RuntimeError, match="stop it first"):
            engine.run(Pictures(1))
    engine.submit(frame_at(0))  # a host's last frame may come late


def test_runs_again_after_stop(model: Model) -> None:
    engine = engine_of(model)
    for _ in range(2):
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(engine.latest)
        assert engine.stop()
    assert indices(list(engine.run(Pictures(3), fast=True))) == [0, 1, 2]

"""Bright, good pictures are held, captured, and end up in a clip with the frames that were dropped."""

from __future__ import annotations

import itertools
import time

import pytest
from engine_parts import Pictures, engine_of, frame_at, indices, wrapped

from guidance.capture import AutoCapture, CaptureReason, Clip, ClipBuffer
from guidance.hint import State
from guidance.model import Model
from guidance.views import View


def test_good_pictures_are_held_and_captured_in_a_clip(model: Model) -> None:
    clips: list[Clip] = []
    buffer = ClipBuffer(seconds=20.0)
    capture = AutoCapture(buffer, clips.append, seconds=2.0)
    engine = engine_of(model, clips=buffer, listeners=[capture])
    states = [engine.process(frame_at(i, 0.05)).advice.state for i in range(30)]
    assert State.HOLD not in states
    states = [engine.process(frame_at(i, 0.75)).advice.state for i in range(30, 150)]
    order = [state for state, _ in itertools.groupby(states)]
    assert order[-2:] == [State.HOLD, State.CAPTURED]
    (clip,) = clips
    assert clip.view is View.A4C
    assert clip.reason is CaptureReason.HOLD
    assert clip.duration_s == pytest.approx(2.0, abs=0.05)
    assert clip.mean_quality is not None
    assert clip.mean_quality > 0.5


def test_clips_hold_the_frames_that_were_dropped(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.05))
    buffer = ClipBuffer(seconds=20.0)
    engine = engine_of(slow, clips=buffer)
    given = list(engine.run(Pictures(60, fps=100.0)))
    clip = buffer.last(20.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert [frame.index for frame in clip.frames] == list(range(60))
    judged = [f.index for f, q in zip(clip.frames, clip.qualities, strict=True) if q is not None]
    assert judged == indices(given)
    assert len(judged) < 60

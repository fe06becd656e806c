"""Clips: the ring of newest frames and what is taken from it.

Promises:
- the ring never holds more seconds or bytes than allowed, always the newest frames, in order and without holes;
- a clip refers to the stream's own pixels, holds frames that the network did not see, and ends now;
- a clip never reaches over a hole in the stream, nor into the time of another target;
- completing a hold takes exactly one clip, until the coach has left CAPTURED or aims elsewhere;
- the best clip is the stretch with the highest mean quality (checked against brute force);
- by hand a clip can be taken at any time; without a frame there is none.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.capture import AutoCapture, CaptureReason, Clip, ClipBuffer
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.prediction import Prediction
from guidance.views import View

FPS = 20.0
BYTES = 64


def _frame(index: int, t_s: float | None = None) -> Frame:
    pixels = np.full((8, 8), index % 256, np.uint8)
    return Frame(pixels, index, index * 50_000_000, index / FPS if t_s is None else t_s)


def _guidance(
    frame: Frame, quality: float | None = 0.5, state: State = State.ADJUSTING, target: View = View.A4C
) -> Guidance:
    prediction = None
    if quality is not None:
        prediction = Prediction(
            views=(View.A2C, View.A4C),
            view_probabilities=np.array([0.1, 0.8, 0.1], np.float32),
            quality=np.array([0.0, quality], np.float32),
        )
    return Guidance(frame, Advice(state, target, View.A4C, 0.8), prediction)


@given(st.lists(st.floats(0.001, 2.0), max_size=60), st.floats(0.1, 5.0), st.integers(1, 20))
def test_bounded_by_seconds_and_bytes(gaps: list[float], seconds: float, frames: int) -> None:
    buffer = ClipBuffer(seconds, frames * BYTES)
    t_s, added = 0.0, []
    for i, gap in enumerate(gaps):
        t_s += gap
        added.append(_frame(i, t_s))
        buffer.add(added[-1])
        assert buffer.byte_count <= frames * BYTES
        assert buffer.byte_count == BYTES * buffer.frame_count
    fitting = [f for f in added if t_s - f.t_stream_s <= seconds][-frames:]
    clip = buffer.last(1e9, View.A4C, CaptureReason.MANUAL)
    assert buffer.frame_count == len(fitting)
    assert (clip is None) == (not fitting)
    if clip is not None:
        assert list(clip.frames) == fitting[-len(clip.frames) :]


def test_the_newest_frame_is_kept_however_large() -> None:
    buffer = ClipBuffer(1.0, max_bytes=1)
    buffer.add(_frame(0))
    buffer.add(_frame(1))
    assert buffer.frame_count == 1
    clip = buffer.last(1.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert clip.frames[0].index == 1


def test_a_clip_holds_unseen_frames_and_the_streams_own_pixels() -> None:
    buffer = ClipBuffer()
    frames = [_frame(i) for i in range(10)]
    for frame in frames:
        buffer.add(frame)
        if frame.index % 3 == 0:
            buffer.note(_guidance(frame, quality=0.25))
    clip = buffer.last(0.25, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert clip.frames == tuple(frames[4:])
    assert clip.frames[0].pixels is frames[4].pixels
    assert clip.qualities == (None, None, 0.25, None, None, 0.25)
    assert clip.mean_quality == 0.25
    assert clip.duration_s == pytest.approx(0.25)


def test_judgements_alone_fill_the_ring_too() -> None:
    buffer = ClipBuffer()
    for i in range(5):
        guidance = _guidance(_frame(i))
        buffer.note(guidance)
        buffer.note(guidance)
    assert buffer.frame_count == 5


def test_a_lost_signal_does_not_take_back_a_judgement() -> None:
    buffer = ClipBuffer()
    buffer.note(_guidance(_frame(0), quality=0.75))
    kept = buffer.last(9.0, View.A4C, CaptureReason.MANUAL)
    assert kept is not None
    buffer.note(_guidance(kept.frames[0], quality=None, state=State.NO_SIGNAL))
    assert buffer.last(9.0, View.A4C, CaptureReason.MANUAL).qualities == (0.75,)  # type: ignore[union-attr]


def test_a_late_judgement_of_a_frame_that_is_gone_changes_nothing() -> None:
    buffer = ClipBuffer(max_bytes=3 * BYTES)
    frames = [_frame(i) for i in range(6)]
    for frame in frames:
        buffer.add(frame)
    buffer.note(_guidance(frames[0]))
    clip = buffer.last(9.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert clip.frames == tuple(frames[3:])


@pytest.mark.parametrize("fed", [True, False])
def test_a_stream_that_starts_again_empties_the_ring(fed: bool) -> None:
    buffer = ClipBuffer()
    for i in [*range(10), *range(3)]:
        frame = _frame(i)
        if fed:
            buffer.add(frame)
        buffer.note(_guidance(frame))
    assert buffer.frame_count == 3


def test_no_clip_over_a_hole_in_the_stream() -> None:
    buffer = ClipBuffer()
    for i, t_s in enumerate((0.0, 0.1, 3.0, 3.1, 3.2)):
        buffer.note(_guidance(_frame(i, t_s)))
    clip = buffer.last(9.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert [f.index for f in clip.frames] == [2, 3, 4]


def test_no_clip_into_the_time_of_another_target() -> None:
    buffer = ClipBuffer()
    for i in range(10):
        buffer.note(_guidance(_frame(i), target=View.A2C if i < 6 else View.A4C))
    clip = buffer.last(9.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert [f.index for f in clip.frames] == [6, 7, 8, 9]
    assert buffer.last(9.0, View.A2C, CaptureReason.MANUAL) is None
    best = buffer.best(9.0, View.A2C)
    assert best is not None
    assert best.frames[-1].index == 5


def _fed(capture: AutoCapture, states: list[State], target: View = View.A4C, first: int = 0) -> None:
    for i, state in enumerate(states, first):
        frame = _frame(i)
        capture.buffer.add(frame)
        capture(_guidance(frame, state=state, target=target))


def test_one_clip_for_each_completed_hold() -> None:
    clips: list[Clip] = []
    capture = AutoCapture(ClipBuffer(), clips.append, seconds=0.3)
    hold, captured, away = State.HOLD, State.CAPTURED, State.ADJUSTING
    _fed(capture, [away] * 10 + [hold] * 4 + [captured] * 5 + [away] * 3 + [hold] * 2 + [captured])
    assert [clip.reason for clip in clips] == [CaptureReason.HOLD] * 2
    assert [f.index for f in clips[0].frames] == list(range(8, 15))
    assert clips[0].view is View.A4C
    assert clips[1].frames[-1].index == 24
    _fed(capture, [hold, captured], target=View.A2C, first=25)
    assert [clip.view for clip in clips] == [View.A4C, View.A4C, View.A2C]


def test_another_target_captured_at_once_is_another_clip() -> None:
    clips: list[Clip] = []
    capture = AutoCapture(ClipBuffer(), clips.append)
    _fed(capture, [State.CAPTURED])
    _fed(capture, [State.CAPTURED], target=View.A2C, first=1)
    assert [clip.view for clip in clips] == [View.A4C, View.A2C]


def test_by_hand_and_afterwards() -> None:
    clips: list[Clip] = []
    capture = AutoCapture(ClipBuffer(), clips.append, seconds=0.2)
    assert capture.capture_now(View.A4C) is None
    assert capture.capture_best(View.A4C) is None
    for i, quality in enumerate([0.1] * 10 + [0.9] * 5 + [0.2] * 10):
        capture(_guidance(_frame(i), quality=quality))
    now, best = capture.capture_now(View.A4C), capture.capture_best(View.A4C)
    assert clips == [now, best]
    assert now is not None
    assert best is not None
    assert now.reason is CaptureReason.MANUAL
    assert now.frames[-1].index == 24
    assert best.reason is CaptureReason.BEST
    assert [f.index for f in best.frames] == [10, 11, 12, 13, 14]
    assert best.mean_quality == pytest.approx(0.9)


@given(
    st.lists(st.one_of(st.none(), st.floats(0.0, 1.0, width=32)), min_size=1, max_size=40),
    st.integers(1, 20),
)
def test_the_best_clip_is_the_best(qualities: list[float | None], length: int) -> None:
    buffer = ClipBuffer(seconds=100.0)
    for i, quality in enumerate(qualities):
        frame = _frame(i)
        buffer.add(frame)
        buffer.note(_guidance(frame, quality))
    clip = buffer.best(length / FPS + 1e-6, View.A4C)
    windows = [qualities[i : i + length + 1] for i in range(max(1, len(qualities) - length))]
    means = [sum(js) / len(js) for w in windows if (js := [q for q in w if q is not None])]
    if not means:
        assert clip is None
    else:
        assert clip is not None
        assert clip.mean_quality == pytest.approx(max(means), abs=1e-6)
        assert len(clip.frames) == min(length + 1, len(qualities))


def test_many_threads_may_use_it() -> None:
    buffer = ClipBuffer(seconds=0.5)
    failures: list[Exception] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                for clip in (buffer.last(0.2, View.A4C, CaptureReason.MANUAL), buffer.best(0.2, View.A4C)):
                    if clip is not None:
                        indices = [f.index for f in clip.frames]
                        assert indices == list(range(indices[0], indices[-1] + 1))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(2_000):
        frame = _frame(i)
        buffer.add(frame)
        buffer.note(_guidance(frame))
    done.set()
    for thread in threads:
        thread.join()
    assert not failures


def test_wrong_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="seconds"):
        ClipBuffer(seconds=0.0)

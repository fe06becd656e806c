"""What is kept of a run.

Promises:
- a hold keeps one clip; by hand at any time, in any state, and not twice for one wish;
- what the coach did not recognise is kept by hand and marked, and never counts as a best stretch;
- a target that is left without a clip keeps its best stretch, though the ring has let go of it; one with a clip none;
- the log has every change of state or hint, and every wish.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exam_clips import FPS, PROFILE, guidance, new_exam
from scripted import prediction

from guidance.capture import CaptureReason
from guidance.coach import Coach
from guidance.exam import ExamRecorder, RecorderSettings, read_log
from guidance.hint import Guidance, State
from guidance.views import View

SETTINGS = RecorderSettings(clip_s=0.5, ring_s=1.5)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[ExamRecorder]:
    made = ExamRecorder(new_exam(tmp_path), View.A4C, lambda: PROFILE, settings=SETTINGS)
    yield made
    made.close()


def kept(recorder: ExamRecorder) -> list[tuple[View, CaptureReason]]:
    recorder.close()
    return [(clip.target, clip.reason) for clip in recorder.folder.record.clips]


def events(recorder: ExamRecorder) -> list[str]:
    return [event["event"] for event in read_log(recorder.folder.path / "log.jsonl")]


def test_a_hold_keeps_one_clip(recorder: ExamRecorder) -> None:
    for i in range(30):
        recorder(guidance(i, state=State.HOLD if i < 15 else State.CAPTURED))
    assert kept(recorder) == [(View.A4C, CaptureReason.HOLD)]
    (clip,) = recorder.folder.record.clips
    assert (clip.frames, clip.t_end_s) == (11, 15 / FPS)
    assert events(recorder).count("advice") == 2


def test_by_hand_once_through_the_coach(recorder: ExamRecorder) -> None:
    coach = Coach(View.A4C)
    recorder.watch(coach)
    for i in range(60):
        if i == 20:
            coach.mark_captured()
        made = guidance(i)
        advice = coach.advise(made.frame.t_stream_s, prediction())
        recorder(Guidance(made.frame, advice, made.prediction))
    assert State.CAPTURED in [
        State(e["state"]) for e in read_log(recorder.folder.path / "log.jsonl") if e["event"] == "advice"
    ]
    assert kept(recorder) == [(View.A4C, CaptureReason.MANUAL)]


@pytest.mark.parametrize("state", [State.NOT_RECOGNISED, State.NO_SIGNAL, State.PAUSED, State.FROZEN])
def test_by_hand_in_any_state(state: State, recorder: ExamRecorder) -> None:
    coach = Coach(View.A4C)
    recorder.watch(coach)
    for i in range(15):
        recorder(guidance(i, state=state))
    coach.mark_captured()
    assert kept(recorder) == [(View.A4C, CaptureReason.MANUAL)]
    (clip,) = recorder.folder.record.clips
    assert clip.state is state
    assert clip.abstained is (state is State.NOT_RECOGNISED)
    assert (clip.quality is None) is (state is State.NOT_RECOGNISED)


def test_a_target_given_up_keeps_its_best_stretch(recorder: ExamRecorder) -> None:
    coach = Coach(View.A4C)
    recorder.watch(coach)
    for i in range(200):  # the best came at 2 s; the ring holds 1.5 s
        recorder(guidance(i, quality=0.9 if 40 <= i <= 50 else 0.2))
    coach.set_target(View.PLAX)
    for i in range(200, 220):
        recorder(guidance(i, state=State.NOT_RECOGNISED, target=View.PLAX))
    assert kept(recorder) == [(View.A4C, CaptureReason.BEST)]
    (clip,) = recorder.folder.record.clips
    assert clip.quality == pytest.approx(0.9, abs=0.07)
    assert 1.9 < clip.t_start_s < 2.1


def test_the_end_of_the_run_gives_up_too(recorder: ExamRecorder) -> None:
    for i in range(30):
        recorder(guidance(i))
    assert kept(recorder) == [(View.A4C, CaptureReason.BEST)]


def test_with_a_clip_there_is_no_best(recorder: ExamRecorder) -> None:
    for i in range(30):
        recorder(guidance(i, state=State.CAPTURED if i == 15 else State.ADJUSTING))
    recorder(guidance(30, target=View.PLAX, quality=None))
    assert kept(recorder) == [(View.A4C, CaptureReason.HOLD)]


def test_memory_is_bounded(tmp_path: Path) -> None:
    one = guidance(0).frame.pixels.nbytes
    settings = RecorderSettings(clip_s=0.5, ring_s=60.0, max_bytes=20 * one)
    recorder = ExamRecorder(new_exam(tmp_path), View.A4C, lambda: PROFILE, settings=settings)
    for i in range(200):
        recorder(guidance(i))
        assert recorder.buffer.byte_count <= 20 * one
        best = recorder._best
        assert best is None or best.clip.byte_count <= 20 * one
    recorder.close()


def test_every_wish_is_logged(recorder: ExamRecorder) -> None:
    coach = Coach(View.A4C)
    recorder.watch(coach)
    coach.override_view(View.PLAX)
    coach.mute()
    coach.mute(False)
    coach.dismiss_hint()
    coach.set_target(View.PLAX)
    coach.mark_captured()
    recorder.close()
    assert events(recorder) == [
        "opened", "override", "mute", "mute", "dismiss", "target", "capture", "closed"
    ]  # fmt: skip

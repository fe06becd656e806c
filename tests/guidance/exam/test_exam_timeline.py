"""What led to a clip, from the exam's log.

Promises:
- the hints on the way to a clip stand with their reasons and times, up to its end, and no others: not those of another
  target, of another run, or of the stream played before;
- the threshold, quality ten times a second and the tracked pose are logged, and read as they were;
- a log that is missing, damaged, or of a sonoguide that noted less, costs what it does not say and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from exam_clips import FPS
from reviewed_exam import ROTATE, SLIDE, keep_exam, pose_at

from guidance.exam import Timeline, load_pictures, look_at, read_log, timeline_of
from guidance.exam.poses import pose_in
from guidance.hint import State
from guidance.views import View


def timeline(exam: Path, number: int) -> Timeline:
    record = look_at(exam).record
    assert record is not None
    (clip,) = [clip for clip in record.clips if clip.number == number]
    return timeline_of(clip, read_log(exam / "log.jsonl"))


def test_hints_and_reasons_on_the_way_to_each_clip(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    first, second = timeline(exam, 1), timeline(exam, 2)
    assert [(one.hint, one.reason, one.reason_code) for one in first.hints] == [
        (hint.text, hint.reason, "off_axis") for hint in (SLIDE, ROTATE)
    ]
    assert [one.t_s for one in first.hints] == pytest.approx([0.0, 20 / FPS])
    assert first.hints[1].until_s == pytest.approx(40 / FPS)
    assert (first.start_s, first.clip_start_s, first.end_s) == pytest.approx((0.0, 1.5, 2.5))
    assert [one.state for one in first.said[-2:]] == [State.HOLD, State.CAPTURED]
    assert len(second.hints) == 2
    assert second.start_s == pytest.approx(51 / FPS)  # where the other view began
    assert first.capture_quality == second.capture_quality == 0.7
    said = first.at(1.2)
    assert said is not None
    assert said.hint == ROTATE.text


def test_quality_and_pose_are_noted_ten_times_a_second(tmp_path: Path) -> None:
    line = timeline(keep_exam(tmp_path), 1)
    times = np.array([one.t_s for one in line.samples])
    assert np.diff(times) == pytest.approx(0.1, abs=1e-3)
    assert [one.quality for one in line.samples] == pytest.approx(
        [0.1 + t * FPS / 60 for t in times], abs=1e-3
    )
    for t_s, pose in line.path:
        expected = pose_at(round(t_s * FPS))
        assert pose.position == pytest.approx(expected.position, abs=0.01)
        assert pose.rotation == pytest.approx(expected.rotation, abs=1e-3)
    near = line.pose_at(1.52)
    assert near is not None
    assert near.position == pytest.approx(pose_at(30).position, abs=0.01)


def test_without_a_tracker_there_is_no_path(tmp_path: Path) -> None:
    line = timeline(keep_exam(tmp_path, tracked=False), 1)
    assert line.path == ()
    assert len(line.samples) > 20


def test_every_run_has_a_time_line_of_its_own(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    keep_exam(exam)  # goes on with it: the stream's time begins at 0 again
    for number in (1, 2, 3, 4):
        line = timeline(exam, number)
        assert len(line.hints) == 2
        assert len(line.samples) <= 26
    assert timeline(exam, 3).start_s == timeline(exam, 1).start_s


def test_a_stream_that_is_played_again_begins_anew(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    log = exam / "log.jsonl"
    lines = log.read_text().splitlines()
    once = [line for line in lines if json.loads(line)["event"] in ("advice", "track")]
    marked = [line.replace(SLIDE.text, "Of the first time") for line in once]
    log.write_text("\n".join([lines[0], *marked, *lines[1:]]) + "\n")
    assert [one.hint for one in timeline(exam, 1).hints] == [SLIDE.text, ROTATE.text]


def test_a_clip_that_the_log_did_not_hear_of_is_found_by_the_clock(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    log = exam / "log.jsonl"
    log.write_text("\n".join(line for line in log.read_text().splitlines() if '"kept"' not in line) + "\n")
    assert len(timeline(exam, 1).hints) == 2


def test_a_log_that_knows_less_or_is_damaged(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    log = exam / "log.jsonl"
    events = [json.loads(line) for line in log.read_text().splitlines()]
    older = [{k: v for k, v in e.items() if k != "capture_quality"} for e in events if e["event"] != "track"]
    log.write_text("".join(json.dumps(e) + "\n" for e in older))
    line = timeline(exam, 1)
    assert (line.capture_quality, line.samples, len(line.hints)) == (None, (), 2)
    bad = [
        {"event": "advice"},
        {"event": "advice", "t_s": "soon", "state": "HOLD"},
        {"event": "advice", "t_s": 0.2, "state": "DANCING", "target": "A4C", "view": 7, "quality": 9},
        {"event": "track", "t_s": 0.3, "quality": True, "position_mm": [1, 2], "beam": None, "marker": "x"},
        {"event": "opened", "capture_quality": "high"},
    ]
    log.write_text("".join(json.dumps(e) + "\n" for e in [events[0], *bad[:4], *events[1:], bad[4]]) + "{\n")
    assert len(timeline(exam, 1).hints) == 2
    log.unlink()
    line = timeline(exam, 1)
    assert (line.hints, line.start_s, line.end_s) == ((), 1.5, 2.5)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"position_mm": [0, 0, 0], "beam": [0, 0, 1], "marker": [0, 0, 1]},
        {"position_mm": [0, 0, float("nan")], "beam": [0, 0, 1], "marker": [1, 0, 0]},
        {"position_mm": [0, 0, 0], "beam": [0, 0, 0], "marker": [1, 0, 0]},
    ],
)
def test_what_makes_no_pose_is_none(event: dict[str, object]) -> None:
    assert pose_in(event) is None


def test_pictures_come_back_with_time_and_quality(tmp_path: Path) -> None:
    exam = keep_exam(tmp_path)
    record = look_at(exam).record
    assert record is not None
    clip = record.clips[0]
    pictures = load_pictures(exam, clip)
    assert len(pictures) == clip.frames == 21
    assert pictures.times_s == pytest.approx([1.5 + k / FPS for k in range(21)], abs=1e-3)
    assert pictures.qualities == pytest.approx([0.1 + (30 + k) / 60 for k in range(21)], abs=1e-5)
    assert pictures.problem is None
    assert pictures.best == 20
    assert pictures.index_at(1.5 + 2.5 / FPS) == 2
    assert clip.target is View.A4C

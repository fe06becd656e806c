"""A small exam with a log, as a run keeps it: hints with reasons, a tracked probe, two clips."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from exam_clips import PROFILE, frame

from guidance.exam import ExamFolder, ExamInfo, ExamRecorder, RecorderSettings
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.prediction import Prediction
from guidance.probe import Manoeuvre, Pose
from guidance.views import View

VIEWS = (View.A4C, View.PLAX)
INFO = ExamInfo("screen.mp4", VIEWS, "tiny 1", capture_quality=0.7)
SLIDE = Hint(
    Manoeuvre.SLIDE, "towards the head", "", "Slide towards the head", "The window is 20 mm away", ReasonCode.OFF_AXIS
)  # fmt: skip
ROTATE = Hint(
    Manoeuvre.ROTATE, "clockwise", "slightly", "Rotate slightly clockwise", "The plane is off", ReasonCode.OFF_AXIS
)  # fmt: skip


def pose_at(index: int) -> Pose:
    """The probe slides towards the head, 2 mm a picture, and looks at the heart."""
    return Pose.looking([40.0, 2.0 * index - 60.0, 80.0], [-0.7, 0.5, -0.5], [0.6, 0.8, 0.0])


def told(index: int, state: State, hint: Hint | None, quality: float | None, target: View) -> Guidance:
    """Guidance of picture ``index``."""
    prediction = None
    if quality is not None:
        rows = np.array([0.8, 0.1, 0.1], np.float32), np.full(2, quality, np.float32)
        prediction = Prediction(VIEWS, *rows)
    advice = Advice(state, target, target, 0.8, quality, hint=hint)
    return Guidance(frame(index), advice, prediction)


def run(recorder: ExamRecorder, target: View, first: int) -> int:
    """One view: a slide, a rotation, a hold, a capture. 51 pictures; returns the next picture's index."""
    for k in range(51):
        state, hint = State.ADJUSTING, SLIDE if k < 20 else ROTATE
        if k >= 40:
            state, hint = State.HOLD if k < 50 else State.CAPTURED, None
        recorder(told(first + k, state, hint, 0.1 + k / 60, target))
    return first + 51


def keep_exam(place: Path, *, tracked: bool = True) -> Path:
    """An exam under ``place``, or one more run of the exam at ``place``; its folder.

    Clip 1 is an A4C of the stream's seconds 1.5 to 2.5, clip 2 a PLAX of 4.05 to 5.05; the threshold is 0.7.
    """
    folder = ExamFolder(place, INFO)
    recorder = ExamRecorder(
        folder,
        View.A4C,
        lambda: PROFILE,
        wait=True,
        settings=RecorderSettings(clip_s=1.0, ring_s=3.0),
        pose=(lambda guidance: pose_at(guidance.frame.index)) if tracked else None,
    )
    following = run(recorder, View.A4C, 0)
    run(recorder, View.PLAX, following)
    recorder.close()
    return folder.path


@contextmanager
def read_only_exam() -> Iterator[Path]:
    """An exam in a folder that may be read and not written; root, who may do everything, is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as place:
        exam = keep_exam(Path(place) / "exams")
        for path in (Path(place), Path(place) / "exams"):
            path.chmod(0o755)
        paths = [exam, *exam.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield exam
        finally:
            if root:
                os.seteuid(0)
            for path in paths:
                path.chmod(0o755)

"""Sequences of labelled frames: a probe wanders over one patient for some seconds while the heart beats.

What the memory of a model learns from, and what a model with memory is measured on. A sequence has one patient, one
machine and one crop; marks on the picture stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from guidance.probe import Pose
from models.frames import LabelledFrame, scan_frame, shown
from models.phantom.cycle import breath
from models.phantom.patient import Patient, sample_patient
from models.phantom.targets import view_targets
from models.scenes import EVEN, FrameMix, Scan, Scene, draw_view_scene, home_view
from models.trajectories import start_near, wander

STEP_S = 0.2
"""Seconds from frame to frame: the pace of the memory."""
LENGTH = 24
"""Frames a sequence."""


def draw_sequence(
    patient: Patient, seed: int, rng: np.random.Generator, mix: FrameMix = EVEN
) -> list[LabelledFrame]:
    """:data:`LENGTH` frames of ``patient`` (of ``seed``), :data:`STEP_S` apart, round a view drawn at random."""
    view = home_view(rng, mix.a4c_share)
    scene = draw_view_scene(patient, view, rng, mix)
    first = scene.scan
    assert first is not None
    rate, depth_mm = float(rng.uniform(10, 18)), float(rng.uniform(0.0, 6.0))
    lag_s, lag_beat = rng.uniform(0.0, 6.0), rng.random()
    times = np.arange(LENGTH, dtype=np.float64) * STEP_S

    def breath_at(t: float) -> float:
        return breath(t + lag_s, rate, depth_mm)

    def target_at(t: float) -> Pose:
        return view_targets(patient, breath_at(t))[view].pose

    start = start_near(patient, target_at(0.0), rng)
    poses = wander(patient, start, target_at, times, rng)
    drawn_by = shown(scene)
    still = Scene(scene.style, scene.scale, scene.shift, first)
    marks = int(rng.integers(1 << 31))
    out: list[LabelledFrame] = []
    for t, pose in zip(times, poses, strict=True):
        breath_mm = breath_at(float(t))
        beat = float(lag_beat + t * patient.heart_rate / 60.0)
        scan = Scan(patient, breath_mm, view_targets(patient, breath_mm), pose, beat, first.press, first.gel)
        out.append(scan_frame(still, scan, drawn_by, seed, rng, np.random.default_rng(marks)))
    return out


def sequences(seed: int, count: int, mix: FrameMix = EVEN) -> Iterator[list[LabelledFrame]]:
    """``count`` sequences of patients ``seed``, ``seed + 1``, ..., one each; reproducible from the arguments."""
    for patient_seed in range(seed, seed + count):
        # Not the stream that frames of this patient are drawn from.
        rng = np.random.default_rng([9, patient_seed])
        patient = sample_patient(np.random.default_rng([7, patient_seed]))
        yield draw_sequence(patient, patient_seed, rng, mix)

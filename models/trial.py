"""The in-silico trial: unseen virtual patients, every view, a clumsy novice, with hints and without.

Every figure is the virtual patient's. The two arms share patient, machine, start and novice; without hints he watches
the quality bar alone (:attr:`models.closed_loop.Policy.METER`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2

from guidance.choice import sign_confidence
from guidance.hint import Advice, Hint
from guidance.model import Model
from guidance.probe import AXES, adjustment_between, pose_distance
from guidance.views import STANDARD_VIEWS, View
from models.closed_loop import LoopSettings, Policy, VirtualExam, guide_for, run_loop
from models.figures.groups import patient_groups
from models.labels import Labels, label_frame
from models.phantom.contact import pressed_in
from models.phantom.cycle import breath
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Patient
from models.phantom.style import MachineStyle
from models.processes import processes

CONFIDENT = 0.8
"""A hint whose direction the model holds for at least this probable must not point the wrong way."""
WORTH = (3.0, 3.0, 3.0, 3.0, 3.0)
"""A direction counts as wrong only where the true error is this large (mm, degrees): nearer, both ways are right."""
DIAGNOSTIC = 0.6
"""True quality from which the picture at the target pose counts as one that this patient can give."""


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """Patients ``first_seed`` to ``first_seed + patients - 1``, each to every one of ``views``, in both arms.

    The start lies up to ``start_mm`` along and ``start_deg`` about each axis from the view's target; None: where the
    start card leads.
    """

    patients: int = 20
    views: tuple[View, ...] = STANDARD_VIEWS
    first_seed: int = 1000
    start_mm: float | None = 60.0
    start_deg: float | None = 45.0
    fps: float = 6.0
    max_moves: int = 60
    without_hints: bool = True


@dataclass(frozen=True, slots=True)
class TrialRun:
    """One patient, one view, one arm.

    Attributes:
        seed, view, guided: which. sex, bmi, age, function, position, chest, machine: the groups it belongs to.
        possible: whether this patient gives a diagnostic picture at the view's target pose at all.
        held: the coach said HOLD until the view was captured. reached: so, and the picture was right.
        strict: reached within 5 mm and 5 degrees. seconds, moves: how long it took, or until it was given up.
        path, direct: way of the probe from rest to rest, and the straight one; mm plus degrees.
        plane_mm, in_plane_deg, pose_mm, pose_deg: error at the end. quality: the true one at the end.
        hints, confident, wrong_way: hints given; those stated with a confidence of at least 0.8; those of them that
            pointed away from the target.
    """

    seed: int
    view: View
    guided: bool
    sex: str
    bmi: str
    age: str
    function: str
    position: str
    chest: str
    machine: str
    possible: bool
    held: bool
    reached: bool
    strict: bool
    seconds: float
    moves: int
    path: float
    direct: float
    plane_mm: float
    in_plane_deg: float
    pose_mm: float
    pose_deg: float
    quality: float
    hints: int
    confident: int
    wrong_way: int


GROUPS = ("sex", "bmi", "age", "function", "position", "chest", "machine")
"""Fields of :class:`TrialRun` that say which group a run belongs to."""


def groups_of(patient: Patient, style: MachineStyle) -> dict[str, str]:
    """Group membership; a key for each of :data:`GROUPS`."""
    return {**patient_groups(patient), "machine": str(style.family)}


def run_trial(
    settings: TrialSettings, model: Path, runtime: str, workers: int, done: Collection[int] = ()
) -> Iterator[list[TrialRun]]:
    """Run the trial in ``workers`` processes; yields the runs of each patient as they are finished.

    Patients whose seeds are in ``done`` are left out.
    """
    every = range(settings.first_seed, settings.first_seed + settings.patients)
    seeds = [seed for seed in every if seed not in done]
    with processes(workers) as pool:
        for job in as_completed(
            [pool.submit(patient_runs, settings, seed, model, runtime) for seed in seeds]
        ):
            yield job.result()


def patient_runs(settings: TrialSettings, seed: int, folder: Path, runtime: str) -> list[TrialRun]:
    """Every run of the patient of ``seed``."""
    cv2.setNumThreads(1)
    arms = (Policy.GUIDED, Policy.METER) if settings.without_hints else (Policy.GUIDED,)
    with Model.load(folder, runtime=runtime) as model:
        return [
            one_run(
                LoopSettings(
                    target=view, seed=seed, policy=policy, fps=settings.fps, max_moves=settings.max_moves,
                    start_mm=settings.start_mm, start_deg=settings.start_deg, any_machine=True,
                ),
                model,
            )
            for view in settings.views
            for policy in arms
        ]  # fmt: skip


def one_run(settings: LoopSettings, model: Model) -> TrialRun:
    """One run of the loop, measured on the way."""
    exam = VirtualExam(settings)
    possible = true_labels(exam, at_target=True).quality[STANDARD_VIEWS.index(settings.target)] >= DIAGNOSTIC
    rest, moves, path = exam.pose, 0, 0.0
    direct = sum(pose_distance(exam.pose, exam.scanner.targets[settings.target].pose))
    shown: tuple[str, int] | None = None
    hints = confident = wrong = 0
    result = None
    for guidance, result in run_loop(exam, guide_for(exam, model)[0]):
        advice = guidance.advice
        hint = advice.hint
        said = None if hint is None or not hint.axis else (hint.axis, hint.sign)
        if hint is not None and said is not None and said != shown:
            hints += 1
            if stated_confidence(advice) >= CONFIDENT:
                confident += 1
                wrong += points_away(exam, hint)
        shown = said
        if result.moves != moves:
            path += sum(pose_distance(rest, exam.pose))
            rest, moves = exam.pose, result.moves
    assert result is not None
    path += sum(pose_distance(rest, exam.pose))
    final = result.final
    return TrialRun(
        seed=settings.seed,
        view=settings.target,
        guided=settings.policy is Policy.GUIDED,
        **groups_of(exam.patient, exam.scanner.style),
        possible=bool(possible),
        held=result.held,
        reached=result.reached,
        strict=result.reached and final.strict,
        seconds=result.seconds if result.held else settings.max_s,
        moves=result.moves,
        path=path,
        direct=direct,
        plane_mm=final.plane_mm,
        in_plane_deg=final.in_plane_deg,
        pose_mm=final.pose_mm,
        pose_deg=final.pose_deg,
        quality=float(true_labels(exam).quality[STANDARD_VIEWS.index(settings.target)]),
        hints=hints,
        confident=confident,
        wrong_way=wrong,
    )


def stated_confidence(advice: Advice) -> float:
    """The probability (0.5..1) that the model gives the direction of the hint on screen; 0 without one."""
    if advice.hint is None or advice.adjustment is None or advice.half_width90 is None:
        return 0.0
    axis = AXES.index(advice.hint.axis)
    return sign_confidence(
        float(advice.adjustment.as_array()[axis]), float(advice.half_width90.as_array()[axis])
    )


def points_away(exam: VirtualExam, hint: Hint) -> bool:
    """Whether ``hint`` says the opposite of the way to the target."""
    axis = AXES.index(hint.axis)
    error = float(adjustment_between(exam.pose, exam.targets[exam.settings.target].pose).as_array()[axis])
    return error * hint.sign < 0.0 and abs(error) > WORTH[axis]


def true_labels(exam: VirtualExam, *, at_target: bool = False) -> Labels:
    """Labels of the last picture, or of the one at the target pose, with the breath as it is."""
    targets, scanner, t_s = exam.targets, exam.scanner, exam.t_s
    pose = targets[exam.settings.target].pose if at_target else exam.pose
    press = 0.7 if at_target else exam.novice.press
    marks = landmarks(exam.patient, breath(t_s, depth_mm=scanner.breath_mm))
    image = scanner.polar(pose, t_s, press=press)
    return label_frame(pressed_in(exam.patient, pose, press), image, scanner.style, targets, marks)

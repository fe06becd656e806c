"""The closed loop: a simulated novice follows the coach's hints on a virtual patient until the view is captured.

Time is the stream's own: a run takes the same course however fast the machine is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.hint import Guidance, State
from guidance.latency import LatencyLog
from guidance.manifest import HintPolicy
from guidance.model import Model
from guidance.prediction import Facets, Prediction
from guidance.probe import Adjustment, Pose, adjustment_between
from guidance.views import STANDARD_VIEWS, View
from models.phantom.contact import pressed_in
from models.phantom.judge import Judgement, judge_all
from models.phantom.novice import NoviceTraits, SimulatedNovice
from models.phantom.patient import Patient, sample_patient
from models.phantom.scanner import VirtualScanner
from models.phantom.style import Machines, MachineStyle, sample_style, set_up
from models.phantom.targets import Target, view_targets
from models.processes import processes

PATIENT_STREAM = 70_000_000
"""Seeds of the loop's patients: never used for training, validation or the locked test set."""


class Policy(StrEnum):
    """What the novice goes by: the hints of the model, the quality bar alone, nothing, or a perfect network's hints."""

    GUIDED = "guided"
    METER = "meter"
    RANDOM = "random"
    ORACLE = "oracle"


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """One run: target, seed of patient and start, policy, frame rate, and when to give up.

    The start is where the start card leads somebody who does not know the patient; with ``start_mm`` and ``start_deg``
    it is anywhere up to so far from the target along and about each axis. ``any_machine``: the machine, too, is drawn
    at random from families that training does not know, set for the view as an operator would; else it is a decent
    common one.
    """

    target: View = View.A4C
    seed: int = 0
    policy: Policy = Policy.GUIDED
    fps: float = 15.0
    max_moves: int = 60
    max_s: float = 150.0
    start_mm: float | None = None
    start_deg: float | None = None
    size: tuple[int, int] = (640, 480)
    any_machine: bool = False


@dataclass(frozen=True, slots=True)
class LoopResult:
    """How a run ended.

    ``held``: the coach said HOLD until the view was captured; ``reached``: held, and the picture was right. ``start``
    and ``final`` judge the pose with the breath at rest; ``quality`` is the coach's last; ``frames`` were looked at.
    """

    settings: LoopSettings
    held: bool
    reached: bool
    seconds: float
    moves: int
    start: Judgement
    final: Judgement
    quality: float | None
    frames: int


def loop_patient(seed: int) -> tuple[Patient, np.random.Generator]:
    """The loop's patient of ``seed``, and the generator that draws the machine and the start after it."""
    rng = np.random.default_rng([13, PATIENT_STREAM + seed])
    return sample_patient(rng), rng


class VirtualExam:
    """A virtual patient, a machine and a novice with the probe in hand.

    One random patient a seed; ``frame`` draws the picture now, ``follow`` lets the novice act on the guidance.
    ``drawn_pose`` is where the probe was for the last picture; the frames do not tell it, as most machines do not.
    """

    def __init__(self, settings: LoopSettings) -> None:
        self.settings = settings
        self.patient, rng = loop_patient(settings.seed)
        if settings.any_machine:
            goal = view_targets(self.patient)[settings.target]
            reach_mm = float(np.linalg.norm(goal.pose.to_probe(goal.anchors), axis=1).max())
            style = set_up(sample_style(rng, Machines.HELD_OUT), reach_mm)
        else:
            style = MachineStyle(depth_mm=float(rng.uniform(145, 175)), gain_db=float(rng.normal(0, 2)))
        self.scanner = VirtualScanner(
            self.patient,
            style=style,
            seed=settings.seed,
            size=settings.size,
            breath_mm=3.0,
            beams=112,
            samples=320,
        )
        if settings.start_mm is None or settings.start_deg is None:
            self.pose: Pose = self.scanner.card_pose(settings.target, rng)
        else:
            self.pose = self.scanner.start_pose(
                settings.target, rng, mm=settings.start_mm, deg=settings.start_deg
            )
        follows = settings.policy in (Policy.GUIDED, Policy.ORACLE)
        traits = NoviceTraits(obeys=follows, climbs=settings.policy is not Policy.RANDOM)
        self.novice = SimulatedNovice(np.random.default_rng([17, settings.seed]), traits)
        self._again = np.random.default_rng([19, settings.seed])
        self._t_s = 0.0
        self.drawn_pose = self.pose
        self.start = self.judgement

    @property
    def profile(self) -> DeviceProfile:
        """Exact geometry of the screen."""
        return self.scanner.profile

    @property
    def t_s(self) -> float:
        """When the last picture was taken (seconds)."""
        return self._t_s

    @property
    def targets(self) -> Mapping[View, Target]:
        """Targets at the last picture's instant of the breath."""
        return self.scanner.targets_at(self._t_s)

    @property
    def judgement(self) -> Judgement:
        """How right the last picture is."""
        return self.scanner.judge(self.pose, self.settings.target, self._t_s, press=self.novice.press)

    def aim(self, target: View) -> None:
        """Another view of the same patient: the novice puts the probe where its start card says. Time goes on."""
        self.settings = replace(self.settings, target=target)
        self.pose = self.scanner.card_pose(target, self._again)
        self.novice.press = 0.7
        self.start = self.judgement

    def frame(self, index: int) -> Frame:
        """The picture at ``index / fps`` seconds."""
        self._t_s = t_s = index / self.settings.fps
        self.drawn_pose = self.pose
        pixels = self.scanner.render(self.pose, t_s, press=self.novice.press)
        mm = self.profile.mm_per_px
        assert mm is not None
        uri = f"phantom:view={self.settings.target},seed={self.settings.seed}"
        return Frame(pixels, index, time.perf_counter_ns(), t_s, uri, (mm, mm))

    def follow(self, guidance: Guidance) -> None:
        """Let the novice see ``guidance`` and move for one frame."""
        step: Adjustment = self.novice.step(guidance.advice, guidance.frame.t_stream_s)
        self.pose = self.scanner.move(self.pose, step)
        if self.novice.starts_over:
            self.pose = self.scanner.card_pose(self.settings.target, self._again)


def oracle_prediction(exam: VirtualExam) -> Prediction:
    """What a perfect network would say: exact adjustments, the true view, the true quality."""
    targets = exam.targets
    judged = judge_all(pressed_in(exam.patient, exam.pose, exam.novice.press), targets)
    distance = np.array([judged[v].distance for v in STANDARD_VIEWS])
    probabilities = np.full(len(STANDARD_VIEWS) + 1, 0.002, dtype=np.float32)
    nearest = int(distance.argmin())
    probabilities[nearest if distance[nearest] < 3.0 else -1] = 1.0
    adjustment = np.array(
        [adjustment_between(exam.pose, targets[v].pose).as_array() for v in STANDARD_VIEWS],
        np.float32,
    )
    right = bool(distance[nearest] <= 1.0)
    return Prediction(
        views=STANDARD_VIEWS,
        view_probabilities=probabilities / probabilities.sum(),
        quality=np.where(distance <= 0.8, 0.95, 0.05).astype(np.float32),
        facets=Facets(1.0, 1.0 if right else 0.2, 1.0, 1.0),
        adjustment=adjustment,
        half_width90=np.full_like(adjustment, 1.0),
        novelty=0.0,
    )


class Guide(Protocol):
    """Turns a frame of the exam into guidance."""

    def __call__(self, frame: Frame) -> Guidance:
        """Guidance for ``frame``."""
        ...


class _OracleGuide:
    """The same coach behind a perfect network: what is left is the coach's and the novice's."""

    def __init__(self, exam: VirtualExam, policy: HintPolicy) -> None:
        self._exam = exam
        self._coach = Coach(exam.settings.target, policy)

    def __call__(self, frame: Frame) -> Guidance:
        prediction = oracle_prediction(self._exam)
        advice = self._coach.advise(frame.t_stream_s, prediction)
        return Guidance(frame, advice, prediction, t_ready_ns=time.perf_counter_ns())


def guide_for(exam: VirtualExam, model: Model) -> tuple[Guide, LatencyLog | None]:
    """What ``exam``'s policy guides by: the real engine and its latencies, or the oracle."""
    if exam.settings.policy is Policy.ORACLE:
        return _OracleGuide(exam, model.manifest.hints), None
    engine = Engine(model, Coach(exam.settings.target, model.manifest.hints), profile=exam.profile)
    return engine.process, engine.latency


def run_to_end(settings: LoopSettings, folder: Path, runtime: str) -> LoopResult:
    """How the run of ``settings`` ends with the model in ``folder``: a whole run as one job for another process."""
    cv2.setNumThreads(1)
    with Model.load(folder, runtime=runtime) as model:
        exam = VirtualExam(settings)
        *_, (_, last) = run_loop(exam, guide_for(exam, model)[0])
    return last


def run_many(
    all_settings: Iterable[LoopSettings], folder: Path, runtime: str, workers: int
) -> Iterator[LoopResult]:
    """:func:`run_to_end` of each of ``all_settings`` in ``workers`` processes; yields in their order."""
    with processes(workers) as pool:
        for job in [pool.submit(run_to_end, settings, folder, runtime) for settings in all_settings]:
            yield job.result()


def run_loop(exam: VirtualExam, guide: Guide) -> Iterator[tuple[Guidance, LoopResult]]:
    """Run until the view is captured, one move too many is wanted, or time is over; yields after every frame.

    The last pair's result is the run's.
    """
    s = exam.settings
    held = False
    at_hold = exam.judgement
    index = 0
    while not held and index / s.fps < s.max_s:
        guidance = guide(exam.frame(index))
        state = guidance.advice.state
        held = state is State.CAPTURED
        if state in (State.HOLD, State.CAPTURED):
            at_hold = exam.judgement
        else:
            exam.follow(guidance)
            if exam.novice.moves > s.max_moves:
                return
        index += 1
        now = at_hold if held else exam.judgement
        result = LoopResult(
            s, held, held and now.right_picture, index / s.fps, exam.novice.moves, exam.start, now,
            guidance.advice.quality, index,
        )  # fmt: skip
        yield guidance, result

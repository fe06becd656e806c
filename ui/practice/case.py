"""Case: one virtual patient on the couch, the probe in the operator's hand, and the stream of pictures from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guidance.probe import Pose
from guidance.views import STANDARD_VIEWS, View
from models.closed_loop import LoopSettings, VirtualExam
from models.phantom.judge import Judgement
from models.phantom.patient import Patient
from models.phantom.scanner import VirtualScanner
from models.phantom.source import PhantomSource
from models.trial import DIAGNOSTIC, true_labels
from ui.practice.hand import Hand
from ui.practice.patients import difficulty_of, habitus_of

FPS = 20.0
"""Pictures a second, where the machine draws them as fast: one takes about 33 ms on one core."""
START_MM, START_DEG = 18.0, 14.0
"""Spread of the start about the place of the start card, sd on each axis: further off than the simulated novice's."""
TOO_NEAR = 2.0
"""A start nearer than this to the right picture (:attr:`Judgement.distance`) would leave nothing to do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A patient to practise on.

    Attributes:
        view, seed: what to look for, in whom. scanner: the virtual machine. hand: on the probe.
        source: the stream; it follows the hand. start: where the probe was at first, judged there.
        target: where the view is, with the breath at rest: to be shown afterwards.
        possible: whether this patient gives a diagnostic picture there at all.
    """

    view: View
    seed: int
    scanner: VirtualScanner
    hand: Hand
    source: PhantomSource
    start: Judgement
    target: Pose
    possible: bool

    @property
    def patient(self) -> Patient:
        """Who it is."""
        return self.scanner.patient

    @property
    def words(self) -> str:
        """Who it is, in a few words."""
        p = self.patient
        return f"{p.sex}, {p.age_years:.0f} years, BMI {p.bmi:.0f}, {p.position}"

    @property
    def kind(self) -> str:
        """Difficulty and habitus."""
        hopeless = "" if self.possible else ", hardly gives this view"
        return f"{difficulty_of(self.patient)}, {habitus_of(self.patient)} build{hopeless}"

    def judged(self, t_s: float | None = None) -> Judgement:
        """How right the picture is that the probe gives now."""
        return self.scanner.judge(self.hand.pose, self.view, t_s, press=self.hand.press)


def open_case(
    view: View, seed: int, start: int, *, size: tuple[int, int] = (640, 480), fps: float = FPS
) -> Case:
    """The closed loop's patient of ``seed`` with the probe somewhere about the start card's place for ``view``.

    ``start`` picks where: the same number, the same place.
    """
    exam = VirtualExam(LoopSettings(target=view, seed=seed, size=size))
    scanner = exam.scanner
    rng = np.random.default_rng([23, seed, start])
    while True:
        pose = scanner.card_pose(view, rng, mm=START_MM, deg=START_DEG)
        judged = scanner.judge(pose, view)
        if judged.distance >= TOO_NEAR:
            break
    uri = f"phantom:view={view},seed={seed}"
    source = PhantomSource(scanner, pose, uri=uri, fps=fps, keep_up=True)
    hand = Hand(scanner.patient, pose, placed=source.place)
    quality = true_labels(exam, at_target=True).quality[STANDARD_VIEWS.index(view)]
    possible = bool(quality >= DIAGNOSTIC)
    return Case(view, seed, scanner, hand, source, judged, scanner.targets[view].pose, possible)

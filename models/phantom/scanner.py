"""VirtualScanner: a patient, a machine and a screen. Give it a pose and a time; it gives the picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.probe import Adjustment, Pose, adjusted
from guidance.views import View
from models.phantom.anatomy import Body
from models.phantom.beamform import Beamformer, PolarImage
from models.phantom.contact import pressed_in
from models.phantom.cycle import breath
from models.phantom.judge import Judgement, judge
from models.phantom.patient import Patient
from models.phantom.scan_convert import ScanConverter, screen_sector
from models.phantom.style import MachineStyle
from models.phantom.targets import Target, on_skin, view_targets


@cache
def _mean_targets() -> Mapping[View, Target]:
    return view_targets(Patient.mean())


class VirtualScanner:
    """Renders a virtual patient on a screen.

    Args:
        patient: whom to scan.
        style: machine and settings.
        seed: of electronic noise.
        size: screen (width, height) in pixels.
        breath_mm: depth of breathing; 0 holds the breath.
    """

    def __init__(
        self,
        patient: Patient,
        *,
        style: MachineStyle | None = None,
        seed: int = 0,
        size: tuple[int, int] = (640, 480),
        breath_mm: float = 4.0,
        beams: int = 128,
        samples: int = 384,
    ) -> None:
        self.patient = patient
        self.style = style or MachineStyle()
        self.breath_mm = breath_mm
        self._rng = np.random.default_rng(seed)
        self.beamformer = Beamformer(self.style, beams, samples)
        self.profile = screen_sector(self.beamformer, size)
        assert self.profile.sector is not None
        self._converter = ScanConverter(self.beamformer, size, self.profile.sector)
        self._previous: NDArray[np.uint8] | None = None
        self.targets: Mapping[View, Target] = view_targets(patient)
        """Targets with the breath at rest."""
        self._at: tuple[float, Mapping[View, Target]] | None = None

    def polar(self, pose: Pose, t_s: float, *, press: float = 0.7) -> PolarImage:
        """The polar picture from ``pose`` at ``t_s`` seconds."""
        phase = t_s * self.patient.heart_rate / 60.0
        body = Body.at(self.patient, phase, breath(t_s, depth_mm=self.breath_mm))
        return self.beamformer.draw(body, pose, self._rng, press=press)

    def render(self, pose: Pose, t_s: float, *, press: float = 0.7) -> NDArray[np.uint8]:
        """(H, W) uint8: the screen from ``pose`` at ``t_s`` seconds, with the machine's persistence."""
        grey = self.polar(pose, t_s, press=press).grey
        if self._previous is not None and self.style.persistence > 0.0:
            k = self.style.persistence
            grey = np.asarray(cv2.addWeighted(self._previous, k, grey, 1.0 - k, 0.0), dtype=np.uint8)
        self._previous = grey
        return self._converter.picture(grey)

    def move(self, pose: Pose, adjustment: Adjustment) -> Pose:
        """``pose`` after ``adjustment``, back on the skin."""
        return on_skin(self.patient, adjusted(pose, adjustment))

    def judge(self, pose: Pose, view: View, t_s: float | None = None, *, press: float = 0.7) -> Judgement:
        """How right the picture from ``pose`` is for ``view`` at ``t_s``; None: with the breath at rest."""
        target = (self.targets if t_s is None else self.targets_at(t_s))[view]
        return judge(pressed_in(self.patient, pose, press), target)

    def targets_at(self, t_s: float) -> Mapping[View, Target]:
        """Targets with the breath as it is at ``t_s``; those of the last instant asked for are kept."""
        if self._at is None or self._at[0] != t_s:
            self._at = t_s, view_targets(self.patient, breath(t_s, depth_mm=self.breath_mm))
        return self._at[1]

    def card_pose(self, view: View, rng: np.random.Generator, *, mm: float = 12.0, deg: float = 10.0) -> Pose:
        """Where somebody puts the probe who knows the start card of ``view`` and nothing of this patient.

        The mean patient's target, scaled to this chest, with a beginner's scatter (sd ``mm`` and ``deg`` per axis).
        """
        nominal, mean = _mean_targets()[view].pose, Patient.mean()
        x = float(nominal.position[0]) * self.patient.half_width / mean.half_width
        there = on_skin(self.patient, Pose(np.array([x, nominal.position[1], 0.0]), nominal.rotation))
        offset = np.concatenate([rng.normal(0.0, mm, 2), rng.normal(0.0, deg, 3)])
        return self.move(there, Adjustment.from_array(offset))

    def start_pose(
        self, view: View, rng: np.random.Generator, *, mm: float = 25.0, deg: float = 20.0
    ) -> Pose:
        """A pose off the target of ``view``: up to ``mm`` along each probe axis and ``deg`` about each."""
        offset = np.concatenate([rng.uniform(-mm, mm, 2), rng.uniform(-deg, deg, 3)])
        return self.move(self.targets[view].pose, Adjustment.from_array(offset))

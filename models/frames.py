"""One training frame: a random patient, machine, pose and moment, drawn in the network's crop, with its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.probe import Adjustment, Pose, adjusted
from guidance.views import STANDARD_VIEWS, View
from models.labels import Labels, label_frame, outlier_labels
from models.outliers import outlier
from models.phantom.anatomy import Body
from models.phantom.beamform import Beamformer
from models.phantom.contact import pressed_in
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Patient, sample_patient
from models.phantom.scan_convert import ScanConverter
from models.phantom.screen import draw_marks, through_video_chain
from models.phantom.style import sample_style
from models.phantom.targets import on_skin, view_targets
from models.phantom.thorax import skin_normal
from models.phantom.tissue import STRUCTURE_TISSUES, Tissue

SIZE = 192
MASK_SIZE = 48
BEAMS, SAMPLES = 96, 256
UNSEEN = 0.06
"""Below this transmission nothing can be seen of a structure, and none is asked for."""

_CHANNEL = np.zeros(len(Tissue), dtype=np.uint8)
for _i, _tissue in enumerate(STRUCTURE_TISSUES):
    _CHANNEL[_tissue] = _i + 1


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """A picture in the network's crop and what is true of it.

    Attributes:
        image: (192, 192) uint8.
        structures: (48, 48) uint8: 0 = none, else channel + 1.
        labels: everything else.
        patient: seed of the patient.
    """

    image: NDArray[np.uint8]
    structures: NDArray[np.uint8]
    labels: Labels
    patient: int


def random_pose(patient: Patient, home: Pose, rng: np.random.Generator) -> Pose:
    """A pose round ``home``: often near, sometimes far, seldom anywhere on the chest."""
    u = rng.random()
    if u < 0.06:
        x, y = rng.uniform(-80, 140), rng.uniform(-110, 115)
        there = on_skin(patient, Pose(np.array([x, y, 0.0]), home.rotation))
        inwards = -skin_normal(patient, float(there.position[0]), float(there.position[1]))
        turned = Pose.looking(there.position, inwards + rng.normal(0, 0.35, 3), rng.normal(0, 1, 3))
        return turned
    spread = 0.12 if u < 0.30 else 0.4 if u < 0.70 else 1.0
    offset = np.concatenate([rng.uniform(-50, 50, 2), rng.uniform(-40, 40, 2), rng.uniform(-60, 60, 1)])
    return on_skin(patient, adjusted(home, Adjustment.from_array(offset * spread)))


def _home_view(rng: np.random.Generator, a4c_share: float) -> View:
    if a4c_share > 0.0 and rng.random() < a4c_share:
        return View.A4C
    return STANDARD_VIEWS[int(rng.integers(len(STANDARD_VIEWS)))]


def draw_frame(
    patient: Patient, seed: int, rng: np.random.Generator, a4c_share: float = 0.0
) -> LabelledFrame:
    """One labelled frame of ``patient`` (of ``seed``), round a view drawn at random (see :func:`frames`)."""
    style = sample_style(rng)
    former = Beamformer(style, BEAMS, SAMPLES)
    zoomed = rng.random() < 0.2
    scale = rng.uniform(1.05, 1.35) if zoomed else float(np.clip(rng.normal(1.0, 0.04), 0.88, 1.12))
    down = rng.uniform(-0.02, 0.10) if zoomed else rng.normal(0.0, 0.015)
    converter = ScanConverter.canonical(
        former, SIZE, scale=scale, shift=(float(rng.normal(0, 0.02)), float(down))
    )
    if rng.random() < 0.10:
        image = outlier(rng, SIZE, converter.inside)
        blank = np.zeros((MASK_SIZE, MASK_SIZE), np.uint8)
        return LabelledFrame(through_video_chain(draw_marks(image, rng), rng), blank, outlier_labels(), seed)
    breath_mm = float(rng.uniform(-6, 6))
    targets = view_targets(patient, breath_mm)
    home = targets[_home_view(rng, a4c_share)].pose
    pose = random_pose(patient, home, rng)
    body = Body.at(patient, float(rng.random()), breath_mm)
    press = float(rng.uniform(0.45, 1.0)) if rng.random() < 0.88 else float(rng.uniform(0.0, 0.45))
    gel = 1.0 if rng.random() < 0.95 else float(rng.uniform(0.0, 0.6))
    polar = former.draw(body, pose, rng, press=press, gel=gel)
    labels = label_frame(
        pressed_in(patient, pose, press), polar, style, targets, landmarks(patient, breath_mm)
    )
    image = converter.picture(polar.grey)
    if style.smooth_px > 0:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), style.smooth_px), dtype=np.uint8)
    mask = _CHANNEL[converter.labels(np.where(polar.transmission > UNSEEN, polar.label, 0))]
    step = SIZE // MASK_SIZE
    small = np.ascontiguousarray(mask[step // 2 :: step, step // 2 :: step])
    return LabelledFrame(through_video_chain(draw_marks(image, rng), rng), small, labels, seed)


def frames(seed: int, count: int, per_patient: int = 16, a4c_share: float = 0.0) -> Iterator[LabelledFrame]:
    """``count`` frames of patients ``seed``, ``seed + 1``, ...; reproducible from the arguments.

    ``a4c_share`` is an extra share of frames round the four chamber view, for training; measuring uses none.
    """
    made = 0
    patient_seed = seed
    while made < count:
        rng = np.random.default_rng([7, patient_seed])
        patient = sample_patient(rng)
        for _ in range(min(per_patient, count - made)):
            yield draw_frame(patient, patient_seed, rng, a4c_share)
            made += 1
        patient_seed += 1

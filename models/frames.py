"""One training frame: a random patient, machine, pose and moment, drawn in the network's crop, with its labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.labels import Labels, label_frame, outlier_labels
from models.outliers import outlier
from models.phantom.beamform import Beamformer, PolarImage
from models.phantom.contact import pressed_in
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Patient, sample_patient
from models.phantom.scan_convert import ScanConverter
from models.phantom.screen import draw_marks, through_video_chain
from models.phantom.style import MachineStyle
from models.phantom.tissue import STRUCTURE_TISSUES, Tissue
from models.scenes import EVEN, FrameMix, Scan, Scene, draw_scene

SIZE = 192
MASK_SIZE = 48
MASK_STEP = SIZE // MASK_SIZE
BEAMS, SAMPLES = 96, 256
UNSEEN = 0.06
"""Below this transmission nothing can be seen of a structure, and none is asked for."""
LINEAR = 0.3
"""Share of other organs that a linear probe shows."""

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
        careful: whether it was taken with care (:attr:`models.scenes.FrameMix.clear_share`).
    """

    image: NDArray[np.uint8]
    structures: NDArray[np.uint8]
    labels: Labels
    patient: int
    careful: bool = False


def outlier_frame(scene: Scene, patient: Patient, seed: int, rng: np.random.Generator) -> LabelledFrame:
    """A frame of ``scene`` that is not of a heart: another organ of ``patient``, or drawn by hand."""
    former, converter = shown(scene)
    if scene.organ is None:
        image = outlier(rng, SIZE, converter.inside)
    else:
        grey = former.draw_organ(scene.organ, patient, rng).grey
        image = _linear(grey, rng) if rng.random() < LINEAR else converter.picture(grey)
        image = _smoothed(image, scene.style)
    blank = np.zeros((MASK_SIZE, MASK_SIZE), np.uint8)
    return LabelledFrame(through_video_chain(draw_marks(image, rng), rng), blank, outlier_labels(), seed)


def _linear(grey: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(192, 192): the beams side by side, as a linear probe shows them."""
    width = int(rng.uniform(0.45, 1.0) * SIZE)
    left = (SIZE - width) // 2
    out = np.zeros((SIZE, SIZE), np.uint8)
    out[:, left : left + width] = cv2.resize(grey.T, (width, SIZE), interpolation=cv2.INTER_LINEAR)
    return out


def _smoothed(image: NDArray[np.uint8], style: MachineStyle) -> NDArray[np.uint8]:
    if style.smooth_px <= 0:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), style.smooth_px), dtype=np.uint8)


def finished_frame(
    scene: Scene,
    scan: Scan,
    polar: PolarImage,
    image: NDArray[np.uint8],
    tissue: NDArray[np.uint8],
    seed: int,
    rng: np.random.Generator,
) -> LabelledFrame:
    """What follows the renderer, whichever it was: labels, the machine's smoothing, marks and the video chain.

    Args:
        scene, scan: what is shown.
        polar: the picture before scan conversion; labels read its transmission and contact.
        image: (192, 192), in the crop.
        tissue: (48, 48) labels of what can be seen, in the crop.
        seed: of the patient.
        rng: for marks and video chain.
    """
    patient = scan.patient
    labels = label_frame(
        pressed_in(patient, scan.pose, scan.press),
        polar,
        scene.style,
        scan.targets,
        landmarks(patient, scan.breath_mm),
    )
    image = _smoothed(image, scene.style)
    image = through_video_chain(draw_marks(image, rng), rng)
    return LabelledFrame(image, _CHANNEL[tissue], labels, seed, scene.careful)


def shown(scene: Scene) -> tuple[Beamformer, ScanConverter]:
    """What draws ``scene`` in the network's crop: its beams, and their place in the crop."""
    former = Beamformer(scene.style, BEAMS, SAMPLES)
    return former, ScanConverter.canonical(former, SIZE, scale=scene.scale, shift=scene.shift)


def scan_frame(
    scene: Scene,
    scan: Scan,
    drawn_by: tuple[Beamformer, ScanConverter],
    seed: int,
    rng: np.random.Generator,
    marks: np.random.Generator | None = None,
) -> LabelledFrame:
    """The frame of ``scan`` as the machine of ``scene`` shows it.

    Args:
        scene, scan: machine and crop; patient, probe and moment.
        drawn_by: of :func:`shown`, so that frames of one machine share it.
        seed: of the patient.
        rng: for speckle and noise.
        marks: for marks and video chain; None: ``rng``.
    """
    former, converter = drawn_by
    polar = former.draw(scan.body(), scan.pose, rng, press=scan.press, gel=scan.gel)
    tissue = converter.labels(np.where(polar.transmission > UNSEEN, polar.label, 0))
    small = np.ascontiguousarray(tissue[MASK_STEP // 2 :: MASK_STEP, MASK_STEP // 2 :: MASK_STEP])
    return finished_frame(scene, scan, polar, converter.picture(polar.grey), small, seed, marks or rng)


def draw_frame(patient: Patient, seed: int, rng: np.random.Generator, mix: FrameMix = EVEN) -> LabelledFrame:
    """One labelled frame of ``patient`` (of ``seed``), round a view drawn at random (see :func:`frames`)."""
    scene = draw_scene(patient, rng, mix)
    if scene.scan is None:
        return outlier_frame(scene, patient, seed, rng)
    return scan_frame(scene, scene.scan, shown(scene), seed, rng)


def frames(seed: int, count: int, per_patient: int = 16, mix: FrameMix = EVEN) -> Iterator[LabelledFrame]:
    """``count`` frames of patients ``seed``, ``seed + 1``, ...; reproducible from the arguments.

    ``mix`` says what they are drawn of.
    """
    made = 0
    patient_seed = seed
    while made < count:
        rng = np.random.default_rng([7, patient_seed])
        patient = sample_patient(rng)
        for _ in range(min(per_patient, count - made)):
            yield draw_frame(patient, patient_seed, rng, mix)
            made += 1
        patient_seed += 1

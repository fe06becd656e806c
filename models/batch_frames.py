"""Batched counterpart of :func:`models.frames.frames`: pictures are made by torch, many at a time, on CPU or GPU.

Scenes, labels, drawn marks and the video chain are those of the numpy path and stay on the CPU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from models.frames import (
    BEAMS,
    MASK_STEP,
    SAMPLES,
    SIZE,
    UNSEEN,
    LabelledFrame,
    finished_frame,
    outlier_frame,
)
from models.phantom.batch_beamform import BatchBeamformer, Shot
from models.phantom.batch_scan import BatchScanConverter
from models.phantom.beamform import PolarImage
from models.phantom.patient import Patient, sample_patient
from models.scenes import EVEN, FrameMix, Scene, draw_scene

_BATCH = {"cuda": 128}
"""A GPU needs many frames to be busy; a CPU's caches want few."""


@dataclass(frozen=True, slots=True, eq=False)
class _Planned:
    """A frame to be: its scene, the patient and its seed, and the randomness of marks and video chain."""

    scene: Scene
    patient: Patient
    seed: int
    rng: np.random.Generator


def batch_frames(
    seed: int,
    count: int,
    per_patient: int = 16,
    mix: FrameMix = EVEN,
    *,
    batch: int | None = None,
    device: str | None = None,
) -> Iterator[LabelledFrame]:
    """``count`` frames of patients ``seed``, ``seed + 1``, ...: the patients of :func:`models.frames.frames`.

    Scenes come from the same distributions (the first of each patient is the same), noise and marks from other
    random numbers. Reproducible from the arguments on one device. ``device`` None takes a GPU where there is one;
    ``batch`` None as many frames at a time as suit the device.
    """
    former = BatchBeamformer(BEAMS, SAMPLES, device or ("cuda" if torch.cuda.is_available() else "cpu"))
    size = batch or _BATCH.get(former.device.type, 16)
    noise = torch.Generator(former.device).manual_seed(seed)
    planned = _plan(seed, count, per_patient, mix)
    while group := list(islice(planned, size)):
        yield from _drawn(group, former, noise)


def _plan(seed: int, count: int, per_patient: int, mix: FrameMix) -> Iterator[_Planned]:
    for first in range(0, count, per_patient):
        patient_seed = seed + first // per_patient
        rng = np.random.default_rng([7, patient_seed])
        patient = sample_patient(rng)
        for k in range(min(per_patient, count - first)):
            scene = draw_scene(patient, rng, mix)
            yield _Planned(scene, patient, patient_seed, np.random.default_rng([8, patient_seed, k]))


def _drawn(
    group: Sequence[_Planned], former: BatchBeamformer, noise: torch.Generator
) -> Iterator[LabelledFrame]:
    pictures = iter(_pictures([p.scene for p in group if p.scene.scan is not None], former, noise))
    for p in group:
        scene, scan = p.scene, p.scene.scan
        if scan is None:
            yield outlier_frame(scene, p.patient, p.seed, p.rng)
        else:
            yield finished_frame(scene, scan, *next(pictures), p.seed, p.rng)


def _pictures(
    scenes: Sequence[Scene], former: BatchBeamformer, noise: torch.Generator
) -> list[tuple[PolarImage, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Of each scene (none of them an outlier): polar picture, crop, and the tissues that can be seen in it."""
    if not scenes:
        return []
    shots = [
        Shot(scan.body(), scan.pose, scene.style, scan.press, scan.gel)
        for scene in scenes
        if (scan := scene.scan) is not None
    ]
    polar = former.draw(shots, noise)
    converter = BatchScanConverter(
        polar.grids, SIZE, [s.scale for s in scenes], [s.shift for s in scenes], former.device
    )
    image = converter.picture(polar.grey).cpu().numpy()
    seen = polar.label * (polar.transmission > UNSEEN)
    tissue = converter.labels(seen, MASK_STEP).cpu().numpy()
    return list(zip(polar.images(), image, tissue, strict=True))

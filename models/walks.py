"""Walks: frames of where a model's own adjustments lead the probe, which is where its hints leave a beginner.

Single frames are drawn round a view by chance (:mod:`models.scenes`). A loop of hints and movements chooses instead: it
ends where the model errs least in its own opinion, so that mistakes which look like the right picture are met far more
often than by chance. The remedy is to teach on what the present model leads to, with true labels (dataset aggregation,
Ross, Gordon and Bagnell 2011, arXiv:1011.0686).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.manifest import Manifest
from guidance.model import Model
from guidance.prediction import Prediction
from guidance.probe import Adjustment, adjusted
from guidance.views import STANDARD_VIEWS, View
from models.frames import SIZE, LabelledFrame, scan_frame, shown
from models.phantom.patient import Patient, sample_patient
from models.phantom.targets import on_skin, view_targets
from models.scenes import TRAINING, FrameMix, Scan, beside, draw_view_scene, home_view

FloatArray = NDArray[np.float64]

LENGTH = 8
"""Frames a walk: enough for most to end where the model wants to stay."""
WALKS = 2
"""Walks a patient."""
START = (0.25, 1.0)
"""How far off a walk begins, in shares of (50 mm, 40 degrees, 60 degrees of rotation)."""
HEEDED = 0.7
"""How often an axis is moved along: hints come one at a time."""
PART = (0.5, 1.1)
"""How much of the stated way is gone."""
SLIP, TREMOR = 0.08, 0.6
"""Share of the movement that leaks into the other axes, and what is always there (mm, degrees)."""
BREATH_MM = 2.5
"""How far the breath moves the heart between two frames of a walk, at most."""


def check_leads(manifest: Manifest, folder: Path) -> None:
    """See to it that the model of ``manifest``, in ``folder``, can lead.

    Raises:
        InputError: it does not state adjustments to every standard view, or does not look at the network's crop.
    """
    every = set(manifest.views) == set(STANDARD_VIEWS)
    if manifest.outputs.adjustment is None or not every or manifest.input.size != SIZE:
        raise InputError(
            f"{folder} cannot lead the probe: it must state adjustments to all twelve views from {SIZE} x {SIZE} pixels"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where a walk has come to: the frame there, and what the model said of it."""

    frame: LabelledFrame
    said: Prediction


def lead(
    model: Model,
    patient: Patient,
    seed: int,
    view: View,
    rng: np.random.Generator,
    mix: FrameMix = TRAINING,
    length: int = LENGTH,
    *,
    one_machine: bool = True,
) -> Iterator[Stop]:
    """``length`` stops of a walk towards ``view`` on ``patient`` (of ``seed``), as ``model`` leads it.

    Heart and breath are somewhere else at each stop, and so are machine, crop, press and gel where not ``one_machine``.
    ``model`` is one that can lead (:func:`check_leads`).
    """
    scene = draw_view_scene(patient, view, rng, mix)
    now = scene.scan
    assert now is not None
    drawn_by = shown(scene)
    breath_mm = now.breath_mm
    pose = beside(patient, now.targets[view].pose, float(rng.uniform(*START)), rng)
    for stop in range(length):
        if stop and not one_machine:
            scene = draw_view_scene(patient, view, rng, mix)
            now = scene.scan
            assert now is not None
            drawn_by = shown(scene)
        breathed_mm = float(np.clip(breath_mm + rng.uniform(-BREATH_MM, BREATH_MM), -6.0, 6.0))
        targets = view_targets(patient, breathed_mm)
        scan = Scan(patient, breathed_mm, targets, pose, float(rng.random()), now.press, now.gel)
        frame = scan_frame(scene, scan, drawn_by, seed, rng)
        said = _ask(model, frame.image)
        yield Stop(frame, said)
        assert said.adjustment is not None
        way = said.adjustment[said.views.index(view)].astype(np.float64)
        pose = on_skin(patient, adjusted(pose, _step(way, rng)))


def draw_walk(
    model: Model, patient: Patient, seed: int, rng: np.random.Generator, mix: FrameMix = TRAINING
) -> list[LabelledFrame]:
    """The frames of a walk of ``patient`` (of ``seed``) to a view drawn at random (see :func:`lead`).

    A machine of its own shows each: what is learnt from eight pictures by one is worth less on other frames
    (docs/training.md).
    """
    view = home_view(rng, mix.a4c_share)
    return [stop.frame for stop in lead(model, patient, seed, view, rng, mix, one_machine=False)]


def _ask(model: Model, image: NDArray[np.uint8]) -> Prediction:
    """What ``model`` says of ``image`` (192, 192), in the network's crop."""
    spec = model.manifest.input
    tensor = ((image.astype(np.float32) / 255.0 - spec.mean) / spec.std)[None, None]
    return model.predict(np.ascontiguousarray(tensor, dtype=np.float32))


def _step(way: FloatArray, rng: np.random.Generator) -> Adjustment:
    """A clumsy movement along ``way``."""
    step = way * (rng.random(5) < HEEDED) * rng.uniform(*PART, 5)
    size = float(np.abs(step).max())
    return Adjustment.from_array(step + rng.normal(0.0, SLIP * size + TREMOR, 5))


def walk_frames(model: Model, seed: int, count: int, mix: FrameMix = TRAINING) -> Iterator[LabelledFrame]:
    """``count`` frames of walks of patients ``seed``, ``seed + 1``, ...; reproducible from the arguments.

    As many frames a patient as :func:`models.frames.frames` draws.
    """
    made = 0
    patient_seed = seed
    while made < count:
        # Not the stream that single frames of this patient are drawn from.
        rng = np.random.default_rng([23, patient_seed])
        patient = sample_patient(np.random.default_rng([7, patient_seed]))
        for _ in range(WALKS):
            walk = draw_walk(model, patient, patient_seed, rng, mix)[: count - made]
            yield from walk
            made += len(walk)
        patient_seed += 1

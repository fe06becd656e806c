"""Export: a trained student becomes a model folder (ONNX weights, manifest) that the engine can load."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import torch

from guidance.manifest import Calibration, HintPolicy, InputSpec, Manifest, OutputNames
from guidance.views import STANDARD_VIEWS
from models.frames import SIZE
from models.labels import LANDMARKS
from models.manifest_file import write_manifest
from models.network import OUTPUTS, Exportable, Student
from models.phantom.tissue import STRUCTURES
from models.train import MEAN, STD

WEIGHTS = "model.onnx"
INTENDED_USE = (
    "Research use only: live acquisition guidance for adult transthoracic echocardiography. Not a medical device; "
    "not validated on patients; not for diagnosis; not for children, fetuses, or organs other than the heart."
)


def export(student: Student, folder: Path, *, name: str, version: str, training: str) -> Manifest:
    """Write ``model.onnx`` and ``model.json`` into ``folder`` and return the manifest.

    The manifest's calibration is neutral until ``sonoguide calibrate confidence`` has measured it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / WEIGHTS
    part = weights.with_suffix(".part")
    example = torch.zeros(1, 1, SIZE, SIZE)
    with warnings.catch_warnings():
        # The tracer warns of shapes that are constant by design, and of its own successor.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Exportable(student).eval(),  # the exporter restores the mode of what it is given
            (example,),
            str(part),
            input_names=["image"],
            output_names=list(OUTPUTS),
            dynamic_axes={key: {0: "batch"} for key in ("image", *OUTPUTS)},
            opset_version=18,
            dynamo=False,
        )
    part.replace(weights)
    manifest = Manifest(
        name=name,
        version=version,
        weights=WEIGHTS,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        views=STANDARD_VIEWS,
        input=InputSpec(size=SIZE, mean=MEAN, std=STD),
        outputs=OutputNames(**{key: key for key in OUTPUTS}),
        structures=STRUCTURES,
        landmarks=LANDMARKS,
        calibration=Calibration(),
        hints=HintPolicy(min_view_probability=0.35, other_confidence=0.95),
        training=training,
        intended_use=INTENDED_USE,
    )
    write_manifest(manifest, folder)
    return manifest

"""Export: a trained student becomes a model folder (ONNX weights, manifest) that the engine can load."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from guidance.manifest import (
    Calibration,
    HintPolicy,
    InputSpec,
    Manifest,
    MemoryOutputs,
    MemorySpec,
    OutputNames,
)
from guidance.views import STANDARD_VIEWS
from models.frames import SIZE
from models.labels import LANDMARKS
from models.manifest_file import write_manifest
from models.memory_network import REFINED, ExportableMemory, Memory
from models.memory_network import SIZE as MEMORY_SIZE
from models.network import OUTPUTS, WIDTH, Exportable, Student
from models.phantom.tissue import STRUCTURES
from models.sequences import STEP_S
from models.train import MEAN, STD

WEIGHTS = "model.onnx"
MEMORY_WEIGHTS = "memory.onnx"
INTENDED_USE = (
    "Research use only: live acquisition guidance for adult transthoracic echocardiography. Not a medical device; "
    "not validated on patients; not for diagnosis; not for children, fetuses, or organs other than the heart."
)


def export(
    student: Student, folder: Path, *, name: str, version: str, training: str, memory: Memory | None = None
) -> Manifest:
    """Write ``model.onnx``, ``memory.onnx`` where there is a memory, and ``model.json`` into ``folder``.

    The manifest's calibration is neutral until ``sonoguide calibrate confidence`` has measured it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / WEIGHTS
    _write(Exportable(student), weights, {"image": torch.zeros(1, 1, SIZE, SIZE)}, OUTPUTS)
    manifest = Manifest(
        name=name,
        version=version,
        weights=WEIGHTS,
        sha256=_digest(weights),
        views=STANDARD_VIEWS,
        input=InputSpec(size=SIZE, mean=MEAN, std=STD),
        outputs=OutputNames(**{key: key for key in OUTPUTS}),
        structures=STRUCTURES,
        landmarks=LANDMARKS,
        memory=None if memory is None else _memory_spec(memory, folder),
        calibration=Calibration(),
        hints=HintPolicy(min_view_probability=0.35, other_confidence=0.95),
        training=training,
        intended_use=INTENDED_USE,
    )
    write_manifest(manifest, folder)
    return manifest


def _memory_spec(memory: Memory, folder: Path) -> MemorySpec:
    path = folder / MEMORY_WEIGHTS
    examples = {"features": torch.zeros(1, WIDTH), "memory": torch.zeros(1, MEMORY_SIZE)}
    _write(ExportableMemory(memory), path, examples, (*REFINED, "memory_next"))
    return MemorySpec(
        weights=MEMORY_WEIGHTS,
        sha256=_digest(path),
        size=MEMORY_SIZE,
        step_s=STEP_S,
        outputs=MemoryOutputs(**{key: key for key in REFINED}),
    )


def _write(
    module: torch.nn.Module, path: Path, examples: dict[str, torch.Tensor], outputs: Sequence[str]
) -> None:
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        # The tracer warns of shapes that are constant by design, and of its own successor.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),  # the exporter restores the mode of what it is given
            tuple(examples.values()),
            str(part),
            input_names=list(examples),
            output_names=list(outputs),
            dynamic_axes={key: {0: "batch"} for key in (*examples, *outputs)},
            opset_version=18,
            dynamo=False,
        )
    part.replace(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

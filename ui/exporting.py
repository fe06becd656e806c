"""What ``export`` does: a model folder of what a run has learnt."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from guidance.errors import InputError
from guidance.manifest import read_manifest
from guidance.whole_file import write_whole
from models.real.provenance import CARD, model_card, real_used, training_statement
from ui.training import LOG

if TYPE_CHECKING:
    from models.network import Student

NORMALISED_ON = 1024
"""Frames on which a blend's normalisation is measured."""


@dataclass(frozen=True, slots=True)
class Blending:
    """The mean of the run and of the model in ``model``, from which it began (:mod:`models.blend`).

    ``data``: folder of virtual frames, on which the blend's normalisation is measured. ``share``: the run's, 0..1.
    """

    model: Path
    data: Path
    share: float = 0.5

    def __call__(self, student: Student) -> Student:
        """The blend with ``student``.

        Raises:
            InputError: there are no frames, or the model is another network.
        """
        from models.blend import blend
        from models.dataset import Shards
        from models.warm_start import student_from

        shards = Shards.open(self.data)
        spread = np.linspace(0, len(shards) - 1, min(len(shards), NORMALISED_ON)).astype(np.int64)
        images = shards.take(spread)["image"]
        return blend(student_from(self.model, images), student, images, self.share)


def export_student(
    run: Path,
    folder: Path,
    name: str,
    version: str,
    *,
    latest: bool = False,
    blending: Blending | None = None,
) -> None:
    """Export student and memory of ``run`` to ``folder``, with the log of the training beside them.

    ``latest``: the weights of the last steps, not their mean over the training. With either this or ``blending`` a
    memory is left out: it goes with the features of the mean.

    Raises:
        InputError: the train extra is not installed, or there is nothing to export or to blend with.
    """
    try:
        from models.export import export
        from models.train import load_student
        from models.train_memory import FILE as MEMORY_FILE
        from models.train_memory import load_memory
    except ModuleNotFoundError as error:
        raise InputError(f"exporting needs {error.name}: pip install 'sonoguide[train]'") from error
    log = run / LOG
    used = real_used(run)
    student = load_student(run, latest=latest)
    plain = not latest and blending is None
    memory = load_memory(run, student) if (run / MEMORY_FILE).exists() and plain else None
    lines = log.read_text().splitlines() if log.exists() else []
    last = json.loads(lines[-1]) if lines else {}
    training = training_statement(last.get("frames", "unknown"), last.get("step", "unknown"), used)
    if blending is not None:
        student = blending(student)
        other = read_manifest(blending.model)
        kept = 100 * (1.0 - blending.share)
        training += f" Mean with the weights of {other.name} {other.version} ({kept:.0f} %): {other.training}"
    export(student, folder, name=name, version=version, training=training, memory=memory)
    if used:
        write_whole(folder / CARD, model_card(name, version, training, used).encode())
    if log.exists():
        shutil.copyfile(log, folder / "training.jsonl")

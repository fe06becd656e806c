"""What ``export`` does: a model folder of what a run has learnt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from guidance.errors import InputError
from guidance.whole_file import write_whole
from models.real.provenance import CARD, model_card, real_used, training_statement
from ui.training import LOG


def export_student(run: Path, folder: Path, name: str, version: str, *, latest: bool = False) -> None:
    """Export student and memory of ``run`` to ``folder``, with the log of the training beside them.

    ``latest``: the weights of the last steps, not their mean over the training; a memory goes with the mean.

    Raises:
        InputError: the train extra is not installed, or there is nothing to export.
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
    memory = load_memory(run, student) if (run / MEMORY_FILE).exists() and not latest else None
    lines = log.read_text().splitlines() if log.exists() else []
    last = json.loads(lines[-1]) if lines else {}
    training = training_statement(last.get("frames", "unknown"), last.get("step", "unknown"), used)
    export(student, folder, name=name, version=version, training=training, memory=memory)
    if used:
        write_whole(folder / CARD, model_card(name, version, training, used).encode())
    if log.exists():
        shutil.copyfile(log, folder / "training.jsonl")

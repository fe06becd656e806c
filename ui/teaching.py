"""What ``train``, ``export`` and ``calibrate confidence`` do: models and calibration, joined."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calibration.confidence import fit_calibration
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import read_manifest
from guidance.model import Model
from models.answers import answers
from models.dataset import SHARD, VALIDATION_SEED, Renderer, Shards, generate
from models.evaluate import check_comparable
from models.manifest_file import write_manifest
from models.scenes import EVEN, TRAINING, FrameMix
from ui.training_figure import draw_curves, read_curves

LAST_TRAINING_SEED = VALIDATION_SEED - 10_000_000
"""Training begins below it; the rest is room for the patients of one run."""


LOG = "log.jsonl"
"""Where a run writes down how it went."""


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on stderr; yields a function that takes how many are done, and words to show or the total."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=total, now="")

        def advance(done: int, now: str = "", total: int | None = total) -> None:
            bar.update(task, completed=done, now=now, total=total)

        yield advance


def make_frames(
    folder: Path, count: int, seed: int, workers: int, mix: FrameMix, renderer: Renderer = "numpy"
) -> None:
    """See to it that ``folder`` holds ``count`` labelled virtual frames of patients from ``seed`` on.

    Raises:
        InputError: it holds frames of others.
    """
    shards = -(-count // SHARD)
    with progress("drawing virtual frames", shards) as advance:
        done = min(shards, len(list(folder.glob("shard_*.npy"))))
        advance(done)
        for _ in generate(folder, count, seed=seed, workers=workers, mix=mix, renderer=renderer):
            done += 1
            advance(done)


def train_student(
    data: Path, run: Path, frames: int, steps: int, seed: int, workers: int, device: str
) -> None:
    """Draw frames where they are missing, then train; both go on where they were interrupted.

    A GPU that trains also draws.

    Raises:
        InputError: the train extra is not installed, ``seed`` is of patients that are kept for tests, or a folder
            belongs to other patients or another network, or there is no such ``device``.
    """
    if not 0 <= seed < LAST_TRAINING_SEED:
        raise InputError(
            f"--seed {seed}: patients from {LAST_TRAINING_SEED} on are kept for calibration and tests"
        )
    try:
        from models.train import Progress as TrainProgress
        from models.train import TrainSettings, find_device, train
    except ModuleNotFoundError as error:
        raise InputError(f"training needs {error.name}: pip install 'sonoguide[train]'") from error
    renderer: Renderer = "torch" if find_device(device).type == "cuda" else "numpy"
    make_frames(data, frames, seed, workers, TRAINING, renderer)
    settings = TrainSettings(steps=steps, seed=seed, threads=workers, device=device)
    with progress("training", steps) as advance:

        def report(p: TrainProgress) -> None:
            advance(p.step, " ".join(f"{k} {v:.3f}" for k, v in p.terms.items()))
            with suppress(RuntimeFailure):  # a machine that only trains needs no Qt
                draw_curves(read_curves(run / LOG), run / "curves.png")

        train(data, run, settings, report)


def export_student(run: Path, folder: Path, name: str, version: str) -> None:
    """Export the student of ``run`` to ``folder``, with the log of its training beside it.

    Raises:
        InputError: the train extra is not installed, or there is nothing to export.
    """
    try:
        from models.export import export
        from models.train import load_student
    except ModuleNotFoundError as error:
        raise InputError(f"exporting needs {error.name}: pip install 'sonoguide[train]'") from error
    log = run / LOG
    student = load_student(run)
    lines = log.read_text().splitlines() if log.exists() else []
    last = json.loads(lines[-1]) if lines else {}
    training = (
        f"Virtual patients only: {last.get('frames', 'unknown')} rendered frames, {last.get('step', 'unknown')} steps; "
        "no patient data."
    )
    export(student, folder, name=name, version=version, training=training)
    if log.exists():
        shutil.copyfile(log, folder / "training.jsonl")


def calibrate_model(folder: Path, data: Path, count: int, workers: int) -> dict[str, Any]:
    """Fit temperatures and intervals on one half of unseen virtual patients, measure coverage on the other.

    Writes the calibration into ``model.json`` and returns what was found.

    Raises:
        InputError: the model cannot be compared with virtual patients, or ``data`` holds other frames.
    """
    check_comparable(read_manifest(folder))
    make_frames(data, count, VALIDATION_SEED, workers, EVEN)
    records = Shards.open(data).take(np.arange(count))
    with Model.load(folder) as model, progress("asking the model", count) as advance:
        manifest = model.manifest
        got = answers(model, iter(records["image"]), advance)
    first = records["patient"] % 2 == 0
    near = _hinted_pairs(records)
    error = np.abs(got.raw["adjustment"] - records["adjustment"].astype(np.float32))
    fitted = fit_calibration(
        view_logits=got.raw["view"][first],
        view_target=records["view"][first].astype(np.float32),
        quality_logits=got.raw["quality"][first],
        quality_target=records["quality"][first].astype(np.float32),
        error=error[first][near[first]],
        scale=got.raw["adjustment_scale"][first][near[first]],
    )
    updated = manifest.model_copy(update={"calibration": fitted})
    write_manifest(updated, folder)
    rest = ~first
    half = got.raw["adjustment_scale"][rest][near[rest]] * np.asarray(
        fitted.interval90_factor, dtype=np.float32
    )
    covered = (error[rest][near[rest]] <= half).mean(0)
    return {
        "calibration": fitted.model_dump(mode="json"),
        "coverage90_other_half": [round(float(c), 4) for c in covered],
    }


def _hinted_pairs(records: NDArray[Any]) -> NDArray[np.bool_]:
    """(n, V): pairs of frame and target for which hints may be given: in reach, through an open window."""
    a = np.abs(records["adjustment"].astype(np.float32))
    near = (a[..., :2].max(-1) <= 45) & (a[..., 2:].max(-1) <= 45)
    return np.asarray(near & (records["facets"][:, 2] > 0.4)[:, None] & (records["novelty"] < 0.5)[:, None])

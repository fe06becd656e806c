"""What ``train``, ``export``, ``calibrate confidence`` and ``evaluate`` do: models and calibration, joined."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calibration.confidence import fit_calibration
from guidance.errors import InputError
from guidance.model import Model
from guidance.prediction import Prediction
from guidance.preprocess import Preprocessor
from guidance.sector import AutoProfile
from guidance.sources import open_source
from models.dataset import SHARD, TEST_SEED, VALIDATION_SEED, Shards, generate
from models.evaluate import (
    ClipResult,
    VirtualFigures,
    answers,
    evaluate_shards,
    same_view,
    same_window,
    tally,
)
from models.manifest_file import write_manifest

MEDIA = {".mp4", ".avi", ".mov", ".mpeg", ".mpg", ".gif", ".dcm", ".png", ".jpg", ".jpeg"}


@contextmanager
def progress(label: str, total: int) -> Iterator[Any]:
    """A progress bar on stderr; yields a function that takes how many are done (and words to show)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=total, now="")

        def advance(done: int, now: str = "") -> None:
            bar.update(task, completed=done, now=now)

        yield advance


def make_frames(folder: Path, count: int, seed: int, workers: int) -> None:
    """See to it that ``folder`` holds ``count`` labelled virtual frames of patients from ``seed`` on."""
    shards = -(-count // SHARD)
    with progress("drawing virtual frames", shards) as advance:
        done = len(list(folder.glob("shard_*.npy"))) if folder.is_dir() else 0
        advance(done)
        for _ in generate(folder, count, seed=seed, workers=workers):
            done += 1
            advance(done)


def train_student(
    data: Path, run: Path, frames: int, steps: int, seed: int, workers: int, device: str
) -> None:
    """Draw frames where they are missing, then train; both go on where they were interrupted.

    Raises:
        InputError: the train extra is not installed, or the run folder belongs to another network.
    """
    try:
        from models.train import TrainSettings, train
    except ModuleNotFoundError as error:
        raise InputError(f"training needs {error.name}: pip install 'sonoguide[train]'") from error
    make_frames(data, frames, seed, workers)
    settings = TrainSettings(steps=steps, seed=seed, threads=workers, device=device)
    with progress("training", steps) as advance:
        train(
            data,
            run,
            settings,
            lambda p: advance(p.step, " ".join(f"{k} {v:.3f}" for k, v in p.terms.items())),
        )


def export_student(run: Path, folder: Path, name: str, version: str) -> None:
    """Export the student of ``run`` to ``folder``.

    Raises:
        InputError: the train extra is not installed, or there is nothing to export.
    """
    try:
        from models.export import export
        from models.train import load_student
    except ModuleNotFoundError as error:
        raise InputError(f"exporting needs {error.name}: pip install 'sonoguide[train]'") from error
    log = run / "log.jsonl"
    student = load_student(run)
    last = json.loads(log.read_text().splitlines()[-1]) if log.exists() else {}
    training = (
        f"Virtual patients only: {last.get('frames', 'unknown')} rendered frames, {last.get('step', 'unknown')} steps; "
        "no patient data."
    )
    export(student, folder, name=name, version=version, training=training)


def calibrate_model(folder: Path, data: Path, count: int, workers: int) -> dict[str, Any]:
    """Fit temperatures and intervals on one half of unseen virtual patients, measure coverage on the other.

    Writes the calibration into ``model.json`` and returns what was found.
    """
    make_frames(data, count, VALIDATION_SEED, workers)
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


def evaluate_virtual(folder: Path, data: Path, count: int, workers: int) -> VirtualFigures:
    """Figures on the locked test patients."""
    make_frames(data, count, TEST_SEED, workers)
    with Model.load(folder) as model, progress("asking the model", count) as advance:
        return evaluate_shards(model, data, count, advance)


def evaluate_clips(folder: Path, clips: Path, labels: Path | None) -> dict[str, Any]:
    """Figures on real clips: every media file and every folder of images below ``clips``.

    ``labels`` is a CSV whose first two columns are clip and view; without it, names that begin with a view count.

    Raises:
        InputError: there is nothing to evaluate, or the labels cannot be read.
    """
    known = _labels(labels) if labels is not None else {}
    found = sorted(_clips(clips))
    if not found:
        raise InputError(f"{clips}: no clips in it: give a folder of videos, DICOM files or image folders")
    results: list[ClipResult] = []
    with Model.load(folder) as model, progress("asking the model", len(found)) as advance:
        for n, path in enumerate(found):
            predictions = list(_look(model, path))
            label = known.get(path.name) or known.get(path.stem) or ""
            results.append(
                tally(str(path.relative_to(clips)), label, predictions, model.manifest.hints.max_novelty)
            )
            advance(n + 1)
    return clip_figures(results)


def clip_figures(results: list[ClipResult]) -> dict[str, Any]:
    """Accuracies over labelled clips, and the share of frames that were guided over all."""
    labelled = [r for r in results if r.label]
    frames = sum(r.frames for r in labelled)
    confusion: dict[str, dict[str, int]] = {}
    for r in labelled:
        row = confusion.setdefault(r.label, {})
        for name, count in r.votes.items():
            row[name] = row.get(name, 0) + count

    def share(hits: float, total: int) -> float | None:
        return round(hits / total, 4) if total else None

    def votes(r: ClipResult, rule: Any) -> int:
        return sum(c for name, c in r.votes.items() if rule(r.label, name))

    return {
        "frames": sum(r.frames for r in results),
        "clips": len(results),
        "labelled_clips": len(labelled),
        "view_accuracy": share(sum(votes(r, same_view) for r in labelled), frames),
        "window_accuracy": share(sum(votes(r, same_window) for r in labelled), frames),
        "clip_majority_accuracy": share(sum(same_view(r.label, r.majority) for r in labelled), len(labelled)),
        "clip_majority_window": share(sum(same_window(r.label, r.majority) for r in labelled), len(labelled)),
        "guided_fraction": share(sum(r.guided for r in results), sum(r.frames for r in results)),
        "confusion": confusion,
        "by_clip": [asdict(r) for r in results],
    }


def _look(model: Model, path: Path) -> Iterator[Prediction]:
    with open_source(str(path), fast=True) as source:
        auto = AutoProfile(region=source.info.region)
        crop: Preprocessor | None = None
        while (frame := source.read()) is not None:
            profile = source.info.profile or auto.see(frame)
            if crop is None or crop.profile is not profile:
                crop = Preprocessor(profile, model.manifest.input)
            yield model.predict(crop(frame.pixels))


def _clips(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        if folder.is_file():
            yield folder
        return
    for path in folder.iterdir():
        if path.is_file() and path.suffix.lower() in MEDIA:
            yield path
        elif path.is_dir():
            images = [p for p in path.iterdir() if p.suffix.lower() in {".png", ".jpg", ".jpeg"}]
            subfolders = any(p.is_dir() for p in path.iterdir())
            if images and not subfolders:
                yield path
            else:
                yield from _clips(path)


def _labels(path: Path) -> dict[str, str]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) >= 2]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: labels cannot be read: give a CSV with columns clip,view") from error
    return {row[0]: row[1] for row in rows[1:]}

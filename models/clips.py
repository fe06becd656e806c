"""Evaluation on recorded clips: which view a model sees in each, against labels that a person gave."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import InputError, SonoguideError
from guidance.model import Model
from guidance.prediction import Prediction
from guidance.sources import open_source
from guidance.sources.content import HEAD_BYTES, Content, kind_of
from models.clip_votes import ClipResult, is_label, label_in, same_view, same_window, tally


def measure_clips(
    model: Model,
    clips: Path,
    labels: Mapping[str, str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Figures of ``model`` on every clip in ``clips``: a file, or a folder of videos, DICOM files and image folders.

    A folder that holds nothing but pictures of one size is one clip; of several sizes, each picture is one. What cannot
    be read is left out and named under ``unreadable``; a clip that is cut short counts with the frames it has.

    Args:
        model: looks at every frame, as it does in a run.
        clips: file or folder.
        labels: path below ``clips``, file name, or file name without its ending -> view. A clip that is not in it has
            the view that its own name, or that of the nearest folder, begins with.
        progress: called with how many clips are done, and how many there are.

    Raises:
        InputError: there is nothing to evaluate.
    """
    found = sorted(clips_in(clips))
    if not found:
        raise InputError(f"{clips}: no clips in it: give a folder of videos, DICOM files or image folders")
    base = clips if clips.is_dir() else clips.parent
    results: list[ClipResult] = []
    unreadable: dict[str, str] = {}
    for n, path in enumerate(found):
        name = path.relative_to(base).as_posix() if path != base else path.name
        predictions: list[Prediction] = []
        try:
            for prediction in clip_predictions(model, path):
                predictions.append(prediction)  # noqa: PERF402 - what came before an error counts
        except SonoguideError as error:
            unreadable[name] = str(error)
        if predictions:
            label = next((labels[key] for key in (name, path.name, path.stem) if key in labels), None)
            if label is None:
                label = next(filter(None, map(label_in, reversed(name.split("/")))), "")
            results.append(tally(name, label, predictions, model.manifest.hints.max_novelty))
        progress(n + 1, len(found))
    if not results:
        raise InputError(f"{clips}: not one clip could be read: {next(iter(unreadable.values()))}")
    return {**clip_figures(results), "unreadable": unreadable}


def clip_figures(results: list[ClipResult]) -> dict[str, Any]:
    """Accuracies over labelled clips, and the share of frames that may be guided over all; None without any."""
    labelled = [r for r in results if r.label]
    frames = sum(r.frames for r in labelled)
    confusion: dict[str, dict[str, int]] = {}
    for r in labelled:
        row = confusion.setdefault(r.label, {})
        for name, count in r.votes.items():
            row[name] = row.get(name, 0) + count

    def share(hits: int, total: int) -> float | None:
        return round(hits / total, 4) if total else None

    def votes(r: ClipResult, fits: Callable[[str, str], bool]) -> int:
        return sum(count for name, count in r.votes.items() if fits(r.label, name))

    return {
        "frames": sum(r.frames for r in results),
        "clips": len(results),
        "labelled_clips": len(labelled),
        "view_accuracy": share(sum(votes(r, same_view) for r in labelled), frames),
        "window_accuracy": share(sum(votes(r, same_window) for r in labelled), frames),
        "clip_majority_accuracy": share(sum(same_view(r.label, r.majority) for r in labelled), len(labelled)),
        "clip_named_accuracy": share(
            sum(same_view(r.label, r.named_majority) for r in labelled), len(labelled)
        ),
        "clip_named_window": share(
            sum(same_window(r.label, r.named_majority) for r in labelled), len(labelled)
        ),
        "clip_majority_window": share(sum(same_window(r.label, r.majority) for r in labelled), len(labelled)),
        "guided_fraction": share(sum(r.guided for r in results), sum(r.frames for r in results)),
        "confusion": confusion,
        "by_clip": [asdict(r) for r in results],
    }


def read_labels(path: Path) -> dict[str, str]:
    """Clip -> view from a CSV with a line of headings, whose first two columns are clip and view.

    Raises:
        InputError: it cannot be read, or a label is no view.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) >= 2][1:]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: labels cannot be read: give a CSV with columns clip,view") from error
    for row in rows:
        if not is_label(row[1]):
            raise InputError(
                f"{path}: '{row[1]}' (of {row[0]}) is no view: write A4C, PSAX_AV, PSAX, OTHER ..."
            )
    return {row[0]: row[1] for row in rows}


def clip_predictions(model: Model, path: Path) -> Iterator[Prediction]:
    """What ``model`` says about each frame of the clip at ``path``.

    Raises:
        InputError, RuntimeFailure: it cannot be read; what came before has been yielded.
    """
    # The coach's target does not matter: only predictions are looked at.
    engine = Engine(model, Coach(model.manifest.views[0]))
    for guidance in engine.run(open_source(str(path), fast=True), fast=True):
        if guidance.prediction is not None:
            yield guidance.prediction


def clips_in(folder: Path) -> Iterator[Path]:
    """Every clip below ``folder``, or the file ``folder`` itself (see :func:`measure_clips`)."""
    if folder.is_file():
        yield folder
    if not folder.is_dir():
        return
    inside = list(folder.iterdir())
    folders = [p for p in inside if p.is_dir()]
    kinds = {p: kind for p in inside if p.is_file() and (kind := _kind(p)) is not None}
    if kinds and not folders and set(kinds.values()) == {Content.IMAGE} and _same_size(kinds):
        yield folder
        return
    yield from kinds
    for below in folders:
        yield from clips_in(below)


def _same_size(pictures: Iterable[Path]) -> bool:
    """Whether ``pictures`` can be frames of one clip; what is no picture after all is left to the reader."""
    found = (cv2.imread(str(p), cv2.IMREAD_REDUCED_GRAYSCALE_8) for p in pictures)
    return len({p.shape for p in found if p is not None}) <= 1


def _kind(path: Path) -> Content | None:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(HEAD_BYTES))
    except OSError:
        return None

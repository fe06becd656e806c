"""What ``train``, ``export`` and ``calibrate confidence`` do: models and calibration, joined."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calibration.confidence import fit_calibration
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Calibration, Manifest, read_manifest
from guidance.model import Model
from guidance.views import View
from guidance.whole_file import write_whole
from models.answers import Answers, answers
from models.dataset import (
    SEQUENCE_SHARD,
    SHARD,
    VALIDATION_SEED,
    Renderer,
    Shards,
    generate,
    generate_sequences,
    open_sequences,
)
from models.evaluate import check_comparable
from models.figures.hinting import half_widths, probability, sign_confidences
from models.figures.tradeoff import TradeOff, hint_threshold, hold_threshold, trade_off
from models.figures.truth import Truth, mix_in_use
from models.manifest_file import write_manifest
from models.real.provenance import CARD, model_card, real_mix, real_used, training_statement
from models.scenes import EVEN, TRAINING, FrameMix
from models.sequence_answers import ask_sequences
from models.sequences import LENGTH
from ui.training_figure import draw_curves, read_curves

LAST_TRAINING_SEED = VALIDATION_SEED - 10_000_000
"""Training begins below it; the rest is room for the patients of one run."""
SEQUENCE_PATIENTS = 5_000_000
"""Sequences are of patients from so many seeds on: others than those of single frames."""


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


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Options of ``sonoguide train``.

    Attributes:
        data: folder of drawn frames; sequences lie in its sibling of that name with ``_sequences``.
        run: folder of checkpoints and logs. frames, sequences: how many to draw. steps: of 64 frames.
        seed: of patients, order and weights. workers: processes and threads. device: cpu or cuda.
        start: folder of a model to go on from, or None. learning_rate: at its highest.
        real: folders that ``sonoguide data import`` wrote. real_share: of each batch, where there are some.
    """

    data: Path
    run: Path
    frames: int
    sequences: int
    steps: int
    seed: int
    workers: int
    device: str
    start: Path | None = None
    learning_rate: float = 2e-3
    real: tuple[Path, ...] = ()
    real_share: float = 0.4


def train_student(options: TrainOptions) -> None:
    """Draw frames where they are missing, then train network and memory; each goes on where it was interrupted.

    A GPU that trains also draws.

    Raises:
        InputError: the train extra is not installed, the seed is of patients that are kept for tests, a folder belongs
            to other patients or another network, the model to start from is another network, the run was begun with
            other real pictures, or there is no such device.
    """
    o = options
    if not 0 <= o.seed < LAST_TRAINING_SEED:
        raise InputError(
            f"--seed {o.seed}: patients from {LAST_TRAINING_SEED} on are kept for calibration and tests"
        )
    try:
        from models.train import Progress as TrainProgress
        from models.train import TrainSettings, find_device, train
        from models.warm_start import student_from
    except ModuleNotFoundError as error:
        raise InputError(f"training needs {error.name}: pip install 'sonoguide[train]'") from error
    renderer: Renderer = "torch" if find_device(o.device).type == "cuda" else "numpy"
    real = real_mix(o.real, o.real_share, o.run)
    make_frames(o.data, o.frames, o.seed, o.workers, TRAINING, renderer)
    start: dict[str, Any] = {}
    if o.start is not None:
        folder, sample = o.start, Shards.open(o.data, 1).take(np.arange(256))["image"]
        start["start"] = lambda: student_from(folder, sample)
    settings = TrainSettings(
        steps=o.steps,
        learning_rate=o.learning_rate,
        seed=o.seed,
        threads=o.workers,
        device=o.device,
        real_share=o.real_share,
    )
    with progress("training", o.steps) as advance:

        def report(p: TrainProgress) -> None:
            advance(p.step, " ".join(f"{k} {v:.3f}" for k, v in p.terms.items()))
            with suppress(RuntimeFailure):  # a machine that only trains needs no Qt
                draw_curves(read_curves(o.run / LOG), o.run / "curves.png")

        student = train(o.data, o.run, settings, report, **start, real=real)
    if o.sequences > 0:
        _train_memory(o, student)


def _train_memory(o: TrainOptions, student: Any) -> None:
    from models.train_memory import MemoryProgress, MemorySettings, train_memory

    folder = o.data.with_name(o.data.name + "_sequences")
    make_sequences(folder, o.sequences, o.seed + SEQUENCE_PATIENTS, o.workers, TRAINING)
    found = open_sequences(folder)
    settings = MemorySettings(seed=o.seed)
    with progress("memory", settings.epochs) as advance:

        def report(p: MemoryProgress) -> None:
            advance(p.epoch, " ".join(f"{k} {v:.3f}" for k, v in p.terms.items()))

        train_memory(student, found, o.run, settings, report)


def make_sequences(folder: Path, count: int, seed: int, workers: int, mix: FrameMix) -> None:
    """See to it that ``folder`` holds ``count`` sequences of virtual patients from ``seed`` on.

    Raises:
        InputError: it holds others.
    """
    shards = -(-count // SEQUENCE_SHARD)
    with progress("drawing sequences", shards) as advance:
        done = min(shards, len(list(folder.glob("shard_*.npy"))))
        advance(done)
        for _ in generate_sequences(folder, count, seed=seed, workers=workers, mix=mix):
            done += 1
            advance(done)


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


def calibrate_model(
    folder: Path,
    data: Path,
    count: int,
    workers: int,
    hold_risk: float | None = None,
    hint_risk: float | None = None,
) -> dict[str, Any]:
    """Fit temperatures and intervals on one half of unseen virtual patients, measure coverage on the other.

    ``hold_risk``: the quality from which a view is held becomes the lowest whose pictures are wrong no more often.
    ``hint_risk``: likewise the confidence from which a movement is asked for, and the movements that lead away.

    Writes the calibration into ``model.json`` and returns what was found. The answers with memory, where there is one,
    have a calibration of their own, fitted on sequences.

    Raises:
        InputError: the model cannot be compared with virtual patients, ``data`` holds other frames, or no threshold
            has so low a risk.
    """
    check_comparable(read_manifest(folder))
    make_frames(data, count, VALIDATION_SEED, workers, EVEN)
    records = Shards.open(data).take(np.arange(count))
    with Model.load(folder) as model, progress("asking the model", count) as advance:
        manifest = model.manifest
        got = answers(model, iter(records["image"]), advance)
    fitted, found = _fitted(records, got, manifest.views)
    hints = manifest.hints
    if hold_risk is not None:
        hold, found["hold"] = hold_quality(
            records, got, manifest.model_copy(update={"calibration": fitted}), hold_risk
        )
        hints = hints.model_copy(update={"hold_quality": hold})
    if hint_risk is not None:
        sign, found["hint"] = hint_confidence(
            records, got, manifest.model_copy(update={"calibration": fitted}), hint_risk
        )
        hints = hints.model_copy(update={"sign_confidence": sign})
    memory = manifest.memory
    if memory is not None:
        sequences_folder = data.with_name(data.name + "_sequences")
        wanted = max(SEQUENCE_SHARD, count // LENGTH)
        make_sequences(sequences_folder, wanted, VALIDATION_SEED + SEQUENCE_PATIENTS, workers, EVEN)
        sequences = open_sequences(sequences_folder)[:wanted]
        with progress("asking the memory", wanted) as advance:
            _, refined = ask_sequences(folder, sequences, workers, advance)
        remembered, with_memory = _fitted(sequences.reshape(-1), refined, manifest.views)
        memory = memory.model_copy(update={"calibration": remembered})
        found["with_memory"] = with_memory
    update = {"calibration": fitted, "memory": memory, "hints": hints}
    write_manifest(manifest.model_copy(update=update), folder)
    return found


def hold_quality(
    records: NDArray[Any], got: Answers, manifest: Manifest, risk: float
) -> tuple[float, dict[str, Any]]:
    """The lowest hold threshold of so low a risk on every second patient, and what it does on the others."""
    first = records["patient"] % 2 == 0
    chosen = hold_threshold(_curves(records, got, manifest, first).holds, risk)
    if chosen is None:
        raise InputError(
            f"--hold-risk {risk:g}: at no quality are so few of the held pictures wrong; nothing was changed"
        )
    of_rest = next(p for p in _curves(records, got, manifest, ~first).holds if p.quality == chosen)
    return chosen, {"quality": chosen, "risk": risk, "other_half": asdict(of_rest)}


def hint_confidence(
    records: NDArray[Any], got: Answers, manifest: Manifest, risk: float
) -> tuple[float, dict[str, Any]]:
    """The lowest confidence of so low a risk on every second patient, and what it does on the others.

    Raises:
        InputError: no confidence has so low a risk.
    """
    first = records["patient"] % 2 == 0
    chosen = hint_threshold(_curves(records, got, manifest, first).hints, risk)
    if chosen is None:
        raise InputError(
            f"--hint-risk {risk:g}: at no confidence do so few of the movements lead away; nothing was changed"
        )
    of_rest = next(p for p in _curves(records, got, manifest, ~first).hints if p.confidence == chosen)
    return chosen, {"confidence": chosen, "risk": risk, "other_half": asdict(of_rest)}


def _curves(records: NDArray[Any], got: Answers, manifest: Manifest, rows: NDArray[np.bool_]) -> TradeOff:
    raw = {name: values[rows] for name, values in got.raw.items()}
    half = half_widths(manifest, raw["adjustment_scale"])
    return trade_off(
        raw["adjustment"],
        sign_confidences(raw["adjustment"], half),
        probability(raw["quality"] / manifest.calibration.quality_temperature),
        manifest.hints.tolerance,
        Truth.of(records[rows]),
    )


def _fitted(records: NDArray[Any], got: Answers, views: Sequence[View]) -> tuple[Calibration, dict[str, Any]]:
    """The calibration of answers ``got`` for ``records``, by every second patient; what it covers of the others."""
    kept = mix_in_use(records["view"])
    first = records["patient"] % 2 == 0
    near = _hinted_pairs(records)
    error = np.abs(got.raw["adjustment"] - records["adjustment"].astype(np.float32))
    fitted = fit_calibration(
        view_logits=got.raw["view"][first & kept],
        view_target=records["view"][first & kept].astype(np.float32),
        quality_logits=got.raw["quality"][first],
        quality_target=records["quality"][first].astype(np.float32),
        error=error[first][near[first]],
        scale=got.raw["adjustment_scale"][first][near[first]],
        target=np.nonzero(near[first])[1],
        views=views,
    )
    rest = ~first
    factors = np.asarray(fitted.interval90(views), dtype=np.float32)
    inside, asked = error[rest] <= got.raw["adjustment_scale"][rest] * factors, near[rest]
    covered = inside[asked].mean(0)
    by_view = {v: inside[:, k][asked[:, k]].mean() for k, v in enumerate(views) if asked[:, k].any()}
    return fitted, {
        "calibration": fitted.model_dump(mode="json"),
        "coverage90_other_half": [round(float(c), 4) for c in covered],
        "coverage90_by_view": {str(v): round(float(c), 4) for v, c in by_view.items()},
    }


def _hinted_pairs(records: NDArray[Any]) -> NDArray[np.bool_]:
    """(n, V): pairs of frame and target for which hints may be given: in reach, through an open window."""
    a = np.abs(records["adjustment"].astype(np.float32))
    near = (a[..., :2].max(-1) <= 45) & (a[..., 2:].max(-1) <= 45)
    return np.asarray(near & (records["facets"][:, 2] > 0.4)[:, None] & (records["novelty"] < 0.5)[:, None])

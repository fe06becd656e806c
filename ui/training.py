"""What ``train`` does: frames drawn where they are missing, then network and memory taught on them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guidance.errors import InputError, RuntimeFailure
from models.dataset import VALIDATION_SEED, Renderer, Shards, open_sequences
from models.real.provenance import real_mix
from models.scenes import TRAINING
from ui.progress import progress
from ui.training_figure import draw_curves, read_curves
from ui.virtual_frames import SEQUENCE_PATIENTS, make_frames, make_sequences

LAST_TRAINING_SEED = VALIDATION_SEED - 10_000_000
"""Training begins below it; the rest is room for the patients of one run."""

LOG = "log.jsonl"
"""Where a run writes down how it went."""


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Options of ``sonoguide train``.

    Attributes:
        data: folder of drawn frames; sequences lie in its sibling of that name with ``_sequences``.
        run: folder of checkpoints and logs. frames, sequences: how many to draw. steps: of 64 frames.
        seed: of patients, order and weights. workers: processes and threads. device: cpu or cuda.
        start: folder of a model to go on from, or None. learning_rate: at its highest.
        real: folders that ``sonoguide data import`` wrote. real_share: of each batch, where there are some.
        guide: folder of a model that leads the probe in half of the drawn frames, or None.
        frozen_stem: whether the first two convolutions stay as ``start`` has them.
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
    guide: Path | None = None
    frozen_stem: bool = False


def train_student(options: TrainOptions) -> None:
    """Draw frames where they are missing, then train network and memory; each goes on where it was interrupted.

    A GPU that trains also draws.

    Raises:
        InputError: the train extra is not installed, a random stem would be frozen, the seed is of patients that are
            kept for tests, a folder belongs to other patients or another network, the model to start from is another
            network, the run was begun with other real pictures, or there is no such device.
    """
    o = options
    if not 0 <= o.seed < LAST_TRAINING_SEED:
        raise InputError(
            f"--seed {o.seed}: patients from {LAST_TRAINING_SEED} on are kept for calibration and tests"
        )
    if o.frozen_stem and o.start is None:
        raise InputError("--frozen-stem keeps what a model has learnt: name that model with --from")
    try:
        from models.train import Progress as TrainProgress
        from models.train import TrainSettings, find_device, train
        from models.warm_start import student_from
    except ModuleNotFoundError as error:
        raise InputError(f"training needs {error.name}: pip install 'sonoguide[train]'") from error
    renderer: Renderer = "torch" if find_device(o.device).type == "cuda" else "numpy"
    real = real_mix(o.real, o.real_share, o.run)
    make_frames(o.data, o.frames, o.seed, o.workers, TRAINING, renderer, o.guide)
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
        frozen_stem=o.frozen_stem,
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

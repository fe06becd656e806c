"""What ``calibrate confidence`` does: asks a model about unseen virtual patients, and fits what makes it honest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.confidence import fit_calibration
from guidance.errors import InputError
from guidance.manifest import Calibration, Manifest, read_manifest
from guidance.model import Model
from guidance.views import View
from models.answers import Answers, answers
from models.dataset import SEQUENCE_SHARD, VALIDATION_SEED, Shards, open_sequences
from models.evaluate import check_comparable
from models.figures.hinting import half_widths, probability, sign_confidences
from models.figures.tradeoff import TradeOff, hint_threshold, hold_threshold, trade_off
from models.figures.truth import Truth, mix_in_use
from models.manifest_file import write_manifest
from models.scenes import EVEN
from models.sequence_answers import ask_sequences
from models.sequences import LENGTH
from ui.progress import progress
from ui.virtual_frames import SEQUENCE_PATIENTS, make_frames, make_sequences


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

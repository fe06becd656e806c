"""What ``calibrate confidence --real`` does: probabilities that are honest on imported pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.confidence import loss_of_labels, quality_loss, quality_temperature, temperature_of_labels
from guidance.errors import InputError
from guidance.manifest import Calibration
from guidance.model import Model
from models.figures.reliability import equal_mass_bins, expected_error, softmax
from models.figures.tradeoff import QUALITIES, lowest_threshold
from models.manifest_file import write_manifest
from models.real.labelled_answers import LabelledAnswers, ask_labelled
from models.real.measure import ACCEPTED
from models.real.parts import Split
from models.real.shards import RealFrames
from ui.progress import progress

ENOUGH = 50
"""Pictures with a label, or with a grade, in each part: fewer say too little of a temperature."""
PATIENTS = 2


def calibrate_on_imports(
    folder: Path, imports: Sequence[Path], hold_risk: float | None = None
) -> dict[str, Any]:
    """Fit the temperatures of view and quality on the imports' validation parts; measure them on their test parts.

    A temperature is written into ``model.json`` only where it lowers the loss on the test part; quality is left alone
    where too few pictures are graded. ``hold_risk``: the quality from which a view is held becomes the lowest from
    which on readers refuse no larger share. Intervals of movements stay: no real picture says how far it is off. So
    does all that a memory has of its own: these are single pictures.

    Raises:
        InputError: an import or a part is missing or too small, or at no quality is the risk so low. Nothing was
            written then.
    """
    with Model.load(folder) as model:
        manifest = model.manifest
        fit, rest = (_ask(model, imports, part) for part in (Split.VALIDATION, Split.TEST))
    views, view_found = _view(manifest.calibration, fit, rest)
    quality, quality_found = _quality(manifest.calibration, fit, rest)
    calibration = manifest.calibration.model_copy(
        update={"view_temperature": views, "quality_temperature": quality}
    )
    found: dict[str, Any] = {
        "pictures": {"fitted_on": len(fit), "measured_on": len(rest)},
        "patients": {"fitted_on": fit.patients, "measured_on": rest.patients},
        "view": view_found,
        "quality": quality_found,
    }
    hints = manifest.hints
    if hold_risk is not None:
        if quality_found is None:
            raise InputError(
                f"--hold-risk needs {ENOUGH} graded pictures in the validation and the test parts: the column "
                "'quality' of the labels holds grades; nothing was changed"
            )
        hold, found["hold"] = _hold(fit, rest, quality, hold_risk)
        hints = hints.model_copy(update={"hold_quality": hold})
    write_manifest(manifest.model_copy(update={"calibration": calibration, "hints": hints}), folder)
    return found


def _ask(model: Model, imports: Sequence[Path], part: Split) -> LabelledAnswers:
    frames = RealFrames.open(imports, part)
    with progress(f"asking the model: {part}", len(frames)) as advance:
        got = ask_labelled(model, frames, advance)
    if len(got) < ENOUGH or got.patients < PATIENTS:
        raise InputError(
            f"the {part} parts have {len(got)} pictures of {got.patients} patients with a view that the model knows: "
            f"{ENOUGH} pictures of {PATIENTS} patients are the least; import more, or set the column 'split'"
        )
    return got


def _view(before: Calibration, fit: LabelledAnswers, rest: LabelledAnswers) -> tuple[float, dict[str, Any]]:
    def measured(temperature: float) -> dict[str, float]:
        p = softmax(rest.view, temperature)
        right = rest.allowed[np.arange(len(rest)), p.argmax(1)]
        return {
            "temperature": round(temperature, 4),
            "log_loss": round(loss_of_labels(rest.view, rest.allowed, temperature), 4),
            "ece": round(expected_error(equal_mass_bins(p.max(1), right)), 4),
        }

    old, new = before.view_temperature, temperature_of_labels(fit.view, fit.allowed)
    return _better(old, new, measured(old), measured(new))


def _quality(
    before: Calibration, fit: LabelledAnswers, rest: LabelledAnswers
) -> tuple[float, dict[str, Any] | None]:
    old = before.quality_temperature
    if min(int(fit.graded.sum()), int(rest.graded.sum())) < ENOUGH:
        return old, None
    logits, grade = rest.quality[rest.graded], rest.grade[rest.graded]

    def measured(temperature: float) -> dict[str, float]:
        loss = quality_loss(logits, grade, temperature)
        return {"temperature": round(temperature, 4), "log_loss": round(loss, 4)}

    new = quality_temperature(fit.quality[fit.graded], fit.grade[fit.graded])
    return _better(old, new, measured(old), measured(new))


def _better(
    old: float, new: float, before: dict[str, float], after: dict[str, float]
) -> tuple[float, dict[str, Any]]:
    """The temperature to keep: the new one only where it is better on pictures that it was not fitted on."""
    kept = after["log_loss"] < before["log_loss"]
    return (new if kept else old), {"before": before, "after": after, "written": kept}


def _hold(
    fit: LabelledAnswers, rest: LabelledAnswers, temperature: float, risk: float
) -> tuple[float, dict[str, Any]]:
    """The lowest quality of so low a risk on one part, and what it does on the other."""
    points = [(q, *_refused(fit, temperature, q)) for q in QUALITIES]
    chosen = lowest_threshold(points, risk)
    if chosen is None:
        raise InputError(
            f"--hold-risk {risk:g}: at no quality do readers refuse so few of the graded pictures; nothing was changed"
        )
    wrong, held = _refused(rest, temperature, chosen)
    other = {"refused": round(wrong, 4) if held else None, "held": held}
    return chosen, {"quality": chosen, "risk": risk, "other_part": other}


def _refused(got: LabelledAnswers, temperature: float, quality: float) -> tuple[float, int]:
    """Of the graded pictures with so much quality: the share that a reader refuses, and how many they are."""
    logits: NDArray[np.float64] = got.quality[got.graded].astype(np.float64) / temperature
    held = 0.5 + 0.5 * np.tanh(0.5 * logits) >= quality
    refused = got.grade[got.graded][held] < ACCEPTED
    return (float(refused.mean()) if held.any() else 0.0), int(held.sum())

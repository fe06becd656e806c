"""Measuring a model on imported pictures: only what their labels say counts, and nothing where they say nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.manifest import Manifest
from guidance.model import Model
from guidance.prediction import Prediction
from guidance.views import View, window_of
from models.figures.statistics import auroc, mean, wilson95
from models.phantom.tissue import STRUCTURES
from models.real.clip import label_of
from models.real.labelled_answers import fitted_picture
from models.real.parts import Split
from models.real.shards import ALL_VIEWS, RealFrames

ACCEPTED = 0.5
"""From this quality on a reader would accept a picture."""


def measure_import(
    model: Model,
    folder: Path,
    split: Split = Split.TEST,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Figures of ``model`` on the part ``split`` of the import in ``folder``; None where there is nothing to count.

    A view counts as right where the label allows it. Labels of views that the model does not know are told in
    ``unknown_to_the_model`` and count nowhere. ``quality_auc`` tells pictures that a reader accepts from others by the
    quality of the labelled view; ``dice`` is pooled over the pictures in which a structure is outlined.

    Raises:
        InputError: there is no such part.
    """
    frames = RealFrames.open([folder], split)
    tally = _Tally(model.manifest)
    total = len(frames)
    for n in range(total):
        row = frames.take([n])[0]
        tally.add(row, _asked(model, row["image"]))
        progress(n + 1, total)
    patients = len(np.unique(frames.field("patient")))
    return {"kind": frames.notes[0]["kind"], "split": split.value, "patients": patients, **tally.figures()}


def _asked(model: Model, image: NDArray[np.uint8]) -> Prediction:
    spec = model.manifest.input
    tensor = (fitted_picture(image, spec.size).astype(np.float32)[None, None] / 255.0 - spec.mean) / spec.std
    return model.predict(np.ascontiguousarray(tensor, dtype=np.float32))


class _Tally:
    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._known = frozenset((*manifest.views, View.OTHER))
        self._confusion: dict[str, Counter[str]] = {}
        self._right: Counter[str] = Counter()
        self._window: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._quality: list[tuple[float, bool]] = []
        self._pixels: dict[str, NDArray[np.int64]] = {}
        self._frames = self._guided = 0

    def add(self, row: Any, said: Prediction) -> None:
        self._frames += 1
        novel = (said.novelty or 0.0) > self._manifest.hints.max_novelty
        self._guided += said.view is not View.OTHER and not novel
        allowed = [view for view, yes in zip(ALL_VIEWS, row["views"], strict=True) if yes]
        label = label_of(allowed)
        if allowed and self._known.isdisjoint(allowed):
            self._unknown[label] += 1
        elif allowed:
            self._confusion.setdefault(label, Counter())[said.view.value] += 1
            self._right[label] += said.view in allowed
            self._window[label] += window_of(said.view) in {window_of(view) for view in allowed}
        if len(allowed) == 1 and not math.isnan(row["quality"]) and said.quality is not None:
            (view,) = allowed
            if view in said.views:
                grade = float(said.quality[said.views.index(view)])
                self._quality.append((grade, bool(row["quality"] >= ACCEPTED)))
        if said.structures is not None:
            self._outlines(row, said)

    def _outlines(self, row: Any, said: Prediction) -> None:
        assert said.structures is not None
        for n, name in enumerate(STRUCTURES):
            if not row["known"][n] or name not in said.structure_names:
                continue
            true = row["structures"] == n + 1
            side = true.shape[0]
            p = said.structures[said.structure_names.index(name)]
            stated = cv2.resize(p, (side, side), interpolation=cv2.INTER_LINEAR) > 0.5
            counts = np.array([(stated & true).sum(), stated.sum() + true.sum()], np.int64)
            self._pixels[name] = self._pixels.get(name, np.zeros(2, np.int64)) + counts

    def figures(self) -> dict[str, Any]:
        labelled = {label: sum(row.values()) for label, row in self._confusion.items()}
        total = sum(labelled.values())
        right, window = sum(self._right.values()), sum(self._window.values())
        grades = np.array([g for g, _ in self._quality])
        accepted = np.array([a for _, a in self._quality], dtype=bool)
        dice = {name: _share(2 * int(both), int(either)) for name, (both, either) in self._pixels.items()}
        return {
            "frames": self._frames,
            "labelled_frames": total,
            "view_accuracy": _share(right, total),
            "view_accuracy_ci95": wilson95(right, total),
            "view_accuracy_by_label": {label: _share(self._right[label], n) for label, n in labelled.items()},
            "window_accuracy": _share(window, total),
            "confusion": {label: dict(row) for label, row in self._confusion.items()},
            "unknown_to_the_model": dict(self._unknown),
            "guided_fraction": _share(self._guided, self._frames),
            "graded_frames": len(self._quality),
            "quality_auc": _or_none(auroc(grades, accepted)),
            "quality_of_accepted": _or_none(mean(grades[accepted])),
            "quality_of_others": _or_none(mean(grades[~accepted])),
            "dice": dice,
        }


def _share(hits: int, total: int) -> float | None:
    return round(hits / total, 4) if total else None


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)

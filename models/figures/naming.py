"""Naming: how often the view that a model names is the right one, and what it is taken for otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.views import View
from models.figures.statistics import mean, wilson95
from models.figures.truth import Truth


@dataclass(frozen=True, slots=True)
class NamingFigures:
    """Accuracy on clear frames (within the right picture of a view, and seen), and the confusion matrix.

    Attributes:
        accuracy, ci95: share of clear frames whose most probable view is right, with Wilson's interval.
        frames: how many clear frames.
        accuracy_a4c_a5c_merged: the same if A4C and A5C were one view.
        a4c_called_a5c, a5c_called_a4c: clear frames confused so; they are among the errors above.
        accuracy_all: share of all frames (outliers and frames between views too) whose most probable name, OTHER
            included, is the most probable one by the soft label.
        labels: names of the rows and columns of ``confusion``.
        confusion: row = true, column = named. The views' rows count clear frames; the row OTHER counts frames whose
            label gives OTHER more than half: between views, nothing to see, outliers. Frames that are neither, with a
            view half in sight, are in no row.
    """

    accuracy: float
    ci95: tuple[float, float] | None
    frames: int
    accuracy_a4c_a5c_merged: float
    a4c_called_a5c: int
    a5c_called_a4c: int
    accuracy_all: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]


def naming_figures(views: tuple[View, ...], logits: NDArray[Any], truth: Truth) -> NamingFigures:
    """Figures of view ``logits`` (n, V + 1); the temperature does not change which is largest."""
    named = logits.argmax(1)
    other = len(views)
    counted = truth.clear | (truth.view[:, other] > 0.5)
    true = np.where(truth.clear, truth.nearest, other)
    matrix = confusion_matrix(true[counted], named[counted], other + 1)
    right, frames = int(np.trace(matrix[:other, :other])), int(matrix[:other].sum())
    a4c, a5c = views.index(View.A4C), views.index(View.A5C)
    swapped = int(matrix[a4c, a5c] + matrix[a5c, a4c])
    return NamingFigures(
        accuracy=mean((named == truth.nearest)[truth.clear]),
        ci95=wilson95(right, frames),
        frames=frames,
        accuracy_a4c_a5c_merged=(right + swapped) / frames if frames else float("nan"),
        a4c_called_a5c=int(matrix[a4c, a5c]),
        a5c_called_a4c=int(matrix[a5c, a4c]),
        accuracy_all=mean(named == truth.view.argmax(1)),
        labels=(*(str(v) for v in views), str(View.OTHER)),
        confusion=tuple(tuple(int(c) for c in row) for row in matrix),
    )


def confusion_matrix(true: NDArray[Any], named: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """(classes, classes) counts of pairs of indices: row ``true``, column ``named``."""
    flat = np.bincount(true * classes + named, minlength=classes * classes)
    return np.asarray(flat.reshape(classes, classes), dtype=np.int64)

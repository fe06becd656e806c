"""Labelled answers: what a model says, before calibration, of imported pictures whose label it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.manifest import Manifest
from guidance.model import Model
from guidance.views import View
from models.answers import answers
from models.real.shards import ALL_VIEWS, RealFrames


@dataclass(frozen=True, slots=True, eq=False)
class LabelledAnswers:
    """Answers for n pictures, each with a label of which the model knows a view.

    Attributes:
        view: (n, V + 1) float32 logits. allowed: (n, V + 1) bool, the views that the label allows, OTHER last.
        quality: (n,) float32 logit of the labelled view's quality; nan where one is not graded or has no quality.
        grade: (n,) float32, 0..1, what a reader gave it; nan where it has none.
        patients: how many the pictures are of.
    """

    view: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    quality: NDArray[np.float32]
    grade: NDArray[np.float32]
    patients: int

    def __len__(self) -> int:
        return len(self.view)

    @property
    def graded(self) -> NDArray[np.bool_]:
        """(n,): pictures of which reader and model both say how good they are."""
        return np.asarray(np.isfinite(self.quality) & np.isfinite(self.grade))


def ask_labelled(
    model: Model, frames: RealFrames, progress: Callable[[int], None] = lambda done: None
) -> LabelledAnswers:
    """Ask ``model`` about the pictures of ``frames`` whose label it knows; ``progress`` hears how many are done."""
    columns = [ALL_VIEWS.index(view) for view in (*model.manifest.views, View.OTHER)]
    allowed = frames.field("views")[:, columns]
    places = np.flatnonzero(allowed.any(1))
    allowed, grade = allowed[places], frames.field("quality")[places].astype(np.float32)
    patients = len(np.unique(frames.field("patient")[places]))
    count, width = len(places), len(columns)
    if not count:
        nothing = np.zeros(0, np.float32)
        return LabelledAnswers(np.zeros((0, width), np.float32), allowed, nothing, nothing, 0)
    raw = answers(model, _pictures(frames, places, model.manifest.input.size), progress).raw
    return LabelledAnswers(raw["view"], allowed, _of_label(raw, allowed, model.manifest), grade, patients)


def fitted_picture(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """``image`` (S, S), a crop as imported, with ``size`` x ``size`` pixels."""
    if image.shape == (size, size):
        return image
    how = cv2.INTER_AREA if size < image.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=how), dtype=np.uint8)


def _pictures(frames: RealFrames, places: NDArray[np.intp], size: int) -> Iterator[NDArray[np.uint8]]:
    for place in places:
        yield fitted_picture(frames.take([int(place)])[0]["image"], size)


def _of_label(raw: dict[str, Any], allowed: NDArray[np.bool_], manifest: Manifest) -> NDArray[np.float32]:
    """Quality of the one standard view that a label names; nan where it names several, OTHER, or there is none."""
    out = np.full(len(allowed), np.nan, np.float32)
    if "quality" not in raw:
        return out
    rows = np.flatnonzero((allowed.sum(1) == 1) & ~allowed[:, len(manifest.views)])
    out[rows] = raw["quality"][rows, allowed[rows].argmax(1)]
    return out

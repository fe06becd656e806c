"""Evaluation: what a model folder says about frames whose labels are known, and how often that is right.

Figures from the virtual patient and figures from real clips are separate results and are never mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.manifest import Manifest
from guidance.model import Model
from guidance.prediction import Prediction
from guidance.views import STANDARD_VIEWS, View, window_of
from models.dataset import Shards
from models.frames import SIZE

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Raw outputs for n frames: ``raw[role]`` has n rows, roles as in the manifest's outputs."""

    raw: dict[str, Float32]

    def __len__(self) -> int:
        return len(self.raw["view"])


def answers(
    model: Model, images: Iterator[NDArray[np.uint8]], progress: Callable[[int], None] = lambda _: None
) -> Answers:
    """Run ``model`` on pictures (S, S) uint8 in the network's crop."""
    spec = model.manifest.input
    roles = model.manifest.outputs.named()
    kept: dict[str, list[Float32]] = {role: [] for role in roles if role != "structures"}
    for n, image in enumerate(images):
        tensor = (image.astype(np.float32)[None, None] / 255.0 - spec.mean) / spec.std
        out = model.runtime.run(np.ascontiguousarray(tensor, dtype=np.float32))
        for role, rows in kept.items():
            rows.append(np.array(out[roles[role]][0]))
        progress(n + 1)
    return Answers({role: np.stack(rows) for role, rows in kept.items()})


def check_comparable(manifest: Manifest) -> None:
    """See to it that a model's raw answers line up with the labels of virtual frames.

    Raises:
        InputError: it has other views, another input size, or no quality or adjustment.
    """
    outputs = manifest.outputs
    lacks = outputs.quality is None or outputs.adjustment is None
    if manifest.views != STANDARD_VIEWS or manifest.input.size != SIZE or lacks:
        raise InputError(
            f"model '{manifest.name}' cannot be measured on virtual patients: that takes a model of "
            f"{', '.join(STANDARD_VIEWS)} in this order, of {SIZE} x {SIZE} pixels, with quality and adjustment"
        )


@dataclass(frozen=True, slots=True)
class VirtualFigures:
    """Figures on unseen virtual patients. Errors are per axis (slide_x, slide_y mm; tilt, rock, rotate degrees).

    ``clear`` frames lie within the right picture of a view and are seen. Errors are those of pairs of frame and target
    within 30 mm and 30 degrees on each axis, seen through an open window; the pooled ones mix mm and degrees.
    ``zero_error`` is what always answering zero would score. ``sign_right`` counts errors that are worth a hint (5 mm,
    4 degrees). ``quality_auc`` tells good from bad pictures of the nearest view among frames of a heart;
    ``novelty_auroc`` tells hearts from drawn outliers of the kinds that were trained on. nan where there is nothing to
    count.
    """

    frames: int
    view_accuracy: float
    clear_frames: int
    a4c_a5c_confused: int
    pooled_error: float
    zero_pooled_error: float
    error: tuple[float, ...]
    zero_error: tuple[float, ...]
    sign_right: tuple[float, ...]
    coverage90: tuple[float, ...]
    novelty_auroc: float
    quality_auc: float


def virtual_figures(manifest: Manifest, got: Answers, truth: NDArray[Any]) -> VirtualFigures:
    """Compare ``got`` with the records ``truth`` (:data:`models.dataset.RECORD`)."""
    view = truth["view"].astype(np.float32)
    distance = truth["distance"].astype(np.float32)
    nearest = distance.argmin(1)
    clear = (distance.min(1) <= 1.0) & (view.max(1) > 0.5) & (view.argmax(1) == nearest)
    named = got.raw["view"].argmax(1)
    right = named == nearest
    a4c, a5c = manifest.views.index(View.A4C), manifest.views.index(View.A5C)
    pair = np.isin(nearest, (a4c, a5c)) & np.isin(named, (a4c, a5c)) & ~right & clear
    true = truth["adjustment"].astype(np.float32)
    near = (np.abs(true[..., :2]).max(-1) <= 30) & (np.abs(true[..., 2:]).max(-1) <= 30)
    near &= (truth["facets"][:, 2] > 0.5)[:, None]
    error = np.abs(got.raw["adjustment"] - true)[near]
    zero = np.abs(true)[near]
    factor = np.asarray(manifest.calibration.interval90_factor, dtype=np.float32)
    covered = error <= (got.raw["adjustment_scale"][near] * factor)
    worth = zero > np.array([5, 5, 4, 4, 4])
    agree = np.sign(got.raw["adjustment"][near]) == np.sign(true[near])
    signs = tuple(float(agree[worth[:, k], k].mean()) for k in range(5))
    good = truth["quality"].astype(np.float32)[np.arange(len(truth)), nearest]
    said = got.raw["quality"][np.arange(len(truth)), nearest]
    clearly = ((good > 0.6) | (good < 0.3)) & (truth["novelty"] < 0.5)
    return VirtualFigures(
        frames=len(truth),
        view_accuracy=float(right[clear].mean()),
        clear_frames=int(clear.sum()),
        a4c_a5c_confused=int(pair.sum()),
        pooled_error=float(error.mean()),
        zero_pooled_error=float(zero.mean()),
        error=tuple(float(e) for e in error.mean(0)),
        zero_error=tuple(float(e) for e in zero.mean(0)),
        sign_right=signs,
        coverage90=tuple(float(c) for c in covered.mean(0)),
        novelty_auroc=auroc(got.raw["novelty"], truth["novelty"] > 0.5)
        if "novelty" in got.raw
        else float("nan"),
        quality_auc=auroc(said[clearly], good[clearly] > 0.6),
    )


def auroc(score: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: probability that a positive scores above a negative (ties count half)."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    ranks[order] = np.arange(1, len(score) + 1)
    values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    if len(values) < len(score):
        sums = np.zeros(len(values))
        np.add.at(sums, inverse, ranks)
        ranks = (sums / counts)[inverse]
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if n_pos == 0 or n_neg == 0:
        return float("nan")
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def evaluate_shards(
    model: Model, folder: Path, limit: int, progress: Callable[[int], None]
) -> VirtualFigures:
    """Figures of ``model`` on the first ``limit`` frames of the shards in ``folder``."""
    shards = Shards.open(folder)
    records = shards.take(np.arange(min(limit, len(shards))))
    got = answers(model, iter(records["image"]), progress)
    return virtual_figures(model.manifest, got, records)


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What a model made of one real clip: frames, frames guided (not called OTHER or novel), votes per view."""

    clip: str
    label: str
    frames: int
    guided: int
    votes: dict[str, int]

    @property
    def majority(self) -> str:
        """What most frames were called; OTHER is a vote like any other."""
        return max(self.votes, key=lambda k: self.votes[k])

    @property
    def named_majority(self) -> str:
        """The standard view named most often; OTHER where none was."""
        named = {k: v for k, v in self.votes.items() if k != View.OTHER}
        return max(named, key=lambda k: named[k]) if named else View.OTHER.value


def is_label(label: str) -> bool:
    """Whether ``label`` names a view as people do: coarser than the model (``PSAX``), or spelt with dashes."""
    return _spelt(label) in (*View.__members__, "PSAX")


def _spelt(label: str) -> str:
    return label.strip().upper().replace("-", "_")


def same_view(label: str, named: str) -> bool:
    """Whether ``named`` fits a label (see :func:`is_label`)."""
    want = _spelt(label)
    return named == want or (want == "PSAX" and named.startswith("PSAX_"))


def same_window(label: str, named: str) -> bool:
    """Whether ``named`` is seen from the same acoustic window as ``label``."""
    want = _spelt(label)
    want = "PSAX_PM" if want == "PSAX" else want
    if want not in View.__members__ or named not in View.__members__:
        return False
    return window_of(View(want)) is window_of(View(named))


def tally(clip: str, label: str, predictions: list[Prediction], max_novelty: float) -> ClipResult:
    """Count the votes of one clip's frames."""
    votes: dict[str, int] = {}
    guided = 0
    for p in predictions:
        votes[p.view.value] = votes.get(p.view.value, 0) + 1
        guided += p.view is not View.OTHER and (p.novelty or 0.0) <= max_novelty
    return ClipResult(clip, label, len(predictions), guided, votes)

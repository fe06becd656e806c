"""What a smaller network loses against the one it was made from: the same pictures to both, head by head."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.model import Model
from guidance.prediction import Prediction

Axes = tuple[float, float, float, float, float]
Value = NDArray[np.floating[Any]] | float


@dataclass(frozen=True, slots=True)
class Int8Loss:
    """Differences between two networks' answers; None for outputs that they do not have.

    ``view_agreement``: share of frames that both call by the same name, OTHER included; ``sure_agreement``: of the
    ``sure_frames`` where the original is as sure as a hint takes (1 where there are none). The rest are mean absolute
    differences: of probabilities (``quality`` as the original's most probable view, ``facets``, ``novelty``,
    ``foreshortening``), in mm,
    mm and degrees x 3 over every pair of frame and target (``adjustment``; ``adjustment99``: the 99th percentile), of
    the 90 % interval's half width as a share of it (``half_width``), in mm (``landmarks``). ``structures``: Dice of
    both networks' outlines, pooled.
    """

    frames: int
    view_agreement: float
    sure_frames: int
    sure_agreement: float
    quality: float | None
    facets: float | None
    novelty: float | None
    foreshortening: float | None
    adjustment: Axes | None
    adjustment99: Axes | None
    half_width: float | None
    landmarks: float | None
    structures: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a smaller network may lose: each a mean, as in :class:`Int8Loss`."""

    view_agreement: float = 0.97
    quality: float = 0.03
    adjustment: float = 2.0
    structures: float = 0.95


def too_much(loss: Int8Loss, limits: Limits) -> list[str]:
    """One clause for each of ``limits`` that ``loss`` breaks."""
    found = []
    if loss.view_agreement < limits.view_agreement:
        found.append(
            f"the same view named on {loss.view_agreement:.1%} of frames (at least {limits.view_agreement:.1%})"
        )
    if loss.quality is not None and loss.quality > limits.quality:
        found.append(f"quality {loss.quality:.3f} off (at most {limits.quality:g})")
    if loss.adjustment is not None and max(loss.adjustment) > limits.adjustment:
        found.append(
            f"adjustment {max(loss.adjustment):.2f} mm or degrees off (at most {limits.adjustment:g})"
        )
    if loss.structures is not None and loss.structures < limits.structures:
        found.append(f"outlines overlap by {loss.structures:.3f} (at least {limits.structures:g})")
    return found


def compare(
    original: Model,
    smaller: Model,
    images: Iterable[NDArray[np.uint8]],
    progress: Callable[[int], None] = lambda _: None,
) -> Int8Loss:
    """Ask both for ``images``, (S, S) uint8 in the network's crop, none of which the smaller one was fitted on.

    Raises:
        ValueError: there is no image.
    """
    spec = original.manifest.input
    sure_from = original.manifest.hints.min_view_probability
    sums = _Sums()
    for n, image in enumerate(images, 1):
        tensor = network_input(image, spec.mean, spec.std)
        sums.add(original.predict(tensor), smaller.predict(tensor), sure_from)
        progress(n)
    return sums.loss()


def network_input(image: NDArray[np.uint8], mean: float, std: float) -> NDArray[np.float32]:
    """(S, S) uint8 as the network takes it: (1, 1, S, S) float32."""
    grey = image.astype(np.float32)[None, None] / np.float32(255.0)
    return np.ascontiguousarray((grey - np.float32(mean)) / np.float32(std))


class _Sums:
    """What is kept of the frames so far."""

    def __init__(self) -> None:
        self._same: list[bool] = []
        self._sure: list[bool] = []
        self._off: dict[str, list[float]] = {}
        self._adjustment: list[NDArray[np.float32]] = []
        self._shared = self._outlined = 0

    def add(self, a: Prediction, b: Prediction, sure_from: float) -> None:
        self._same.append(bool(a.view_probabilities.argmax() == b.view_probabilities.argmax()))
        self._sure.append(bool(a.view_probabilities.max() >= sure_from))
        if a.quality is not None and b.quality is not None:
            nearest = int(a.view_probabilities[:-1].argmax())
            self._differ("quality", float(a.quality[nearest]), float(b.quality[nearest]))
        self._differ("facets", _facets(a), _facets(b))
        self._differ("novelty", a.novelty, b.novelty)
        self._differ("foreshortening", a.foreshortening, b.foreshortening)
        self._differ("landmarks", a.landmarks, b.landmarks)
        if a.half_width90 is not None and b.half_width90 is not None:
            self._differ("half_width", 1.0, b.half_width90 / np.maximum(a.half_width90, 1e-6))
        if a.adjustment is not None and b.adjustment is not None:
            self._adjustment.append(np.abs(a.adjustment - b.adjustment))
        if a.structures is not None and b.structures is not None:
            mine, other = a.structures > 0.5, b.structures > 0.5
            self._shared += int((mine & other).sum())
            self._outlined += int(mine.sum()) + int(other.sum())

    def _differ(self, name: str, a: Value | None, b: Value | None) -> None:
        if a is not None and b is not None:
            self._off.setdefault(name, []).append(float(np.abs(np.asarray(a) - np.asarray(b)).mean()))

    def loss(self) -> Int8Loss:
        if not self._same:
            raise ValueError("no image to compare on")
        same, sure = np.array(self._same), np.array(self._sure)
        moved = np.concatenate(self._adjustment) if self._adjustment else None
        return Int8Loss(
            frames=len(same),
            view_agreement=float(same.mean()),
            sure_frames=int(sure.sum()),
            sure_agreement=float(same[sure].mean()) if sure.any() else 1.0,
            quality=self._mean("quality"),
            facets=self._mean("facets"),
            novelty=self._mean("novelty"),
            foreshortening=self._mean("foreshortening"),
            adjustment=None if moved is None else _axes(moved.mean(0)),
            adjustment99=None if moved is None else _axes(np.percentile(moved, 99, axis=0)),
            half_width=self._mean("half_width"),
            landmarks=self._mean("landmarks"),
            structures=2.0 * self._shared / self._outlined if self._outlined else None,
        )

    def _mean(self, name: str) -> float | None:
        rows = self._off.get(name)
        return float(np.mean(rows)) if rows else None


def _facets(prediction: Prediction) -> NDArray[np.float32] | None:
    return None if prediction.facets is None else np.array(astuple(prediction.facets), dtype=np.float32)


def _axes(values: NDArray[np.floating[Any]]) -> Axes:
    a, b, c, d, e = (float(v) for v in values)
    return a, b, c, d, e

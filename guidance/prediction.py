"""Prediction: what the network said about one frame, decoded and calibrated, in physical units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.views import View

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Facets:
    """Why a picture is good or bad: four probabilities, each 1 = good.

    ``structures``: the view's structures are visible. ``on_axis``: not foreshortened or off plane. ``window``: the
    acoustic window and the contact are good. ``gain_depth``: gain and depth are set so that the picture can be read.
    """

    structures: float
    on_axis: float
    window: float
    gain_depth: float


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Decoded output of a model for one frame. Everything but the view is optional.

    Attributes:
        views: the model's standard views, V of them, in its order; OTHER is not among them.
        view_probabilities: (V + 1,) float32, calibrated, sums to one; the last is OTHER.
        quality: (V,) float32 in 0..1: would a reader accept this frame as a diagnostic example of each view.
        facets: why the picture is good or bad.
        adjustment: (V, 5) float32, mm and degrees, order of :data:`guidance.probe.AXES`: to each view's target.
        half_width90: (V, 5) float32: half width of the calibrated 90 % interval around ``adjustment``.
        structure_names: C names for ``structures``.
        structures: (C, s, s) float32 probabilities over the network's input square.
        landmark_names: L names for ``landmarks``.
        landmarks: (L, 3) float32, mm, probe frame.
        novelty: 0 (like the training frames) .. 1 (unlike them).
        foreshortening: probability that less than 90 % of the left ventricle's length is seen; of apical pictures.
    """

    views: tuple[View, ...]
    view_probabilities: Float32
    quality: Float32 | None = None
    facets: Facets | None = None
    adjustment: Float32 | None = None
    half_width90: Float32 | None = None
    structure_names: tuple[str, ...] = ()
    structures: Float32 | None = None
    landmark_names: tuple[str, ...] = ()
    landmarks: Float32 | None = None
    novelty: float | None = None
    foreshortening: float | None = None

    @property
    def view(self) -> View:
        """The most probable view."""
        best = int(np.argmax(self.view_probabilities))
        return self.views[best] if best < len(self.views) else View.OTHER

    @property
    def view_probability(self) -> float:
        """Probability of :attr:`view`."""
        return float(np.max(self.view_probabilities))

    def probability_of(self, view: View) -> float:
        """Probability of ``view``; 0 where the model does not know it."""
        if view is View.OTHER:
            return float(self.view_probabilities[-1])
        return float(self.view_probabilities[self.views.index(view)]) if view in self.views else 0.0

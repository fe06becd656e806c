"""Truth: what is known of test frames, and which of them each figure is counted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Float32 = NDArray[np.float32]

NEAR_MM, NEAR_DEG = 30.0, 30.0
"""A target this near on each axis is one that a frame is measured against."""
OPEN_WINDOW = 0.5
"""Window facet from which the heart is seen well enough to measure against."""


KEPT_OTHER = 3
"""One in so many frames of OTHER is kept where the mix counts: the network is taught that they are rarer in use than
among drawn frames, by the same factor (:data:`models.losses.OTHER_WEIGHT`)."""


def mix_in_use(view: NDArray[Any]) -> Bools:
    """(n,) which frames to keep so that OTHER is as rare as in use; ``view`` (n, V + 1) soft labels."""
    other = np.asarray(view, dtype=np.float32).argmax(1) == view.shape[1] - 1
    return np.asarray(~other | (np.cumsum(other) % KEPT_OTHER == 0))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """n frames, V views.

    Attributes:
        view: (n, V + 1) soft assignment. quality: (n, V). adjustment: (n, V, 5) mm and degrees.
        distance: (n, V) the judge's distance, 1 = edge of the right picture.
        landmarks: (n, L, 3) mm, probe frame; nan where there is no heart.
        patient: (n,) seeds.
        heart: (n,) frames of a chest, not of a drawn outlier.
        nearest: (n,) index of the view that is nearest by distance.
        clear: (n,) within the right picture of the nearest view, and seen to be that view.
        near: (n, V) pairs of frame and target within 30 mm and 30 degrees on each axis, through an open window.
    """

    view: Float32
    quality: Float32
    adjustment: Float32
    distance: Float32
    landmarks: Float32
    patient: NDArray[np.int64]
    heart: Bools
    nearest: NDArray[np.intp]
    clear: Bools
    near: Bools

    @property
    def in_use(self) -> Bools:
        """(n,) frames in about the mix that is met in use (:func:`mix_in_use`)."""
        return mix_in_use(self.view)

    def __len__(self) -> int:
        return len(self.patient)

    @classmethod
    def of(cls, records: NDArray[Any]) -> Truth:
        """Truth of records of :data:`models.dataset.RECORD`."""
        view = records["view"].astype(np.float32)
        distance = records["distance"].astype(np.float32)
        adjustment = records["adjustment"].astype(np.float32)
        heart = records["novelty"] < 0.5
        nearest = distance.argmin(1)
        clear = (distance.min(1) <= 1.0) & (view.max(1) > 0.5) & (view.argmax(1) == nearest)
        slide, turn = np.abs(adjustment[..., :2]).max(-1), np.abs(adjustment[..., 2:]).max(-1)
        open_window = heart & (records["facets"][:, 2] > OPEN_WINDOW)
        return cls(
            view=view,
            quality=records["quality"].astype(np.float32),
            adjustment=adjustment,
            distance=distance,
            landmarks=records["landmarks"].astype(np.float32),
            patient=records["patient"],
            heart=heart,
            nearest=nearest,
            clear=clear & heart,
            near=(slide <= NEAR_MM) & (turn <= NEAR_DEG) & open_window[:, None],
        )

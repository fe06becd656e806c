"""Mixing: real pictures drawn for each step of a training, so that no set and no view crowds out the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.augment import varied
from models.real.shards import RealFrames


@dataclass(frozen=True, slots=True, eq=False)
class RealMix:
    """Draws pictures of ``frames``.

    A label has a share in proportion to the square root of its number of pictures: between as they come, where ten
    thousand clips of one view would leave no room for others, and all alike, where a few would be seen too often.
    """

    frames: RealFrames
    _ends: NDArray[np.float64]

    @classmethod
    def of(cls, frames: RealFrames) -> RealMix:
        """A mix of all of ``frames``."""
        _, label, count = np.unique(frames.field("views"), axis=0, return_inverse=True, return_counts=True)
        weight = 1.0 / np.sqrt(count[label.reshape(-1)])
        return cls(frames, np.cumsum(weight / weight.sum()))

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[Any]:
        """(count,) array of :data:`models.real.shards.REAL_RECORD`, varied as virtual frames are."""
        chosen = np.minimum(np.searchsorted(self._ends, rng.random(count)), len(self.frames) - 1)
        rows = self.frames.take(np.sort(chosen))
        for row in rows:
            row["image"], row["structures"] = varied(row["image"], row["structures"], rng)
        return rows

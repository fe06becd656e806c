"""Strangeness: telling frames of a heart from anything else, and from how much of either guidance is withheld."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.figures.statistics import auroc, mean
from models.figures.truth import Bools

DRAWN = "virtual hearts against other organs of kinds never trained on, and drawn outliers of kinds that were"
MIXED = "mixed source: virtual hearts against real frames that show no heart, so machine looks differ as well"


@dataclass(frozen=True, slots=True)
class Look:
    """What a model makes of n frames: novelty 0..1 (None: it has none), probability of OTHER, and whether it abstains.

    It abstains where the picture is novel, or the most probable view is OTHER.
    """

    novelty: NDArray[Any] | None
    other: NDArray[Any]
    withheld: Bools

    def where(self, rows: Bools) -> Look:
        """The frames ``rows``."""
        novelty = None if self.novelty is None else self.novelty[rows]
        return Look(novelty, self.other[rows], self.withheld[rows])


@dataclass(frozen=True, slots=True)
class StrangenessFigures:
    """Area under the ROC curve of novelty, and of the probability of OTHER beside it.

    Attributes:
        on: what is told from what.
        novelty_auroc, other_auroc: nan where there is only one kind, or no such output.
        hearts, strangers: frames of each kind.
        withheld: share of the strangers' frames from which guidance is withheld.
        hearts_withheld: share of the hearts' frames too, among them those that show no view.
    """

    on: str
    novelty_auroc: float
    other_auroc: float
    hearts: int
    strangers: int
    withheld: float
    hearts_withheld: float


def strangeness_figures(on: str, hearts: Look, strangers: Look) -> StrangenessFigures:
    """Figures of ``hearts`` against ``strangers``."""
    strange = np.repeat([False, True], [len(hearts.other), len(strangers.other)])
    novelty = math.nan
    if hearts.novelty is not None and strangers.novelty is not None:
        novelty = auroc(np.concatenate([hearts.novelty, strangers.novelty]), strange)
    return StrangenessFigures(
        on=on,
        novelty_auroc=novelty,
        other_auroc=auroc(np.concatenate([hearts.other, strangers.other]), strange),
        hearts=len(hearts.other),
        strangers=len(strangers.other),
        withheld=mean(strangers.withheld),
        hearts_withheld=mean(hearts.withheld),
    )

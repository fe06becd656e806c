"""Furniture: what stands around the picture on a scanner's screen, learnt once and compared at every later look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_RULER_SHARE = 0.4
_RULER_STANDS = 0.15
_MARKS = 4
_BY_ITSELF = 8


@dataclass(frozen=True, slots=True)
class Furniture:
    """Cells of the screen as they were while it was learnt, each (rows, columns) unless said otherwise.

    All that does not depend on the picture is worked out here, as the comparison is made many times a second.

    Attributes:
        high, low: uint8, beyond which a cell is not what it was.
        brightest, darkest: uint8, the same for a cell of the picture that stands still: much less counts there.
        quiet: furniture that did not change by itself.
        ruler: cells of the ruler's line; none where none is known.
        marks: how many of those show a mark; at least some, so that one spot of noise is no other depth.
        least: so many cells must have changed.
    """

    high: Cells
    low: Cells
    brightest: Cells
    darkest: Cells
    quiet: Mask
    ruler: Mask
    marks: int
    least: float

    @classmethod
    def learnt(
        cls, low: Cells, high: Cells, watched: Mask, ruler: Mask, *, level: int, share: float, cells: int
    ) -> Self:
        """What was between ``low`` and ``high``.

        Args:
            low, high: least and greatest values seen.
            watched: cells that are furniture. ruler: those of them on the ruler's line.
            level: a cell changed by more than this.
            share, cells: share of the furniture's cells that must change, and at least so many.
        """
        quiet = watched & (cv2.subtract(high, low) < level)
        screen = int(np.median(low[watched])) if watched.any() else 0
        standing = quiet & (low.astype(np.int16) > screen + level)
        marks = 0
        if ruler.any():
            line = low[ruler].astype(np.int16)
            marks = max(_MARKS, int((line > int(np.median(line)) + level).sum()))
        return cls(
            high=_raised(high, level),
            low=_lowered(low, level),
            brightest=_raised(high, _BY_ITSELF),
            darkest=_lowered(low, _BY_ITSELF),
            quiet=quiet,
            ruler=ruler,
            marks=marks,
            least=max(cells, share * int(standing.sum())),
        )

    def other(self, cells: Cells) -> Mask:
        """Cells, of furniture or not, that are not what they were."""
        return (cells > self.high) | (cells < self.low)

    def replaced(self, cells: Cells) -> Mask:
        """As :meth:`other`, for cells that stand still."""
        return (cells > self.brightest) | (cells < self.darkest)

    def ruler_stands(self, other: Mask) -> bool:
        """There is a ruler, and its marks are where they were."""
        return self.marks > 0 and bool((other & self.ruler).sum() < _RULER_STANDS * self.marks)

    def is_changed(self, other: Mask) -> bool:
        """Whether so many quiet cells are ``other`` that the layout is another, or so many marks that the depth is."""
        changed = other & self.quiet
        if self.marks and (changed & self.ruler).sum() >= _RULER_SHARE * self.marks:
            return True
        return int(changed.sum()) >= self.least


def _raised(cells: Cells, by: int) -> Cells:
    """``cells`` + ``by``, white at most."""
    return np.asarray(cv2.add(cells, np.full_like(cells, by)), dtype=np.uint8)


def _lowered(cells: Cells, by: int) -> Cells:
    """``cells`` - ``by``, black at least."""
    return np.asarray(cv2.subtract(cells, np.full_like(cells, by)), dtype=np.uint8)

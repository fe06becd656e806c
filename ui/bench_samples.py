"""Samples: a few numbers of every frame of a run, in memory that is taken before the run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

MAX_ROWS = 1 << 18
"""So many newest frames are kept: 72 minutes at 60 a second, in 10 MB."""


class Samples:
    """A table that one thread fills and any may read; beyond ``capacity`` rows the oldest go.

    Its memory is touched at once: a table that grew during a soak would look like a leak.

    Attributes:
        count: rows added so far, those that are gone too.
    """

    def __init__(self, columns: Sequence[str], capacity: int):
        self._at = {name: number for number, name in enumerate(columns)}
        self._rows = np.full((max(1, min(capacity, MAX_ROWS)), len(columns)), np.nan, np.float32)
        self.count = 0

    def add(self, values: Mapping[str, float]) -> None:
        """Append a row; columns that ``values`` does not have become NaN, other values are left out."""
        row = [values.get(name, np.nan) for name in self._at]
        self._rows[self.count % len(self._rows)] = row
        self.count += 1  # last: who reads meanwhile sees whole rows only

    def values(self, column: str, since: int = 0) -> Float32:
        """A copy of ``column`` from row number ``since`` on, oldest first, without NaN."""
        count = self.count
        numbers = np.arange(max(since, count - len(self._rows)), count) % len(self._rows)
        found = self._rows[numbers, self._at[column]]
        return np.asarray(found[~np.isnan(found)])

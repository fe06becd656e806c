"""Split: the parts of a data set. On its own, so that the command line starts quickly."""

from __future__ import annotations

from enum import StrEnum


class Split(StrEnum):
    """Which part of a data set a patient belongs to."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"

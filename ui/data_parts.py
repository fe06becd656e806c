"""Part: what the command line calls the parts of a data set, without loading what reads them."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """The values of :class:`models.real.parts.Split`; a test holds them equal."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"

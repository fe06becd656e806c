"""Splits: patients of a data set without parts of its own fall into training, validation and test, always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from models.real.clip import RealClip
from models.real.parts import Split

VALIDATION_SHARE, TEST_SHARE = 0.10, 0.20
"""Shares of the patients whose part their makers did not say."""


def splits_of(clips: Sequence[RealClip]) -> dict[str, Split]:
    """Patient -> part. What the makers said counts, the strictest where they said several things of one patient.

    The others are ordered by a hash of their name: nobody's part depends on the order of files, and of three patients
    or more at least one is kept for tests.
    """
    found: dict[str, Split] = {}
    order = (Split.TEST, Split.VALIDATION, Split.TRAIN)
    for clip in clips:
        if clip.split is not None:
            known = found.get(clip.patient, clip.split)
            found[clip.patient] = min(known, clip.split, key=order.index)
    rest = sorted({c.patient for c in clips} - found.keys(), key=lambda p: (number_of(p), p))
    tests = max(1, round(TEST_SHARE * len(rest))) if len(rest) >= 3 else 0
    validations = round(VALIDATION_SHARE * len(rest))
    for n, patient in enumerate(rest):
        part = Split.TEST if n < tests else Split.VALIDATION if n < tests + validations else Split.TRAIN
        found[patient] = part
    return found


def number_of(patient: str) -> int:
    """A number for a patient, 0 to 2^62: nothing of the name can be read from it without trying names."""
    return int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big") >> 2

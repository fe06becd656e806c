"""Machine styles: drawn alike from the same generator; families kept for tests are never drawn for training."""

from __future__ import annotations

import numpy as np

from models.phantom.style import HELD_OUT, Family, Machines, sample_style
from models.scenes import EVEN, TEST, TRAINING


def test_training_and_tests_share_no_family() -> None:
    known = {sample_style(np.random.default_rng(k)).family for k in range(60)}
    kept = {sample_style(np.random.default_rng(k), Machines.HELD_OUT).family for k in range(60)}
    assert known == {Family.COMMON}
    assert kept == set(HELD_OUT)
    assert TRAINING.machines is EVEN.machines is Machines.KNOWN
    assert TEST.machines is Machines.HELD_OUT


def test_the_same_generator_gives_the_same_machine() -> None:
    for machines in Machines:
        assert sample_style(np.random.default_rng(4), machines) == sample_style(
            np.random.default_rng(4), machines
        )


def test_families_look_as_they_are_said_to() -> None:
    found = [sample_style(np.random.default_rng(k), Machines.HELD_OUT) for k in range(90)]
    known = [sample_style(np.random.default_rng(k)) for k in range(90)]

    def middle(styles: list[object], name: str) -> float:
        return float(np.median([getattr(s, name) for s in styles]))

    handheld = [s for s in found if s.family is Family.HANDHELD]
    premium = [s for s in found if s.family is Family.PREMIUM]
    analogue = [s for s in found if s.family is Family.ANALOGUE]
    assert (
        middle([*handheld], "lateral_deg")
        > middle([*known], "lateral_deg")
        > middle([*premium], "lateral_deg")
    )
    assert min(s.dynamic_range_db for s in premium) > max(s.dynamic_range_db for s in analogue)
    assert all(0.0 <= s.persistence <= 0.8 for s in found)

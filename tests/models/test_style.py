"""Promises of the machine styles:

- they are drawn alike from the same generator; families kept for tests are never drawn for training;
- about three in ten are shallow, and those often have a narrow sector; far gain is mostly up, yet not always;
- harmonic imaging goes with less clutter; most settings differ from machine to machine.
"""

from __future__ import annotations

import numpy as np

from models.phantom.style import HELD_OUT, Family, Machines, MachineStyle, sample_style
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


def test_shallow_pictures_are_common_and_often_narrow() -> None:
    known = [sample_style(np.random.default_rng(k)) for k in range(600)]
    shallow = [s for s in known if s.depth_mm < 130]
    deep = [s for s in known if s.depth_mm >= 130]
    assert 0.25 < len(shallow) / len(known) < 0.42

    def narrow(styles: list[MachineStyle]) -> float:
        return float(np.mean([s.half_angle_deg <= 35 for s in styles]))

    assert narrow(shallow) > narrow(deep) + 0.1
    assert all(22 <= s.half_angle_deg <= 50 for s in known)


def test_far_gain_is_mostly_up() -> None:
    far = np.array(
        [s.tgc_db[3] - s.tgc_db[1] for s in (sample_style(np.random.default_rng(k)) for k in range(300))]
    )
    assert np.median(far) > 2.0
    assert 0.02 < (far < 0).mean() < 0.4


def test_harmonic_imaging_has_less_clutter() -> None:
    known = [sample_style(np.random.default_rng(k)) for k in range(400)]
    harmonic, fundamental = [s for s in known if s.harmonic], [s for s in known if not s.harmonic]
    assert 0.6 < len(harmonic) / len(known) < 0.9
    for name in ("side_lobe", "haze", "lateral_deg"):
        assert np.median([getattr(s, name) for s in harmonic]) < np.median(
            [getattr(s, name) for s in fundamental]
        ), name
    assert len({s.look for s in known}) > 390

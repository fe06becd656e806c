"""Whom to practise on.

Promises:
- words and seeds are understood, alone and together; what is not is one clear line;
- each difficulty and habitus is found, a seed alone is that patient, with words it is where the search begins;
- thirds are thirds: no difficulty is rare.
"""

from __future__ import annotations

from collections import Counter

import pytest

from guidance.errors import InputError
from models.closed_loop import LoopSettings, VirtualExam, loop_patient
from models.phantom.patient import Chest
from ui.practice.patients import (
    ANYBODY,
    Difficulty,
    Habitus,
    PatientWish,
    difficulty_of,
    find_seed,
    habitus_of,
    parse_patient,
)


def test_words_and_seeds() -> None:
    assert parse_patient([]) == ANYBODY
    assert parse_patient(["Hard, heavy"]) == PatientWish(Difficulty.HARD, Habitus.HEAVY)
    assert parse_patient(["easy", "17"]) == PatientWish(Difficulty.EASY, seed=17)
    assert parse_patient(["0"]).one
    assert not parse_patient(["easy", "17"]).one


@pytest.mark.parametrize(
    "typed", ["", "tall", "easy,hard", "slim,heavy", "3,4", "-1", "99999999999", "1.5", "²"]
)
def test_what_is_not_understood(typed: str) -> None:
    with pytest.raises(InputError, match="--patient"):
        parse_patient([typed])


@pytest.mark.parametrize(
    "wish", [PatientWish(d) for d in Difficulty] + [PatientWish(None, h) for h in Habitus]
)
def test_a_patient_is_found(wish: PatientWish) -> None:
    seed = find_seed(wish, 40)
    assert seed >= 40
    assert wish.fits(loop_patient(seed)[0])
    assert find_seed(wish, seed) == seed


def test_a_seed_alone_is_that_patient() -> None:
    assert find_seed(PatientWish(seed=7), 40) == 7
    assert VirtualExam(LoopSettings(seed=7, size=(320, 240))).patient == loop_patient(7)[0]


def test_no_difficulty_is_rare_and_poor_windows_are_hard() -> None:
    patients = [loop_patient(seed)[0] for seed in range(150)]
    counts = Counter(difficulty_of(p) for p in patients)
    assert all(counts[d] >= 0.22 * len(patients) for d in Difficulty), counts
    poor = [p for p in patients if p.chest is Chest.POOR_WINDOWS]
    assert poor
    assert all(difficulty_of(p) is Difficulty.HARD for p in poor)
    assert len({habitus_of(p) for p in patients}) == 3

"""Which virtual patient to practise on: by difficulty, by habitus, or by seed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from guidance.errors import InputError
from models.closed_loop import loop_patient
from models.phantom.patient import Chest, Condition, Patient, Position

MAX_SEED = 9_999_999
"""Patients beyond it would leave the seeds that are kept for the closed loop."""
_LOOKED_AT = 500


class Difficulty(StrEnum):
    """How hard this chest is to scan, in thirds of all patients (:func:`strain`)."""

    EASY = "easy"
    AVERAGE = "average"
    HARD = "hard"


class Habitus(StrEnum):
    """Build by body mass index: slim below 22, heavy from 30 on."""

    SLIM = "slim"
    USUAL = "usual"
    HEAVY = "heavy"


EASY_BELOW, HARD_FROM = 0.5, 2.1
"""Strain at which about a third of all patients is easier, and a third harder (quantiles of 600: 0.53, 2.13)."""

_CHEST = {Chest.USUAL: 0.0, Chest.BARREL: 1.0, Chest.NARROW_INTERSPACES: 1.5, Chest.POOR_WINDOWS: 3.0}


@dataclass(frozen=True, slots=True)
class PatientWish:
    """What is asked of the patient; None: anything. A seed alone names one patient; with more, where to begin."""

    difficulty: Difficulty | None = None
    habitus: Habitus | None = None
    seed: int | None = None

    @property
    def one(self) -> bool:
        """Whether it names one patient."""
        return self.seed is not None and self.difficulty is None and self.habitus is None

    def fits(self, patient: Patient) -> bool:
        """Whether ``patient`` is such a one."""
        return self.difficulty in (None, difficulty_of(patient)) and self.habitus in (
            None,
            habitus_of(patient),
        )

    def __str__(self) -> str:
        words = [str(part) for part in (self.difficulty, self.habitus) if part is not None]
        return ", ".join(words) or ("any" if self.seed is None else f"seed {self.seed}")


ANYBODY = PatientWish()


def parse_patient(texts: Sequence[str]) -> PatientWish:
    """``["hard,heavy"]``, ``["easy", "slim"]`` or ``["4711"]`` as a wish; none of them: any patient.

    Raises:
        InputError: a word is not known, two exclude each other, or the seed is no such number.
    """
    difficulty: Difficulty | None = None
    habitus: Habitus | None = None
    seed: int | None = None
    for word in (part.strip().lower() for text in texts for part in text.split(",")):
        taken: object
        if word in tuple(Difficulty):
            taken, difficulty = difficulty, Difficulty(word)
        elif word in tuple(Habitus):
            taken, habitus = habitus, Habitus(word)
        elif word.isascii() and word.isdigit() and int(word) <= MAX_SEED:
            taken, seed = seed, int(word)
        else:
            raise InputError(
                f"--patient '{word}': give {', '.join((*Difficulty, *Habitus))}, or a seed from 0 to {MAX_SEED}"
            )
        if taken is not None:
            raise InputError(f"--patient '{word}': only one difficulty, one habitus and one seed can be had")
    return PatientWish(difficulty, habitus, seed)


def strain(patient: Patient) -> float:
    """How much makes this chest hard to scan: its build, emphysema, lying supine, attenuation, clutter, fat."""
    return (
        _CHEST[patient.chest]
        + 2.0 * (patient.condition is Condition.EMPHYSEMA)
        + 1.0 * (patient.position is Position.SUPINE)
        + 0.6 * (patient.attenuation - 1.0) / 0.18
        + 0.6 * (patient.clutter - 0.5) / 0.25
        + 0.3 * (patient.fat - 7.5) / 3.3
        - 0.3 * (patient.cardiac_notch - 2.0) / 7.0
    )


def difficulty_of(patient: Patient) -> Difficulty:
    """Which third ``patient`` is in."""
    s = strain(patient)
    return Difficulty.EASY if s < EASY_BELOW else Difficulty.HARD if s >= HARD_FROM else Difficulty.AVERAGE


def habitus_of(patient: Patient) -> Habitus:
    """The build of ``patient``."""
    return Habitus.SLIM if patient.bmi < 22 else Habitus.HEAVY if patient.bmi >= 30 else Habitus.USUAL


def find_seed(wish: PatientWish, first: int) -> int:
    """The first seed from ``first`` on whose patient fits ``wish``; the wish's own seed where that names one.

    Raises:
        InputError: none of the next :data:`_LOOKED_AT` fits.
    """
    if wish.one:
        assert wish.seed is not None
        return wish.seed
    for step in range(_LOOKED_AT):
        seed = (first + step) % (MAX_SEED + 1)
        if wish.fits(loop_patient(seed)[0]):
            return seed
    raise InputError(f"no patient who is {wish} among {_LOOKED_AT}: ask for less")

"""Groups: who the test patients are, and what each group of them gets, so that nobody is left behind unseen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.figures.statistics import mean, wilson95
from models.figures.truth import Truth
from models.phantom.patient import Patient, sample_patient

MIN_PATIENTS = 10
"""Smaller groups are reported, but none is called the worst on so few."""
NOMINAL = 0.9

Groups = Mapping[int, Mapping[str, str]]
"""Patient's seed -> kind of group -> group."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group. Frames of one patient are alike: the intervals are narrower than the patients' number allows."""

    patients: int
    frames: int
    clear_frames: int
    view_accuracy: float
    view_accuracy_ci95: tuple[float, float] | None
    pooled_error: float
    zero_pooled_error: float
    coverage90: float
    pairs: int


def patient_groups(patient: Patient) -> dict[str, str]:
    """Sex, BMI, age, ejection fraction, position and chest of ``patient`` by the words that figures use."""
    bmi, age = patient.bmi, patient.age_years
    return {
        "sex": str(patient.sex),
        "bmi": "BMI < 25" if bmi < 25 else "BMI 25-30" if bmi < 30 else "BMI >= 30",
        "age": "age < 40" if age < 40 else "age 40-65" if age < 65 else "age >= 65",
        "function": "EF < 50 %" if patient.ejection_fraction < 0.5 else "EF >= 50 %",
        "position": str(patient.position),
        "chest": str(patient.chest),
    }


def groups_of_seeds(seeds: Iterable[int]) -> Groups:
    """Groups of the patients that :func:`models.frames.frames` draws from ``seeds``: the same draw, done again.

    ``condition`` stands for heart and lung: normal, or the pathology (:class:`models.phantom.patient.Condition`).
    """
    found: dict[int, dict[str, str]] = {}
    for seed in sorted(set(seeds)):
        patient = sample_patient(np.random.default_rng([7, seed]))
        found[seed] = {**patient_groups(patient), "condition": str(patient.condition)}
    return found


def figures_by_group(
    groups: Groups, right: NDArray[np.bool_], error: NDArray[Any], inside: NDArray[np.bool_], truth: Truth
) -> dict[str, dict[str, GroupFigures]]:
    """Figures of every group of every kind.

    Args:
        groups: of each patient in ``truth``.
        right: (n,) frames whose nearest view is named. error: (n, V, 5) absolute. inside: (n, V, 5) covered.
        truth: of the same frames; frames of drawn outliers count for nobody.
    """
    zero = np.abs(truth.adjustment)
    seeds, row = np.unique(truth.patient, return_inverse=True)
    kinds = list(next(iter(groups.values()), {}))
    found: dict[str, dict[str, GroupFigures]] = {}
    for kind in kinds:
        member = np.array([groups[int(seed)][kind] for seed in seeds])
        found[kind] = {}
        for name in sorted(set(member.tolist())):
            rows = (member == name)[row] & truth.heart
            clear, near = rows & truth.clear, truth.near & rows[:, None]
            found[kind][name] = GroupFigures(
                patients=int((member == name).sum()),
                frames=int(rows.sum()),
                clear_frames=int(clear.sum()),
                view_accuracy=mean(right[clear]),
                view_accuracy_ci95=wilson95(int(right[clear].sum()), int(clear.sum())),
                pooled_error=mean(error[near]),
                zero_pooled_error=mean(zero[near]),
                coverage90=mean(inside[near]),
                pairs=int(near.sum()),
            )
    return found


@dataclass(frozen=True, slots=True)
class Worst:
    """A group, the kind it is of, and its figure."""

    group: str
    of: str
    value: float
    patients: int


def worst_coverage(by_group: Mapping[str, Mapping[str, GroupFigures]]) -> Worst | None:
    """The group whose coverage lies furthest from 90 %, above or below; None where no group is large enough."""
    return max(_large(by_group, "coverage90"), key=lambda w: abs(w.value - NOMINAL), default=None)


def worst_accuracy(by_group: Mapping[str, Mapping[str, GroupFigures]]) -> Worst | None:
    """The group whose views are named worst."""
    return min(_large(by_group, "view_accuracy"), key=lambda w: w.value, default=None)


def worst_error(by_group: Mapping[str, Mapping[str, GroupFigures]]) -> Worst | None:
    """The group with the largest pooled error."""
    return max(_large(by_group, "pooled_error"), key=lambda w: w.value, default=None)


def _large(by_group: Mapping[str, Mapping[str, GroupFigures]], figure: str) -> list[Worst]:
    return [
        Worst(name, kind, value, g.patients)
        for kind, groups in by_group.items()
        for name, g in groups.items()
        if g.patients >= MIN_PATIENTS and not math.isnan(value := float(getattr(g, figure)))
    ]

"""Promises of groups, naming, grading and strangeness:

- groups are those of the very patients whose frames were drawn;
- the worst group is the one furthest from what it should be, and none of a few patients is called so;
- a confusion matrix has the truth in its rows; A4C and A5C are told apart from the other mistakes;
- quality that is stated right agrees fully; hearts are told from strangers, and withheld guidance is counted.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from guidance.views import STANDARD_VIEWS, View
from models.dataset import record_frames
from models.figures.grading import grading_figures
from models.figures.groups import (
    MIN_PATIENTS,
    GroupFigures,
    figures_by_group,
    groups_of_seeds,
    patient_groups,
    worst_accuracy,
    worst_coverage,
    worst_error,
)
from models.figures.naming import confusion_matrix, naming_figures
from models.figures.strangeness import Look, strangeness_figures
from models.figures.truth import Truth
from models.labels import LANDMARKS
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Patient, sample_patient

RECORDS = record_frames(21, 96)
TRUTH = Truth.of(RECORDS)


def test_groups_are_those_of_the_patients_drawn() -> None:
    seeds = sorted({int(s) for s in RECORDS["patient"]})
    assert len(seeds) == 6
    groups = groups_of_seeds(seeds)
    assert list(groups) == seeds
    for seed in seeds:
        # A length that no pose or breath changes tells that this is the patient of the frames.
        patient = sample_patient(np.random.default_rng([7, seed]))
        marks = landmarks(patient)
        rows = (RECORDS["patient"] == seed) & (RECORDS["novelty"] < 0.5)
        points = RECORDS["landmarks"][rows].astype(np.float64)
        seen = points[:, LANDMARKS.index("apex")] - points[:, LANDMARKS.index("tricuspid")]
        length = float(np.linalg.norm(marks.apex - marks.tricuspid))
        assert np.linalg.norm(seen, axis=1) == pytest.approx(length, abs=0.3)
        assert groups[seed]["sex"] == str(patient.sex)
        assert groups[seed]["condition"] == str(patient.condition)


def test_borders_between_groups() -> None:
    patient = replace(Patient.mean(), bmi=30.0, age_years=65.0, ejection_fraction=0.49)
    assert patient_groups(patient) == {
        "sex": "male",
        "bmi": "BMI >= 30",
        "age": "age >= 65",
        "function": "EF < 50 %",
        "position": "left lateral",
        "chest": "usual",
    }


def test_figures_of_a_group_by_hand() -> None:
    seeds = sorted({int(s) for s in RECORDS["patient"]})
    groups = {seed: {"side": "first" if seed == seeds[0] else "rest"} for seed in seeds}
    first = TRUTH.patient == seeds[0]
    right = ~first
    error = np.where(first[:, None, None], 4.0, 1.0) * np.ones_like(TRUTH.adjustment)
    inside = np.broadcast_to(~first[:, None, None], error.shape)
    found = figures_by_group(groups, right, error, inside, TRUTH)["side"]
    assert found["first"].patients == 1
    assert found["rest"].patients == 5
    assert found["first"].frames + found["rest"].frames == int(TRUTH.heart.sum())
    assert found["first"].pooled_error == 4.0
    assert found["rest"].pooled_error == 1.0
    assert (found["first"].coverage90, found["rest"].coverage90) == (0.0, 1.0)
    assert found["rest"].view_accuracy == 1.0
    assert figures_by_group({}, right, error, inside, TRUTH) == {}


def test_the_worst_group() -> None:
    usual = GroupFigures(50, 800, 80, 0.98, (0.9, 1.0), 5.0, 8.0, 0.90, 700)
    few = replace(usual, patients=MIN_PATIENTS - 1, view_accuracy=0.1, pooled_error=50.0, coverage90=0.1)
    by_group = {
        "sex": {"female": replace(usual, coverage90=0.97), "male": replace(usual, view_accuracy=0.9)},
        "age": {"old": replace(usual, coverage90=0.86, pooled_error=7.0), "young": few},
        "bmi": {"none": replace(usual, view_accuracy=math.nan, coverage90=math.nan, pooled_error=math.nan)},
    }
    coverage, accuracy, error = worst_coverage(by_group), worst_accuracy(by_group), worst_error(by_group)
    assert coverage is not None
    assert accuracy is not None
    assert error is not None
    assert (coverage.group, coverage.value) == ("female", 0.97)
    assert (accuracy.group, accuracy.of) == ("male", "sex")
    assert (error.group, error.value) == ("old", 7.0)
    assert worst_coverage({"age": {"young": few}}) is None


def test_confusion_matrix() -> None:
    found = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 1]), 3)
    assert found.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_a4c_called_a5c_is_told_apart() -> None:
    a4c, a5c, plax = (STANDARD_VIEWS.index(v) for v in (View.A4C, View.A5C, View.PLAX))
    n = len(STANDARD_VIEWS)
    nearest = np.array([a4c, a4c, a5c, plax, plax])
    truth = replace(
        TRUTH.__class__.of(RECORDS[:5]),
        view=np.eye(n + 1, dtype=np.float32)[[a4c, a4c, a5c, plax, n]],
        nearest=nearest,
        clear=np.array([True, True, True, True, False]),
    )
    logits = np.eye(n + 1)[[a4c, a5c, a5c, n, n]]
    figures = naming_figures(STANDARD_VIEWS, logits, truth)
    assert (figures.a4c_called_a5c, figures.a5c_called_a4c) == (1, 0)
    assert figures.accuracy == 0.5
    assert figures.accuracy_a4c_a5c_merged == 0.75
    assert figures.accuracy_all == pytest.approx(0.6)
    assert figures.confusion[plax][n] == 1
    assert figures.confusion[n][n] == 1
    assert figures.ci95 == pytest.approx((0.15, 0.85), abs=0.001)
    none = naming_figures(STANDARD_VIEWS, logits, replace(truth, clear=np.zeros(5, bool)))
    assert math.isnan(none.accuracy)
    assert none.ci95 is None


def test_grading() -> None:
    quality = np.clip(TRUTH.quality, 1e-4, 1 - 1e-4)
    figures = grading_figures(2.0 * np.log(quality / (1 - quality)), 2.0, TRUTH)
    assert figures.frames == int(TRUTH.heart.sum())
    assert figures.icc == pytest.approx(1.0, abs=1e-4)
    assert figures.error == pytest.approx(0.0, abs=1e-3)
    assert figures.auc == 1.0
    upside_down = grading_figures(-np.log(quality / (1 - quality)), 1.0, TRUTH)
    assert upside_down.auc == 0.0
    assert upside_down.icc < 0.0


def test_strangers() -> None:
    hearts = Look(np.array([0.1, 0.2, 0.6]), np.array([0.1, 0.1, 0.9]), np.array([False, False, True]))
    strangers = Look(np.array([0.5, 0.9]), np.array([0.5, 0.5]), np.array([True, False]))
    figures = strangeness_figures("test", hearts, strangers)
    assert figures.novelty_auroc == pytest.approx(5 / 6)
    assert figures.other_auroc == pytest.approx(4 / 6)
    assert figures.withheld == 0.5
    assert figures.hearts_withheld == pytest.approx(1 / 3)
    without = strangeness_figures("test", hearts, replace(strangers, novelty=None))
    assert math.isnan(without.novelty_auroc)
    assert without.other_auroc == pytest.approx(4 / 6)
    nothing = strangeness_figures("test", hearts, strangers.where(np.zeros(2, bool)))
    assert math.isnan(nothing.novelty_auroc)
    assert math.isnan(nothing.withheld)

"""Promises of evaluation:

- figures are exact on answers that are known: perfect, useless, shifted;
- eye labels that are coarser than the model's views count as right; windows are told apart;
- the AUROC is that of the definition, ties included.
"""

from __future__ import annotations

import numpy as np
import pytest

from guidance.manifest import Calibration, InputSpec, Manifest, OutputNames
from guidance.prediction import Prediction
from guidance.views import STANDARD_VIEWS, View
from models.dataset import record_frames
from models.answers import Answers
from models.clip_votes import same_view, same_window, tally
from models.evaluate import virtual_figures
from models.figures.statistics import auroc

RECORDS = record_frames(3, 400)
MANIFEST = Manifest(
    name="x",
    version="0",
    sha256="0" * 64,
    views=STANDARD_VIEWS,
    input=InputSpec(size=192),
    outputs=OutputNames(),
    calibration=Calibration(),
    training="none",
    intended_use="test",
)


def perfect() -> dict[str, np.ndarray]:
    n = len(RECORDS)
    nearest = RECORDS["distance"].astype(np.float32).argmin(1)
    return {
        "view": np.eye(13, dtype=np.float32)[nearest],
        "quality": RECORDS["quality"].astype(np.float32),
        "adjustment": RECORDS["adjustment"].astype(np.float32),
        "adjustment_scale": np.full((n, 12, 5), 2.0, np.float32),
        "novelty": RECORDS["novelty"].astype(np.float32),
    }


def test_perfect_answers_score_perfectly() -> None:
    figures = virtual_figures(MANIFEST, Answers(perfect()), RECORDS)
    assert figures.view_accuracy == 1.0
    assert figures.clear_frames > 30
    assert figures.pooled_error == pytest.approx(0.0, abs=1e-6)
    assert figures.zero_pooled_error > 5.0
    assert figures.sign_right == (1.0,) * 5
    assert figures.novelty_auroc == 1.0
    assert figures.quality_auc == 1.0


def test_shifted_answers_score_their_shift() -> None:
    raw = perfect()
    raw["adjustment"] = raw["adjustment"] + np.array([3, 3, 2, 2, 2], np.float32)
    figures = virtual_figures(MANIFEST, Answers(raw), RECORDS)
    assert figures.pooled_error == pytest.approx(2.4, abs=0.02)
    assert figures.coverage90 == (1.0,) * 5


def test_useless_answers_score_like_chance() -> None:
    raw = perfect()
    raw["novelty"] = np.zeros(len(RECORDS), np.float32)
    raw["adjustment"] = np.zeros_like(raw["adjustment"])
    figures = virtual_figures(MANIFEST, Answers(raw), RECORDS)
    assert figures.novelty_auroc == pytest.approx(0.5)
    assert figures.pooled_error == pytest.approx(figures.zero_pooled_error)


def test_auroc() -> None:
    assert auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == pytest.approx(0.75)
    assert auroc(np.zeros(10), np.arange(10) < 5) == pytest.approx(0.5)


def test_labels_may_be_coarser() -> None:
    assert same_view("PSAX", "PSAX_PM")
    assert same_view("PSAX-AV", "PSAX_AV")
    assert not same_view("A4C", "A2C")
    assert same_window("A4C", "A2C")
    assert same_window("PSAX", "PLAX")
    assert not same_window("A4C", "SC4C")
    assert not same_window("A4C", "OTHER")


def test_a_tally_counts_votes() -> None:
    def said(view: View, novelty: float) -> Prediction:
        p = np.full(13, 0.01, np.float32)
        p[STANDARD_VIEWS.index(view) if view is not View.OTHER else -1] = 0.88
        return Prediction(STANDARD_VIEWS, p, novelty=novelty)

    result = tally(
        "c",
        "A4C",
        [said(View.A4C, 0.1), said(View.A4C, 0.9), said(View.OTHER, 0.1), said(View.OTHER, 0.1)],
        0.5,
    )
    assert result.votes == {"A4C": 2, "OTHER": 2}
    assert result.guided == 1
    assert result.named_majority == "A4C"
    assert result.majority in ("A4C", "OTHER")

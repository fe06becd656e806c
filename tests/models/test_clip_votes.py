"""Promises of the votes on a clip:

- eye labels that are coarser than the model's views count as right; windows are told apart;
- a tally counts what frames were called, and those that may be guided.
"""

from __future__ import annotations

import numpy as np

from guidance.prediction import Prediction
from guidance.views import STANDARD_VIEWS, View
from models.clip_votes import same_view, same_window, tally


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

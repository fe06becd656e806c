"""Promises of the figures of walks:

- a walk is held at its first picture of enough quality, and that one's rightness counts, not a later one's;
- a threshold so high that nothing is held leaves nothing to be wrong; every share counts what its name says;
- walks are of every view alike, reproducible, the same however many processes do them, and led by the model: one that
  names nothing holds nothing.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np

from guidance.model import default_model_folder
from guidance.views import STANDARD_VIEWS
from models.walk_figures import PART, Walks, lead_walks, walk_figures

V = len(STANDARD_VIEWS)


def _walks(distance: list[list[float]], quality: list[list[float]]) -> Walks:
    return Walks(np.array(distance, np.float32), np.array(quality, np.float32))


WALKS = _walks(
    [[5.0, 1.1, 0.5], [0.9, 3.0, 3.0], [4.0, 2.0, 0.8], [6.0, 6.0, 6.0]],
    [[0.1, 0.65, 0.9], [0.85, 0.2, 0.2], [0.1, 0.3, 0.4], [0.0, 0.0, 0.0]],
)


def test_the_first_picture_of_enough_quality_counts() -> None:
    found = walk_figures(WALKS, 0.6)
    assert (found.walks, found.stops) == (4, 3)
    assert found.right == 0.25  # the first is held at 1.1, the second at 0.9, the others never
    assert found.began_right == 0.25
    assert found.ended_right == 0.5
    assert found.right_ci95 is not None
    assert found.right_ci95[0] < 0.25 < found.right_ci95[1]
    assert walk_figures(WALKS, 0.8).right == 0.5


def test_each_threshold_counts_what_its_name_says() -> None:
    points = {p.quality: p for p in walk_figures(WALKS, 0.6).holds}
    assert (points[0.6].held, points[0.6].right, points[0.6].wrong, points[0.6].nearly) == (
        0.5,
        0.25,
        0.5,
        0.0,
    )
    assert (points[0.8].held, points[0.8].right, points[0.8].wrong) == (0.5, 0.5, 0.0)
    assert (points[0.4].held, points[0.4].right) == (0.75, 0.5)
    strict = walk_figures(_walks([[0.5]], [[0.2]]), 0.6)
    assert all(math.isnan(p.wrong) and p.right == 0.0 for p in strict.holds if p.quality > 0.2)
    held = [p.held for p in walk_figures(WALKS, 0.6).holds]
    assert held == sorted(held, reverse=True)


def test_views_are_told_apart() -> None:
    distance, quality = np.full((2 * V, 1), 5.0, np.float32), np.ones((2 * V, 1), np.float32)
    distance[3] = 0.1
    found = walk_figures(Walks(distance, quality), 0.6).right_by_view
    assert list(found) == [str(v) for v in STANDARD_VIEWS]
    assert found[str(STANDARD_VIEWS[3])] == 0.5
    assert sum(found.values()) == 0.5


def test_walks_are_led_by_the_model(tmp_path: Path) -> None:
    heard: list[int] = []
    first = lead_walks(default_model_folder(), 2 * PART, 1, heard.append, seed=55_000_000, stops=2)
    assert first.distance.shape == (2 * PART, 2) == first.quality.shape
    assert heard == [PART, 2 * PART]
    assert (first.distance > 0).all()
    assert (first.quality > 0.05).any()
    second = lead_walks(default_model_folder(), PART, 1, seed=55_000_000 + PART, stops=2)
    np.testing.assert_array_equal(first.distance[PART:], second.distance)

    silent = tmp_path / "silent"
    shutil.copytree(default_model_folder(), silent)
    content = json.loads((silent / "model.json").read_text())
    content["hints"]["max_novelty"] = 0.0
    (silent / "model.json").write_text(json.dumps(content))
    assert not lead_walks(silent, PART, 1, seed=55_000_000, stops=2).quality.any()

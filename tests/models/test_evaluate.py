"""Promises of evaluation on virtual patients:

- figures are exact on answers that are known: perfect, useless, shifted; every part of them agrees with the others;
- what a model does not say is nan or None, and costs no other figure;
- the same model in one process or in several gives the same answers, frame for frame;
- structures are compared by name, whatever the model's order.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from tiny_model import STRUCTURES as TINY_STRUCTURES
from tiny_model import write_tiny_model

from guidance.manifest import Calibration, InputSpec, Manifest, OutputNames
from guidance.model import Model
from guidance.views import STANDARD_VIEWS
from models.answers import PART, Answers, answers, ask, known_structures
from models.dataset import SHARD, record_frames
from models.evaluate import evaluate_shards, virtual_figures
from models.figures.groups import groups_of_seeds
from models.figures.masks import overlap
from models.figures.strangeness import Look
from models.frames import SIZE
from models.labels import LANDMARKS
from models.phantom.tissue import STRUCTURES

RECORDS = record_frames(3, 400)
MANIFEST = Manifest(
    name="x",
    version="0",
    sha256="0" * 64,
    views=STANDARD_VIEWS,
    input=InputSpec(size=192),
    outputs=OutputNames(landmarks="landmarks"),
    calibration=Calibration(),
    training="none",
    intended_use="test",
    landmarks=LANDMARKS,
)


def perfect() -> dict[str, np.ndarray]:
    n = len(RECORDS)
    nearest = RECORDS["distance"].astype(np.float32).argmin(1)
    return {
        "view": np.eye(13, dtype=np.float32)[nearest],
        "quality": RECORDS["quality"].astype(np.float32),
        "adjustment": RECORDS["adjustment"].astype(np.float32),
        "adjustment_scale": np.full((n, 12, 5), 2.0, np.float32),
        "landmarks": np.nan_to_num(RECORDS["landmarks"].astype(np.float32)),
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


def test_the_parts_agree() -> None:
    raw = perfect()
    raw["adjustment"] = raw["adjustment"] + np.array([3, 3, 2, 2, 2], np.float32)
    raw["adjustment_scale"][..., 2:] = 0.5  # half widths of 1.15 degrees: too narrow for errors of 2
    raw["view"] = raw["view"] * 10.0  # sure enough for hints
    groups = groups_of_seeds({int(s) for s in RECORDS["patient"]})
    not_hearts = Look(np.array([0.1]), np.array([0.2]), np.array([False]))
    f = virtual_figures(MANIFEST, Answers(raw), RECORDS, groups, not_hearts)
    assert f.adjustment.pooled == pytest.approx(2.4, abs=0.02)
    assert f.coverage90 == (1.0, 1.0, 0.0, 0.0, 0.0)
    assert f.coverage.overall == pytest.approx(0.4)
    assert f.patients == 25
    assert sum(row.clear_frames for row in f.by_view) == f.clear_frames
    assert sum(row.pairs for row in f.by_view) == f.adjustment.pairs
    assert all(row.accuracy == 1.0 for row in f.by_view if row.clear_frames)
    for kind in f.by_group.values():
        assert sum(g.frames for g in kind.values()) == int((RECORDS["novelty"] < 0.5).sum())
        assert sum(g.pairs for g in kind.values()) == f.adjustment.pairs
    assert set(f.by_group) == {"sex", "bmi", "age", "function", "position", "chest", "condition"}
    assert f.worst_group["coverage90"] is not None
    assert f.worst_group["coverage90"].value == pytest.approx(0.4)
    assert f.foreshortening.error == pytest.approx(0.0)
    assert f.strangeness["drawn"].novelty_auroc == 1.0
    assert f.strangeness["real"].strangers == 1
    assert "mixed source" in f.strangeness["real"].on
    assert f.direction.hinted.errors > 0
    assert f.direction.hinted.share == 1.0


def test_what_a_model_does_not_say_is_unknown() -> None:
    raw = perfect()
    del raw["novelty"], raw["landmarks"]
    figures = virtual_figures(MANIFEST, Answers(raw), RECORDS)
    assert math.isnan(figures.novelty_auroc)
    assert math.isnan(figures.foreshortening.auc)
    assert math.isnan(figures.foreshortening.auc_landmarks)
    assert figures.structures is None
    assert figures.by_group == {}
    assert figures.worst_group == {"coverage90": None, "view_accuracy": None, "pooled_error": None}
    assert figures.view_accuracy == 1.0


def test_frames_without_anything_to_count() -> None:
    outliers = RECORDS[RECORDS["novelty"] > 0.5]
    raw = {role: a[RECORDS["novelty"] > 0.5] for role, a in perfect().items()}
    figures = asdict(virtual_figures(MANIFEST, Answers(raw), outliers))
    for name in ("view_accuracy", "pooled_error", "novelty_auroc", "quality_auc"):
        assert math.isnan(figures[name])
    assert math.isnan(figures["adjustment"]["pooled"])
    assert math.isnan(figures["direction"]["hinted"]["share"])
    assert math.isnan(figures["coverage"]["overall"])
    assert math.isnan(figures["foreshortening"]["auc"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return write_tiny_model(folder, size=SIZE, views=tuple(str(v) for v in STANDARD_VIEWS))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    np.save(folder / "shard_00000.npy", np.resize(RECORDS, SHARD))
    return folder


def test_several_processes_answer_as_one(model: Path, shards: Path) -> None:
    count = PART + 30
    heard: list[int] = []
    one = ask(model, shards, count, 1)
    two = ask(model, shards, count, 2, heard.append)
    assert len(one) == len(two) == count
    assert sorted(heard)[-1] == count
    assert one.raw.keys() == two.raw.keys()
    for role, rows in one.raw.items():
        np.testing.assert_array_equal(rows, two.raw[role])
    assert one.overlap is not None
    np.testing.assert_array_equal(one.overlap, two.overlap)


def test_structures_are_compared_by_name(model: Path) -> None:
    with Model.load(model) as loaded:
        assert known_structures(loaded.manifest) == tuple(n for n in STRUCTURES if n in TINY_STRUCTURES)
        got = answers(loaded, iter(RECORDS["image"][:3]), masks=RECORDS["structures"][:3])
        spec = loaded.manifest.input
        tensor = (RECORDS["image"][2].astype(np.float32)[None, None] / 255.0 - spec.mean) / spec.std
        logits = loaded.runtime.run(tensor.astype(np.float32))["structures"][0]
    assert got.overlap is not None
    for row, name in enumerate(n for n in STRUCTURES if n in TINY_STRUCTURES):
        mask = (RECORDS["structures"][2] == STRUCTURES.index(name) + 1).astype(np.uint8)
        expected = overlap(logits[[TINY_STRUCTURES.index(name)]], mask)[0]
        np.testing.assert_array_equal(got.overlap[2, row], expected)


def test_from_model_and_shards_to_figures(model: Path, shards: Path) -> None:
    figures = evaluate_shards(model, shards, 200)
    assert figures.frames == 200
    assert figures.structures is not None
    assert set(figures.structures.by_structure) == {"LV", "RV", "LA", "RA"}
    assert 0.0 <= figures.structures.mean <= 1.0
    assert figures.by_group["sex"]

"""Promises of ``train`` and ``calibrate confidence`` that need no PyTorch:

- a folder of frames serves only the patients that it was made for; training patients are none that tests use;
- calibration writes what it found into model.json and measures it on patients it was not fitted on;
- a model that cannot be compared with the virtual patient is a clear error, before any frame is drawn.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from commands import one_line, sonoguide
from tiny_model import write_tiny_model

from guidance.errors import InputError
from guidance.model import Model
from guidance.views import STANDARD_VIEWS
from models.answers import Answers
from models.dataset import SHARD, TEST_SEED, VALIDATION_SEED, generate, record_frames
from models.figures.tradeoff import CONFIDENCES, QUALITIES
from models.frames import SIZE
from models.scenes import EVEN, TEST
from ui.confidence import calibrate_model, hint_confidence, hold_quality
from ui.training import TrainOptions, train_student

COUNT = 200


def frames_of(folder: Path, seed: int) -> Path:
    """A folder as ``generate`` makes it, its one shard filled with few frames again and again."""
    folder.mkdir()
    np.save(folder / "shard_00000.npy", np.resize(FRAMES, SHARD))
    mix = asdict(TEST if seed == TEST_SEED else EVEN)
    (folder / "dataset.json").write_text(json.dumps({"seed": seed, "shard": SHARD, "size": SIZE, **mix}))
    return folder


FRAMES = record_frames(3, COUNT)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "model", size=SIZE, views=tuple(STANDARD_VIEWS))


def test_frames_of_other_patients_are_refused(tmp_path: Path) -> None:
    folder = frames_of(tmp_path / "data", 0)
    assert list(generate(folder, SHARD, seed=0, workers=1)) == []
    for spoil in (lambda: None, (folder / "dataset.json").unlink):
        spoil()
        with pytest.raises(InputError, match="other frames"):
            next(generate(folder, SHARD, seed=TEST_SEED, workers=1))


def test_frames_on_machines_of_training_are_no_test(tmp_path: Path) -> None:
    folder = frames_of(tmp_path / "data", TEST_SEED)
    assert list(generate(folder, SHARD, seed=TEST_SEED, workers=1, mix=TEST)) == []
    with pytest.raises(InputError, match="other frames"):
        next(generate(folder, SHARD, seed=TEST_SEED, workers=1))


def test_training_keeps_away_from_the_tests_patients(tmp_path: Path) -> None:
    for seed in (VALIDATION_SEED, TEST_SEED):
        with pytest.raises(InputError, match="kept for"):
            train_student(TrainOptions(tmp_path, tmp_path, 1, 0, 1, seed, 1, "cpu"))


def test_calibration_is_written_and_measured(tmp_path: Path, model: Path) -> None:
    data = frames_of(tmp_path / "validation", VALIDATION_SEED)
    found = calibrate_model(model, data, COUNT, 1)
    with Model.load(model) as loaded:
        written = loaded.manifest.calibration
    assert written.model_dump(mode="json") == found["calibration"]
    assert written.interval90_factor != (2.303,) * 5
    assert len(found["coverage90_other_half"]) == 5
    assert all(0.7 < share <= 1.0 for share in found["coverage90_other_half"])


def test_the_hold_is_chosen_by_its_risk(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = frames_of(tmp_path / "validation", VALIDATION_SEED)
    before = (model / "model.json").read_text()
    command = ["calibrate", "confidence", "--model", model, "--data", data, "--frames", COUNT, "--workers", 1]
    assert sonoguide(*command, "--hold-risk", 0.0) == 2
    assert "nothing was changed" in one_line(capsys)
    assert sonoguide(*command, "--hint-risk", 0.0) == 2
    assert "--hint-risk 0: at no confidence" in one_line(capsys)
    assert (model / "model.json").read_text() == before


def test_the_threshold_holds_what_it_promised_on_others(model: Path) -> None:
    records = np.resize(FRAMES, 4 * COUNT)
    records["patient"] = np.arange(len(records))
    distance = records["distance"].astype(np.float32)
    told = np.where(distance <= 1.0, 4.0, -4.0).astype(np.float32)  # a quality that is never wrong
    shape = (len(records), len(STANDARD_VIEWS), 5)
    raw = {
        "quality": told,
        "adjustment": np.zeros(shape, np.float32),
        "adjustment_scale": np.ones(shape, np.float32),
    }
    with Model.load(model) as loaded:
        quality, found = hold_quality(records, Answers(raw), loaded.manifest, 0.05)
    assert quality == QUALITIES[0]
    assert found["other_half"]["wrong"] == 0.0
    assert found["other_half"]["held"] > 0


def test_the_confidence_of_hints_keeps_its_promise_on_others(model: Path) -> None:
    """The signs of large errors are right, and sure; those of small ones are wrong, and less sure."""
    records = np.resize(FRAMES, 4 * COUNT)
    records["patient"] = np.arange(len(records))
    true = records["adjustment"].astype(np.float32)
    said = np.where(np.abs(true) > 12.0, true, -np.sign(true) * 10.5).astype(np.float32)
    raw = {
        "quality": np.zeros(said.shape[:2], np.float32),
        "adjustment": said,
        "adjustment_scale": np.full(said.shape, 5.0, np.float32),
    }
    with Model.load(model) as loaded:
        with pytest.raises(InputError, match="lead away"):
            hint_confidence(records, Answers({**raw, "adjustment": -true}), loaded.manifest, 0.05)
        confidence, found = hint_confidence(records, Answers(raw), loaded.manifest, 0.05)
        loose, _ = hint_confidence(records, Answers(raw), loaded.manifest, 1.0)
    assert loose == CONFIDENCES[0] < confidence
    assert found["other_half"]["wrong"] <= 0.05
    assert found["other_half"]["asked"] > 0


def test_a_model_of_other_views_is_refused_before_frames_are_drawn(
    tmp_path: Path, tiny_model_folder: Path
) -> None:
    data = tmp_path / "data"
    with pytest.raises(InputError, match="virtual patients"):
        calibrate_model(tiny_model_folder, data, COUNT, 1)
    assert not data.exists()

"""Promises of walks:

- a walk comes nearer to its view than it began, in most cases, as the model that comes along leads it; led the other
  way it does not;
- labels are true of where the probe is; in training a machine of its own shows each stop, in figures one machine all;
- walks are reproducible, and other walks than those of other patients;
- of a folder with a guide every second shard is of walks; it is told from one without and from one of another guide;
- a model that states no adjustments cannot lead: one line, and nothing is written.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guidance.errors import InputError
from guidance.model import Model, default_model_folder
from guidance.prediction import Prediction
from guidance.views import STANDARD_VIEWS, View
from models import dataset, walks
from models.dataset import RECORD, generate, record_walks, shard_paths
from models.frames import LabelledFrame
from models.phantom.patient import sample_patient
from models.scenes import CLEAR, EVEN, FrameMix
from models.walks import LENGTH, WALKS, draw_walk, lead, walk_frames

HALF_CLEAR = FrameMix(clear_share=0.5)


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model.load(default_model_folder(), runtime="cpu") as loaded:
        yield loaded


class _Contrary(Model):
    """The model, but it states the opposite of each way."""

    def __init__(self, model: Model) -> None:
        super().__init__(model.manifest, model.runtime)

    def predict(self, *args: Any) -> Prediction:
        said = super().predict(*args)
        assert said.adjustment is not None
        return replace(said, adjustment=-said.adjustment)


def _walk(model: Model, seed: int) -> list[LabelledFrame]:
    rng = np.random.default_rng(seed)
    return draw_walk(model, sample_patient(rng), seed, rng, CLEAR)


def _nearer(model: Model, seeds: range, monkeypatch: pytest.MonkeyPatch) -> float:
    """Share of walks that end nearer to their view than they began."""
    nearer = []
    for seed in seeds:
        with monkeypatch.context() as patch:
            view = STANDARD_VIEWS[seed % len(STANDARD_VIEWS)]
            patch.setattr(walks, "home_view", lambda _rng, _share, view=view: view)
            frames = _walk(model, seed)
        way = [float(np.abs(f.labels.adjustment[STANDARD_VIEWS.index(view)]).sum()) for f in frames]
        nearer.append(np.mean(way[-2:]) < way[0])
    return float(np.mean(nearer))


def test_most_walks_come_nearer_as_they_are_led(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    led = _nearer(model, range(24), monkeypatch)
    misled = _nearer(_Contrary(model), range(12), monkeypatch)
    assert led >= 0.7
    assert misled <= 0.4


def test_labels_follow_the_probe(model: Model) -> None:
    frames = _walk(model, 5)
    assert len(frames) == LENGTH
    assert {f.careful for f in frames} == {True}
    assert {f.patient for f in frames} == {5}
    poses = {f.labels.adjustment.tobytes() for f in frames}
    assert len(poses) == LENGTH
    assert len({f.image.tobytes() for f in frames}) == LENGTH
    assert all(f.labels.novelty == 0.0 for f in frames)


def _careful(model: Model, seed: int, *, one_machine: bool) -> set[bool]:
    """How the pictures of a walk are taken; each machine is drawn with that."""
    patient = sample_patient(np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    stops = lead(model, patient, seed, View.A4C, rng, HALF_CLEAR, 6, one_machine=one_machine)
    return {stop.frame.careful for stop in stops}


def test_training_shows_each_stop_by_another_machine(model: Model) -> None:
    drawn = [
        {
            f.careful
            for f in draw_walk(
                model, sample_patient(np.random.default_rng(k)), k, np.random.default_rng(k), HALF_CLEAR
            )
        }
        for k in range(4)
    ]
    assert {True, False} in drawn
    assert any(_careful(model, k, one_machine=False) == {True, False} for k in range(4))
    steady = [_careful(model, k, one_machine=True) for k in range(6)]
    assert all(len(kinds) == 1 for kinds in steady)
    assert {True} in steady
    assert {False} in steady


def test_walks_can_be_repeated(model: Model) -> None:
    per_patient = LENGTH * WALKS
    a = list(walk_frames(model, 40, per_patient + 3))
    assert len(a) == per_patient + 3
    assert [f.patient for f in a] == [40] * per_patient + [41] * 3
    b = record_walks(default_model_folder(), 40, per_patient + 3, EVEN)
    again = record_walks(default_model_folder(), 40, per_patient + 3, EVEN)
    np.testing.assert_array_equal(b, again)
    other = record_walks(default_model_folder(), 41, 3, EVEN)
    assert other.dtype == RECORD
    np.testing.assert_array_equal(other["image"], b["image"][-3:])


def _here(
    write: Callable[..., Path], todo: Sequence[tuple[Path, tuple[Any, ...]]], _workers: int, _renderer: str
) -> Iterator[Path]:
    """In place of processes, which would not know of smaller shards."""
    for path, arguments in todo:
        if not path.exists():
            yield write(*arguments)


def test_every_second_shard_is_of_walks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SHARD", 6)
    monkeypatch.setattr(dataset, "_in_processes", _here)
    guide = tmp_path / "guide"
    shutil.copytree(default_model_folder(), guide)
    folder = tmp_path / "data"
    made = list(generate(folder, 18, seed=70, guide=guide))
    assert sorted(made) == shard_paths(folder, 3)
    plain, walked = (np.load(path) for path in shard_paths(folder, 2))
    for name in ("image", "adjustment"):
        np.testing.assert_array_equal(plain[name], dataset.record_frames(70, 6)[name])
        np.testing.assert_array_equal(walked[name], record_walks(guide, 71, 6)[name])
    assert list(generate(folder, 18, seed=70, guide=guide)) == []
    with pytest.raises(InputError, match="other frames"):
        next(generate(folder, 18, seed=70))

    content = json.loads((guide / "model.json").read_text())
    assert content["sha256"] == json.loads((folder / "dataset.json").read_text())["guide"]


def test_a_model_without_adjustments_cannot_lead(tmp_path: Path) -> None:
    guide = tmp_path / "guide"
    shutil.copytree(default_model_folder(), guide)
    place = guide / "model.json"
    content = json.loads(place.read_text())
    for name in ("adjustment", "adjustment_scale"):
        content["outputs"].pop(name)
    place.write_text(json.dumps(content))
    with pytest.raises(InputError, match="cannot lead the probe") as told:
        next(generate(tmp_path / "data", 1024, guide=guide))
    assert "\n" not in str(told.value)
    assert not (tmp_path / "data").exists()

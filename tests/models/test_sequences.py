"""Promises of trajectories and sequences:

- a wandering probe stays on the skin, moves no faster than a hand does, rests in between, and comes nearer to its
  target in most cases; the same seed gives the same way;
- a sequence shows one patient on one machine: marks stay, the heart beats, labels follow the pose frame by frame;
- sequences are reproducible, and their shards can be continued and are told from shards of frames.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from guidance.errors import InputError
from guidance.probe import adjustment_between, pose_distance
from guidance.views import STANDARD_VIEWS, View
from models.dataset import RECORD, SEQUENCE_SHARD, Shards, generate, generate_sequences, open_sequences
from models.phantom.patient import sample_patient
from models.phantom.targets import view_targets
from models.phantom.thorax import skin_z
from models.scenes import FrameMix
from models.sequences import LENGTH, STEP_S, draw_sequence, sequences
from models.trajectories import Habits, start_near, wander

TIMES = np.arange(40) * STEP_S


def _way(seed: int, habits: Habits | None = None):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    patient = sample_patient(rng)
    target = view_targets(patient)[View.A4C].pose
    start = start_near(patient, target, rng)
    return patient, target, wander(patient, start, lambda _: target, TIMES, rng, habits)


def test_the_probe_stays_on_the_skin_and_moves_like_a_hand() -> None:
    for seed in range(6):
        patient, _, poses = _way(seed)
        assert len(poses) == len(TIMES)
        for a, b in pairwise(poses):
            assert b.position[2] == pytest.approx(
                float(skin_z(patient, b.position[0], b.position[1])), abs=1e-6
            )
            mm, deg = pose_distance(a, b)
            assert mm < 30.0, "no more than one movement in a fifth of a second"
            assert deg < 30.0


def test_it_rests_and_moves() -> None:
    calm = Habits(tremor=0.0)
    ways = [_way(seed, calm)[2] for seed in range(6)]
    steps = np.array([sum(pose_distance(a, b)) for poses in ways for a, b in pairwise(poses)])
    assert 0.3 < (steps < 1e-6).mean() < 0.95
    assert (steps > 2.0).any()


def test_most_ways_lead_towards_the_target() -> None:
    nearer = 0
    for seed in range(20):
        _, target, poses = _way(seed, Habits(towards=0.85, free=0.0))
        first, last = (
            float(np.abs(adjustment_between(p, target).as_array()).sum()) for p in (poses[0], poses[-1])
        )
        nearer += last < first
    assert nearer >= 14


def test_the_same_seed_gives_the_same_way() -> None:
    *_, one = _way(3)
    *_, two = _way(3)
    assert all(np.array_equal(a.position, b.position) for a, b in zip(one, two, strict=True))


def test_a_sequence_is_one_patient_on_one_machine() -> None:
    rng = np.random.default_rng(4)
    frames = draw_sequence(sample_patient(rng), 4, rng)
    assert len(frames) == LENGTH
    assert {f.patient for f in frames} == {4}
    inside = np.stack([f.image > 12 for f in frames])
    assert (inside.mean((1, 2)) > 0.05).all()
    assert any(not np.array_equal(frames[0].image, f.image) for f in frames[1:]), "the heart beats"
    a = np.stack([f.labels.adjustment for f in frames])
    assert np.abs(np.diff(a, axis=0)).max() > 0.05, "labels follow the pose"
    nearest = STANDARD_VIEWS[int(frames[0].labels.distance.argmin())]
    assert nearest in STANDARD_VIEWS


def test_sequences_are_reproducible_and_of_their_own_patients() -> None:
    (one,), (two,) = list(sequences(11, 1)), list(sequences(11, 1))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, two, strict=True))
    assert one[0].patient == 11


def test_shards_of_sequences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.dataset.SEQUENCE_SHARD", 2)
    folder = tmp_path / "sequences"
    assert len(list(generate_sequences(folder, 3, seed=5, workers=1))) == 2
    assert list(generate_sequences(folder, 3, seed=5, workers=1)) == [], "what is there is kept"
    found = open_sequences(folder)
    assert found.shape == (4, LENGTH)
    assert found.dtype == RECORD
    assert found["patient"][:, 0].tolist() == [5, 6, 7, 8]
    with pytest.raises(InputError, match="choose another folder"):
        list(generate_sequences(folder, 3, seed=6, workers=1))
    with pytest.raises(InputError, match="choose another folder"):
        list(generate(folder, 10, seed=5, workers=1, mix=FrameMix()))
    with pytest.raises(InputError, match="no sequences"):
        open_sequences(tmp_path / "nothing")
    assert SEQUENCE_SHARD > 2


def test_frames_are_no_sequences(tmp_path: Path) -> None:
    np.save(tmp_path / "shard_00000.npy", np.zeros(8, dtype=RECORD))
    assert len(Shards.open(tmp_path)) == 8
    with pytest.raises(InputError, match="another version"):
        open_sequences(tmp_path)

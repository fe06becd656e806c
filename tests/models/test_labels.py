"""Promises of labels and training frames:

- at a target the label is that view with good quality and no adjustment; far off it is OTHER;
- the adjustment label leads back to the target; its weight falls with distance;
- no contact, a bad setting or a shadow spoil their own facet and the quality;
- outliers are OTHER, novel, and vary; a seed gives the same frames; records keep them whole.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from guidance.probe import Adjustment, Pose, adjusted, adjustment_between
from guidance.views import STANDARD_VIEWS, View
from models.dataset import RECORD, Shards, record_frames
from models.frames import MASK_SIZE, SIZE, frames
from models.labels import LANDMARKS, Labels, label_frame, outlier_labels
from models.outliers import outlier
from models.phantom.anatomy import Body
from models.phantom.beamform import Beamformer
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Patient
from models.phantom.style import MachineStyle
from models.phantom.targets import view_targets
from models.scenes import CLEAR

MEAN = Patient.mean()
TARGETS = view_targets(MEAN)


def labels_at(pose: Pose, *, press: float = 0.8, **style: float) -> Labels:
    machine = replace(MachineStyle(), **style)
    image = Beamformer(machine, 96, 256).draw(
        Body.at(MEAN, 0.5, 0.0), pose, np.random.default_rng(0), press=press
    )
    return label_frame(pose, image, machine, TARGETS, landmarks(MEAN))


@pytest.mark.parametrize("view", [View.PLAX, View.PSAX_PM, View.A4C, View.A2C, View.SC4C, View.SC_IVC])
def test_at_the_target(view: View) -> None:
    label = labels_at(TARGETS[view].pose)
    k = STANDARD_VIEWS.index(view)
    assert int(label.view.argmax()) == k
    assert label.view.sum() == pytest.approx(1.0, abs=1e-5)
    assert label.quality[k] > 0.6
    assert label.facets[1] > 0.9
    np.testing.assert_allclose(label.adjustment[k], 0.0, atol=1e-4)
    assert label.landmarks.shape == (len(LANDMARKS), 3)


def test_far_off_is_other_and_the_way_back_is_right() -> None:
    pose = adjusted(TARGETS[View.A4C].pose, Adjustment(10, -30, 30, 5, 25))
    label = labels_at(pose)
    assert int(label.view.argmax()) == len(STANDARD_VIEWS)
    k = STANDARD_VIEWS.index(View.A4C)
    back = adjustment_between(pose, TARGETS[View.A4C].pose)
    np.testing.assert_allclose(label.adjustment[k], back.as_array(), atol=1e-3)
    assert label.weight[k] < labels_at(TARGETS[View.A4C].pose).weight[k]


def test_each_fault_spoils_its_facet() -> None:
    pose = TARGETS[View.A4C].pose
    k = STANDARD_VIEWS.index(View.A4C)
    good = labels_at(pose)
    lifted, dark, shallow = (
        labels_at(pose, press=0.1),
        labels_at(pose, gain_db=-20.0),
        labels_at(pose, depth_mm=100.0),
    )
    assert lifted.facets[2] < 0.3 < good.facets[2]
    assert dark.facets[3] < 0.3 < good.facets[3]
    assert shallow.facets[3] < good.facets[3]
    assert max(lifted.quality[k], dark.quality[k], shallow.quality[k]) < 0.7 * good.quality[k]


def test_outliers_are_other_and_vary() -> None:
    mask = np.ones((SIZE, SIZE), dtype=bool)
    rng = np.random.default_rng(3)
    pictures = [outlier(rng, SIZE, mask) for _ in range(24)]
    assert len({p.tobytes() for p in pictures}) == 24
    assert all(p.shape == (SIZE, SIZE) and p.dtype == np.uint8 for p in pictures)
    label = outlier_labels()
    assert label.view[-1] == 1.0
    assert label.novelty == 1.0
    assert label.weight.sum() == 0.0


def test_frames_are_reproducible_and_varied() -> None:
    first, again = list(frames(21, 20, per_patient=10)), list(frames(21, 20, per_patient=10))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.labels.adjustment, b.labels.adjustment)
        assert a.image.shape == (SIZE, SIZE)
        assert a.structures.shape == (MASK_SIZE, MASK_SIZE)
    assert {f.patient for f in first} == {21, 22}
    assert len({int(f.labels.view.argmax()) for f in first}) >= 4


def test_records_keep_frames_whole(tmp_path: Path) -> None:
    records = record_frames(5, 6)
    direct = list(frames(5, 6))
    assert records.dtype == RECORD
    np.testing.assert_array_equal(records["image"][4], direct[4].image)
    np.testing.assert_allclose(records["quality"][4], direct[4].labels.quality, atol=2e-3)
    assert not records["careful"].any()
    careful = record_frames(5, 16, CLEAR)
    np.testing.assert_array_equal(careful["careful"], careful["novelty"] < 0.5)
    np.save(tmp_path / "shard_00000.npy", records)
    shards = Shards.open(tmp_path)
    np.testing.assert_array_equal(shards.take([3, 1])["image"], records["image"][[3, 1]])

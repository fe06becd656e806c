"""Promises of other organs:

- every kind is drawn, of more than one tissue, reproducibly, and another time differently;
- kinds that training shows and kinds kept for tests share nothing, and together are all;
- an organ goes through the same machine as a heart: its picture is in the same sector and grey levels.
"""

from __future__ import annotations

import numpy as np
import pytest

from models.phantom.organs import HELD_OUT, KNOWN, Organ, look_at_organ
from models.phantom.tissue import Tissue

X, Z = np.meshgrid(
    np.linspace(-60, 60, 96, dtype=np.float32), np.linspace(0.5, 150, 200, dtype=np.float32), indexing="ij"
)


@pytest.mark.parametrize("organ", Organ)
def test_every_kind_is_a_scene(organ: Organ) -> None:
    one = look_at_organ(organ, np.random.default_rng(3), X, Z, 5)
    same = look_at_organ(organ, np.random.default_rng(3), X, Z, 5)
    other = look_at_organ(organ, np.random.default_rng(4), X, Z, 5)
    assert one.label.shape == X.shape
    assert len(np.unique(one.label)) >= 3
    assert one.label.min() >= 0
    assert one.label.max() < len(Tissue)
    assert np.array_equal(one.label, same.label)
    assert not np.array_equal(one.label, other.label)


def test_training_and_tests_share_no_kind() -> None:
    assert not set(KNOWN) & set(HELD_OUT)
    assert set(KNOWN) | set(HELD_OUT) == set(Organ)


def test_a_kidney_and_an_eye_have_their_parts() -> None:
    kidney = look_at_organ(Organ.KIDNEY, np.random.default_rng(0), X, Z, 5).label
    assert {int(Tissue.FAT), int(Tissue.MUSCLE), int(Tissue.PERICARDIUM)} <= set(np.unique(kidney).tolist())
    eye = look_at_organ(Organ.EYE, np.random.default_rng(0), X, Z, 5).label
    assert (eye == int(Tissue.EFFUSION)).mean() > 0.02, "the vitreous is without echoes"

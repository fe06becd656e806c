"""Augmentation: other machines, the same echoes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.augment import (
    AS_DRAWN,
    CAREFUL_AS_DRAWN,
    SCRAMBLED,
    Image,
    augment,
    recompressed,
    refiltered,
    reframed,
    regraded,
    relit,
    retextured,
    scramble,
    torn,
)
from models.dataset import RECORD
from models.frames import MASK_SIZE, SIZE


def sector() -> Image:
    """A bright sector with a dark hole, black outside."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    inside = (np.abs(x - 0.5) < 0.75 * y) & (np.hypot(x - 0.5, y) < 0.95)
    hole = np.hypot(x - 0.5, y - 0.5) < 0.15
    return np.where(inside, np.where(hole, 40, 150), 0).astype(np.uint8)


@pytest.mark.parametrize(("careful", "as_drawn"), [(False, AS_DRAWN), (True, CAREFUL_AS_DRAWN)])
def test_labels_stay_and_pictures_change(careful: bool, as_drawn: float) -> None:
    batch = np.zeros(200, dtype=RECORD)
    batch["image"], batch["landmarks"], batch["view"], batch["careful"] = sector(), 3.0, 0.25, careful
    before = batch.copy()
    augment(batch, np.random.default_rng(0))
    changed = [bool((a != b).any()) for a, b in zip(batch["image"], before["image"], strict=True)]
    assert abs(np.mean(changed) - (1.0 - as_drawn)) < 0.1
    kept = batch["novelty"] < 0.5
    assert 0 < (~kept).sum() < 4 * SCRAMBLED * len(batch)
    for name in set(RECORD.names or ()) - {"image", "structures"}:
        assert (batch[name][kept] == before[name][kept]).all(), name


def test_same_generator_same_pictures() -> None:
    batch = np.zeros(6, dtype=RECORD)
    batch["image"] = sector()
    other = batch.copy()
    augment(batch, np.random.default_rng(5))
    augment(other, np.random.default_rng(5))
    assert (batch["image"] == other["image"]).all()


@pytest.mark.parametrize("change", [refiltered, retextured, relit, regraded, recompressed, torn])
def test_pictures_keep_their_shape(change: Callable[[Image, np.random.Generator], Image]) -> None:
    for seed in range(8):
        out = change(sector(), np.random.default_rng(seed))
        assert out.shape == (SIZE, SIZE)
        assert out.dtype == np.uint8


@pytest.mark.parametrize("change", [relit, regraded, retextured])
def test_outside_the_sector_stays_black(change: Callable[[Image, np.random.Generator], Image]) -> None:
    for seed in range(8):
        assert not change(sector(), np.random.default_rng(seed))[sector() == 0].any()


def test_masks_move_with_the_picture() -> None:
    size, step = SIZE, SIZE // MASK_SIZE
    image = np.zeros((size, size), np.uint8)
    image[64:112, 72:120] = 200
    structures = (image[step // 2 :: step, step // 2 :: step] > 0).astype(np.uint8)
    for seed in range(12):
        moved, masks = reframed(image, structures, np.random.default_rng(seed))
        if not moved.any():
            continue
        small = moved[step // 2 :: step, step // 2 :: step] > 100
        assert (small != (masks > 0)).mean() < 0.06


def test_a_torn_heart_is_labelled_as_none() -> None:
    row = np.zeros(1, dtype=RECORD)[0]
    row["image"], row["view"][4], row["quality"], row["structures"] = sector(), 1.0, 0.9, 2
    rng = np.random.default_rng(3)
    scramble(row, rng)
    assert row["novelty"] == 1.0
    assert row["view"][-1] == 1.0
    assert row["view"].sum() == 1.0
    assert not row["structures"].any()
    assert not row["weight"].any()
    assert (row["image"] != sector()).mean() > 0.05


def test_an_empty_picture_can_be_torn() -> None:
    for seed in range(10):
        assert not torn(np.zeros((SIZE, SIZE), np.uint8), np.random.default_rng(seed)).any()

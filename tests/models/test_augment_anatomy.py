"""Promises of the variation of anatomy:

- a tint changes the grey of a structure as a whole, leaves its speckle, and nothing outside the sector;
- a bend moves masks with the picture, and neither on the whole;
- the same generator gives the same pictures.
"""

from __future__ import annotations

import numpy as np

from models.augment_anatomy import BEND, TINT, bent, retinted
from models.frames import MASK_SIZE, SIZE

STEP = SIZE // MASK_SIZE


def _two_chambers() -> tuple[np.ndarray, np.ndarray]:
    """A speckled picture, black at its left edge, with two square structures, and their labels."""
    rng = np.random.default_rng(1)
    image = rng.integers(90, 160, (SIZE, SIZE)).astype(np.uint8)
    image[:, :24] = 0
    structures = np.zeros((MASK_SIZE, MASK_SIZE), np.uint8)
    structures[10:22, 14:26], structures[26:38, 14:26] = 1, 2
    return image, structures


def test_a_tint_changes_structures_as_a_whole() -> None:
    image, structures = _two_chambers()
    inner = {label: np.kron(_eroded(structures == label), np.ones((STEP, STEP), bool)) for label in (1, 2)}
    changes = []
    for seed in range(40):
        out = retinted(image, structures, np.random.default_rng(seed))
        assert not out[image == 0].any()
        change = out.astype(int) - image
        for where in inner.values():
            assert np.ptp(change[where]) <= 1
        changes.append([change[where].mean() for where in inner.values()])
    one, two = np.array(changes).T
    assert 0.6 * TINT < one.std() < 1.5 * TINT
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.5


def _eroded(mask: np.ndarray) -> np.ndarray:
    inner = mask.copy()
    for axis in (0, 1):
        inner &= np.roll(mask, 1, axis) & np.roll(mask, -1, axis)
    return inner


def test_a_bend_moves_masks_with_the_picture() -> None:
    image = np.zeros((SIZE, SIZE), np.uint8)
    image[64:128, 60:132] = 200
    structures = (image[STEP // 2 :: STEP, STEP // 2 :: STEP] > 0).astype(np.uint8)
    moved_by, changed = [], 0
    for seed in range(40):
        out, masks = bent(image, structures, np.random.default_rng(seed))
        small = out[STEP // 2 :: STEP, STEP // 2 :: STEP] > 100
        assert (small != (masks > 0)).mean() < 0.04
        assert set(np.unique(masks)) <= {0, 1}
        changed += bool((out != image).any())
        y, x = np.nonzero(out > 100)
        moved_by.append([y.mean() - 95.5, x.mean() - 95.5])
    assert changed == 40
    assert np.abs(np.mean(moved_by, 0)).max() < 0.01 * SIZE
    assert np.std(moved_by, 0).max() < BEND * SIZE


def test_same_generator_same_pictures() -> None:
    image, structures = _two_chambers()
    for seed in range(3):
        one, other = (bent(image, structures, np.random.default_rng(seed)) for _ in range(2))
        assert (one[0] == other[0]).all()
        assert (one[1] == other[1]).all()
        tints = [retinted(image, structures, np.random.default_rng(seed)) for _ in range(2)]
        assert (tints[0] == tints[1]).all()

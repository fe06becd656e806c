"""Promises of the structure figures: Dice as defined, of pixels counted frame by frame, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.figures.masks import MIN_PIXELS, dice, dice_figures, overlap


def test_overlap_and_dice_by_hand() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[0] = 1  # four pixels of the first structure, none of the second
    logits = np.full((2, 4, 4), -1.0)
    logits[0, :2, :2] = 3.0  # two of them, and two beside
    logits[1, 3, 3] = 0.5
    counts = overlap(logits, mask)
    assert counts.tolist() == [[2, 4, 4], [0, 1, 0]]
    assert dice(counts) == pytest.approx([0.5, 0.0])
    assert math.isnan(dice(np.array([0, 0, 0])))


def test_a_finer_network_is_brought_to_the_size_of_the_masks() -> None:
    mask = np.kron(np.array([[1, 0], [0, 1]], np.uint8), np.ones((4, 4), np.uint8))
    finer = np.kron(np.where(mask == 1, 5.0, -5.0), np.ones((2, 2)))[None]
    assert overlap(finer, mask).tolist() == [[32, 32, 32]]


def test_outliers_do_not_count_and_grazed_structures_only_in_the_pool() -> None:
    large, small = MIN_PIXELS, MIN_PIXELS - 1
    counts = np.array([[[large, large, large]], [[0, 10, small]], [[0, 500, 0]]], dtype=np.int32)
    figures = dice_figures(["LV"], counts, np.array([True, True, False]))
    assert figures.by_frame["LV"] == 1.0
    assert figures.frames["LV"] == 1
    assert figures.by_structure["LV"] == pytest.approx(2 * large / (large + 10 + large + small))
    assert figures.mean == figures.by_structure["LV"]


def test_a_structure_that_never_occurs_is_unknown() -> None:
    figures = dice_figures(["LV", "RV"], np.array([[[30, 30, 30], [0, 0, 0]]], np.int32), np.array([True]))
    assert math.isnan(figures.by_structure["RV"])
    assert figures.mean == 1.0
    assert figures.by_frame_mean == 1.0

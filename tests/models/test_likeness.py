"""Likeness statistics on pictures whose statistics are known, and on virtual frames."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.likeness import half_width, side_by_side, statistics, summary, virtual_pictures

SIZE = 192


def noise(sigma_x: float, sigma_y: float, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Grey texture of a known correlation: a Gaussian of sigma gives one of sigma * sqrt(2)."""
    white = np.random.default_rng(seed).normal(size=(SIZE, SIZE))
    soft = cv2.GaussianBlur(white, (0, 0), sigmaX=sigma_x, sigmaY=sigma_y)
    return np.clip(128 + 30 * soft / soft.std(), 4, 255).astype(np.uint8)


def test_half_width_between_samples() -> None:
    assert half_width(np.array([1.0, 0.75, 0.25, 0.0])) == pytest.approx(1.5)
    assert half_width(np.ones(8)) == 8.0


def test_speckle_size_is_found_along_each_axis() -> None:
    found = statistics(noise(1.5, 1.0))
    hwhm = np.sqrt(2.0 * np.log(2.0)) * np.sqrt(2.0)
    assert found["speckle_x"] == pytest.approx(1.5 * hwhm, rel=0.2)
    assert found["speckle_y"] == pytest.approx(1.0 * hwhm, rel=0.2)


def test_black_and_quantiles_count_the_sector_only() -> None:
    picture = np.zeros((SIZE, SIZE), np.uint8)
    picture[20:180, 40:150] = 102
    picture[60:63, 60:63] = 0  # a hole is of the sector
    found = statistics(picture)
    assert found["black"] == pytest.approx(9 / (160 * 110))
    assert found["p50"] == pytest.approx(0.4)
    assert found["near"] == pytest.approx(1.0, abs=0.01)


def test_a_dark_far_field_shows() -> None:
    picture = np.full((SIZE, SIZE), 120, np.uint8)
    picture[128:] = 40
    assert statistics(picture)["far"] == pytest.approx(1 / 3, abs=0.02)


def test_nothing_in_the_picture_is_left_out() -> None:
    empty = np.zeros((SIZE, SIZE), np.uint8)
    with pytest.raises(ValueError, match="nothing"):
        statistics(empty)
    assert summary([empty]) == {}
    assert summary([empty, noise(1, 1)]) == summary([noise(1, 1)])


def test_virtual_pictures_carry_the_view_that_they_show() -> None:
    found = list(virtual_pictures(32))
    assert 0 < len(found) < 32
    sheet = side_by_side(found * 2, found * 2)
    assert sheet.ndim == 2
    assert sheet.shape[1] == 4 * 288

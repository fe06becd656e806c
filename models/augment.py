"""Augmentation while training: the same echoes as another machine, video chain and crop would show them.

What is drawn anew costs less than a millisecond a frame, where a new frame of the virtual patient costs sixteen. All
of it is drawn from broad ranges on purpose (domain randomisation, Tobin et al. 2017, arXiv:1703.06907): nothing is
fitted to real pictures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
AS_DRAWN = 0.3
"""Share of frames that stay as the virtual patient's renderer drew them."""
_LEVELS = np.linspace(0.0, 1.0, 256)


def augment(batch: NDArray[Any], rng: np.random.Generator) -> None:
    """Vary ``image`` and, where it moves, ``structures`` of ``batch`` (:data:`models.dataset.RECORD`) in place.

    Some frames stay as they are. Adjustments and landmarks always do: a zoom is another depth, which no network can
    read from the picture alone.
    """
    for row in batch:
        if rng.random() < AS_DRAWN:
            continue
        image = row["image"]
        if rng.random() < 0.5:
            image, row["structures"] = reframed(image, row["structures"], rng)
        if rng.random() < 0.45:
            image = refiltered(image, rng)
        if rng.random() < 0.5:
            image = relit(image, rng)
        image = regraded(image, rng)
        if rng.random() < 0.2:
            image = recompressed(image, rng)
        row["image"] = image


def reframed(image: Image, structures: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """Another crop: zoomed by -10 to +18 %, shifted by 4 %, a few per cent out of proportion, perhaps cut short."""
    size, small = image.shape[0], structures.shape[0]
    zoom, stretch = rng.uniform(0.9, 1.18), np.exp(rng.normal(0.0, 0.03))
    dx, dy = rng.normal(0.0, 0.02, 2)
    matrix = np.array(
        [
            [zoom * stretch, 0.0, (0.5 + dx - 0.5 * zoom * stretch) * size],
            [0.0, zoom / stretch, (dy + 0.02 - 0.02 * zoom / stretch) * size],
        ]
    )
    moved = np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR), np.uint8)
    shrunk = matrix * [1.0, 1.0, small / size]
    masks = np.asarray(cv2.warpAffine(structures, shrunk, (small, small), flags=cv2.INTER_NEAREST), np.uint8)
    if rng.random() < 0.3:
        moved[int(rng.uniform(0.78, 1.0) * size) :] = 0
    if rng.random() < 0.3:
        left, right = rng.uniform(0.0, 0.25, 2) * size
        moved[:, : int(left)] = 0
        moved[:, size - int(right) :] = 0
    return moved, masks


def refiltered(image: Image, rng: np.random.Generator) -> Image:
    """Smoother, sharper, despeckled or of coarser pixels."""
    kind = rng.integers(5)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.5))), np.uint8)
    if kind == 1:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        return np.asarray(cv2.addWeighted(image, 1.7, soft, -0.7, 0.0), np.uint8)
    if kind == 2:
        return np.asarray(cv2.medianBlur(image, 3 if rng.random() < 0.5 else 5), np.uint8)
    if kind == 3:
        return np.asarray(cv2.bilateralFilter(image, 5, float(rng.uniform(20, 70)), 2.0), np.uint8)
    size = image.shape[0]
    side = int(rng.integers(80, 160))
    coarse = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def relit(image: Image, rng: np.random.Generator) -> Image:
    """Gain that varies over the sector: TGC, weak near field, lost edges, patches of drop-out.

    Grey is about logarithmic, so a loss is a difference of grey levels.
    """
    size = image.shape[0]
    change = np.asarray(
        cv2.resize(_field(rng, 22.0), (size, size), interpolation=cv2.INTER_CUBIC), np.float32
    )
    depth, angle = _polar(size)
    if rng.random() < 0.5:
        change += np.float32(rng.uniform(-110, 20)) * np.exp(-depth / np.float32(rng.uniform(0.08, 0.35)))
    if rng.random() < 0.5:
        change += (
            np.float32(rng.uniform(-140, 0)) * np.clip(angle + np.float32(rng.uniform(-0.5, 0.5)), 0, 2) ** 2
        )
        change += (
            np.float32(rng.uniform(-140, 0)) * np.clip(-angle + np.float32(rng.uniform(-0.5, 0.5)), 0, 2) ** 2
        )
    if rng.random() < 0.35:
        patches = cv2.resize(_field(rng, 1.0, 9), (size, size), interpolation=cv2.INTER_CUBIC)
        change -= np.float32(rng.uniform(20, 80)) * np.clip(patches - 0.8, 0.0, 1.0)
    return np.where(image > 0, np.clip(image + change, 0, 255), 0).astype(np.uint8)


def _field(rng: np.random.Generator, spread: float, side: int = 5) -> NDArray[np.float32]:
    return rng.normal(0.0, spread, (side, side)).astype(np.float32)


@lru_cache(maxsize=4)
def _polar(size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Depth (1 = bottom) and angle (1 = about the sector's edge) of each pixel of the canonical crop."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size)
    return y, np.arctan2(x - np.float32(0.5), y + np.float32(0.05)) / np.float32(0.75)


def regraded(image: Image, rng: np.random.Generator) -> Image:
    """Another gain, dynamic range and grey map; blood falls to black or lies in haze."""
    offset = rng.uniform(-0.28, 0.08) if rng.random() < 0.6 else rng.normal(0.0, 0.03)
    x = np.clip((_LEVELS + offset) * rng.uniform(0.8, 1.45), 0.0, 1.0) ** rng.uniform(0.7, 1.5)
    if rng.random() < 0.3:
        middle, steep = rng.uniform(0.25, 0.55), rng.uniform(4.0, 10.0)
        s = 1.0 / (1.0 + np.exp(-steep * (x - middle)))
        x = (s - s[0]) / (s[-1] - s[0])
    table = np.clip(x * rng.uniform(0.7, 1.2) * 255.0, 0, 255).astype(np.uint8)
    return np.where(image > 0, table[image], 0).astype(np.uint8)


def recompressed(image: Image, rng: np.random.Generator) -> Image:
    """Through JPEG at a quality of 20 to 70."""
    done, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 70))])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8) if done else image

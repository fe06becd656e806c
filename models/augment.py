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

from models.augment_anatomy import bent, retinted
from models.labels import outlier_labels

Image = NDArray[np.uint8]
AS_DRAWN = 0.2
"""Share of frames that stay as the virtual patient's renderer drew them."""
CAREFUL_AS_DRAWN = 0.45
"""The same of frames that were taken with care: the side of the plane is read from little, which variation drowns
(docs/training.md)."""
SCRAMBLED = 0.05
"""Share of hearts that are torn to pieces and then count as none."""
_LEVELS = np.linspace(0.0, 1.0, 256)


def augment(batch: NDArray[Any], rng: np.random.Generator) -> None:
    """Vary ``image`` and, where it moves, ``structures`` of ``batch`` (:data:`models.dataset.RECORD`) in place.

    Some frames stay as they are. Adjustments and landmarks always do: a zoom is another depth, which no network can
    read from the picture alone.
    """
    for row in batch:
        if row["novelty"] < 0.5 and rng.random() < SCRAMBLED:
            scramble(row, rng)
        as_drawn = CAREFUL_AS_DRAWN if row["careful"] else AS_DRAWN
        row["image"], row["structures"] = varied(row["image"], row["structures"], rng, as_drawn)


def augment_sequence(images: Image, rng: np.random.Generator) -> Image:
    """(n, S, S) pictures of one sequence, all shown by the same other machine."""
    seed = int(rng.integers(1 << 62))
    nothing = np.zeros((1, 1), np.uint8)
    return np.stack([varied(image, nothing, np.random.default_rng(seed))[0] for image in images])


def varied(
    image: Image, structures: Image, rng: np.random.Generator, as_drawn: float = AS_DRAWN
) -> tuple[Image, Image]:
    """Picture and masks as another machine, video chain and crop would show them; a share ``as_drawn`` stay."""
    if rng.random() < as_drawn:
        return image, structures
    if rng.random() < 0.4:
        image = retinted(image, structures, rng)
    if rng.random() < 0.35:
        image, structures = bent(image, structures, rng)
    if rng.random() < 0.5:
        image, structures = reframed(image, structures, rng)
    if rng.random() < 0.45:
        image = refiltered(image, rng)
    if rng.random() < 0.5:
        image = relit(image, rng)
    image = regraded(image, rng)
    if rng.random() < 0.2:
        image = recompressed(image, rng)
    return image, structures


def reframed(image: Image, structures: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """Another crop: zoomed by -10 to +18 %, or much shallower; shifted, a little out of proportion, perhaps cut short.

    A shallow picture ends within the atria, a narrow one shows one ventricle and the septum: both are common settings.
    """
    size, small = image.shape[0], structures.shape[0]
    zoom = rng.uniform(0.9, 1.18) if rng.random() < 0.65 else rng.uniform(1.18, 1.65)
    stretch = np.exp(rng.normal(0.0, 0.03))
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
        _, angle = _polar(size)
        moved[np.abs(angle - rng.normal(0.0, 0.12)) > rng.uniform(0.5, 0.95)] = 0
    if rng.random() < 0.3:
        left, right = rng.uniform(0.0, 0.25, 2) * size
        moved[:, : int(left)] = 0
        moved[:, size - int(right) :] = 0
    return moved, masks


def refiltered(image: Image, rng: np.random.Generator) -> Image:
    """Smoother, sharper, despeckled, of another texture, or of coarser pixels."""
    kind = rng.integers(6)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.5))), np.uint8)
    if kind == 1:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        return np.asarray(cv2.addWeighted(image, 1.7, soft, -0.7, 0.0), np.uint8)
    if kind == 2:
        return np.asarray(cv2.medianBlur(image, 3 if rng.random() < 0.5 else 5), np.uint8)
    if kind == 3:
        return np.asarray(cv2.bilateralFilter(image, 5, float(rng.uniform(20, 70)), 2.0), np.uint8)
    if kind == 4:
        return retextured(image, rng)
    size = image.shape[0]
    side = int(rng.integers(80, 160))
    coarse = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def retextured(image: Image, rng: np.random.Generator) -> Image:
    """Through a random small filter: other speckle, the same shapes (RandConv, Xu et al. 2021, arXiv:2007.13003)."""
    side = int(rng.choice((3, 5, 7)))
    kernel = rng.normal(0.0, 1.0 / side, (side, side)).astype(np.float32)
    other = np.asarray(cv2.filter2D(image.astype(np.float32), cv2.CV_32F, kernel), np.float32)
    other *= np.float32(image.std() / max(float(other.std()), 1e-3))
    if float((other * image).sum()) < 0.0:
        other = -other  # walls stay brighter than blood
    share = np.float32(rng.uniform(0.2, 0.7))
    mixed = share * (other - other.mean() + image.mean()) + (1.0 - share) * image
    return np.where(image > 0, np.clip(mixed, 0, 255), 0).astype(np.uint8)


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


def scramble(row: Any, rng: np.random.Generator) -> None:
    """Make ``row`` (one :data:`models.dataset.RECORD`) a picture of no heart, of the same texture and in its sector.

    Without these the network can tell drawn outliers from hearts by texture alone, and real organs look like neither.
    """
    row["image"] = torn(row["image"], rng)
    nothing = outlier_labels()
    row["structures"] = 0
    for name in ("view", "quality", "facets", "adjustment", "weight", "landmarks", "distance", "novelty"):
        row[name] = getattr(nothing, name)


def torn(image: Image, rng: np.random.Generator) -> Image:
    """``image`` with its anatomy destroyed: phases drawn anew, tiles shuffled, upside down, warped, or a small part."""
    size = image.shape[0]
    inside = cv2.morphologyEx((image > 3).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    kind = rng.integers(5)
    if kind == 0:
        phase = np.exp(1j * np.angle(np.fft.rfft2(rng.normal(size=image.shape))))
        wild = np.fft.irfft2(np.abs(np.fft.rfft2(image)) * phase, s=image.shape)
        wild = (
            (wild - wild.mean()) / max(float(wild.std()), 1e-6) * image[inside > 0].std()
            if inside.any()
            else wild
        )
        out = np.clip(wild + image[inside > 0].mean() if inside.any() else wild, 0, 255)
    elif kind == 1:
        n = int(rng.integers(3, 7))
        side = size // n
        tiles = [
            image[i * side : (i + 1) * side, j * side : (j + 1) * side] for i in range(n) for j in range(n)
        ]
        order = rng.permutation(len(tiles))
        out = np.zeros_like(image)
        for k, tile in enumerate(order):
            i, j = divmod(k, n)
            out[i * side : (i + 1) * side, j * side : (j + 1) * side] = tiles[tile]
    elif kind == 2:
        out = np.rot90(image, 2) if rng.random() < 0.5 else image[::-1]
    elif kind == 3:
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        shift = [
            cv2.GaussianBlur(rng.normal(size=image.shape).astype(np.float32), (0, 0), 14.0) for _ in "xy"
        ]
        dx, dy = (s / max(float(s.std()), 1e-6) * np.float32(rng.uniform(12, 28)) for s in shift)
        out = cv2.remap(image, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    else:
        side = int(size * rng.uniform(0.12, 0.25))
        rows, columns = np.nonzero(inside)
        k = int(rng.integers(len(rows))) if len(rows) else 0
        top = int(np.clip(rows[k] - side // 2, 0, size - side)) if len(rows) else 0
        left = int(np.clip(columns[k] - side // 2, 0, size - side)) if len(rows) else 0
        out = cv2.resize(
            image[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_CUBIC
        )
    return np.where(inside > 0, out, 0).astype(np.uint8)

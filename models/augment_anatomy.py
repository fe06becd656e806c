"""Augmentation of what is shown: finished frames as hearts of other shapes and contrasts would look.

The virtual patient has a few dozen numbers, and a network learns the shapes and greys that they can give by heart. Real
hearts have others. Drawn from broad ranges on purpose, fitted to nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

TINT = 16.0
"""Spread (grey levels of 255) by which each structure is brighter or darker."""
BEND, NODES = 0.016, 5
"""Spread of the displacement, in shares of the picture, and nodes of its grid along a side: about a heart chamber."""


def retinted(image: Image, structures: Image, rng: np.random.Generator) -> Image:
    """Each structure brighter or darker by itself: stiff or fatty walls, slow blood, drop-out.

    Random contrast by label, as in SynthSeg (Billot et al. 2023, doi:10.1016/j.media.2023.102789), on a scale of grey
    that is about logarithmic, so that speckle stays.

    Args:
        image: (S, S) uint8. structures: (s, s) uint8 labels of the same frame.
    """
    size = image.shape[0]
    tints = rng.normal(0.0, TINT, 256).astype(np.float32)
    change = cv2.resize(tints[structures], (size, size), interpolation=cv2.INTER_LINEAR)
    return np.where(image > 0, np.clip(image + np.asarray(change), 0, 255), 0).astype(np.uint8)


def bent(image: Image, structures: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """Smoothly out of shape, masks with the picture; on the whole nothing is moved.

    Elastic deformation, as in Simard et al. 2003, doi:10.1109/ICDAR.2003.1227801.

    Args:
        image: (S, S) uint8. structures: (s, s) uint8 labels of the same frame.
    """
    nodes = rng.normal(0.0, BEND, (NODES, NODES, 2)).astype(np.float32)
    nodes -= nodes.mean((0, 1))
    return _warped(image, nodes, cv2.INTER_LINEAR), _warped(structures, nodes, cv2.INTER_NEAREST)


def _warped(image: Image, nodes: NDArray[np.float32], interpolation: int) -> Image:
    """``image`` (S, S) looked up beside each pixel by ``nodes`` (n, n, 2), in shares of its side."""
    size = image.shape[0]
    shift = np.asarray(cv2.resize(nodes * size, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    return np.asarray(cv2.remap(image, x + shift[..., 0], y + shift[..., 1], interpolation), np.uint8)

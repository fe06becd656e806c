"""From what OpenIGTLink sends to what a frame holds: pixels, the size of a pixel, and the probe's pose."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.igtl.codec import ReceivedImage
from guidance.igtl.header import Malformed
from guidance.probe import Pose

LEAST_MM, MOST_MM = 0.005, 5.0
"""Sizes of a pixel that a scanner can have."""

_RIGID = 0.02


def pixels_of(image: ReceivedImage) -> NDArray[np.uint8]:
    """(H, W) grey or (H, W, 3) BGR, a copy of the one slice in ``image``.

    Raises:
        Malformed: it is a volume, empty, or not of 8 bits a channel.
    """
    voxels = image.pixels
    if voxels.dtype != np.uint8:
        raise Malformed(f"its IMAGE has pixels of type {voxels.dtype.name}: let it send 8 bits, uint8")
    if voxels.shape[0] != 1 or 0 in voxels.shape:
        raise Malformed(f"its IMAGE is a volume of {voxels.shape[0]} slices: let it send single pictures")
    picture = voxels[0]
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    if channels == 1:
        return np.array(picture.reshape(picture.shape[:2]))
    if channels not in (3, 4):
        raise Malformed(f"its IMAGE has {channels} channels: let it send grey, RGB or RGBA")
    code = cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGR
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), code), np.uint8)


def spacing_of(image: ReceivedImage) -> tuple[float, float] | None:
    """(x, y) mm of a pixel; None where the sender gives none (exactly 1 mm is what those write) or nonsense."""
    x, y = (float(np.linalg.norm(image.matrix[:3, axis])) for axis in (0, 1))
    if not all(np.isfinite(v) and LEAST_MM <= v <= MOST_MM for v in (x, y)) or x == y == 1.0:
        return None
    return x, y


def pose_in_transform(matrix: NDArray[np.float64]) -> Pose | None:
    """The pose of a probe whose frame ``matrix`` (4, 4, mm) leads to the reference; None where it is not rigid.

    The probe's frame is ours: ``x`` to the marker, ``z`` along the beam, origin at the centre of its face.
    """
    rotation, position = matrix[:3, :3], matrix[:3, 3]
    if not np.all(np.isfinite(matrix)) or np.linalg.det(rotation) <= 0.0:
        return None
    if np.abs(rotation.T @ rotation - np.eye(3)).max() > _RIGID:
        return None
    return Pose(np.array(position), np.array(rotation))


def pose_in_image(image: ReceivedImage) -> Pose | None:
    """The pose by the IMAGE's own place: columns run to the marker, rows along the beam, the face is at the top."""
    across, down = image.matrix[:3, 0], image.matrix[:3, 1]
    lengths = np.linalg.norm(across), np.linalg.norm(down)
    if not np.all(np.isfinite(image.matrix)) or min(lengths) <= 0.0:
        return None
    x, z = across / lengths[0], down / lengths[1]
    if abs(float(x @ z)) > _RIGID:
        return None
    width = image.pixels.shape[2]
    top = image.matrix @ np.array([(width - 1) / 2, 0.0, 0.0, 1.0])
    return Pose.looking(top[:3], z, x)

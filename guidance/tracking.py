"""Tracking: named transforms, as PLUS and 3D Slicer write them, become the probe's pose in the axes of the house.

A transform ``AToB`` takes points of ``A`` to ``B``: 4 x 4, row by row, millimetres. ``Image`` is counted in pixels
from the centre of the first one; ``Probe`` is the sensor on the probe, ``Reference`` one on the patient, ``Tracker``
the device that sees both (the PLUS user manual, "Coordinate system definitions").
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose, PoseFrame

Matrix = NDArray[np.float64]
"""(4, 4) float64."""

MAX_COORDINATE_MM = 1e5
"""A tracker sees a room. Larger numbers are damage."""

_NAME = re.compile(r"([A-Z][A-Za-z0-9]*?)To([A-Z][A-Za-z0-9]*)")
_ENDS = ("Thorax", "Reference", "Tracker", "World")
_MAX_SKEW = 0.02


def matrix_of(text: str) -> Matrix | None:
    """The transform that 16 numbers, row by row, make; None where they make none (not finite, singular, no affine)."""
    try:
        values = np.array([float(word) for word in text.split()], np.float64)
    except ValueError:
        return None
    if values.size != 16 or not np.isfinite(values).all():
        return None
    matrix = values.reshape(4, 4)
    if np.abs(matrix).max() > MAX_COORDINATE_MM or not np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6):
        return None
    return None if abs(float(np.linalg.det(matrix))) < 1e-12 else matrix


def between(transforms: Mapping[str, Matrix], start: str, end: str) -> Matrix | None:
    """What takes points of ``start`` to ``end`` by the fewest of ``transforms`` (``"AToB"`` -> matrix), or None.

    Each may be used both ways.
    """
    steps: dict[str, list[tuple[str, Matrix]]] = {}
    for name, matrix in transforms.items():
        if (match := _NAME.fullmatch(name)) is not None:
            a, b = match[1], match[2]
            steps.setdefault(a, []).append((b, matrix))
            steps.setdefault(b, []).append((a, np.asarray(np.linalg.inv(matrix), np.float64)))
    reached: dict[str, Matrix] = {start: np.eye(4)}
    waiting = [start]
    for place in waiting:  # grows while it is read
        for other, matrix in steps.get(place, ()):
            if other not in reached:
                reached[other] = matrix @ reached[place]
                waiting.append(other)
    return reached.get(end) if end != start else None


def probe_pose(
    transforms: Mapping[str, Matrix], size: tuple[int, int], orientation: str = "MF"
) -> Pose | None:
    """The probe's pose by ``transforms``; None where they do not say.

    With a calibrated picture (a way from ``Image``) its axes are the probe's: ``z`` along the beam, ``x`` towards the
    marker, the origin in the middle of the edge that is next to the probe. Without, they are the sensor's
    (:attr:`PoseFrame.SENSOR`).

    Args:
        transforms: ``"AToB"`` -> matrix, for one picture.
        size: (width, height) of the picture in pixels.
        orientation: PLUS's ``UltrasoundImageOrientation``: M or U, whether columns grow towards the marked side or
            away from it; F or N, whether rows grow away from the probe or towards it.
    """
    for end in _ENDS:
        picture = between(transforms, "Image", end)
        if picture is not None and (pose := _of_picture(picture, size, orientation, end)) is not None:
            return pose
    for end in _ENDS:
        sensor = between(transforms, "Probe", end)
        if sensor is not None:
            u, scale, v = np.linalg.svd(sensor[:3, :3])
            if np.abs(scale - 1.0).max() > _MAX_SKEW or np.linalg.det(sensor[:3, :3]) < 0:
                return None  # no rotation: whatever this is, it is no pose
            return Pose(sensor[:3, 3].copy(), np.asarray(u @ v), PoseFrame.SENSOR)
    return None


def pixel_size(transforms: Mapping[str, Matrix]) -> tuple[float, float] | None:
    """(x, y) millimetres of a pixel by a transform from ``Image``; None without one."""
    for end in ("Probe", *_ENDS):
        picture = between(transforms, "Image", end)
        if picture is not None:
            x, y = (float(np.linalg.norm(picture[:3, axis])) for axis in (0, 1))
            return (x, y) if min(x, y) > 1e-4 and max(x, y) < 10.0 else None
    return None


def _of_picture(picture: Matrix, size: tuple[int, int], orientation: str, end: str) -> Pose | None:
    across = picture[:3, 0] * (-1.0 if orientation[:1] == "U" else 1.0)
    down = picture[:3, 1] * (-1.0 if orientation[1:2] == "N" else 1.0)
    lengths = float(np.linalg.norm(across)), float(np.linalg.norm(down))
    if min(lengths) < 1e-9 or abs(float(across @ down)) > _MAX_SKEW * math.prod(lengths):
        return None
    row = size[1] - 1 if orientation[1:2] == "N" else 0
    face = picture @ np.array([(size[0] - 1) / 2, row, 0.0, 1.0])
    made = Pose.looking(face[:3], down, across)
    return Pose(made.position, made.rotation, PoseFrame.THORAX if end == "Thorax" else PoseFrame.TRACKER)

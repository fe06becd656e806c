"""The probe's shape for drawing: rings along its handle, its marker, and the fan of its beam. Probe frame, mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_RINGS = (
    (0.0, 13.0, 7.5), (3.0, 15.0, 9.5), (22.0, 15.5, 10.5), (38.0, 11.5, 10.0), (60.0, 11.0, 10.5),
    (86.0, 13.0, 12.0), (104.0, 11.0, 10.5), (114.0, 5.0, 5.0), (118.0, 3.5, 3.5),
)  # fmt: skip
"""Distance behind the face, and half widths along x and y: the shape of a phased-array probe."""

ENLARGED = 1.25
"""Drawn so much larger than life, to be seen."""
SIDES = 20
_STEPS = np.concatenate([[0.0, 1.0], np.linspace(1.0, len(_RINGS) - 1.0, 13)[1:]])
FACE_RINGS = 1
"""The first so many bands are the rubber of the face."""
TAIL = ENLARGED * _RINGS[-1][0]
"""How far behind the face the handle ends, mm."""
MARKER_BEHIND, MARKER_LONG = ENLARGED * 13.0, ENLARGED * 14.0


def probe_rings() -> FloatArray:
    """(rings, SIDES, 3): points of the handle; the first side faces +x, where the marker is."""
    angle = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)
    # Between an ellipse and a rounded box.
    c, s = np.cos(angle), np.sin(angle)
    round_x, round_y = np.sign(c) * np.abs(c) ** 0.75, np.sign(s) * np.abs(s) ** 0.75
    d, a, b = (np.interp(_STEPS, np.arange(len(_RINGS)), column) for column in np.array(_RINGS).T)
    smooth = np.array([0.25, 0.5, 0.25])
    for half in (a, b):  # rounds the corners of the outline, not its ends
        half[4:-1] = np.convolve(half, smooth, mode="same")[4:-1]
    rings = [
        np.stack([p * round_x, q * round_y, np.full(SIDES, -r)], axis=1)
        for r, p, q in zip(d, a, b, strict=True)
    ]
    return np.asarray(ENLARGED * np.stack(rings))


def marker_line() -> FloatArray:
    """(2, 3): the ridge that marks the probe's +x side."""
    x = ENLARGED * 15.6
    return np.array([[x, 0.0, -MARKER_BEHIND - MARKER_LONG / 2], [x, 0.0, -MARKER_BEHIND + MARKER_LONG / 2]])


def fan(half_angle_deg: float, depth_mm: float, points: int = 18) -> FloatArray:
    """(points + 1, 3): outline of the plane that the probe sees, from its face; the last is on the marker's side."""
    angle = np.radians(np.linspace(-half_angle_deg, half_angle_deg, points))
    arc = np.stack([depth_mm * np.sin(angle), np.zeros(points), depth_mm * np.cos(angle)], axis=1)
    return np.concatenate([np.zeros((1, 3)), arc])


def cable(points: int = 12) -> FloatArray:
    """(points, 3): the first hand's breadth of the cable, straight on from the handle."""
    t = np.linspace(0.0, 1.0, points)
    return np.stack([np.zeros(points), np.zeros(points), -TAIL - 42.0 * t], axis=1)

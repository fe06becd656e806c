"""The probe's pose in the exam's log: position, beam and marker, from which the pose can be made again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from guidance.probe import Pose


def logged_pose(pose: Pose) -> dict[str, list[float]]:
    """``position_mm`` of the probe's face, and the unit vectors ``beam`` (z) and ``marker`` (x), thorax frame."""
    return {
        "position_mm": [round(float(v), 2) for v in pose.position],
        "beam": [round(float(v), 4) for v in pose.rotation[:, 2]],
        "marker": [round(float(v), 4) for v in pose.rotation[:, 0]],
    }


def pose_in(event: Mapping[str, Any]) -> Pose | None:
    """The pose that :func:`logged_pose` wrote; None where there is none, or what is there makes none."""
    vectors = [_vector(event.get(name)) for name in ("position_mm", "beam", "marker")]
    position, beam, marker = vectors
    if position is None or beam is None or marker is None:
        return None
    if not float(np.linalg.norm(np.cross(beam, marker))) > 1e-3:
        return None
    return Pose.looking(position, beam, marker)


def _vector(value: object) -> tuple[float, float, float] | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    if not all(isinstance(v, int | float) and math.isfinite(v) and abs(v) < 1e6 for v in value):
        return None
    return float(value[0]), float(value[1]), float(value[2])

"""Judge: how right a picture is, by landmarks and by pose. The same rule labels training frames and scores the loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose, pose_distance
from guidance.views import View
from models.phantom.targets import Target

FloatArray = NDArray[np.float64]

PLANE_MM = 6.0
IN_PLANE_DEG = 10.0
IN_PLANE_MM = 25.0
STRICT_MM, STRICT_DEG = 5.0, 5.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Distance of a pose from a view.

    Attributes:
        plane_mm: greatest distance of the view's anchors from the image plane.
        in_plane_deg: mean error of the anchors' directions within the plane.
        in_plane_mm: greatest displacement of an anchor within the plane: far off, it is another window's picture.
        pose_mm, pose_deg: strict pose error.
    """

    plane_mm: float
    in_plane_deg: float
    in_plane_mm: float
    pose_mm: float
    pose_deg: float

    @property
    def distance(self) -> float:
        """One number: 1 is the edge of the right picture."""
        return max(self.plane_mm / PLANE_MM, self.in_plane_deg / IN_PLANE_DEG, self.in_plane_mm / IN_PLANE_MM)

    @property
    def right_picture(self) -> bool:
        """Anchors within 6 mm of the plane, in-plane error at most 10 degrees, from this view's window."""
        return self.distance <= 1.0

    @property
    def strict(self) -> bool:
        """Pose within 5 mm and 5 degrees."""
        return self.pose_mm <= STRICT_MM and self.pose_deg <= STRICT_DEG


def judge(pose: Pose, target: Target) -> Judgement:
    """Judge ``pose`` against ``target`` (of the same instant of the breath)."""
    now, there = pose.to_probe(target.anchors), target.pose.to_probe(target.anchors)
    angle = np.degrees(np.arctan2(now[:, 0], now[:, 2]) - np.arctan2(there[:, 0], there[:, 2]))
    angle = np.abs((angle + 180.0) % 360.0 - 180.0)
    moved = np.linalg.norm((now - there)[:, ::2], axis=1)
    mm, deg = pose_distance(pose, target.pose)
    return Judgement(float(np.abs(now[:, 1]).max()), float(angle.mean()), float(moved.max()), mm, deg)


def judge_all(pose: Pose, targets: Mapping[View, Target]) -> dict[View, Judgement]:
    """Judgement against every view."""
    return {view: judge(pose, target) for view, target in targets.items()}

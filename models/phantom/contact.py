"""Coupling between probe face and skin: which elements touch, and how far the skin gives way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose
from models.phantom.patient import Patient
from models.phantom.targets import angle_to_skin
from models.phantom.thorax import skin_normal

ELEMENTS = np.linspace(-9.0, 9.0, 9)
"""Lateral positions (mm) of the aperture elements that stand for the whole aperture."""
MAX_COMPRESSION_MM = 6.0


def element_contact(patient: Patient, pose: Pose, press: float, gel: float = 1.0) -> NDArray[np.float32]:
    """(9,) float32, 0..1: how well each element is coupled.

    ``press`` 0..1; the steeper the probe stands to the skin, the more is needed and the more one edge lifts off.
    ``gel`` 0..1 scales the coupling.
    """
    normal = skin_normal(patient, float(pose.position[0]), float(pose.position[1]))
    needed = 0.22 + 0.40 * (angle_to_skin(patient, pose) / 60.0) ** 2
    lift = ELEMENTS / 9.0 * 0.5 * float(normal @ pose.rotation[:, 0])
    coupled = 1.0 / (1.0 + np.exp(-((press - needed) - 0.35 * lift) / 0.05))
    return np.clip(coupled * gel, 0.0, 1.0).astype(np.float32)


def pressed_in(patient: Patient, pose: Pose, press: float) -> Pose:
    """Where the face of a probe at ``pose`` on the skin comes to lie: up to 6 mm inwards at ``press`` 0.6 to 1."""
    normal = skin_normal(patient, float(pose.position[0]), float(pose.position[1]))
    depth = MAX_COMPRESSION_MM * max(0.0, press - 0.6) / 0.4
    return Pose(pose.position - normal * depth, pose.rotation)

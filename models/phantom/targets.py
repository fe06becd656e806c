"""Target pose of every standard view for one patient, and the anchor points that say whether the picture is right.

Contacts and planes are defined by landmarks (ASE view definitions, Mitchell et al. 2019), so each patient has targets
of their own: the contact is a smooth function of heart and skin, the plane goes through it and the view's landmarks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose, cross, unit
from guidance.views import View
from models.phantom.heart_geometry import COS60, SIN60, Landmarks, landmarks
from models.phantom.patient import Patient
from models.phantom.thorax import skin_normal, skin_point
from models.phantom.windows import apical_contact, parasternal_contact

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where a view is taken from, and what must lie in its plane.

    Attributes:
        pose: probe pose on the skin.
        anchors: (K, 3) mm, thorax frame: points that the picture must show, in its plane at the target.
    """

    pose: Pose
    anchors: FloatArray


def _through(contact: FloatArray, aim: FloatArray, lateral: FloatArray) -> Pose:
    """Pose at ``contact`` that looks at ``aim`` with ``lateral`` to the image's right."""
    return Pose.looking(contact, aim - contact, lateral)


def _long_axis(contact: FloatArray, a: FloatArray, b: FloatArray, aim: FloatArray) -> Pose:
    """Pose whose plane contains ``contact``, ``a`` and ``b``; a to the image's right of b; beam nearest to ``aim``."""
    normal = unit(cross(a - contact, b - contact))
    beam = aim - contact
    beam = beam - (beam @ normal) * normal
    lateral = a - b
    return Pose.looking(contact, beam, lateral - (lateral @ normal) * normal)


def _short_axis(contact: FloatArray, centre: FloatArray, axis: FloatArray, to_right: FloatArray) -> Pose:
    """Pose that looks at ``centre`` across ``axis``, with the side of ``to_right`` on the image's right."""
    beam = unit(centre - contact)
    normal = unit(axis - (axis @ beam) * beam)
    lateral = cross(normal, beam)
    return Pose.looking(contact, beam, lateral if lateral @ to_right > 0 else -lateral)


def _round_anchors(pose: Pose, centre: FloatArray, radius: float) -> FloatArray:
    x, z = pose.rotation[:, 0], pose.rotation[:, 2]
    return np.stack([centre, centre + radius * x, centre - radius * x, centre + radius * z])


def _into_plane(pose: Pose, point: FloatArray) -> FloatArray:
    """The nearest point of the image plane: for a landmark that the ideal plane only grazes."""
    y = pose.rotation[:, 1]
    return np.asarray(point - ((point - pose.position) @ y) * y)


def view_targets(patient: Patient, breath_mm: float = 0.0) -> Mapping[View, Target]:
    """Targets of all twelve views for ``patient`` with the breath at ``breath_mm``, at end-diastole."""
    m: Landmarks = landmarks(patient, breath_mm)
    axis_x, axis_z = m.axes[:, 0], m.axes[:, 2]
    s = m.scale
    radius = patient.lv_radius * s

    def at(h: tuple[float, float, float]) -> FloatArray:
        return np.asarray(m.base + m.axes @ np.array(h) * s)

    found: dict[View, Target] = {}
    front = m.axes @ np.array([COS60, SIN60, 0.0])

    contact = parasternal_contact(patient, m, -12.0)
    pose = _long_axis(contact, m.aortic, at((-2, -3, -40)), at((0, 0, -8)) + front * 4.0 * s)
    found[View.PLAX] = Target(pose, np.stack([m.aortic, m.mitral, at((-2, -3, -40))]))

    centre = m.aortic + m.aortic_axis * 7.5 * s
    # Half-way between square to the aortic root and the plane that also holds the tricuspid and pulmonary valves.
    across = unit(m.pulmonary - m.tricuspid)
    axis = unit(0.6 * axis_z + 0.4 * m.aortic_axis)
    pose = _short_axis(contact, centre, axis - 0.5 * (axis @ across) * across, -axis_x)
    found[View.PSAX_AV] = Target(pose, _round_anchors(pose, centre, 0.8 * radius))
    for view, level, from_level in (
        (View.PSAX_MV, -12.0, -12.0),
        (View.PSAX_PM, -0.48 * patient.lv_length, -0.26 * patient.lv_length),
        (View.PSAX_APEX, -0.80 * patient.lv_length, -0.52 * patient.lv_length),
    ):
        spot = contact if view is View.PSAX_MV else parasternal_contact(patient, m, from_level)
        centre = at((0, 0, level))
        pose = _short_axis(spot, centre, axis_z, -axis_x)
        found[view] = Target(pose, _round_anchors(pose, centre, 0.8 * radius))

    contact = apical_contact(patient, m)
    crux = at((12, -2, 2))
    across = m.mitral - m.tricuspid
    found[View.A4C] = Target(_through(contact, crux, across), np.stack([m.apex, m.mitral, m.tricuspid]))
    aim = 0.65 * m.aortic + 0.35 * at((8, 2, 0))
    pose = _through(contact, aim, across)
    middle = 0.5 * (aim + contact)
    found[View.A5C] = Target(pose, np.stack([middle, aim, aim + 20.0 * pose.rotation[:, 0]]))
    anterior = m.axes @ np.array([math.cos(math.radians(120)), math.sin(math.radians(120)), 0.0])
    pose = _through(contact, m.mitral, anterior)
    found[View.A2C] = Target(pose, np.stack([m.apex, m.mitral, m.mitral + 20.0 * pose.rotation[:, 0]]))
    found[View.A3C] = Target(
        _through(contact, 0.5 * (m.mitral + m.aortic), m.aortic - m.mitral),
        np.stack([m.apex, m.mitral, m.aortic]),
    )

    contact = skin_point(patient, -4.0, -88.0)
    pose = _long_axis(contact, m.lv_mid, m.tricuspid, 0.5 * crux + 0.5 * at((6, 0, -25)))
    found[View.SC4C] = Target(pose, np.stack([m.lv_mid, m.tricuspid, _into_plane(pose, m.apex)]))
    pose = _long_axis(contact, m.cavoatrial, m.ivc_low, 0.6 * m.cavoatrial + 0.4 * m.ivc_low)
    found[View.SC_IVC] = Target(pose, np.stack([m.cavoatrial, m.ivc_low]))

    contact = skin_point(patient, 0.0, 112.0)
    aim = (
        m.arch_top
        + 0.3 * (m.arch_start - m.arch_top)
        + 0.3 * (m.arch_end - m.arch_top)
        + np.array([0.0, -12.0, 0.0])
    )
    pose = _long_axis(contact, m.arch_end, m.arch_start, aim)
    found[View.SSN] = Target(pose, np.stack([m.arch_start, m.arch_end, 0.5 * (m.arch_start + m.arch_end)]))
    return found


def on_skin(patient: Patient, pose: Pose) -> Pose:
    """``pose`` with its face put back on the skin, kept on the chest."""
    x = float(np.clip(pose.position[0], -0.6 * patient.half_width, 0.93 * patient.half_width))
    y = float(np.clip(pose.position[1], -130.0, 125.0))
    return Pose(skin_point(patient, x, y), pose.rotation)


def angle_to_skin(patient: Patient, pose: Pose) -> float:
    """Angle in degrees between the beam and the inward normal of the skin."""
    normal = skin_normal(patient, float(pose.position[0]), float(pose.position[1]))
    return math.degrees(math.acos(float(np.clip(-(normal @ pose.rotation[:, 2]), -1.0, 1.0))))

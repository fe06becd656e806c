"""Acoustic windows: where on the skin each view is looked for, and ribs set so that an interspace lies there.

The apex beat is felt in an interspace, and the parasternal window is one: heart and ribs are not independent. So the
contacts are smooth functions of the heart, and the ribs are placed around them; what residual offset there is comes
from the caller (a target on the edge of a rib is part of life).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from guidance.probe import unit
from models.phantom.heart_geometry import COS60, SIN60, Landmarks, landmarks
from models.phantom.patient import Patient
from models.phantom.thorax import RIB_Y, rib_centre_y, skin_height, skin_normal, skin_point

FloatArray = NDArray[np.float64]


RAY_MM = np.linspace(10.0, 320.0, 621).tolist()
"""Where a ray is tried."""


def ray_to_skin(patient: Patient, origin: FloatArray, direction: FloatArray) -> FloatArray:
    """(3,): where the ray from inside the chest along ``direction`` leaves the skin, to half a millimetre.

    The chest is convex: it is left once, so the place is found by halving.
    """
    (dx, dy, dz), (ox, oy, oz) = unit(direction).tolist(), origin.tolist()

    def outside(t: float) -> bool:
        x, y = ox + t * dx, oy + t * dy
        return bool(oz + t * dz > skin_height(patient, x, y) or abs(x) > 0.95 * patient.half_width)

    t = RAY_MM[min(bisect_left(RAY_MM, True, key=outside), len(RAY_MM) - 1)]
    return skin_point(patient, ox + t * dx, oy + t * dy)


def apical_contact(patient: Patient, marks: Landmarks) -> FloatArray:
    """(3,): where the line from the centre of the heart's base through the apex meets the skin.

    The line is tipped a little towards the front: the probe stands between the ribs at the apex beat, not behind it.
    """
    direction = _apical_direction(marks)
    # From inside the ventricle: in a heart that is not yet in its place the apex may lie outside the chest.
    return ray_to_skin(patient, marks.apex - 60.0 * direction, direction)


def _apical_direction(marks: Landmarks) -> FloatArray:
    aim = marks.axes @ np.array([12.0, -2.0, 2.0]) * marks.scale + marks.base
    return unit(unit(marks.apex_epicardium - aim) + np.array([0.0, 0.0, 0.18]))


def parasternal_contact(patient: Patient, marks: Landmarks, depth: float) -> FloatArray:
    """(3,): over the LV axis at ``depth`` (heart-frame z, mm): at the left edge of the sternum or beside it.

    Between the direction in which the LV faces the chest and straight to the front, as the left sternal edge allows.
    """
    point = marks.base + marks.axes[:, 2] * depth * marks.scale
    towards = 0.45 * (marks.axes @ np.array([COS60, SIN60, 0.0])) + np.array([0.0, 0.0, 0.55])
    contact = ray_to_skin(patient, point, towards)
    x = float(max(contact[0], 26.0))
    return skin_point(patient, x, float(contact[1]))


def with_apex_at_wall(patient: Patient, gap_mm: float) -> Patient:
    """``patient`` with the heart moved along the apical ray until ``gap_mm`` lie between chest wall and apex."""
    for _ in range(6):
        marks = landmarks(patient)
        outwards = _apical_direction(marks)
        room = float((apical_contact(patient, marks) - marks.apex_epicardium) @ outwards)
        excess = room - (patient.fat + patient.muscle + gap_mm)
        x, y, z = np.array([patient.base_x, patient.base_y, patient.base_z]) + 0.7 * excess * outwards
        patient = replace(patient, base_x=float(x), base_y=float(y), base_z=float(z))
    return patient


def with_open_windows(patient: Patient, apical_offset: float, parasternal_offset: float) -> Patient:
    """``patient`` with ribs placed so that both windows lie in interspaces, up to the offsets (mm along y)."""
    marks = landmarks(patient)
    crux = marks.axes @ np.array([12.0, -2.0, 2.0]) * marks.scale + marks.base
    apical = _at_rib_layer(patient, apical_contact(patient, marks), crux)
    parasternal = _at_rib_layer(patient, parasternal_contact(patient, marks, -12.0), marks.mitral)
    plain = replace(patient, rib_offset=0.0, rib_spacing=1.0)
    choices: list[tuple[float, float, float]] = []
    for low in (4, 5, 6, 7):
        for high in range(2, min(low, 6)):
            a_level, a_rest = _interspace(plain, low, float(apical[0]))
            p_level, p_rest = _interspace(plain, high, float(parasternal[0]))
            a_y, p_y = apical[1] + apical_offset - a_rest, parasternal[1] + parasternal_offset - p_rest
            spacing = float((p_y - a_y) / (p_level - a_level))
            offset = float(p_y - spacing * p_level)
            choices.append((abs(offset) / 8.0 + abs(spacing - 1.0) / 0.08, offset, spacing))
    _, offset, spacing = min(choices)
    return replace(
        patient,
        rib_offset=float(np.clip(offset, -16.0, 16.0)),
        rib_spacing=float(np.clip(spacing, 0.84, 1.2)),
    )


def _at_rib_layer(patient: Patient, contact: FloatArray, aim: FloatArray) -> FloatArray:
    """(3,): where the beam from ``contact`` to ``aim`` crosses the layer of the ribs."""
    beam = unit(aim - contact)
    normal = skin_normal(patient, float(contact[0]), float(contact[1]))
    return np.asarray(contact + beam * (patient.fat + 7.0) / max(0.35, float(-(beam @ normal))))


def _interspace(plain: Patient, rib: int, x: float) -> tuple[float, float]:
    """Mean level of ribs ``rib`` and the next, and what the rest of their shape adds at ``x``."""
    level = 0.5 * (RIB_Y[rib - 2] + RIB_Y[rib - 1])
    middle = 0.5 * float(rib_centre_y(plain, rib, x) + rib_centre_y(plain, rib + 1, x))
    return level, middle - level

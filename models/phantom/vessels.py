"""How the heart lies in the chest, and the course of the great vessels and veins, which follow the body's axes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guidance.probe import cross, unit
from models.phantom.patient import Patient

FloatArray = NDArray[np.float64]

NOMINAL_APEX = unit([0.65, -0.52, 0.555])


def heart_axes(patient: Patient) -> FloatArray:
    """(3, 3): columns are the heart's x, y, z axes in the thorax frame."""
    azimuth = math.atan2(NOMINAL_APEX[2], NOMINAL_APEX[0]) + math.radians(patient.axis_azimuth)
    elevation = math.asin(NOMINAL_APEX[1]) + math.radians(patient.axis_elevation)
    apex = np.array(
        [
            math.cos(elevation) * math.cos(azimuth),
            math.sin(elevation),
            math.cos(elevation) * math.sin(azimuth),
        ]
    )
    z = -apex
    anterior = np.array([0.0, 0.0, 1.0])
    up = unit(anterior - (anterior @ z) * z)
    right = cross(z, up)
    roll = math.radians(37.5 + patient.axis_roll)
    x = -math.cos(roll) * right + math.sin(roll) * up
    return np.stack([x, cross(z, x), z], axis=1)


def vessel_courses(patient: Patient, axes: FloatArray) -> dict[str, FloatArray]:
    """Points (3,) on the great vessels, veins and atria by name, mm in the heart frame with the given ``axes``."""

    def body(v: ArrayLike) -> FloatArray:
        return np.asarray(axes.T @ np.asarray(v, dtype=np.float64))

    aortic = np.array([11.5, 15.8, 5.0])
    aortic_axis = body(unit([-0.60, 0.78, 0.06]))
    arch1 = aortic + aortic_axis * 26.0
    arch2 = arch1 + body(unit([-0.40, 0.88, 0.12])) * 42.0
    arch3 = arch2 + body([22.0, 18.0, -20.0])
    arch4 = arch3 + body([20.0, 0.0, -50.0])
    arch5 = arch4 + body([-14.0, -200.0, -8.0])
    pulmonary = np.array([5.0, 45.0, 8.0])
    rvot = np.array([28.0, 36.0, -30.0])
    pa_end = pulmonary + body(unit([0.35, 0.62, -0.70])) * 42.0
    la = np.array([-6.0, -10.0, 27.0])
    ra = np.array([patient.lv_radius + 16.0, -6.0, 15.0])
    cavoatrial = ra + body([-3.0, -24.0, -6.0])
    return {
        "aortic": aortic,
        "aortic_axis": aortic_axis,
        "arch1": arch1,
        "arch2": arch2,
        "arch3": arch3,
        "arch4": arch4,
        "arch5": arch5,
        # Brachiocephalic, left carotid and left subclavian artery, in order along the arch.
        "branch1a": 0.35 * arch2 + 0.65 * arch3,
        "branch1b": 0.35 * arch2 + 0.65 * arch3 + body([6.0, 20.0, 26.0]),
        "branch2a": 0.92 * arch3 + 0.08 * arch4,
        "branch2b": 0.92 * arch3 + 0.08 * arch4 + body([14.0, 25.0, 21.0]),
        "branch3a": 0.6 * arch3 + 0.4 * arch4,
        "branch3b": 0.6 * arch3 + 0.4 * arch4 + body([21.0, 28.0, 13.0]),
        "pulmonary": pulmonary,
        "pulmonary_axis": unit(pulmonary - rvot),
        "rvot": rvot,
        "pa_end": pa_end,
        "rpa_end": pa_end + body(unit([-0.95, -0.10, -0.35])) * 45.0,
        "la": la,
        "vein1": la + body([-30.0, 10.0, -25.0]),
        "vein2": la + body([34.0, 10.0, -22.0]),
        "ra": ra,
        "cavoatrial": cavoatrial,
        "ivc_end": cavoatrial + body([-4.0, -110.0, -10.0]),
        "svc_end": ra + body([-2.0, 90.0, 10.0]),
    }

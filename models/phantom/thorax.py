"""The chest around the heart: skin, fat, muscle, ribs, sternum, lung, liver with its veins, diaphragm, spine."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guidance.probe import unit
from models.phantom.patient import Patient
from models.phantom.sdf import Array, capsule, smoothstep
from models.phantom.tissue import Tissue

FloatArray = NDArray[np.float64]

RIB_Y = (58.0, 32.0, 8.0, -14.0, -34.0, -52.0, -68.0)
"""Level of ribs 2..8 at the sternum, mm above the 4th costal cartilage."""
RIB_DROP = (2.0, 6.0, 12.0, 20.0, 28.0, 38.0, 48.0)
"""How far each rib drops from the sternum to its lowest point 75 mm from the midline."""
RIB_DEPTH_HALF = 4.2
BREASTBONE_HALF_WIDTH = 17.0


@dataclass(frozen=True, slots=True)
class ThoraxGeometry:
    """Parameters of the chest (mm, thorax frame): scalars, or (B, 1, 1) in a batch."""

    half_width: Any
    half_depth: Any
    fat: Any
    wall: Any
    rib_offset: Any
    rib_spacing: Any
    rib_half_height: Any
    rib_depth: Any
    notch: Any
    diaphragm: Any
    spine_z: Any


def thorax_geometry(patient: Patient, breath_mm: float = 0.0) -> ThoraxGeometry:
    """The chest of ``patient`` with diaphragm moved cranially by ``breath_mm``. All fields float32."""
    p = patient
    values = (
        p.half_width,
        p.half_depth,
        p.fat,
        p.fat + p.muscle,
        p.rib_offset,
        p.rib_spacing,
        p.rib_half_height,
        p.fat + 7.0,
        p.cardiac_notch,
        -46.0 + breath_mm + 0.5 * (p.base_y - 8.0),
        -2.0 * p.half_depth + 27.0 + p.fat,
    )
    return ThoraxGeometry(*(np.float32(v) for v in values))


def stack_thoraxes(items: list[ThoraxGeometry]) -> ThoraxGeometry:
    """A batch: every field becomes (B, 1, 1)."""
    return ThoraxGeometry(
        *(
            np.array([getattr(g, f.name) for g in items], dtype=np.float32).reshape(-1, 1, 1)
            for f in fields(ThoraxGeometry)
        )
    )


def skin_z(patient: Patient, x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Height of the skin (mm, thorax z) over (x, y): an ellipse in cross-section, falling off to neck and belly."""
    xx = np.clip(np.asarray(x, dtype=np.float64) / patient.half_width, -0.97, 0.97)
    yy = np.asarray(y, dtype=np.float64)
    return np.asarray(
        patient.half_depth * (np.sqrt(1.0 - xx * xx) - 1.0)
        + patient.fat
        - 8.0
        - 0.32 * np.maximum(yy - 30.0, 0.0)
        - 0.18 * np.maximum(-55.0 - yy, 0.0)
    )


def skin_height(patient: Patient, x: float, y: float) -> float:
    """:func:`skin_z` over one point, without arrays: a pose is put back on the skin many times a frame."""
    xx = min(max(x / patient.half_width, -0.97), 0.97)
    return (
        patient.half_depth * (math.sqrt(1.0 - xx * xx) - 1.0)
        + patient.fat
        - 8.0
        - 0.32 * max(y - 30.0, 0.0)
        - 0.18 * max(-55.0 - y, 0.0)
    )


def skin_point(patient: Patient, x: float, y: float) -> FloatArray:
    """(3,): the skin over (x, y)."""
    return np.array([x, y, skin_height(patient, x, y)])


def skin_normal(patient: Patient, x: float, y: float) -> FloatArray:
    """(3,): outward unit normal of the skin over (x, y)."""
    e = 0.5
    gx = (skin_height(patient, x + e, y) - skin_height(patient, x - e, y)) / (2 * e)
    gy = (skin_height(patient, x, y + e) - skin_height(patient, x, y - e)) / (2 * e)
    return unit([-gx, -gy, 1.0])


def _rib_shape(xp: Any, ax: Array) -> tuple[Array, Array]:
    """Share of the full drop at distance ``ax`` from the midline, and the rise beyond the lowest point."""
    f = (ax - 75.0) * (1.0 / 75.0)
    beyond = xp.maximum(ax - 75.0, 0.0)
    return xp.where(ax > 75.0, 1.0, 1.0 - f * f), 0.006 * beyond * beyond


def rib_centre_y(patient: Patient, rib: int, x: ArrayLike) -> FloatArray:
    """Level (thorax y) of the centre of ``rib`` (2..8) at lateral distance ``x``."""
    ax = np.abs(np.asarray(x, dtype=np.float64))
    share, rise = _rib_shape(np, ax)
    return np.asarray(
        patient.rib_offset + patient.rib_spacing * RIB_Y[rib - 2] - RIB_DROP[rib - 2] * share + rise
    )


def thorax_tissue(xp: Any, x: Array, y: Array, z: Array, hull: Array, g: ThoraxGeometry) -> Array:
    """Tissue label of thorax points outside the heart; ``hull`` is the distance (mm) to the heart's hull."""
    xx = xp.clip(x / g.half_width, -0.97, 0.97)
    w = xp.sqrt(1.0 - xx * xx)
    surface = g.half_depth * (w - 1.0) + g.fat - 8.0
    surface = surface - 0.32 * xp.maximum(y - 30.0, 0.0) - 0.18 * xp.maximum(-55.0 - y, 0.0)
    slope = g.half_depth / g.half_width * xx / w
    depth = (surface - z) / xp.sqrt(1.05 + slope * slope)
    inside = depth >= g.wall

    label = xp.where(depth < 0.0, int(Tissue.OUTSIDE), int(Tissue.SKIN))

    def paint(mask: Array, tissue: Tissue) -> None:
        label[mask] = int(tissue)

    paint(depth >= 2.0, Tissue.SUBCUTANEOUS)
    paint(depth >= g.fat, Tissue.MUSCLE)
    paint(inside, Tissue.FAT)
    dome_r = xp.exp(-((x + 85.0) ** 2 * (1 / 2500.0) + (z + 115.0) ** 2 * (1 / 3600.0)))
    dome_l = xp.exp(-((x - 90.0) ** 2 * (1 / 2000.0) + (z + 130.0) ** 2 * (1 / 2000.0)))
    diaphragm = g.diaphragm + 30.0 * dome_r + 14.0 * dome_l - 14.0 * smoothstep(xp, 30.0, 70.0, x)
    deep = 0.12 * xp.maximum(-z - 30.0, 0.0)
    mediastinum = (x > -20.0 - deep) & (x < 22.0 + deep)
    edge = xp.clip(18.0 + (50.0 - y) * 1.05, 18.0, 120.0) + g.notch
    uncovered = (x < edge) & (z > -75.0) & (x > 0.0)
    lung = inside & (y > diaphragm) & (hull > 3.5) & ~mediastinum & ~uncovered
    paint(lung, Tissue.LUNG)
    belly = inside & (y < diaphragm)
    paint(belly, Tissue.LIVER)
    paint(belly & (x > 62.0 + 0.3 * xp.maximum(-y - 60.0, 0.0)), Tissue.GAS)
    # Hepatic veins: three branches that meet the inferior vena cava just below the diaphragm.
    meet = (-8.0, -52.0, -112.0)
    for end in ((-60.0, -70.0, -80.0), (-30.0, -78.0, -62.0), (22.0, -76.0, -70.0)):
        paint(belly & (capsule(xp, x, y, z, meet, end, 4.5, 2.2) < 0.0), Tissue.VEIN)
    paint(inside & (xp.abs(y - diaphragm) < 1.5) & (label != int(Tissue.LUNG)), Tissue.PERICARDIUM)

    ax = xp.abs(x)
    share, rise = _rib_shape(xp, ax)
    dz = (depth - g.rib_depth) / RIB_DEPTH_HALF
    nearest: Any = 99.0
    for level, drop in zip(RIB_Y, RIB_DROP, strict=True):
        nearest = xp.minimum(
            xp.abs(y - (g.rib_offset + g.rib_spacing * level - drop * share + rise)), nearest
        )
    dy = nearest / g.rib_half_height
    rib = (dy * dy + dz * dz < 1.0) & (ax > 14.0)
    paint(rib & (ax < 70.0), Tissue.CARTILAGE)
    paint(rib & (ax >= 70.0), Tissue.BONE)
    paint(
        (ax < BREASTBONE_HALF_WIDTH) & (xp.abs(depth - g.rib_depth) < 5.5) & (xp.abs(y - 24.0) < 80.0),
        Tissue.BONE,
    )
    paint(inside & (x * x + (z - g.spine_z) ** 2 < 24.0**2), Tissue.BONE)
    return label

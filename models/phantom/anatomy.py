"""Which tissue is at each point of the thorax, and which material point it is: heart and chest put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose
from models.phantom.cycle import heart_phase
from models.phantom.heart import heart_tissue, to_heart, to_material
from models.phantom.heart_geometry import HeartGeometry, heart_geometry
from models.phantom.patient import Patient
from models.phantom.sdf import Array
from models.phantom.texture import SLOW_MM, index_at, volumes
from models.phantom.thorax import ThoraxGeometry, thorax_geometry, thorax_tissue
from models.phantom.tissue import Tissue

Float32 = NDArray[np.float32]

HEART_RADIUS = 128.0
"""Beyond this distance (mm, heart frame) from the middle of the heart only the aorta and the veins go on."""
STREAK = np.float32(0.4)
"""Texture of the heart is stretched along its long axis by the inverse of this: layers of fibres look so (a choice)."""
NO_HEART_MM = 99.0
"""Distance to the heart's hull of points that are not tested against it."""


@dataclass(frozen=True, slots=True)
class Body:
    """The patient at one instant: everything the renderer needs to know of the inside."""

    patient: Patient
    heart: HeartGeometry
    thorax: ThoraxGeometry

    @classmethod
    def at(cls, patient: Patient, phase: float, breath_mm: float) -> Body:
        """``patient`` at cardiac ``phase`` (cycles) with the breath at ``breath_mm``."""
        return cls(
            patient,
            heart_geometry(patient, heart_phase(phase), breath_mm),
            thorax_geometry(patient, breath_mm),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Thorax points (mm), float32 arrays of one shape."""

    x: Array
    y: Array
    z: Array


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What lies at some points.

    Attributes:
        label: tissue, int32.
        material: the points carried back to end-diastole (heart) or as they are (chest): where texture is fixed.
        slow: slow noise there, about unit variance.
        wall_cos2: squared cosine between beam and LV wall normal, 1 outside the heart.
    """

    label: NDArray[np.int32]
    material: Points
    slow: Float32
    wall_cos2: Float32


def near_heart(x: Array, y: Array, z: Array) -> Array:
    """Whether heart-frame points may lie in the heart."""
    return x * x + y * y + (z - 10.0) ** 2 < HEART_RADIUS**2


def crossing_cos2(xp: Any, x: Array, y: Array, beam: Points, g: HeartGeometry) -> Array:
    """Squared cosine between ``beam`` (thorax frame) and the LV wall's normal at heart-frame points."""
    r = xp.sqrt(x * x + y * y) + 1e-3
    along_x = g.axes_x[0] * beam.x + g.axes_x[1] * beam.y + g.axes_x[2] * beam.z
    along_y = g.axes_y[0] * beam.x + g.axes_y[1] * beam.y + g.axes_y[2] * beam.z
    c = (x * along_x + y * along_y) / r
    return c * c


def look_inside(body: Body, p: Points, beam: Points) -> Inside:
    """Classify the points ``p``; ``beam`` is the unit direction of sound at each of them (broadcastable).

    Only points near the heart are tested against the heart's solids.
    """
    g = body.heart
    seed = body.patient.texture_seed
    shape = p.x.shape
    hx, hy, hz = to_heart(p.x, p.y, p.z, g)
    near = np.flatnonzero(near_heart(hx, hy, hz))
    x, y, z = hx.ravel()[near], hy.ravel()[near], hz.ravel()[near]
    mx, my, mz = to_material(np, x, y, z, g)
    slow_volume = volumes().slow
    rough = slow_volume[index_at(mx, my, mz, SLOW_MM, seed)]
    heart_label, hull = heart_tissue(np, mx, my, mz, rough, g)

    # Material coordinates: the heart's own within its sac (kept apart from the chest's by the heart frame's shift).
    px, py, pz = (np.array(a, dtype=np.float32).ravel() for a in (p.x, p.y, p.z))
    hull_all = np.full(px.shape, NO_HEART_MM, dtype=np.float32)
    hull_all[near] = hull
    mine = heart_label != int(Tissue.OUTSIDE)
    own = near[mine]
    label = np.zeros(px.shape, dtype=np.int32)
    label[own] = heart_label[mine]
    chest = np.ones(px.shape, dtype=bool)
    chest[own] = False
    rest = np.flatnonzero(chest)
    label[rest] = thorax_tissue(np, px[rest], py[rest], pz[rest], hull_all[rest], body.thorax)
    px[own], py[own], pz[own] = mx[mine], my[mine], mz[mine]
    pz[own] *= STREAK
    slow = slow_volume[index_at(px, py, pz, SLOW_MM, seed)]
    pz[own] = mz[mine]

    cos2 = np.ones(px.shape, dtype=np.float32)
    across = Points(*(np.broadcast_to(a, shape).ravel()[own] for a in (beam.x, beam.y, beam.z)))
    cos2[own] = crossing_cos2(np, x[mine], y[mine], across, g)
    return Inside(
        label.reshape(shape),
        Points(px.reshape(shape), py.reshape(shape), pz.reshape(shape)),
        slow.reshape(shape),
        cos2.reshape(shape),
    )


def chest_only(xp: Any, heart: HeartGeometry, thorax: ThoraxGeometry, p: Points) -> Array:
    """Tissue between skin and heart, with the heart as a plain hull: enough for shadows of ribs, sternum and lung."""
    g = heart
    x, y, z = to_heart(p.x, p.y, p.z, g)
    outer = g.lv_radius + g.wall
    lv = xp.sqrt((x * x + y * y) / (outer * outer) + ((z - g.lv_centre) / (g.lv_half + g.wall_apex)) ** 2)
    u, v = x * g.rv_cos + y * g.rv_sin - g.rv_distance, y * g.rv_cos - x * g.rv_sin
    rv = xp.sqrt((u / (g.rv_radius + 4.0)) ** 2 + (v / 40.0) ** 2 + ((z + 20.0) / 58.0) ** 2)
    atria = xp.sqrt(((x - 20.0) / 50.0) ** 2 + (y / 40.0) ** 2 + ((z - 25.0) / 40.0) ** 2)
    hull = (xp.minimum(lv, xp.minimum(rv, atria)) - 1.0) * 30.0
    return thorax_tissue(xp, p.x, p.y, p.z, hull, thorax)


def beam_points(pose: Pose, lateral: Array, axial: Array, elevation: Array | None = None) -> Points:
    """Points at ``lateral`` (x) and ``axial`` (z) mm of the probe, in the thorax frame, float32.

    They lie in the image plane, or ``elevation`` (y) mm beside it.
    """
    o = pose.position.astype(np.float32)
    ex, ez = pose.rotation[:, 0].astype(np.float32), pose.rotation[:, 2].astype(np.float32)
    if elevation is None:
        return Points(*(o[i] + lateral * ex[i] + axial * ez[i] for i in range(3)))
    ey = pose.rotation[:, 1].astype(np.float32)
    return Points(*(o[i] + lateral * ex[i] + axial * ez[i] + elevation * ey[i] for i in range(3)))

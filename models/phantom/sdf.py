"""Signed distances (mm, negative inside) to simple solids, for any array namespace ``xp`` (numpy, or torch alike).

Points come as three arrays x, y, z. Vectors that describe solids are indexable by component: shape (3,) for one
patient or (3, B, 1, 1) for a batch; both broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
"""An array of the namespace in use, float32."""


def clip01(xp: Any, a: Array) -> Array:
    """``a`` limited to 0..1."""
    return xp.clip(a, 0.0, 1.0)


def smoothstep(xp: Any, lo: Any, hi: Any, x: Array) -> Array:
    """0 below ``lo``, 1 above ``hi``, a cubic between."""
    t = clip01(xp, (x - lo) / (hi - lo))
    return t * t * (3.0 - 2.0 * t)


def smooth_min(xp: Any, a: Array, b: Array, k: float) -> Array:
    """Union of two distances with a fillet of about ``k`` mm (polynomial smooth minimum)."""
    h = clip01(xp, 0.5 + (0.5 / k) * (b - a))
    return b + (a - b) * h - k * h * (1.0 - h)


FAR = 1e3
"""mm: the distance where none was asked for."""


def where_asked(xp: Any, asked: Array, distance: Callable[..., Array], *points: Array) -> Array:
    """``distance(*points)`` where ``asked`` (bool, of the points' shape); look at it nowhere else.

    numpy computes it there alone and gives :data:`FAR` elsewhere. Batches are computed whole: points that are picked
    out no longer broadcast with what describes their patients.
    """
    if xp is not np:
        return distance(*points)
    picked = np.flatnonzero(asked)
    out = np.full(asked.shape, FAR, dtype=np.float32)
    if len(picked):
        out.ravel()[picked] = distance(*(p.ravel()[picked] for p in points))
    return out


def ellipsoid(xp: Any, x: Array, y: Array, z: Array, ax: Any, ay: Any, az: Any) -> Array:
    """Approximate distance to an axis-aligned ellipsoid with semi-axes ``ax, ay, az`` at the origin (first order)."""
    qx, qy, qz = x / ax, y / ay, z / az
    k0 = xp.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
    qx, qy, qz = qx / ax, qy / ay, qz / az
    k1 = xp.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
    return k0 * (k0 - 1.0) / k1


def capsule(xp: Any, x: Array, y: Array, z: Array, a: Any, b: Any, ra: Any, rb: Any) -> Array:
    """Distance to a tapered capsule from ``a`` (radius ``ra``) to ``b`` (radius ``rb``)."""
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    ux, uy, uz = x - a[0], y - a[1], z - a[2]
    # In place: most of a frame's solids are capsules.
    t = ux * dx
    t += uy * dy
    t += uz * dz
    t /= dx * dx + dy * dy + dz * dz
    t = clip01(xp, t)
    ux -= t * dx
    uy -= t * dy
    uz -= t * dz
    ux *= ux
    uy *= uy
    uz *= uz
    ux += uy
    ux += uz
    return xp.sqrt(ux) - (ra + (rb - ra) * t)


def segment(xp: Any, x: Array, y: Array, ax: Any, ay: Any, bx: Any, by: Any) -> Array:
    """Distance in the plane from (x, y) to the segment a-b."""
    dx, dy = bx - ax, by - ay
    t = clip01(xp, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-6))
    ux, uy = x - ax - t * dx, y - ay - t * dy
    return xp.sqrt(ux * ux + uy * uy)

"""The heart's tissues at any point: one description for numpy and for torch-like namespaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from models.phantom.heart_geometry import COS60, SIN60, HeartGeometry
from models.phantom.sdf import Array, capsule, ellipsoid, segment, smooth_min, smoothstep, where_asked
from models.phantom.tissue import Tissue

_VALVE_HALF_THICKNESS = 1.15
_SEPTUM_X, _SEPTUM_Y = math.cos(math.radians(35.0)), math.sin(math.radians(35.0))
"""Where the septum is thickened: between inferoseptum and anteroseptum."""


def to_heart(x: Array, y: Array, z: Array, g: HeartGeometry) -> tuple[Array, Array, Array]:
    """Thorax points (mm) in the heart frame (mm of the unscaled heart)."""
    ux, uy, uz = x - g.origin[0], y - g.origin[1], z - g.origin[2]
    k = 1.0 / g.scale
    return (
        (g.axes_x[0] * ux + g.axes_x[1] * uy + g.axes_x[2] * uz) * k,
        (g.axes_y[0] * ux + g.axes_y[1] * uy + g.axes_y[2] * uz) * k,
        (g.axes_z[0] * ux + g.axes_z[1] * uy + g.axes_z[2] * uz) * k,
    )


def to_material(xp: Any, x: Array, y: Array, z: Array, g: HeartGeometry) -> tuple[Array, Array, Array]:
    """Heart-frame points now, carried back to where that tissue lay at end-diastole (so speckle rides with it).

    The apex stays, the base descends; the cavity shrinks by the stroke volume; the wall keeps its volume; twist is
    greatest at the apex; all of it fades out beyond the epicardium and 55 mm above the base.
    """
    fade_top = 55.0
    zd = xp.where(
        z < g.z_apex,
        z,
        xp.where(
            z < g.z_base,
            g.z_apex + (z - g.z_apex) * g.stretch,
            xp.where(z < fade_top, fade_top * (z - g.z_base) / (fade_top - g.z_base), z),
        ),
    )
    r = xp.sqrt(x * x + y * y) + 1e-3
    q = (zd - g.lv_centre) / g.lv_half
    endo = g.lv_radius * xp.sqrt(xp.maximum(1.0 - q * q, 1e-4))
    q = (zd - g.lv_centre) / (g.lv_half + g.wall_apex)
    epi = xp.maximum((g.lv_radius + g.wall) * xp.sqrt(xp.maximum(1.0 - q * q, 1e-4)), endo + 1.0)
    endo_now = endo * g.radial
    in_wall = xp.sqrt(endo * endo + g.shorten * xp.maximum(r * r - endo_now * endo_now, 0.0))
    r_ed = xp.where(r < endo_now, r / g.radial, in_wall)
    epi_now = xp.sqrt(endo_now * endo_now + (epi * epi - endo * endo) / g.shorten)
    beyond = xp.maximum(r - epi_now, 0.0)
    near = xp.exp(beyond * (-1.0 / 18.0))
    shift = xp.where(r < epi_now, r_ed - r, epi - epi_now) * near
    towards_rv = xp.maximum((x * g.rv_cos + y * g.rv_sin) / r, 0.0)
    # The free wall of the right ventricle descends more than the septum: TAPSE.
    rise = xp.minimum((z - g.z_apex) / (g.z_base - g.z_apex), (fade_top - z) / (fade_top - g.z_base))
    zd = zd + g.rv_descent * towards_rv * xp.clip(beyond * (1.0 / 15.0), 0.0, 1.0) * xp.maximum(rise, 0.0)
    squeeze = (
        g.rv_squeeze
        * towards_rv
        * xp.where(beyond < 22.0, beyond, 22.0 * xp.exp((22.0 - beyond) * (1.0 / 25.0)))
    )
    below_base = 1.0 - smoothstep(xp, -5.0, 15.0, zd)
    k = (r + (shift + squeeze) * below_base) / r
    x, y = x * k, y * k
    turn = g.twist * (0.75 * xp.clip(zd / g.z_apex, 0.0, 1.0) - 0.25) * below_base * near
    return x - turn * y, y + turn * x, zd


def _mitral_leaflets(xp: Any, x: Array, y: Array, z: Array, g: HeartGeometry) -> Array:
    """Distance to the two leaflets. Each is a sheet that leaves the annulus and meets the other on a curved line when
    closed; open, the gap is a fish mouth: widest in the middle, closed at the commissures. The leaflets are vaulted:
    most of the way to the tips is done near the annulus, so that a cut at mid-length shows the mouth, not the ring."""
    a = (x - g.mitral_x) * COS60 + (y - g.mitral_y) * SIN60
    b = (y - g.mitral_y) * COS60 - (x - g.mitral_x) * SIN60
    radius = g.mitral_radius
    across = xp.clip(b / radius, -0.98, 0.98)
    chord = radius * xp.sqrt(1.0 - across * across)
    middle = 1.0 - across * across
    depth = 1.0 - z
    wide = g.mitral_open
    coaptation = -0.22 * radius * middle

    def sheet(sign: float, length_closed: float, length_open: float, reach: float) -> Array:
        length = (length_closed + (length_open - length_closed) * wide) * (0.70 + 0.30 * middle)
        tip = coaptation + sign * (0.4 + wide * reach * radius * middle)
        slope = (tip - sign * chord) / length
        rest = 1.0 - xp.clip(depth, 0.0, length) / length
        where = tip + (sign * chord - tip) * rest * rest
        over = xp.maximum(depth - length, 0.0) + xp.maximum(-depth, 0.0)
        off = (a - where) / xp.sqrt(1.0 + slope * slope)
        return xp.sqrt(off * off + over * over)

    beside = xp.maximum(xp.abs(b) - radius, 0.0)
    anterior = sheet(1.0, 8.0, 20.0, 0.66)
    posterior = sheet(-1.0, 7.0, 14.0, 0.40)
    return xp.minimum(anterior, posterior) + beside


def _papillary_muscles(xp: Any, p: Sequence[Array], g: HeartGeometry) -> Array:
    """Distance to the papillary muscles, each of two heads.

    Grown into the trabeculae: heads of uneven outline, roots that merge with the wall. ``p``: x and y as the bowed
    ventricle has them, z, rough, cords, distance to the cavity.
    """
    lvx, lvy, z, rough, cords, e_lv = p
    anterior = xp.minimum(
        capsule(xp, lvx, lvy, z, g.papillary1a, g.papillary1b, 6.0, 3.6),
        capsule(xp, lvx, lvy, z, g.papillary1c, g.papillary1d, 4.6, 2.8),
    )
    posterior = xp.minimum(
        capsule(xp, lvx, lvy, z, g.papillary2a, g.papillary2b, 6.0, 3.6),
        capsule(xp, lvx, lvy, z, g.papillary2c, g.papillary2d, 4.6, 2.8),
    )
    return smooth_min(xp, xp.minimum(anterior, posterior) + rough * 1.1 + cords * 0.9, -e_lv, 2.5)


def _tendons(xp: Any, p: Sequence[Array], g: HeartGeometry) -> Array:
    """Distance to the chordae from both papillary muscles to the mitral valve, and to a false tendon.

    ``p``: x, y, z, and x and y as the bowed ventricle has them.
    """
    x, y, z, lvx, lvy = p
    tip = (g.mitral_x, g.mitral_y, -12.0)
    chordae = xp.minimum(
        capsule(xp, x, y, z, g.papillary1b, tip, 0.6, 0.6), capsule(xp, x, y, z, g.papillary2b, tip, 0.6, 0.6)
    )
    false_tendon = capsule(xp, lvx, lvy, z, g.tendon_a, g.tendon_b, g.tendon_radius, g.tendon_radius)
    return xp.minimum(chordae, false_tendon)


def _moderator_band(xp: Any, p: Sequence[Array], g: HeartGeometry) -> Array:
    """Distance to the right ventricle's band; ``p``: x, y, z, rough."""
    x, y, z, rough = p
    return capsule(xp, x, y, z, g.band0, g.band1, 2.4, 3.2) + 0.6 * rough


def heart_tissue(
    xp: Any, x: Array, y: Array, z: Array, rough: Array, g: HeartGeometry
) -> tuple[Array, Array]:
    """Tissue label of material points and signed distance (mm) to the heart's hull.

    Args:
        x, y, z: end-diastolic heart-frame coordinates.
        rough: slow noise (about unit variance) at these points: trabeculae and uneven walls.

    Returns:
        int32 labels (:class:`Tissue`; OUTSIDE beyond the pericardium) and the distance to the epicardial hull.
    """
    apical = xp.clip(z / g.z_apex, 0.0, 1.0)
    # No ventricle is a spheroid: its axis is bowed, its apex pointed or round, its septum thick in places.
    bow, bump = 4.0 * apical * (1.0 - apical), 6.75 * apical * apical * (1.0 - apical)
    narrow = 1.0 + g.taper * bump
    lvx, lvy = (x - g.bow_x * bow) * narrow, (y - g.bow_y * bow) * narrow
    # Trabeculae are cords along the ventricle: a lattice across it that drifts slowly with height.
    cords = xp.sin(lvx * 0.85 + z * 0.10 + g.cord_x) * xp.sin(lvy * 0.85 - z * 0.13 + g.cord_y)
    at_septum = (z - g.septal_z) / g.septal_width
    facing = xp.maximum(lvx * _SEPTUM_X + lvy * _SEPTUM_Y, 0.0) / g.lv_radius
    thick_septum = g.septal * xp.minimum(facing * facing, 1.0) * xp.exp(-at_septum * at_septum)
    e_lv = (
        ellipsoid(xp, lvx, lvy, z - g.lv_centre, g.lv_radius, g.lv_radius, g.lv_half)
        + rough * (0.35 + 0.9 * apical)
        + cords * g.trabeculae * (0.2 + 0.8 * apical)
        + thick_septum
    )
    outer = g.lv_radius + g.wall
    e_ep = ellipsoid(xp, lvx, lvy, z - g.lv_centre, outer, outer, g.lv_half + g.wall_apex)
    e_ep = xp.maximum(e_ep, z - 2.0)
    u = x * g.rv_cos + y * g.rv_sin - g.rv_distance
    v = y * g.rv_cos - x * g.rv_sin
    rv_body = xp.maximum(ellipsoid(xp, u, v, z + 20.0, g.rv_radius, 32.0, 54.0), z - g.tricuspid[2])
    rv = smooth_min(xp, rv_body, capsule(xp, x, y, z, g.rvot, g.pulmonary, 13.0, 10.8), 8.0)
    rv_shell = rv
    rv = rv + (rough + 1.2 * cords * g.trabeculae) * (0.3 + 0.7 * apical)
    pa = capsule(xp, x, y, z, g.pulmonary, g.pa_end, 10.8, 11.3)
    pa = xp.minimum(pa, capsule(xp, x, y, z, g.pa_end, g.rpa_end, 9.3, 7.8))

    lx, ly, lz = x - g.la[0], y - g.la[1], z - g.la[2]
    la = ellipsoid(
        xp, lx * COS60 + ly * SIN60, ly * COS60 - lx * SIN60, lz, g.la_axes[0], g.la_axes[1], g.la_axes[2]
    )
    mx, my = x - g.mitral_x, y - g.mitral_y
    mr = xp.sqrt(mx * mx + my * my) + 1e-3
    la = smooth_min(xp, la, xp.maximum(mr - g.mitral_radius, xp.abs(z - 2.0) - 6.0), 6.0)
    la = smooth_min(xp, la, capsule(xp, x, y, z, g.appendage0, g.appendage1, 8.0, 5.0), 4.0)
    entry = (g.la[0], g.la[1], g.la[2] + 8.0)
    veins = xp.minimum(
        capsule(xp, x, y, z, entry, g.vein1, 6.0, 6.0), capsule(xp, x, y, z, entry, g.vein2, 6.0, 6.0)
    )
    la = smooth_min(xp, la, veins, 3.0)
    ra = ellipsoid(xp, x - g.ra[0], y - g.ra[1], z - g.ra[2], g.ra_axes[0], g.ra_axes[1], g.ra_axes[2])
    tx, ty, tz = x - g.tricuspid[0], y - g.tricuspid[1], z - g.tricuspid[2]
    tr = xp.sqrt(tx * tx + ty * ty) + 1e-3
    ra = smooth_min(xp, ra, xp.maximum(tr - g.tricuspid_radius, xp.abs(tz - 2.0) - 6.0), 6.0)
    ra_low = (g.ra[0], g.ra[1] - 8.0, g.ra[2])
    ivc = capsule(xp, x, y, z, ra_low, g.ivc_end, g.ivc_radius, g.ivc_radius)
    svc = capsule(xp, x, y, z, g.ra, g.svc_end, 8.5, 8.5)

    ax, ay, az = x - g.aortic[0], y - g.aortic[1], z - g.aortic[2]
    d = g.aortic_axis
    along = ax * d[0] + ay * d[1] + az * d[2]
    rx, ry, rz = ax - along * d[0], ay - along * d[1], az - along * d[2]
    rho = xp.sqrt(rx * rx + ry * ry + rz * rz) + 1e-3
    bulge = (along - 10.0) * (1.0 / 6.5)
    root_r = g.aortic_radius + g.sinus * xp.exp(-bulge * bulge) + 2.0 * smoothstep(xp, 15.0, 25.0, along)
    root = xp.maximum(rho - root_r, xp.abs(along - 16.0) - 18.0)
    w = g.ascending_radius
    ao = capsule(xp, x, y, z, g.arch1, g.arch2, w, w)
    ao = xp.minimum(ao, capsule(xp, x, y, z, g.arch2, g.arch3, w, w - 1.5))
    ao = xp.minimum(ao, capsule(xp, x, y, z, g.arch3, g.arch4, w - 1.5, w - 3.0))
    ao = xp.minimum(ao, capsule(xp, x, y, z, g.arch4, g.arch5, w - 3.0, w - 3.5))
    ao = smooth_min(xp, root, ao, 4.0)
    branches = xp.minimum(
        xp.minimum(
            capsule(xp, x, y, z, g.branch1a, g.branch1b, 6.0, 5.5),
            capsule(xp, x, y, z, g.branch2a, g.branch2b, 4.0, 3.5),
        ),
        capsule(xp, x, y, z, g.branch3a, g.branch3b, 5.0, 4.5),
    )
    ao = xp.minimum(ao, branches)
    outflow = capsule(xp, x, y, z, g.aortic, g.outflow, g.aortic_radius - 0.5, g.aortic_radius + 1.0)

    hull = xp.minimum(xp.minimum(e_ep, rv_shell - 4.0), xp.minimum(la - 2.2, ra - 2.2))
    sac = hull
    hull = xp.minimum(hull, xp.minimum(ao - 2.0, xp.minimum(pa - 1.5, xp.minimum(ivc, svc) - 1.2)))

    label = xp.where(hull < 0.0, int(Tissue.FAT), int(Tissue.OUTSIDE))

    def paint(mask: Array, tissue: Tissue) -> None:
        label[mask] = int(tissue)

    outside = hull >= 0.0
    paint(outside & (sac < g.effusion), Tissue.EFFUSION)
    paint(outside & (sac >= g.effusion) & (hull < g.effusion + 1.6), Tissue.PERICARDIUM)
    paint((ra < 2.2) | (la < 2.2), Tissue.ATRIAL_WALL)
    paint(xp.minimum(ivc, svc) < 1.2, Tissue.VESSEL_WALL)
    paint(rv_shell < 4.0, Tissue.RV_WALL)
    paint(e_ep < 0.0, Tissue.LV_WALL)
    not_lv = e_ep > 0.0
    paint((pa < 1.5) & not_lv, Tissue.VESSEL_WALL)
    paint((rv < 0.0) & (rv_shell < 1.5) & not_lv, Tissue.RV)
    paint((pa < 0.0) & not_lv, Tissue.PULMONARY_ARTERY)
    free = (la > 2.0) & ((e_ep > 1.0) | (z > 0.0))
    paint((svc < 0.0) & free, Tissue.VEIN)
    paint((ivc < 0.0) & free, Tissue.IVC)
    paint((ra < 0.0) & free, Tissue.RA)
    paint((ao < 2.0) & (e_ep > -4.0), Tissue.VESSEL_WALL)
    paint((la < 0.0) & (ao > 1.8) & ((e_lv < 0.0) | (z > -1.0)), Tissue.LA)
    paint((e_lv < 0.0) & (z < 0.0), Tissue.LV)
    paint(ao < 0.0, Tissue.AORTA)
    paint((outflow < 0.0) & (along < 0.0), Tissue.LV)

    # What is small is looked for where it can be.
    inside = e_lv < 0.0
    muscles = where_asked(
        xp, inside, lambda *p: _papillary_muscles(xp, p, g), lvx, lvy, z, rough, cords, e_lv
    )
    paint((muscles < 0.0) & inside, Tissue.LV_WALL)
    cavity = label == int(Tissue.LV)
    tendons = where_asked(xp, cavity, lambda *p: _tendons(xp, p, g), x, y, z, lvx, lvy)
    paint((tendons < 0.0) & cavity, Tissue.CHORDAE)
    right = label == int(Tissue.RV)
    band = where_asked(xp, right, lambda *p: _moderator_band(xp, p, g), x, y, z, rough)
    paint((band < 0.0) & right, Tissue.RV_WALL)

    below = (e_lv < 3.0) & (along < 1.0)
    leaflets = where_asked(xp, below, lambda x, y, z: _mitral_leaflets(xp, x, y, z, g), x, y, z)
    paint((leaflets < _VALVE_HALF_THICKNESS) & below, Tissue.VALVE)
    radius = g.tricuspid_radius
    cone = segment(
        xp, tr, tz, radius, 0.0, radius - radius * g.tricuspid_cos, radius * g.tricuspid_sin * (-1.0)
    )
    paint((cone < _VALVE_HALF_THICKNESS) & (rv < 4.0), Tissue.VALVE)
    cusps = segment(xp, rho, along, g.aortic_radius, 1.0, g.cusp_tip_r, g.cusp_tip_z)
    paint((cusps < 0.65) & (along > 0.0), Tissue.VALVE)
    p = rx * g.cusp_x[0] + ry * g.cusp_x[1] + rz * g.cusp_x[2]
    q = rx * g.cusp_y[0] + ry * g.cusp_y[1] + rz * g.cusp_y[2]
    p1, q1 = p * -0.5 + q * SIN60, q * -0.5 - p * SIN60
    p2, q2 = p * -0.5 - q * SIN60, q * -0.5 + p * SIN60
    sheet = xp.minimum(
        xp.where(p > 0.0, xp.abs(q), 99.0),
        xp.minimum(xp.where(p1 > 0.0, xp.abs(q1), 99.0), xp.where(p2 > 0.0, xp.abs(q2), 99.0)),
    )
    paint((sheet < g.cusp_sheet) & (rho < root_r) & (along > 5.5) & (along < 10.5), Tissue.VALVE)
    m = g.pulmonary_axis
    above = (x - g.pulmonary[0]) * m[0] + (y - g.pulmonary[1]) * m[1] + (z - g.pulmonary[2]) * m[2]
    paint((xp.abs(above) < g.pulmonary_sheet) & (pa < 0.0), Tissue.VALVE)
    # The coronary sinus runs in the groove behind the mitral valve to the right atrium.
    groove = (mr - g.mitral_radius - 7.5) ** 2 + (z - 6.0) ** 2
    behind = (my < -0.25 * g.mitral_radius) & (mx > -0.6 * g.mitral_radius) & (la > 0.8) & (e_ep > -2.0)
    paint((groove < 4.2**2) & behind & (ra > 0.0) & (ao > 2.0), Tissue.ATRIAL_WALL)
    paint((groove < 3.2**2) & behind & (ra > 0.0) & (ao > 2.0), Tissue.VEIN)
    ring = (mr - g.mitral_radius - 1.5) ** 2 + (z - 0.5) ** 2
    solid = (label == int(Tissue.LV_WALL)) | (label == int(Tissue.ATRIAL_WALL)) | (label == int(Tissue.FAT))
    paint((ring < 2.6) & solid, Tissue.VALVE)
    ring = (tr - radius - 1.5) ** 2 + tz * tz
    paint((ring < 2.0) & (solid | (label == int(Tissue.RV_WALL))), Tissue.VALVE)
    return label, hull

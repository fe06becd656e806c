"""From a patient and an instant to the numbers the heart's solids are made of, and the landmarks views are defined by.

Heart frame H: origin at the centre of the LV base at end-diastole, z from apex to base, x towards the inferoseptum and
the tricuspid valve (the A4C plane is y = 0), y = z x x (anterior). AHA azimuth runs from x to y: 0 inferoseptal (A4C),
60 anteroseptal (A3C, PLAX; the aortic valve), 120 anterior (A2C), 180 anterolateral, 240 inferolateral, 300 inferior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guidance.probe import cross, unit
from models.phantom.cycle import HeartPhase
from models.phantom.patient import Patient
from models.phantom.vessels import heart_axes, vessel_courses

FloatArray = NDArray[np.float64]
Number = Any
"""A float32 scalar, or an array (B, 1, 1) in a batch."""
Vector = Any
"""Float32 (3,), or (3, B, 1, 1) in a batch."""

COS60, SIN60 = 0.5, math.sqrt(3.0) / 2.0
_COPIED = ("arch1", "arch2", "arch3", "arch4", "arch5", *(f"branch{i}{end}" for i in "123" for end in "ab"))


@dataclass(frozen=True, slots=True)
class HeartGeometry:
    """Parameters of the heart's solids in the heart frame (mm), for one patient at one instant, or a batch of them.

    ``axes`` are the heart's x, y, z axes as three thorax vectors; ``origin`` is the LV base in the thorax frame; points
    of the heart frame are divided by ``scale``. The rest is named after the part it shapes.
    """

    axes_x: Vector
    axes_y: Vector
    axes_z: Vector
    origin: Vector
    scale: Number
    lv_radius: Number
    lv_half: Number
    lv_centre: Number
    wall: Number
    wall_apex: Number
    z_apex: Number
    z_base: Number
    stretch: Number
    shorten: Number
    radial: Number
    twist: Number
    rv_squeeze: Number
    rv_descent: Number
    bow_x: Number
    bow_y: Number
    taper: Number
    septal: Number
    septal_z: Number
    septal_width: Number
    trabeculae: Number
    cord_x: Number
    cord_y: Number
    rv_cos: Number
    rv_sin: Number
    rv_distance: Number
    rv_radius: Number
    mitral_radius: Number
    mitral_open: Number
    mitral_x: Number
    mitral_y: Number
    tricuspid: Vector
    tricuspid_radius: Number
    tricuspid_cos: Number
    tricuspid_sin: Number
    aortic: Vector
    aortic_axis: Vector
    cusp_x: Vector
    cusp_y: Vector
    aortic_radius: Number
    sinus: Number
    ascending_radius: Number
    arch1: Vector
    arch2: Vector
    arch3: Vector
    arch4: Vector
    arch5: Vector
    branch1a: Vector
    branch1b: Vector
    branch2a: Vector
    branch2b: Vector
    branch3a: Vector
    branch3b: Vector
    outflow: Vector
    cusp_tip_r: Number
    cusp_tip_z: Number
    cusp_sheet: Number
    rvot: Vector
    pulmonary: Vector
    pulmonary_axis: Vector
    pulmonary_sheet: Number
    pa_end: Vector
    rpa_end: Vector
    la: Vector
    la_axes: Vector
    appendage0: Vector
    appendage1: Vector
    vein1: Vector
    vein2: Vector
    ra: Vector
    ra_axes: Vector
    ivc_end: Vector
    svc_end: Vector
    ivc_radius: Number
    papillary1a: Vector
    papillary1b: Vector
    papillary2a: Vector
    papillary2b: Vector
    papillary1c: Vector
    papillary1d: Vector
    papillary2c: Vector
    papillary2d: Vector
    tendon_a: Vector
    tendon_b: Vector
    tendon_radius: Number
    band0: Vector
    band1: Vector
    effusion: Number


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Named points in the thorax frame (mm) at end-diastole, and the heart's axes: what target views are built on."""

    axes: FloatArray
    base: FloatArray
    apex: FloatArray
    apex_epicardium: FloatArray
    lv_mid: FloatArray
    mitral: FloatArray
    tricuspid: FloatArray
    aortic: FloatArray
    aortic_axis: FloatArray
    papillary: FloatArray
    la: FloatArray
    ra: FloatArray
    pulmonary: FloatArray
    cavoatrial: FloatArray
    ivc_low: FloatArray
    arch_start: FloatArray
    arch_top: FloatArray
    arch_end: FloatArray
    scale: float


def _polar(radius: float, azimuth_deg: float, z: float) -> FloatArray:
    a = math.radians(azimuth_deg)
    return np.array([radius * math.cos(a), radius * math.sin(a), z])


def heart_geometry(patient: Patient, phase: HeartPhase, breath_mm: float = 0.0) -> HeartGeometry:
    """The solids of ``patient``'s heart at ``phase``, shifted cranially by ``breath_mm``. All fields float32.

    Longitudinal shortening and wall thickening come from an inverse warp: the solids are those of end-diastole, and
    points are carried back to it (see :func:`models.phantom.heart.to_material`).
    """
    p, es = patient, phase.contraction
    axes = heart_axes(p)
    v = vessel_courses(p, axes)
    descent = 13.0 * es * (p.ejection_fraction / 0.62)
    shorten = (p.lv_length - descent) / p.lv_length
    volume = 1.0 - p.ejection_fraction * es
    azimuth = math.radians(p.rv_azimuth - 4.0)
    mitral_radius = 16.5 * math.sqrt(p.lv_radius / 24.0) * p.mitral_size
    tricuspid_angle = math.radians(13.0 + 57.0 * phase.mitral)
    aortic_radius = 11.3 * p.aorta_size
    cusp_x = unit(cross(v["aortic_axis"], np.array([0.0, 0.0, 1.0])))
    cusp_y = cross(v["aortic_axis"], cusp_x)
    spin = math.radians(20.0)
    cusp_x, cusp_y = (
        cusp_x * math.cos(spin) + cusp_y * math.sin(spin),
        cusp_y * math.cos(spin) - cusp_x * math.sin(spin),
    )
    r1, r2 = 0.76 * p.lv_radius, 0.62 * p.lv_radius
    bow = math.radians(p.bow_azimuth)
    cord = p.texture_seed % 997
    band_r = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    values: dict[str, Any] = {
        "axes_x": axes[:, 0],
        "axes_y": axes[:, 1],
        "axes_z": axes[:, 2],
        "origin": [p.base_x, p.base_y + breath_mm, p.base_z],
        "scale": p.scale,
        "lv_radius": p.lv_radius,
        "lv_half": 0.70 * p.lv_length,
        "lv_centre": -0.30 * p.lv_length,
        "wall": p.wall,
        "wall_apex": p.wall_apex,
        "z_apex": -p.lv_length,
        "z_base": -descent - 1e-3,
        "stretch": p.lv_length / (p.lv_length - descent - 1e-3),
        "shorten": shorten,
        "radial": math.sqrt(volume / shorten),
        # Net twist of about 12 degrees at a normal EF: apex counter-clockwise, base slightly clockwise.
        "twist": math.radians(12.0) * es * (p.ejection_fraction / 0.62),
        "rv_squeeze": 0.35 * es,
        # With the base's own descent about 20 mm at a normal EF: TAPSE.
        "rv_descent": 7.0 * es * (p.ejection_fraction / 0.62),
        "bow_x": p.bow * math.cos(bow),
        "bow_y": p.bow * math.sin(bow),
        "taper": p.apex_taper,
        "septal": p.septal_bulge,
        "septal_z": p.septal_level * p.lv_length,
        "septal_width": p.septal_extent,
        "trabeculae": p.trabeculae,
        "cord_x": 0.37 * cord,
        "cord_y": 1.91 * cord,
        "rv_cos": math.cos(azimuth),
        "rv_sin": math.sin(azimuth),
        "rv_distance": p.lv_radius + 9.0,
        "rv_radius": p.rv_radius,
        "mitral_radius": mitral_radius,
        "mitral_open": phase.mitral,
        "mitral_x": -6.0 * COS60,
        "mitral_y": -6.0 * SIN60,
        "tricuspid": [p.lv_radius + 22.0, -2.0, -7.0],
        "tricuspid_radius": 14.5,
        "tricuspid_cos": math.cos(tricuspid_angle),
        "tricuspid_sin": math.sin(tricuspid_angle),
        "aortic": v["aortic"],
        "aortic_axis": v["aortic_axis"],
        "cusp_x": cusp_x,
        "cusp_y": cusp_y,
        "aortic_radius": aortic_radius,
        "sinus": 4.6 * p.aorta_size,
        "ascending_radius": 15.5 * p.aorta_size,
        **{name: v[name] for name in _COPIED},
        "outflow": [2.0, 4.0, -15.0],
        "cusp_tip_r": 0.3 + (aortic_radius - 2.3) * phase.aortic,
        "cusp_tip_z": 3.0 + 10.0 * phase.aortic,
        "cusp_sheet": 0.7 * (1.0 - phase.aortic),
        "rvot": v["rvot"],
        "pulmonary": v["pulmonary"],
        "pulmonary_axis": v["pulmonary_axis"],
        "pulmonary_sheet": 0.9 * (1.0 - phase.aortic),
        "pa_end": v["pa_end"],
        "rpa_end": v["rpa_end"],
        "la": v["la"],
        # Reservoirs: smallest at end-diastole, largest at end-systole (the base's descent lengthens them as well).
        "la_axes": np.array([17.0, 19.6, 25.0]) * (p.la_size * (1.0 + 0.14 * es)),
        "appendage0": v["la"] + [-10.0, 12.0, 0.0],
        "appendage1": v["la"] + [-22.0, 32.0, -6.0],
        "vein1": v["vein1"],
        "vein2": v["vein2"],
        "ra": v["ra"],
        "ra_axes": np.array([18.4, 20.2, 23.5]) * (p.ra_size * (1.0 + 0.09 * es)),
        "ivc_end": v["ivc_end"],
        "svc_end": v["svc_end"],
        # Inspiration (-7 mm) narrows the vein by the patient's collapse, and the more the further it goes.
        "ivc_radius": p.ivc_radius * max(0.15, 1.0 - p.ivc_collapse * max(0.0, 7.0 - breath_mm) / 14.0),
        "papillary1a": _polar(r1, 160.0, -0.70 * p.lv_length),
        "papillary1b": _polar(r2, 160.0, -0.36 * p.lv_length),
        "papillary2a": _polar(r1, 275.0, -0.70 * p.lv_length),
        "papillary2b": _polar(r2, 275.0, -0.36 * p.lv_length),
        # Second heads, beside the first: the anterolateral one shorter, the posteromedial one split.
        "papillary1c": _polar(r1, 140.0, -0.62 * p.lv_length),
        "papillary1d": _polar(r2 + 1.0, 141.0, -0.42 * p.lv_length),
        "papillary2c": _polar(r1, 298.0, -0.66 * p.lv_length),
        "papillary2d": _polar(r2, 297.0, -0.38 * p.lv_length),
        "tendon_a": _polar(0.85 * p.lv_radius, 25.0, -0.52 * p.lv_length),
        "tendon_b": _polar(0.70 * p.lv_radius, 195.0, -0.74 * p.lv_length),
        "tendon_radius": p.false_tendon if p.false_tendon > 0.0 else -1.0,
        "band0": band_r * (p.lv_radius + 6.0) - up * 0.48 * p.lv_length,
        "band1": band_r * (p.lv_radius + 28.0) - up * 0.66 * p.lv_length,
        "effusion": p.effusion / p.scale,
    }
    return HeartGeometry(**{name: np.asarray(value, dtype=np.float32) for name, value in values.items()})


def stack_geometries(items: list[HeartGeometry]) -> HeartGeometry:
    """A batch: scalars become (B, 1, 1), vectors (3, B, 1, 1)."""
    stacked: dict[str, Any] = {}
    for f in fields(HeartGeometry):
        a = np.stack([getattr(g, f.name) for g in items], axis=-1)
        stacked[f.name] = a.reshape(*a.shape, 1, 1)
    return HeartGeometry(**stacked)


def landmarks(patient: Patient, breath_mm: float = 0.0) -> Landmarks:
    """Landmarks of ``patient`` at end-diastole with the breath at ``breath_mm``."""
    axes = heart_axes(patient)
    v = vessel_courses(patient, axes)
    origin = np.array([patient.base_x, patient.base_y + breath_mm, patient.base_z])
    length, radius = patient.lv_length, patient.lv_radius

    def thorax(h: ArrayLike) -> FloatArray:
        return np.asarray(axes @ (np.asarray(h, dtype=np.float64) * patient.scale) + origin)

    return Landmarks(
        axes=axes,
        base=thorax([0, 0, 0]),
        apex=thorax([0, 0, -length]),
        apex_epicardium=thorax([0, 0, -length - patient.wall_apex]),
        lv_mid=thorax([0, 0, -0.5 * length]),
        mitral=thorax([-6.0 * COS60, -6.0 * SIN60, 0]),
        tricuspid=thorax([radius + 22.0, -2.0, -7.0]),
        aortic=thorax(v["aortic"]),
        aortic_axis=axes @ v["aortic_axis"],
        papillary=thorax([0, 0, -0.48 * length]),
        la=thorax(v["la"]),
        ra=thorax(v["ra"]),
        pulmonary=thorax(v["pulmonary"]),
        cavoatrial=thorax(v["cavoatrial"]),
        ivc_low=thorax(0.6 * v["cavoatrial"] + 0.4 * v["ivc_end"]),
        arch_start=thorax(v["arch2"]),
        arch_top=thorax(v["arch3"]),
        arch_end=thorax(v["arch4"]),
        scale=patient.scale,
    )

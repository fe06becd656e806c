"""Exact labels of a virtual frame: what is on screen, how good it is and why, and how to get to every view."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose, adjustment_between
from guidance.views import STANDARD_VIEWS, View
from models.phantom.beamform import PolarImage
from models.phantom.heart_geometry import Landmarks
from models.phantom.judge import judge
from models.phantom.style import MachineStyle
from models.phantom.targets import Target
from models.phantom.tissue import Tissue

Float32 = NDArray[np.float32]

LANDMARKS: tuple[str, ...] = (
    "apex", "mitral", "tricuspid", "aortic", "papillary", "la", "ra", "pulmonary", "cavoatrial",
)  # fmt: skip
"""Points of the landmark head, in order."""

NAMED_BELOW = 3.5
"""A view keeps its name, by what is visible, while its anchors are within this many tolerances (21 mm, 35 degrees)."""
OTHER_ABOVE = 6.0
"""From here on the picture lies between views."""
SHADED = 0.06
"""Samples that get less sound than this there and back show nothing of their tissue."""
FEW = 60
"""Samples of blood or wall that are too few to compare."""
BLOOD = np.isin(np.arange(len(Tissue)), np.arange(Tissue.LV, Tissue.IVC + 1))
SOLID = np.isin(
    np.arange(len(Tissue)),
    (
        Tissue.LV_WALL,
        Tissue.RV_WALL,
        Tissue.ATRIAL_WALL,
        Tissue.VESSEL_WALL,
        Tissue.VALVE,
        Tissue.PERICARDIUM,
        Tissue.LIVER,
    ),
)
"""(tissues,) which are blood, and which bound it."""
INCOMPLETE_ABOVE = 3.2
"""From here on the view's structures are no longer in the picture together."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of one frame; V = 12 standard views in their order, L = 9 landmarks.

    Attributes:
        view: (V + 1,) soft assignment, sums to one; the last is OTHER.
        quality: (V,) would a reader accept it, 0..1.
        facets: (4,) structures, on axis, window, gain and depth, 0..1.
        adjustment: (V, 5) mm and degrees to every target.
        weight: (V,) how much that adjustment matters (near targets matter most).
        landmarks: (L, 3) mm, probe frame.
        distance: (V,) the judge's distance to each view (1 = edge of the right picture).
        novelty: 0 for frames of a chest, 1 for anything else.
    """

    view: Float32
    quality: Float32
    facets: Float32
    adjustment: Float32
    weight: Float32
    landmarks: Float32
    distance: Float32
    novelty: float


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, x))))


def _seen(points: NDArray[np.float64], image: PolarImage, style: MachineStyle) -> NDArray[np.float64]:
    """(K,) 0..1: how well points (K, 3; probe frame) are insonified: inside the sector and not in a shadow."""
    half = math.radians(style.half_angle_deg)
    radius = style.curve_mm
    beams, samples = image.transmission.shape
    z = points[:, 2] + radius * math.cos(half)
    reach, angle = np.hypot(points[:, 0], z) - radius, np.arctan2(points[:, 0], z)
    inside = (np.abs(angle) < half * 0.98) & (reach > 2.0) & (reach < 0.97 * style.depth_mm)
    beam = np.clip((angle + half) / (2 * half) * (beams - 1), 0, beams - 1).astype(int)
    sample = np.clip(reach / style.depth_mm * (samples - 1), 0, samples - 1).astype(int)
    passed = image.transmission[beam, sample].astype(np.float64)
    return np.asarray(np.where(inside, np.clip((passed - 0.10) / 0.25, 0.0, 1.0), 0.0))


def _contrast(image: PolarImage) -> float:
    """0..1: how far walls stand out from blood, in grey levels of the picture: none in the dark or in haze."""
    open_ = image.transmission > SHADED
    blood, wall = BLOOD[image.label] & open_, SOLID[image.label] & open_
    if blood.sum() < FEW or wall.sum() < FEW:
        return 1.0  # nothing to compare: what else is seen decides
    apart = float(image.grey[wall].mean()) - float(image.grey[blood].mean())
    return min(1.0, max(0.0, (apart - 5.0) / 15.0))


def _settings(style: MachineStyle, deepest_mm: float) -> float:
    """0..1: gain near its right value, and a depth that shows the view with little to spare."""
    gain = style.gain_db + 0.5 * (style.tgc_db[1] + style.tgc_db[2])
    over = max(0.0, abs(gain) - 5.0)
    fill = deepest_mm / style.depth_mm
    depth = 1.0 - min(1.0, max(0.0, fill - 0.97) * 8.0 + max(0.0, 0.55 - fill) * 5.0)
    return math.exp(-((over / 6.0) ** 2)) * depth


def label_frame(
    pose: Pose,
    image: PolarImage,
    style: MachineStyle,
    targets: Mapping[View, Target],
    marks: Landmarks,
) -> Labels:
    """Labels of the picture ``image``, with targets and landmarks of the same breath.

    ``pose`` is where the probe's face is, pressed in (:func:`models.phantom.contact.pressed_in`).
    """
    judged = [judge(pose, targets[v]) for v in STANDARD_VIEWS]
    distance = np.array([j.distance for j in judged])
    anchors = [pose.to_probe(targets[v].anchors) for v in STANDARD_VIEWS]
    seen = np.array([_seen(a, image, style).mean() for a in anchors]) * _contrast(image)
    nearest = int(distance.argmin())
    deepest = float(np.linalg.norm(anchors[nearest], axis=1).max())
    settings = _settings(style, max(deepest, 90.0))

    named = np.clip((OTHER_ABOVE - distance) / (OTHER_ABOVE - NAMED_BELOW), 0.0, 1.0) * np.clip(
        seen * 2.5 - 0.25, 0.0, 1.0
    )
    share = named * np.exp(-3.0 * (distance - distance[nearest]))
    total = float(named.max())
    view = np.append(share / max(share.sum(), 1e-9) * total, 1.0 - total)

    right = np.array([_sigmoid((1.1 - d) * 5.0) for d in distance])
    quality = right * np.clip(1.3 * seen, 0.0, 1.0) * (0.25 + 0.75 * settings)
    near_share = float(image.transmission[:, : image.transmission.shape[1] // 4].mean())
    window = float(np.clip((near_share - 0.15) / 0.5, 0.0, 1.0)) * float(image.contact.mean())
    facets = np.array(
        [
            seen[nearest] * np.clip(INCOMPLETE_ABOVE - distance[nearest], 0.0, 1.0),
            _sigmoid((1.25 - distance[nearest]) * 4.0),
            window,
            settings,
        ]
    )

    adjustments = np.array([adjustment_between(pose, targets[v].pose).as_array() for v in STANDARD_VIEWS])
    slide = np.linalg.norm(adjustments[:, :2], axis=1)
    turn = np.linalg.norm(adjustments[:, 2:], axis=1)
    weight = 1.0 / (1.0 + (slide / 40.0) ** 2 + (turn / 45.0) ** 2)
    points = pose.to_probe(np.stack([getattr(marks, name) for name in LANDMARKS]))
    f32 = np.float32
    return Labels(
        view.astype(f32), quality.astype(f32), facets.astype(f32), adjustments.astype(f32), weight.astype(f32),
        points.astype(f32), distance.astype(f32), 0.0,
    )  # fmt: skip


def outlier_labels() -> Labels:
    """Labels of a picture that is not of a heart: OTHER, no quality, no adjustment."""
    v, n = len(STANDARD_VIEWS), len(LANDMARKS)
    view = np.zeros(v + 1, dtype=np.float32)
    view[-1] = 1.0
    zero = np.zeros(v, dtype=np.float32)
    return Labels(
        view, zero, np.zeros(4, np.float32), np.zeros((v, 5), np.float32), zero, np.full((n, 3), np.nan, np.float32),
        np.full(v, 99.0, np.float32), 1.0,
    )  # fmt: skip

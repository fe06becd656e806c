"""Foreshortening: how much of the left ventricle's length the image plane misses, from apex and mitral valve.

The cavity is taken for a spheroid as the virtual patient draws it: with L the way from the mitral valve M to the apex
A, its long half axis 0.7 L, centred 0.3 L from M towards A, its short half axis 0.282 L (nominal radius 24 mm, length
85 mm). The image plane is y = 0 of the probe frame. It cuts the spheroid in an ellipse; the point of it furthest
towards the apex is the apex that the reader sees, and

    lost = 1 - (its height above M along M -> A) / L,

0 where the true apex lies in the plane, 1 where the plane misses the cavity. In coordinates that make the spheroid a
unit sphere the plane is m . p = d with d = -C_y / N, m_z = 0.7 L u_y / N, N^2 = (0.282 L)^2 (1 - u_y^2) +
(0.7 L u_y)^2 (u the unit vector M -> A, C the centre), and the furthest point of the circle has
p_z = d m_z + sqrt(1 - d^2) sqrt(1 - m_z^2), so lost = 0.7 (1 - p_z).

The shadow of the long axis on the plane (1 - its length / L) would not do: it needs 26 degrees of tilt for a loss of
10 %, by which the plane has long left the ventricle. Simplifications: end-diastole, and M lies up to 6 mm beside the
axis of the cavity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.views import View, Window, window_of
from models.figures.statistics import auroc, mean
from models.figures.truth import Truth
from models.labels import LANDMARKS

FORESHORTENED = 0.10
"""From this share of the length lost a picture counts as foreshortened."""
HALF_LENGTH, HALF_WIDTH, CENTRE = 0.70, 0.282, 0.30
"""Half axes of the cavity and the place of its centre on the way from mitral valve to apex, in lengths of that way."""
APEX, MITRAL = "apex", "mitral"
ON_AXIS = 1
"""Index of the facet."""


@dataclass(frozen=True, slots=True)
class ForeshorteningFigures:
    """On frames whose nearest view is apical, and whose label calls them a view (OTHER less than half).

    Attributes:
        auc: telling frames that lost at least 10 % of the LV's length from the rest, by the model's own answer to that
            question; nan without it, or without both kinds.
        auc_landmarks: the same by the loss that the model's landmarks imply; nan without landmarks.
        auc_off_axis: the same by the facet "on axis" alone, turned round; it also falls for other reasons.
        error: mean absolute error of the loss by landmarks. frames, foreshortened: how many, and how many lost so much.
    """

    auc: float
    auc_landmarks: float
    auc_off_axis: float
    error: float
    frames: int
    foreshortened: int


def length_lost(apex: NDArray[Any], mitral: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) share of the LV length that the plane y = 0 misses, of points (n, 3) in mm, probe frame."""
    axis = (apex - mitral).astype(np.float64)
    length = np.maximum(np.linalg.norm(axis, axis=1), 1e-6)
    along = axis[:, 1] / length
    centre = (mitral[:, 1] + CENTRE * axis[:, 1]) / length
    reach = np.sqrt(HALF_WIDTH**2 * (1.0 - along**2) + (HALF_LENGTH * along) ** 2)
    d, m = -centre / reach, np.clip(HALF_LENGTH * along / reach, -1.0, 1.0)
    cut = np.abs(d) < 1.0
    furthest = d * m + np.sqrt(np.clip(1.0 - d**2, 0.0, None)) * np.sqrt(1.0 - m**2)
    return np.where(cut, np.clip(HALF_LENGTH * (1.0 - furthest), 0.0, 1.0), 1.0)


def foreshortening_figures(
    views: tuple[View, ...],
    names: tuple[str, ...],
    raw: Mapping[str, NDArray[Any]],
    truth: Truth,
) -> ForeshorteningFigures:
    """Figures of the answers ``raw`` of n frames: logits ``foreshortening`` (n,) and ``facets`` (n, 4), and
    ``landmarks`` (n, L, 3) named ``names``. None of them is needed.
    """
    apical = np.array([window_of(v) is Window.APICAL for v in views])
    rows = truth.heart & apical[truth.nearest] & (truth.view[:, -1] < 0.5)
    points = truth.landmarks[rows]
    true = length_lost(points[:, LANDMARKS.index(APEX)], points[:, LANDMARKS.index(MITRAL)])
    short = true >= FORESHORTENED
    by_landmarks = error = math.nan
    if "landmarks" in raw and APEX in names and MITRAL in names:
        said = raw["landmarks"][rows]
        lost = length_lost(said[:, names.index(APEX)], said[:, names.index(MITRAL)])
        by_landmarks, error = auroc(lost, short), mean(np.abs(lost - true))
    return ForeshorteningFigures(
        auc=auroc(raw["foreshortening"][rows], short) if "foreshortening" in raw else math.nan,
        auc_landmarks=by_landmarks,
        auc_off_axis=auroc(-raw["facets"][rows, ON_AXIS], short) if "facets" in raw else math.nan,
        error=error,
        frames=int(rows.sum()),
        foreshortened=int(short.sum()),
    )

"""The chest's shape for drawing: skin, ribs, breastbone and collar bones of one patient, in mm of the thorax frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phantom.patient import Patient
from models.phantom.thorax import BREASTBONE_HALF_WIDTH, rib_centre_y, skin_z

FloatArray = NDArray[np.float64]

TOP, BOTTOM = 172.0, -172.0
"""The neck and the belly, where the drawing ends."""
ACROSS, ALONG = 30, 34
RIBS = (2, 3, 4, 5, 6, 7, 8)


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A bone as a line of a certain thickness (mm)."""

    line: FloatArray
    thick: float


@dataclass(frozen=True, slots=True, eq=False)
class ChestShape:
    """What is drawn of the chest.

    Attributes:
        skin: (ALONG + 1, ACROSS + 1, 3): a grid on the skin; rows from the neck to the belly, from the patient's
            right to the left.
        bones: ribs and collar bones. breastbone: (N, 3), its outline.
    """

    skin: FloatArray
    bones: tuple[Bone, ...]
    breastbone: FloatArray


def chest_shape(patient: Patient) -> ChestShape:
    """The chest of ``patient``: the same ribs that throw shadows in its pictures."""
    return ChestShape(_skin(patient), tuple(_bones(patient)), _breastbone(patient))


def half_extent(patient: Patient, y: FloatArray) -> FloatArray:
    """Half width of the drawn body at the levels ``y``: shoulders slope to the neck, the waist is a little narrower."""
    up = np.clip((y - 70.0) / (TOP - 70.0), 0.0, 1.0)
    down = np.clip((-40.0 - y) / (-40.0 - BOTTOM), 0.0, 1.0)
    share = 0.965 * (1.0 - 0.66 * up**2.2) * (1.0 - 0.09 * down**1.5)
    return np.asarray(share * patient.half_width)


def _skin(patient: Patient) -> FloatArray:
    y = np.linspace(TOP, BOTTOM, ALONG + 1)[:, None]
    # Even steps of the angle round the body: its steep sides need as many as its front.
    side = np.sin(np.linspace(-np.pi / 2, np.pi / 2, ACROSS + 1))[None, :]
    x = side * half_extent(patient, y)
    return np.stack([x, np.broadcast_to(y, x.shape), skin_z(patient, x, y)], axis=-1)


def _bones(patient: Patient) -> list[Bone]:
    bones = []
    for rib in RIBS:
        for side in (-1.0, 1.0):
            x = np.linspace(BREASTBONE_HALF_WIDTH - 2.0, 0.90 * patient.half_width, 26) * side
            y = rib_centre_y(patient, rib, x)
            line = _below_skin(patient, x, y)
            bones.append(Bone(line[line[:, 1] > BOTTOM + 20.0], 1.7 * patient.rib_half_height))
    for side in (-1.0, 1.0):
        x = np.linspace(10.0, 0.62 * patient.half_width, 12) * side
        y = 112.0 + 14.0 * (np.abs(x) / (0.62 * patient.half_width)) ** 1.4
        bones.append(Bone(_below_skin(patient, x, y), 8.0))
    return bones


def _breastbone(patient: Patient) -> FloatArray:
    half = BREASTBONE_HALF_WIDTH
    right = [(0.85, 108.0), (1.35, 96.0), (1.0, 70.0), (0.8, 20.0), (0.95, -30.0), (0.6, -50.0), (0.0, -66.0)]
    outline = [(w * half, y) for w, y in right] + [(-w * half, y) for w, y in reversed(right)]
    x, y = np.array(outline).T
    return _below_skin(patient, x, y)


def _below_skin(patient: Patient, x: FloatArray, y: FloatArray) -> FloatArray:
    """(N, 3): points under the skin at the ribs' depth (straight back is enough for a drawing)."""
    return np.stack([x, np.broadcast_to(y, x.shape), skin_z(patient, x, y) - 0.5 * patient.fat], axis=-1)

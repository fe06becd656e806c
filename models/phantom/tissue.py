"""Tissues of the virtual patient, and how each scatters, attenuates and reflects ultrasound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.phantom.patient import Patient


class Tissue(IntEnum):
    """Label of a point. Blood is told apart by chamber so that labels double as structure masks."""

    OUTSIDE = 0
    LV = 1
    RV = 2
    LA = 3
    RA = 4
    AORTA = 5
    PULMONARY_ARTERY = 6
    VEIN = 7
    IVC = 8
    LV_WALL = 9
    RV_WALL = 10
    ATRIAL_WALL = 11
    VESSEL_WALL = 12
    VALVE = 13
    CHORDAE = 14
    PERICARDIUM = 15
    FAT = 16
    SKIN = 17
    SUBCUTANEOUS = 18
    MUSCLE = 19
    BONE = 20
    CARTILAGE = 21
    LUNG = 22
    LIVER = 23
    GAS = 24
    EFFUSION = 25


@dataclass(frozen=True, slots=True)
class Acoustics:
    """Echo level (dB), residual attenuation after time-gain compensation (dB/mm, two ways), relative impedance.

    ``texture`` is the spread (natural log) of the slow modulation of the echo level.
    """

    echo_db: float
    attenuation: float
    impedance: float
    texture: float


_BLOOD = Acoustics(-52.0, 0.0, 1.00, 0.40)
_TABLE: dict[Tissue, Acoustics] = {
    Tissue.OUTSIDE: Acoustics(-52.0, 0.0, 1.00, 0.1),
    **dict.fromkeys((t for t in Tissue if Tissue.LV <= t <= Tissue.IVC), _BLOOD),
    Tissue.LV_WALL: Acoustics(-18.5, 0.018, 1.06, 0.60),
    Tissue.RV_WALL: Acoustics(-18.0, 0.020, 1.06, 0.55),
    Tissue.ATRIAL_WALL: Acoustics(-14.0, 0.020, 1.08, 0.35),
    Tissue.VESSEL_WALL: Acoustics(-10.0, 0.030, 1.12, 0.30),
    Tissue.VALVE: Acoustics(-6.0, 0.030, 1.16, 0.25),
    Tissue.CHORDAE: Acoustics(-20.0, 0.010, 1.04, 0.30),
    Tissue.PERICARDIUM: Acoustics(-4.0, 0.050, 1.32, 0.35),
    Tissue.FAT: Acoustics(-18.0, 0.020, 1.03, 0.60),
    Tissue.SKIN: Acoustics(-5.0, 0.020, 1.08, 0.20),
    Tissue.SUBCUTANEOUS: Acoustics(-21.0, 0.020, 1.00, 0.60),
    Tissue.MUSCLE: Acoustics(-16.0, 0.020, 1.05, 0.55),
    Tissue.BONE: Acoustics(1.0, 6.000, 2.60, 0.20),
    Tissue.CARTILAGE: Acoustics(-14.0, 0.900, 1.35, 0.25),
    Tissue.LUNG: Acoustics(-2.0, 3.000, 0.40, 0.30),
    Tissue.LIVER: Acoustics(-18.0, 0.020, 1.05, 0.22),
    Tissue.GAS: Acoustics(-2.0, 3.000, 0.40, 0.40),
    Tissue.EFFUSION: Acoustics(-54.0, 0.0, 1.00, 0.20),
}  # fmt: skip
"""Relative echo levels, attenuation and impedances, chosen to look like transthoracic echo; no absolute claim."""


def _column(name: str) -> NDArray[np.float32]:
    return np.array([getattr(_TABLE[t], name) for t in Tissue], dtype=np.float32)


ECHO_DB = _column("echo_db")
ATTENUATION = _column("attenuation")
IMPEDANCE = _column("impedance")
TEXTURE = _column("texture")

ECHO_SPREAD_DB = 2.0
"""Standard deviation of how far one person's tissues differ from the table, each by itself (a choice)."""


@lru_cache(maxsize=64)
def echo_differences(seed: int) -> NDArray[np.float32]:
    """(tissues,) dB that the tissues of the patient of ``seed`` differ from the table; 0 is the table's own patient."""
    if seed == 0:
        return np.zeros(len(Tissue), dtype=np.float32)
    return np.random.default_rng([23, seed]).normal(0.0, ECHO_SPREAD_DB, len(Tissue)).astype(np.float32)


_MYOCARDIUM = (Tissue.LV_WALL, Tissue.RV_WALL, Tissue.ATRIAL_WALL)


def echo_amplitudes(patient: Patient) -> NDArray[np.float32]:
    """(tissues,) amplitude of the echo of each tissue of ``patient``."""
    level = ECHO_DB + echo_differences(patient.texture_seed)
    level[list(_MYOCARDIUM)] += patient.myocardium_db
    level[Tissue.PERICARDIUM] += patient.pericardium_db
    level[Tissue.LV : Tissue.IVC + 1] += patient.blood_db
    return np.asarray(10.0 ** (level / 20.0), dtype=np.float32)


GASSY: NDArray[np.bool_] = np.isin(np.arange(len(Tissue)), (Tissue.LUNG, Tissue.GAS))
"""(tissues,) which hold air: what lies behind them is an artefact."""

FIBROUS: NDArray[np.bool_] = np.isin(np.arange(len(Tissue)), (Tissue.LV_WALL, Tissue.PERICARDIUM))
"""(tissues,) which echo less where the beam runs along the wall than where it crosses it."""

BLOCKING = np.array(
    [
        {Tissue.BONE: 2.2, Tissue.LUNG: 1.5, Tissue.GAS: 1.5, Tissue.CARTILAGE: 0.30}.get(t, 0.0)
        for t in Tissue
    ],
    dtype=np.float32,
)
"""(tissues,) dB/mm, one way, that the near field loses to what stands before the aperture."""


STRUCTURES: tuple[str, ...] = ("LV", "LV_wall", "RV", "LA", "RA", "aorta", "IVC", "liver")
"""Channels of the network's structure masks, in order."""

STRUCTURE_TISSUES: tuple[Tissue, ...] = (
    Tissue.LV, Tissue.LV_WALL, Tissue.RV, Tissue.LA, Tissue.RA, Tissue.AORTA, Tissue.IVC, Tissue.LIVER,
)  # fmt: skip

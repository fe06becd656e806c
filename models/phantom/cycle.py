"""The cardiac cycle and the breath as pure functions of time: how far contracted, which valves are open."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeartPhase:
    """State of the heart at one instant.

    Attributes:
        contraction: 0 = end-diastole, 1 = end-systole.
        mitral: opening of the atrioventricular valves, 0..1 (early filling, partial closure, atrial kick).
        aortic: opening of the semilunar valves, 0..1.
    """

    contraction: float
    mitral: float
    aortic: float


def _smooth(lo: float, hi: float, x: float) -> float:
    t = min(1.0, max(0.0, (x - lo) / (hi - lo)))
    return t * t * (3.0 - 2.0 * t)


def heart_phase(phase: float) -> HeartPhase:
    """State at ``phase`` (cycles; 0 = the R wave, end-diastole).

    Systole lasts 0.36 of the cycle and relaxation 0.20, as at about 70 beats a minute; 12 % of the stroke is left to
    the atrial kick. The timing is a choice within the normal range.
    """
    t = phase % 1.0
    if t < 0.36:
        contraction = 0.5 - 0.5 * math.cos(math.pi * t / 0.36)
    elif t < 0.56:
        contraction = 0.12 + 0.88 * (0.5 + 0.5 * math.cos(math.pi * (t - 0.36) / 0.20))
    elif t < 0.84:
        contraction = 0.12
    else:
        contraction = 0.12 * (0.5 + 0.5 * math.cos(math.pi * (t - 0.84) / 0.16))
    early = _smooth(0.43, 0.50, t) * (1.0 - 0.65 * _smooth(0.56, 0.68, t))
    mitral = (early + 0.45 * _smooth(0.82, 0.88, t)) * (1.0 - _smooth(0.94, 1.0, t))
    aortic = _smooth(0.03, 0.07, t) * (1.0 - _smooth(0.31, 0.36, t))
    return HeartPhase(contraction, min(1.0, mitral), aortic)


def breath(t_s: float, rate_per_min: float = 14.0, depth_mm: float = 7.0) -> float:
    """Cranial shift of diaphragm and heart, mm, at ``t_s`` seconds: quiet breathing, longer at expiration (+)."""
    s = math.sin(2.0 * math.pi * t_s * rate_per_min / 60.0)
    return depth_mm * (1.0 - 2.0 * ((1.0 - s) / 2.0) ** 2)

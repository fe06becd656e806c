"""The shape of the drawn chest: that of the virtual patient's mean torso, in millimetres of the thorax frame.

x patient left, y cranial, z anterior. Numbers in, numbers out.
"""

from __future__ import annotations

import math

import numpy as np

from guidance.probe import FloatArray

_LEVELS = np.array([-210.0, -170, -130, -90, -50, -10, 30, 70, 100, 122, 140, 152, 162, 182])
_HALF_WIDTH = np.array([150.0, 146, 148, 154, 160, 164, 168, 176, 190, 188, 160, 112, 66, 54])
_FRONT = np.array([-8.0, -6, -4, -4, -2, 0, 0, -6, -20, -36, -54, -66, -72, -72])
_HALF_DEPTH = np.array([100.0, 104, 107, 107, 107, 107, 106, 100, 84, 70, 56, 48, 44, 42])
_STEPS = np.linspace(-1.0, 1.0, 25)
_SIDES = np.radians(110.0) * np.sign(_STEPS) * np.abs(_STEPS) ** 0.62  # finer where the skin turns away


def skin(y: FloatArray, angle: FloatArray) -> FloatArray:
    """(..., 3) mm: the torso's skin at level ``y`` and ``angle`` (radians from the front to the patient's left)."""
    half_width = np.interp(y, _LEVELS, _HALF_WIDTH)
    depth = np.interp(y, _LEVELS, _HALF_DEPTH)
    front = np.interp(y, _LEVELS, _FRONT)
    return np.stack([half_width * np.sin(angle), y, front - depth * (1.0 - np.cos(angle))], axis=-1)


def skin_over(x: FloatArray, y: FloatArray, lift: float = 1.0) -> FloatArray:
    """(N, 3) mm: just above the skin over (x, y)."""
    half_width = np.interp(y, _LEVELS, _HALF_WIDTH)
    points = skin(y, np.arcsin(np.clip(x / half_width, -0.98, 0.98)))
    points[..., 2] += lift
    return points


def torso() -> FloatArray:
    """(rows, columns, 3) mm."""
    y, angle = np.meshgrid(_LEVELS, _SIDES, indexing="ij")
    return skin(y, angle)


def chest_lines() -> list[FloatArray]:
    """Breastbone, ribs, costal arch and collar bones, as lines on the skin."""
    found = []
    found.append(skin_over(np.zeros(12), np.linspace(98.0, -52.0, 12)))
    for rib in range(5):
        top = 78.0 - 26.0 * rib
        for side in (-1.0, 1.0):
            x = np.linspace(14.0, 128.0 + 4.0 * rib, 16)
            y = top - 10.0 * np.sin(x / 128.0 * math.pi * 0.5) - 0.0022 * np.maximum(x - 40.0, 0.0) ** 2
            found.append(skin_over(side * x, y))
    for side in (-1.0, 1.0):
        x = np.linspace(6.0, 112.0, 14)
        found.append(skin_over(side * x, -54.0 - 0.86 * x + 0.0012 * x * x))
        x = np.linspace(12.0, 138.0, 12)
        found.append(skin_over(side * x, 112.0 + 9.0 * np.sin(x / 138.0 * math.pi), 2.0))
    return found

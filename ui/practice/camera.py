"""Camera: perspective from the thorax frame to the screen. Pure arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guidance.views import Window
from ui.layout import Box

FloatArray = NDArray[np.float64]

CENTRE = (34.0, -14.0, -40.0)
"""What the camera looks at, mm."""
DISTANCE = 900.0
"""From there to the eye, mm."""
SPAN = 428.0
"""So many mm at the centre fill the shorter side."""
MOST_DEG = 70.0
FIRST_LOOK = {
    Window.PARASTERNAL: (-8.0, -15.0),
    Window.APICAL: (24.0, -16.0),
    Window.SUBCOSTAL: (8.0, -22.0),
    Window.SUPRASTERNAL: (12.0, 22.0),
}
"""Azimuth and height from which the probe is seen well at each window."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks at the chest from ``azimuth`` degrees to the patient's left and ``height`` degrees towards the head."""

    box: Box
    azimuth: float = 24.0
    height: float = -16.0

    @property
    def axes(self) -> FloatArray:
        """(3, 3): rows are the screen's right, its up, and the way from the centre to the eye."""
        a, h = math.radians(self.azimuth), math.radians(self.height)
        back = np.array([math.sin(a) * math.cos(h), math.sin(h), math.cos(a) * math.cos(h)])
        right = np.array([math.cos(a), 0.0, -math.sin(a)])
        return np.stack([right, np.cross(back, right), back])

    @property
    def eye(self) -> FloatArray:
        """(3,): where the eye is, mm."""
        return np.asarray(np.array(CENTRE) + DISTANCE * self.axes[2])

    def seen(self, points: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(..., 2) where ``points`` (..., 3) lie on the screen, and (...) how far away (mm)."""
        p = (np.asarray(points, dtype=np.float64) - np.array(CENTRE)) @ self.axes.T
        away = np.maximum(DISTANCE - p[..., 2], 50.0)
        scale = min(self.box.w, self.box.h) / SPAN * DISTANCE / away
        middle = np.array([self.box.x + self.box.w / 2, self.box.y + self.box.h / 2])
        return middle + p[..., :2] * np.array([1.0, -1.0]) * scale[..., None], away

    def at(self, point: ArrayLike) -> tuple[float, float]:
        """Where one point lies on the screen."""
        x, y = self.seen(np.asarray(point, dtype=np.float64)[None, :])[0][0]
        return float(x), float(y)

    def px_per_mm(self, point: ArrayLike) -> float:
        """Size of a millimetre at ``point``, across the line of sight."""
        return float(
            min(self.box.w, self.box.h)
            / SPAN
            * DISTANCE
            / self.seen(np.asarray(point, dtype=np.float64)[None, :])[1][0]
        )

    def at_window(self, window: Window) -> Camera:
        """Another camera, from where a probe at ``window`` is seen well."""
        return Camera(self.box, *FIRST_LOOK[window])

    def turned(self, dx: float, dy: float) -> Camera:
        """Another camera, ``dx`` and ``dy`` degrees round the chest."""
        return Camera(
            self.box,
            float(np.clip(self.azimuth + dx, -MOST_DEG, MOST_DEG)),
            float(np.clip(self.height + dy, -MOST_DEG, MOST_DEG)),
        )

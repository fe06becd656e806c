"""DeviceProfile: where the ultrasound picture lies on a device's screen, and how to read it.

Profiles are made in ``calibration/`` or found on the fly (:mod:`guidance.sector`); here they are data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from guidance.device_latency import DeviceLatency


class MarkerSide(StrEnum):
    """Side of the picture that shows the probe's index marker. Cardiology convention: right."""

    RIGHT = "right"
    LEFT = "left"


CANONICAL_ASPECT = 1.4
"""Width over height of the canonical crop: a 90 degree sector of depth D is sqrt(2) D wide."""


@dataclass(frozen=True, slots=True)
class Sector:
    """A phased or curved sector on the screen, in pixels of the full frame; pixel centres at whole numbers.

    The apex is where the two edges meet (above the picture for a curved top). Angles in degrees from straight down,
    negative to the left. ``r_min`` is 0 for a pointed top; ``r_max`` is the bottom arc, both in rows. ``stretch`` is
    how many columns are as long as one row: not 1 where a capture card has widened the screen (4:3 shown as 16:9).
    """

    apex_x: float
    apex_y: float
    angle_left: float
    angle_right: float
    r_min: float
    r_max: float
    stretch: float = 1.0

    @property
    def top(self) -> float:
        """Image row of the highest point of the picture."""
        return self.apex_y + self.r_min * math.cos(
            math.radians(max(abs(self.angle_left), abs(self.angle_right)))
        )

    @property
    def bottom(self) -> float:
        """Image row of the lowest point of the picture."""
        if self.angle_left <= 0.0 <= self.angle_right:
            return self.apex_y + self.r_max
        return self.apex_y + self.r_max * math.cos(
            math.radians(min(abs(self.angle_left), abs(self.angle_right)))
        )


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """How to read one device's picture.

    Attributes:
        width, height: frame size in pixels that the profile belongs to.
        sector: geometry of the ultrasound picture, where it is a sector; None: use the whole ``box``.
        box: canonical crop ``(x0, y0, width, height)`` in pixels, may reach beyond the frame (filled with black):
            height = top to bottom of the picture, width = :data:`CANONICAL_ASPECT` x height (x ``sector.stretch``),
            centred on the apex.
        marker: side of the marker on the screen; the crop is mirrored when it is LEFT (see ``turned``).
        mm_per_px: physical height of a pixel, where known; its width is that divided by ``sector.stretch``.
        window: (x0, y0, x1, y1) in pixels, inclusive, where the picture is cut off: the box of a linear picture, the
            half of a dual screen, the edge of the scanner's image area; None: the frame's edges.
        ruler: (x0, y0, x1, y1), first and last mark of the depth ruler in pixels, where the screen has one.
        turned: the probe is held turned by 180 degrees, as emergency medicine does with the marker on the left: the
            picture then looks as a cardiologist's, and is not mirrored.
        latency: how late the device's pictures are, where it was measured.
    """

    width: int
    height: int
    box: tuple[float, float, float, float]
    sector: Sector | None = None
    marker: MarkerSide = MarkerSide.RIGHT
    mm_per_px: float | None = None
    window: tuple[int, int, int, int] | None = None
    ruler: tuple[float, float, float, float] | None = None
    turned: bool = False
    latency: DeviceLatency | None = None

    @property
    def mirrored(self) -> bool:
        """The crop shows the screen mirrored."""
        return self.marker is MarkerSide.LEFT and not self.turned

    @property
    def depth_rows(self) -> float:
        """Rows from the probe's face to the deepest point of the picture."""
        if self.sector is not None:
            return self.sector.r_max - self.sector.r_min
        return float(self.height) if self.window is None else float(self.window[3] - self.window[1] + 1)

    @classmethod
    def from_sector(
        cls,
        size: tuple[int, int],
        sector: Sector,
        marker: MarkerSide = MarkerSide.RIGHT,
        mm_per_px: float | None = None,
        window: tuple[int, int, int, int] | None = None,
    ) -> DeviceProfile:
        """Profile with the canonical crop of ``sector`` on a frame of ``size`` (width, height)."""
        height = sector.bottom - sector.top
        width = CANONICAL_ASPECT * height * sector.stretch
        return cls(
            size[0],
            size[1],
            (sector.apex_x - width / 2, sector.top, width, height),
            sector,
            marker,
            mm_per_px,
            window,
        )

    @classmethod
    def from_window(
        cls,
        size: tuple[int, int],
        window: tuple[int, int, int, int],
        marker: MarkerSide = MarkerSide.RIGHT,
        mm_per_px: float | None = None,
    ) -> DeviceProfile:
        """Profile without a sector: the smallest crop around ``window``, centred on it; nothing beyond it shows."""
        x0, y0, x1, y1 = window[0], window[1], window[2] + 1, window[3] + 1
        height = max(y1 - y0, (x1 - x0) / CANONICAL_ASPECT)
        width = CANONICAL_ASPECT * height
        box = ((x0 + x1 - width) / 2, (y0 + y1 - height) / 2, width, height)
        return cls(size[0], size[1], box, None, marker, mm_per_px, window)

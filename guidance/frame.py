"""Frame: one picture of the stream, with the time it was captured. It flows unchanged through the whole engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a stream. Nobody writes to its pixels.

    Attributes:
        pixels: (H, W) uint8 grey or (H, W, 3) uint8 BGR.
        index: number of the frame in its stream, from 0; gaps mean frames that were dropped.
        t_capture_ns: ``time.perf_counter_ns`` when the last byte of the picture had arrived.
        t_stream_s: seconds on the stream's own time line (for a live source, since it was opened).
        source: the URI or path it came from.
        mm_per_px: (x, y) physical size of a pixel in mm, where the source knows it (DICOM region, OpenIGTLink).
        pose: tracked probe pose in the thorax frame (or another: ``pose.frame``), where the source has one.
        t_driver_ns: the driver's own stamp of the picture on the clock of ``t_capture_ns``, where it gives one.
    """

    pixels: NDArray[np.uint8]
    index: int
    t_capture_ns: int
    t_stream_s: float
    source: str = ""
    mm_per_px: tuple[float, float] | None = None
    pose: Pose | None = None
    t_driver_ns: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

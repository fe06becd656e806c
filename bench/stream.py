"""A stream of 1280 x 720 pictures of the virtual patient's beating heart, for the benchmarks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.views import View
from models.phantom import Patient, VirtualScanner

SIZE = (1280, 720)
COUNT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Pictures (720, 1280) uint8 grey of a beating heart, and where the sector lies in them."""

    pictures: tuple[NDArray[np.uint8], ...]
    profile: DeviceProfile

    def colour(self) -> list[NDArray[np.uint8]]:
        """The same as (720, 1280, 3) BGR."""
        return [np.asarray(cv2.cvtColor(p, cv2.COLOR_GRAY2BGR), dtype=np.uint8) for p in self.pictures]


def make_stream(scanner: VirtualScanner | None = None, count: int = COUNT) -> Stream:
    """``count`` pictures of one beat, apical four chamber."""
    scanner = scanner or VirtualScanner(Patient.mean())
    pose = scanner.targets[View.A4C].pose
    pictures = []
    for number in range(count):
        small = scanner.render(pose, number / count)
        scale = SIZE[1] / small.shape[0]
        large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        left = (SIZE[0] - large.shape[1]) // 2
        right = SIZE[0] - large.shape[1] - left
        bordered = cv2.copyMakeBorder(large, 0, 0, left, right, cv2.BORDER_CONSTANT)
        pictures.append(np.asarray(bordered, dtype=np.uint8))
    sector = scanner.profile.sector
    assert sector is not None
    moved = replace(
        sector,
        apex_x=left + scale * sector.apex_x,
        apex_y=scale * sector.apex_y,
        r_min=scale * sector.r_min,
        r_max=scale * sector.r_max,
    )
    return Stream(tuple(pictures), DeviceProfile.from_sector(SIZE, moved, scanner.profile.marker))

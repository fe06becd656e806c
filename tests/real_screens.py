"""Real screens and where their picture lies: the annotations, the frames, and how far the apex is off."""

from __future__ import annotations

import re
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, Sector
from guidance.frame import Frame
from guidance.sources import open_source

Region = tuple[int, int, int, int]


@dataclass(frozen=True)
class Truth:
    """One annotated clip; ``profile`` says where its picture lies on a frame of a given size."""

    path: str
    sector: Sector | None
    window: Region | None
    marker: str | None
    mm_per_px: float | None
    held_out: bool

    def profile(self, size: tuple[int, int]) -> DeviceProfile:
        if self.sector is None:
            return DeviceProfile(*size, (0.0, 0.0, 1.4, 1.0), window=self.window)
        return DeviceProfile(
            *size, DeviceProfile.from_sector(size, self.sector).box, self.sector, window=self.window
        )


def truths() -> list[Truth]:
    """Every annotation."""
    text = (Path(__file__).parent / "sector_truth.toml").read_text(encoding="utf-8")
    found = []
    for clip in tomllib.loads(text)["clip"]:
        sector = Sector(*clip["sector"], stretch=clip.get("stretch", 1.0)) if "sector" in clip else None
        window = clip.get("window", clip.get("box"))
        found.append(
            Truth(
                clip["path"],
                sector,
                None if window is None else tuple(window),
                clip.get("marker"),
                clip.get("mm_per_px"),
                clip.get("held_out", False),
            )
        )
    return found


def frames_of(path: Path, count: int = 30) -> tuple[list[Frame], Region | None]:
    """The first ``count`` frames of a clip, and the region that its file names."""
    if path.name.endswith(".igs.mha"):
        return [Frame(pixels, i, 0, i / 20.0) for i, pixels in enumerate(_tracked(path)[:count])], None
    frames = []
    with open_source(str(path), fast=True) as source:
        while len(frames) < count and (frame := source.read()) is not None:
            frames.append(frame)
        return frames, source.info.region


def _tracked(path: Path) -> NDArray[np.uint8]:
    """Frames of a compressed sequence metafile, (N, H, W)."""
    data = path.read_bytes()
    head = b"ElementDataFile = LOCAL"
    start = data.index(b"\n", data.index(head)) + 1
    size = re.search(rb"DimSize = (\d+) (\d+) (\d+)", data)
    assert size is not None
    width, height, count = (int(n) for n in size.groups())
    return np.frombuffer(zlib.decompress(data[start:]), np.uint8).reshape(count, height, width)


def apex_error(found: DeviceProfile, truth: DeviceProfile) -> float:
    """Distance of the apexes as a share of the frame's width; infinite where one has none."""
    if found.sector is None or truth.sector is None:
        return float("inf")
    across = found.sector.apex_x - truth.sector.apex_x
    return float(np.hypot(across, found.sector.apex_y - truth.sector.apex_y) / truth.width)

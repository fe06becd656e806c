"""Other organs, as the same machine would show them: what a network that knows only hearts must not take for one.

Flat scenes in the image plane (x lateral, z depth, mm): layers of the body wall and, below, shapes of the virtual
patient's own tissues, so that texture, shadows and sector give nothing away. Sizes are textbook ones for adults where
a kind has a name (kidney 11 x 5 cm, globe 24 mm, biparietal diameter 6 to 10 cm, carotid 6 mm), and choices otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.phantom.anatomy import Inside, Points
from models.phantom.texture import SLOW_MM, index_at, volumes
from models.phantom.tissue import Tissue

Float32 = NDArray[np.float32]


class Organ(StrEnum):
    """Kinds of scene."""

    LUNG = "lung"
    LIVER = "liver"
    NECK = "neck"
    LIMB = "limb"
    BLADDER = "bladder"
    BOWEL = "bowel"
    ANYTHING = "anything"
    KIDNEY = "kidney"
    EYE = "eye"
    FETAL_HEAD = "fetal_head"
    WATER = "water"


KNOWN = (Organ.LUNG, Organ.LIVER, Organ.NECK, Organ.LIMB, Organ.BLADDER, Organ.BOWEL, Organ.ANYTHING)
"""Kinds that training shows."""
HELD_OUT = (Organ.KIDNEY, Organ.EYE, Organ.FETAL_HEAD, Organ.WATER)
"""Kinds kept for tests: nothing like them is drawn in training but for chance."""


@dataclass(slots=True, eq=False)
class _Canvas:
    """Labels being painted over points (x, z), with slow noise to make edges uneven."""

    x: Float32
    z: Float32
    rough: Float32
    label: NDArray[np.int32]
    rng: np.random.Generator

    def between(self, lo: float, hi: float) -> float:
        return float(self.rng.uniform(lo, hi))

    def fill(self, mask: NDArray[np.bool_], tissue: Tissue) -> None:
        self.label[mask] = int(tissue)

    def ellipse(self, x: float, z: float, a: float, b: float, turn: float = 0.0) -> Float32:
        """Distance (about mm, negative inside) to an ellipse; its edge a little uneven."""
        c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        u, v = (self.x - x) * c + (self.z - z) * s, (self.z - z) * c - (self.x - x) * s
        near = np.float32(min(a, b))
        out = (np.sqrt((u / a) ** 2 + (v / b) ** 2) - 1.0) * near + self.rough * (0.03 * near)
        return np.asarray(out, dtype=np.float32)

    def tube(self, x: float, z: float, turn: float, length: float, radius: float) -> Float32:
        """Distance to a stick of ``length`` from (x, z) in direction ``turn``."""
        dx, dz = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        along = np.clip((self.x - x) * dx + (self.z - z) * dz, 0.0, length)
        away = np.hypot(self.x - x - along * dx, self.z - z - along * dz)
        return np.asarray(away - radius * (1.0 - 0.4 * along / length), dtype=np.float32)

    def walled(self, distance: Float32, inside: Tissue, wall: Tissue, thickness: float) -> None:
        self.fill(distance < thickness, wall)
        self.fill(distance < 0.0, inside)

    def wall(self, lo: float = 8.0, hi: float = 30.0) -> float:
        """Skin, fat and muscle; returns the depth (mm) where they end."""
        end = self.between(lo, hi)
        fat = end * self.between(0.3, 0.7)
        sway = self.rough * 0.7
        self.fill(self.z >= 0.0, Tissue.SKIN)
        self.fill(self.z + sway >= 2.0, Tissue.SUBCUTANEOUS)
        self.fill(self.z + sway >= fat, Tissue.MUSCLE)
        for _ in range(int(self.rng.integers(0, 4))):
            at = self.between(fat, end)
            line = np.abs(self.z + sway - at - self.x * self.between(-0.1, 0.1)) < 0.5
            self.fill(line & (self.z > fat), Tissue.PERICARDIUM)
        self.fill(self.z + sway >= end, Tissue.FAT)
        return end

    def vessels(self, count: int, depth: tuple[float, float], radius: tuple[float, float]) -> None:
        for _ in range(count):
            r, turn = self.between(*radius), self.between(0, 2 * np.pi)
            d = self.tube(self.between(-60, 60), self.between(*depth), turn, self.between(10, 70), r)
            if self.rng.random() < 0.5:
                self.walled(d, Tissue.VEIN, Tissue.VESSEL_WALL, 1.2)
            else:
                self.fill(d < 0.0, Tissue.VEIN)


def _lung(c: _Canvas) -> None:
    pleura = c.wall(14, 32)
    period, across = c.between(26, 40), c.between(0, 40)
    bend = c.z + 0.002 * c.x * c.x * c.between(-1, 1) + c.rough * 0.4
    c.fill(bend >= pleura, Tissue.LUNG)
    c.fill(np.abs(bend - pleura) < 0.9, Tissue.PERICARDIUM)
    if c.rng.random() < 0.4:  # consolidation or effusion under the pleura
        d = c.ellipse(c.between(-40, 40), pleura + 8, c.between(6, 30), c.between(4, 18))
        c.fill((d < 0.0) & (bend > pleura), Tissue.LIVER if c.rng.random() < 0.5 else Tissue.EFFUSION)
    if c.rng.random() < 0.8:
        u = (c.x + across + period / 2) % period - period / 2
        rib = np.hypot(u / 6.0, (c.z - pleura + 7.0) / 4.0) < 1.0
        c.fill(rib, Tissue.BONE)


def _liver(c: _Canvas) -> None:
    end = c.wall(10, 28)
    c.fill(c.z >= end, Tissue.LIVER)
    c.vessels(int(c.rng.integers(2, 9)), (end + 8, 130), (1.5, 6.0))
    if c.rng.random() < 0.5:
        d = c.ellipse(
            c.between(-30, 30), end + c.between(20, 70), c.between(15, 40), c.between(8, 16), c.between(0, 3)
        )
        c.walled(d, Tissue.VEIN, Tissue.VESSEL_WALL, 1.6)
    if c.rng.random() < 0.7:
        d = -c.ellipse(c.between(-40, 40), c.between(0, 40), c.between(90, 140), c.between(80, 140))
        c.fill(d < 0.0, Tissue.FAT)
        c.fill(d < -4.0, Tissue.LUNG if c.rng.random() < 0.6 else Tissue.MUSCLE)
        c.fill(np.abs(d) < 1.2, Tissue.PERICARDIUM)
    if c.rng.random() < 0.5:
        _kidney_at(c, c.between(-40, 40), end + c.between(40, 80))


def _neck(c: _Canvas) -> None:
    end = c.wall(6, 14)
    c.fill(c.z >= end, Tissue.MUSCLE)
    middle = c.between(-25, 25)
    for side in (-1.0, 1.0):
        lobe = c.ellipse(middle + side * 18, end + 10, c.between(8, 13), c.between(7, 12), side * 0.3)
        c.walled(lobe, Tissue.LIVER, Tissue.PERICARDIUM, 0.8)
        d = c.ellipse(middle + side * c.between(30, 36), end + c.between(9, 15), 3.4, 3.2)
        c.walled(d, Tissue.VEIN, Tissue.VESSEL_WALL, 1.0)
        d = c.ellipse(
            middle + side * c.between(36, 44), end + c.between(4, 9), c.between(3, 7), c.between(2, 4)
        )
        c.fill(d < 0.0, Tissue.VEIN)
    trachea = c.ellipse(middle, end + 14, 9.0, 8.0)
    c.walled(trachea, Tissue.GAS, Tissue.CARTILAGE, 1.5)
    c.fill(c.z > end + c.between(28, 50), Tissue.BONE)


def _limb(c: _Canvas) -> None:
    end = c.wall(5, 15)
    c.fill(c.z >= end, Tissue.MUSCLE)
    for _ in range(int(c.rng.integers(1, 5))):
        level, slope = end + c.between(3, 40), c.between(-0.4, 0.4)
        c.fill(np.abs(c.z - level - slope * c.x - c.rough) < c.between(0.4, 1.0), Tissue.PERICARDIUM)
    c.vessels(int(c.rng.integers(0, 4)), (end + 4, end + 40), (1.5, 4.5))
    for _ in range(int(c.rng.integers(1, 4))):
        d = c.ellipse(
            c.between(-40, 40),
            end + c.between(14, 60),
            c.between(6, 45),
            c.between(6, 22),
            c.between(-0.6, 0.6),
        )
        c.fill(d < 3.0, Tissue.CARTILAGE if c.rng.random() < 0.5 else Tissue.MUSCLE)
        c.fill(d < 0.0, Tissue.BONE)


def _bladder(c: _Canvas) -> None:
    end = c.wall(10, 35)
    c.fill(c.z >= end, Tissue.FAT)
    d = c.ellipse(c.between(-20, 20), end + 30, c.between(20, 60), c.between(12, 32), c.between(-0.3, 0.3))
    c.walled(d, Tissue.EFFUSION, Tissue.MUSCLE, c.between(2, 7))
    d = c.ellipse(
        c.between(-30, 30),
        end + c.between(60, 90),
        c.between(20, 40),
        c.between(12, 26),
        c.between(-0.6, 0.6),
    )
    c.fill(d < 0.0, Tissue.MUSCLE)
    c.fill(np.abs(d + 10.0) < 1.5, Tissue.VALVE)
    for _ in range(int(c.rng.integers(0, 5))):
        d = c.ellipse(c.between(-60, 60), end + c.between(30, 100), c.between(4, 16), c.between(4, 14))
        c.fill(d < 0.0, Tissue.VEIN if c.rng.random() < 0.5 else Tissue.GAS)


def _bowel(c: _Canvas) -> None:
    end = c.wall(10, 30)
    c.fill(c.z >= end, Tissue.FAT)
    for _ in range(int(c.rng.integers(4, 12))):
        d = c.ellipse(
            c.between(-80, 80), end + c.between(5, 110), c.between(8, 22), c.between(7, 16), c.between(0, 3)
        )
        content = (Tissue.GAS, Tissue.LIVER, Tissue.EFFUSION)[int(c.rng.integers(3))]
        c.walled(d, content, Tissue.MUSCLE, c.between(1.5, 4.0))


def _kidney_at(c: _Canvas, x: float, z: float) -> None:
    turn, a = c.between(-0.5, 0.5), c.between(45, 60)
    d = c.ellipse(x, z, a, c.between(20, 28), turn)
    c.walled(d, Tissue.MUSCLE, Tissue.PERICARDIUM, 1.0)
    c.fill(d < -10.0, Tissue.FAT)
    for k in range(6):
        around = np.pi * 2 * k / 6
        c.fill(c.ellipse(x + 0.6 * a * np.cos(around), z + 13 * np.sin(around), 5, 4) < 0.0, Tissue.CHORDAE)


def _kidney(c: _Canvas) -> None:
    end = c.wall(12, 32)
    c.fill(c.z >= end, Tissue.LIVER if c.rng.random() < 0.6 else Tissue.MUSCLE)
    _kidney_at(c, c.between(-20, 20), end + c.between(28, 50))


def _eye(c: _Canvas) -> None:
    c.fill(c.z >= 0.0, Tissue.SKIN)
    c.fill(c.z >= 2.0, Tissue.MUSCLE)
    c.fill(c.z >= 3.5, Tissue.FAT)
    k = c.between(1.0, 3.5)  # shown large, at a shallow depth
    x, z = c.between(-8, 8), (5 + 12) * k
    globe = c.ellipse(x, z, 12 * k, 12 * k)
    c.walled(globe, Tissue.EFFUSION, Tissue.PERICARDIUM, 1.0 * k)
    c.walled(c.ellipse(x, z - 8.5 * k, 5 * k, 2 * k), Tissue.EFFUSION, Tissue.VALVE, 0.5 * k)
    c.fill(c.tube(x + 3, z + 12 * k, 1.4, 40, 2.2 * k) < 0.0, Tissue.CHORDAE)


def _fetal_head(c: _Canvas) -> None:
    end = c.wall(10, 35)
    c.fill(c.z >= end, Tissue.MUSCLE)
    c.fill(c.z >= end + c.between(3, 10), Tissue.EFFUSION)
    a, b, turn = c.between(38, 58), c.between(30, 46), c.between(-0.6, 0.6)
    x, z = c.between(-20, 20), end + c.between(45, 65)
    d = c.ellipse(x, z, a, b, turn)
    c.walled(d, Tissue.LIVER, Tissue.PERICARDIUM, 2.2)
    c.fill(d < -1.0, Tissue.CHORDAE)
    along = (c.z - z) * np.cos(turn) - (c.x - x) * np.sin(turn)
    c.fill((np.abs(along) < 0.8) & (d < -4.0), Tissue.PERICARDIUM)
    for side in (-1.0, 1.0):
        lobe = c.ellipse(x + c.between(-10, 10), z + side * 12, c.between(8, 16), c.between(3, 6), turn)
        c.walled(lobe, Tissue.EFFUSION, Tissue.VALVE, 0.8)


def _water(c: _Canvas) -> None:
    c.fill(c.z >= 0.0, Tissue.EFFUSION)
    c.fill(c.z > c.between(50, 140), Tissue.BONE)
    for _ in range(int(c.rng.integers(1, 6))):
        d = c.tube(
            c.between(-40, 40), c.between(10, 90), c.between(0, 6.3), c.between(5, 60), c.between(3, 11)
        )
        c.walled(d, Tissue.EFFUSION if c.rng.random() < 0.5 else Tissue.MUSCLE, Tissue.VESSEL_WALL, 0.9)


_SOLIDS = (
    Tissue.LIVER, Tissue.MUSCLE, Tissue.FAT, Tissue.VEIN, Tissue.EFFUSION, Tissue.SUBCUTANEOUS, Tissue.LUNG, Tissue.GAS,
    Tissue.BONE, Tissue.CARTILAGE, Tissue.LV_WALL, Tissue.PERICARDIUM,
)  # fmt: skip


def _anything(c: _Canvas) -> None:
    """Shapes of any tissue anywhere: pieces like those of hearts, put together as no heart is."""
    if c.rng.random() < 0.7:
        end = c.wall(4, 35)
    else:
        end = 0.0
        c.fill(c.z >= 0.0, Tissue.EFFUSION)
    c.fill(c.z >= end, _SOLIDS[int(c.rng.integers(6))])
    for _ in range(int(c.rng.integers(2, 14))):
        tissue = _SOLIDS[int(c.rng.integers(len(_SOLIDS)))]
        x, z, turn = c.between(-70, 70), end + c.between(0, 130), c.between(0, 6.3)
        if c.rng.random() < 0.6:
            d = c.ellipse(x, z, c.between(3, 45), c.between(3, 30), turn)
        else:
            d = c.tube(x, z, turn, c.between(10, 90), c.between(1, 12))
        if c.rng.random() < 0.5:
            c.walled(d, tissue, _SOLIDS[int(c.rng.integers(len(_SOLIDS)))], c.between(0.8, 10))
        else:
            c.fill(d < 0.0, tissue)


_MAKERS: dict[Organ, Callable[[_Canvas], None]] = {
    Organ.LUNG: _lung, Organ.LIVER: _liver, Organ.NECK: _neck, Organ.LIMB: _limb, Organ.BLADDER: _bladder,
    Organ.BOWEL: _bowel, Organ.ANYTHING: _anything, Organ.KIDNEY: _kidney, Organ.EYE: _eye,
    Organ.FETAL_HEAD: _fetal_head, Organ.WATER: _water,
}  # fmt: skip


def look_at_organ(
    organ: Organ, rng: np.random.Generator, lateral: Float32, axial: Float32, texture_seed: int
) -> Inside:
    """A scene of ``organ`` at points ``lateral`` and ``axial`` (mm, one shape); ``rng`` decides all of it."""
    stretch = np.float32(np.exp(rng.normal(0.0, 0.25)))
    x, z = lateral * stretch, np.maximum(axial, 0.0) * stretch
    y = np.full_like(x, rng.uniform(-200, 200))
    slow = volumes().slow[index_at(x, y, z, SLOW_MM, texture_seed)]
    canvas = _Canvas(x, z, slow, np.full(x.shape, int(Tissue.OUTSIDE), np.int32), rng)
    _MAKERS[organ](canvas)
    return Inside(canvas.label, Points(x, y, z), slow, np.ones_like(x))

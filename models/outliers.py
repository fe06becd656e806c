"""Pictures that are not a heart at all, drawn at random: what the network must call OTHER and novel.

They are made, not collected: textures, layers, spectra, strips, screens. None of them imitates a test clip.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Maker = Callable[[np.random.Generator, int], NDArray[np.float32]]


def _speckle(rng: np.random.Generator, n: int, sx: float, sy: float) -> NDArray[np.float32]:
    white = rng.standard_normal((2, n, n), dtype=np.float32)
    real, imag = (cv2.GaussianBlur(a, (0, 0), sigmaX=sx, sigmaY=sy) for a in white)
    a = np.sqrt(real**2 + imag**2)
    return np.asarray(a / (a.mean() + 1e-6), dtype=np.float32)


def _field(rng: np.random.Generator, n: int, sigma: float) -> NDArray[np.float32]:
    a = cv2.GaussianBlur(rng.standard_normal((n, n), dtype=np.float32), (0, 0), sigma)
    return np.asarray((a - a.min()) / (np.ptp(a) + 1e-6), dtype=np.float32)


def _layers(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Soft-tissue layers as a linear probe shows them: muscle, gland, vessel."""
    levels = np.interp(np.arange(n), np.sort(rng.uniform(0, n, 8)), rng.uniform(0.05, 0.9, 8))
    bend = (_field(rng, n, n / 5) - 0.5) * rng.uniform(5, 40)
    rows = np.clip(np.arange(n)[:, None] + bend, 0, n - 1).astype(np.int32)
    out = levels[rows] * _speckle(rng, n, rng.uniform(0.8, 2.5), rng.uniform(0.6, 1.4)) * 0.8
    for _ in range(int(rng.integers(0, 3))):
        centre = (int(rng.uniform(0, n)), int(rng.uniform(0.2, 0.9) * n))
        cv2.ellipse(out, centre, (int(rng.uniform(4, 25)), int(rng.uniform(3, 18))), 0, 0, 360, 0.03, -1)
    return np.asarray(out, dtype=np.float32)


def _blobs(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Speckled organ with random dark and bright bodies: abdomen-like."""
    out = _field(rng, n, rng.uniform(6, 30)) * _speckle(rng, n, rng.uniform(1, 3), 1.0)
    for _ in range(int(rng.integers(1, 7))):
        centre = (int(rng.uniform(0, n)), int(rng.uniform(0, n)))
        axes = (int(rng.uniform(3, 50)), int(rng.uniform(3, 35)))
        value = float(rng.choice([0.02, 0.9]))
        cv2.ellipse(out, centre, axes, rng.uniform(0, 180), 0, 360, value, -1 if value < 0.5 else 2)
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 0.8), dtype=np.float32)


def _lung(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Bright pleural line, A-lines or B-lines below."""
    line = int(rng.uniform(0.1, 0.35) * n)
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    bend = (x / n - 0.5) ** 2 * rng.uniform(-30, 60)
    out = 0.5 * np.exp(-y / (0.2 * n)) + 0.9 * np.exp(-(((y - line - bend) / 2.0) ** 2))
    for k in (2, 3, 4):
        out += rng.uniform(0, 0.6) / k * np.exp(-(((y - k * line - bend) / 2.5) ** 2))
    for _ in range(int(rng.integers(0, 5))):
        at = rng.uniform(0, n)
        out += (
            rng.uniform(0.2, 0.7)
            * np.exp(-(((x - at - (y - line) * rng.uniform(-0.4, 0.4)) / rng.uniform(2, 9)) ** 2))
            * (y > line)
        )
    return np.asarray(out * _speckle(rng, n, 2.0, 1.0), dtype=np.float32)


def _m_mode(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Time strip: wavy horizontal bands."""
    x = np.arange(n)
    period = rng.uniform(0.15, 0.5) * n
    wave = np.sin(2 * np.pi * x / period) * rng.uniform(2, 14)
    levels = np.interp(np.arange(n), np.sort(rng.uniform(0, n, 12)), rng.uniform(0, 1, 12))
    rows = np.clip(np.arange(n)[:, None] + wave[None, :] * rng.uniform(0.2, 1.0), 0, n - 1).astype(np.int32)
    return np.asarray(levels[rows] * _speckle(rng, n, 0.6, 1.0), dtype=np.float32)


def _spectrum(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Doppler spectrum above or below a base line."""
    x = np.arange(n)
    beat = rng.uniform(0.2, 0.5) * n
    height = np.abs(np.sin(np.pi * (x % beat) / beat)) ** rng.uniform(1, 4) * n * rng.uniform(0.2, 0.6)
    y = np.arange(n)[:, None]
    base = rng.uniform(0.3, 0.8) * n
    inside = (y < base) & (y > base - height[None, :])
    out = np.where(inside, 0.7, 0.05) * _speckle(rng, n, 0.7, 0.7)
    out[int(base)] = 1.0
    return np.asarray(out, dtype=np.float32)


def _screen(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """A program's window: boxes and text."""
    out = np.full((n, n), int(rng.integers(256)), dtype=np.uint8)
    for _ in range(int(rng.integers(3, 12))):
        x, y, w, h = (int(k) for k in rng.integers(5, n, 4))
        cv2.rectangle(out, (x, y), (x + w, y + h), int(rng.integers(256)), -1)
    for _ in range(int(rng.integers(3, 20))):
        x, y = (int(k) for k in rng.integers(0, n, 2))
        text = "".join(chr(c) for c in rng.integers(48, 90, 8))
        cv2.putText(out, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.3, int(rng.integers(256)), 1, cv2.LINE_AA)
    return np.asarray(out, dtype=np.float32) / np.float32(255.0)


def _noise(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Noise, from white to cloudy."""
    return np.asarray(_field(rng, n, rng.uniform(0.3, 20)) * rng.uniform(0.1, 1.2), dtype=np.float32)


def _photo(rng: np.random.Generator, n: int) -> NDArray[np.float32]:
    """Smooth shapes with light and shade, as a room camera might see."""
    out = np.zeros((n, n), dtype=np.float32)
    for sigma in (40, 15, 6):
        out += _field(rng, n, sigma) * rng.uniform(0.1, 1.0)
    edges = (_field(rng, n, 12) > 0.5).astype(np.float32)
    return np.asarray(0.6 * out / (out.max() + 1e-6) + 0.4 * edges, dtype=np.float32)


_MAKERS: tuple[Maker, ...] = (_layers, _blobs, _blobs, _lung, _m_mode, _spectrum, _screen, _noise, _photo)


def outlier(rng: np.random.Generator, size: int, mask: NDArray[np.bool_]) -> Grey:
    """(size, size) uint8: a picture without a heart, in a sector (``mask``), a rectangle or the whole square."""
    maker = _MAKERS[int(rng.integers(len(_MAKERS)))]
    out = np.clip(maker(rng, size) * rng.uniform(0.5, 1.6), 0.0, 1.0) ** rng.uniform(0.6, 1.6) * 255.0
    shape = rng.random()
    if shape < 0.6:
        out = out * mask
    elif shape < 0.85:
        margin = int(rng.uniform(0, 0.25) * size)
        box = np.zeros_like(mask)
        box[:, margin : size - margin] = True
        out = out * box
    return np.asarray(out, dtype=np.uint8)

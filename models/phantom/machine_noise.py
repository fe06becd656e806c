"""Noise that stands still in the picture: fixed for each beam and sample of a machine, whatever the probe looks at.

Two machines differ by where in the same periodic fields they begin (``look``), so that nothing is drawn anew per frame.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

_SEED = 20240311


@lru_cache(maxsize=8)
def _fields(beams: int, samples: int) -> tuple[Float32, Float32, Float32]:
    """Periodic (beams, samples) fields: normal noise within 2 sigma, haze of mean 1, patches of unit variance."""
    rng = np.random.default_rng([_SEED, beams, samples])
    f = np.fft.fftfreq(beams)[:, None] * beams
    g = np.fft.rfftfreq(samples)[None, :] * samples

    def smooth(across: float, along: float) -> NDArray[np.float64]:
        """Normal noise blurred by these shares of the picture (sigma), of unit variance."""
        white = np.fft.rfft2(rng.standard_normal((beams, samples)))
        low = np.exp(-2.0 * np.pi**2 * ((f * across) ** 2 + (g * along) ** 2))
        a = np.fft.irfft2(white * low, s=(beams, samples))
        return np.asarray(a / a.std())

    jitter = np.clip(rng.standard_normal((beams, samples)), -2.0, 2.0)
    streaks = np.hypot(smooth(0.016, 0.004), smooth(0.016, 0.004))
    bands = smooth(0.6, 0.012)
    haze = streaks * np.exp(0.5 * smooth(0.08, 0.05) + 0.25 * bands)
    patches = 0.8 * smooth(0.07, 0.5) + 0.6 * smooth(0.08, 0.10)
    return (
        jitter.astype(np.float32),
        (haze / haze.mean()).astype(np.float32),
        (patches / patches.std()).astype(np.float32),
    )


def _begun_at(field: Float32, look: int) -> Float32:
    beams, samples = field.shape
    return np.roll(field, (look * 37 % beams, look * 101 % samples), axis=(0, 1))


def elevation_noise(beams: int, samples: int) -> Float32:
    """(beams, samples) float32, unit normal within 2 sigma: how far out of plane each sample of the slice lies."""
    return _fields(beams, samples)[0]


def haze_texture(beams: int, samples: int, look: int) -> Float32:
    """(beams, samples) float32 of mean 1: reverberation haze, streaks and bands that follow the sector's arcs."""
    return _begun_at(_fields(beams, samples)[1], look)


def gain_patches(beams: int, samples: int, look: int) -> Float32:
    """(beams, samples) float32 of unit variance, smooth: where the aperture sees better and worse."""
    return _begun_at(_fields(beams, samples)[2], look)

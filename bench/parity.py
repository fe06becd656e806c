"""Do two runtimes say the same? Differences by output, in what the output means, and how large they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.manifest import Manifest
from guidance.model import Model
from guidance.preprocess import Preprocessor
from models.phantom import Patient, VirtualScanner

Float32 = NDArray[np.float32]
Answers = Mapping[str, Float32]

# Largest difference from FP32 on the CPU that is still the same answer: probability for view, quality, facets; mm and
# degrees for adjustment and its scale; mm for landmarks; part of the pixels that change sides for structures; novelty's
# own unit. FP32 on a GPU sums in another order, with TF32's 10-bit products where the library likes them. FP16 has the
# same 10 bits: tests/test_parity.py rounds a network's convolutions so on the CPU, and stays within half of these.
TOLERANCES: Mapping[str, float] = {
    "view": 0.02,
    "quality": 0.02,
    "facets": 0.02,
    "adjustment": 0.3,
    "adjustment_scale": 0.3,
    "structures": 0.005,
    "landmarks": 0.5,
    "novelty": 0.05,
    "foreshortening": 0.05,
    "features": 0.05,
}


@dataclass(frozen=True, slots=True)
class Parity:
    """One output on all pictures.

    Attributes:
        role: the output's role in the manifest.
        largest: difference from the reference; unit as in :data:`TOLERANCES`.
        tolerance: what it may be.
    """

    role: str
    largest: float
    tolerance: float

    @property
    def fits(self) -> bool:
        """The difference is a number and within the tolerance."""
        return bool(self.largest <= self.tolerance)


def pictures(model: Model) -> list[Float32]:
    """Network inputs, (1, 1, S, S): the mean virtual patient's views at two moments, and a wrong place."""
    scanner = VirtualScanner(Patient.mean())
    preprocess = Preprocessor(scanner.profile, model.manifest.input)
    poses = [target.pose for target in scanner.targets.values()]
    frames = [scanner.render(pose, moment) for pose in poses for moment in (0.0, 0.4)]
    noise = np.random.default_rng(0).random(model_shape(model.manifest), dtype=np.float32)
    return [*(preprocess(frame).copy() for frame in frames), noise]


def model_shape(manifest: Manifest) -> tuple[int, int, int, int]:
    """Shape of the network's input."""
    return (1, 1, manifest.input.size, manifest.input.size)


def compare(manifest: Manifest, reference: Sequence[Answers], found: Sequence[Answers]) -> list[Parity]:
    """Differences of ``found`` from ``reference``, raw answers to the same pictures, by role.

    A missing output, one of another shape, or one that is not a number differs infinitely.
    """
    result = []
    for role, name in manifest.outputs.named().items():
        pairs = [(a[name], b.get(name)) for a, b in zip(reference, found, strict=True)]
        differences = [
            np.inf if b is None or b.shape != a.shape or not np.isfinite(b).all() else _difference(role, a, b)
            for a, b in pairs
        ]
        result.append(Parity(role, max(differences), TOLERANCES[role]))
    return result


def _difference(role: str, a: Float32, b: Float32) -> float:
    if role == "structures":
        return float(np.mean((a > 0) != (b > 0)))
    if role == "view":
        return float(np.abs(_softmax(a) - _softmax(b)).max())
    if role in ("quality", "facets"):
        return float(np.abs(_sigmoid(a) - _sigmoid(b)).max())
    return float(np.abs(a - b).max())


def _softmax(logits: Float32) -> NDArray[np.float64]:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _sigmoid(logits: Float32) -> NDArray[np.float64]:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits.astype(np.float64)))

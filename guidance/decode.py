"""Decoding: the raw outputs of a network for one frame -> a calibrated Prediction in physical units. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from guidance.errors import RuntimeFailure
from guidance.manifest import Manifest
from guidance.prediction import Facets, Prediction

Float32 = NDArray[np.float32]


def decode(manifest: Manifest, raw: Mapping[str, Float32]) -> Prediction:
    """The calibrated meaning of a network's ``raw`` outputs: arrays by name, each with a batch axis of 1.

    Views: softmax of logits / temperature. Quality: sigmoid of logits / temperature. Half width of the 90 %
    interval: factor x predicted scale, per axis (:class:`guidance.manifest.Calibration` says why).

    Raises:
        RuntimeFailure: an output is not finite, or a scale is not positive.
    """
    out = {role: _finite(name, raw[name][0]) for role, name in manifest.outputs.named().items()}
    calibration = manifest.calibration
    quality = out.get("quality")
    facets = out.get("facets")
    structures = out.get("structures")
    novelty = out.get("novelty")
    half_width = None
    if "adjustment_scale" in out:
        scale = out["adjustment_scale"]
        if float(scale.min()) <= 0.0:
            raise RuntimeFailure(f"output '{manifest.outputs.adjustment_scale}' must be positive and is not")
        half_width = scale * np.asarray(calibration.interval90_factor, dtype=np.float32)
    return Prediction(
        views=manifest.views,
        view_probabilities=_softmax(out["view"] / np.float32(calibration.view_temperature)),
        quality=None if quality is None else _sigmoid(quality / np.float32(calibration.quality_temperature)),
        facets=None if facets is None else Facets(*(float(p) for p in _sigmoid(facets))),
        adjustment=out.get("adjustment"),
        half_width90=half_width,
        structure_names=manifest.structures,
        structures=None if structures is None else _sigmoid(structures),
        landmark_names=manifest.landmarks,
        landmarks=out.get("landmarks"),
        novelty=None if novelty is None else float(_sigmoid(novelty)),
    )


def _finite(name: str, values: Float32) -> Float32:
    if not np.isfinite(values).all():
        raise RuntimeFailure(f"the network's output '{name}' is not a number")
    return values


def _softmax(logits: Float32) -> Float32:
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _sigmoid(logits: Float32) -> Float32:
    # By tanh: no overflow for large logits, and about as fast as exp on 20 000 mask pixels (0.1 ms).
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits), dtype=np.float32)

"""Decoding: the raw outputs of a network for one frame -> a calibrated Prediction in physical units. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from guidance.errors import RuntimeFailure
from guidance.manifest import Calibration, Manifest
from guidance.prediction import Facets, Prediction

Float32 = NDArray[np.float32]

_NOT_DECODED = frozenset({"features"})  # they mean nothing but to the memory network
_NOTHING: Mapping[str, Float32] = MappingProxyType({})


class Decoder:
    """Turns the outputs of the networks that ``manifest`` describes into predictions.

    Views: softmax of logits / temperature. Quality: sigmoid of logits / temperature. Half width of the 90 %
    interval: factor x predicted scale, per target and axis (:class:`guidance.manifest.Calibration` says why).

    Args:
        manifest: names the outputs and their calibration.
        refined: the memory's outputs and calibration come in place of the frame network's, for the roles it has.
    """

    def __init__(self, manifest: Manifest, *, refined: bool = False):
        # After a network's call every cache is cold, and each small step costs several microseconds: what does
        # not depend on the frame is prepared here.
        self._manifest = manifest
        memory = manifest.memory if refined else None
        replaced = {} if memory is None else memory.outputs.named()
        self._replaced = tuple(replaced.items())
        own = manifest.outputs.named()
        self._named = tuple((r, n) for r, n in own.items() if r not in replaced and r not in _NOT_DECODED)

        def calibration(role: str) -> Calibration:
            return memory.calibration if memory is not None and role in replaced else manifest.calibration

        self._view_gain = np.float32(1.0 / calibration("view").view_temperature)
        self._quality_gain = np.float32(1.0 / calibration("quality").quality_temperature)
        self._factor = np.asarray(calibration("adjustment").interval90(manifest.views), dtype=np.float32)

    def __call__(self, raw: Mapping[str, Float32], refined: Mapping[str, Float32] = _NOTHING) -> Prediction:
        """The meaning of ``raw``, the frame network's outputs, and ``refined``, the memory network's.

        Arrays by name, each with a batch axis of 1; ``refined`` is for a decoder of refined answers alone.

        Raises:
            RuntimeFailure: an output is not finite, or a scale is negative.
        """
        out = {role: _finite(name, raw[name][0]) for role, name in self._named}
        for role, name in self._replaced:
            out[role] = _finite(name, refined[name][0], "memory network")
        manifest = self._manifest
        facets = out.get("facets")
        novelty, foreshortening = out.get("novelty"), out.get("foreshortening")
        return Prediction(
            views=manifest.views,
            view_probabilities=_softmax(out["view"] * self._view_gain),
            quality=_probabilities(out.get("quality"), self._quality_gain),
            facets=None if facets is None else Facets(*map(_probability, facets.tolist())),
            adjustment=out.get("adjustment"),
            half_width90=self._half_width(out.get("adjustment_scale")),
            structure_names=manifest.structures,
            structures=_probabilities(out.get("structures"), np.float32(1.0)),
            landmark_names=manifest.landmarks,
            landmarks=out.get("landmarks"),
            novelty=None if novelty is None else _probability(float(novelty)),
            foreshortening=None if foreshortening is None else _probability(float(foreshortening)),
        )

    def _half_width(self, scale: Float32 | None) -> Float32 | None:
        if scale is None:
            return None
        if float(scale.min()) < 0.0:
            name, whose = self._manifest.outputs.adjustment_scale, "network"
            for role, refined in self._replaced:
                if role == "adjustment_scale":
                    name, whose = refined, "memory network"
            raise RuntimeFailure(f"the {whose}'s output '{name}' is negative, which no scale can be")
        return np.asarray(scale * self._factor, dtype=np.float32)


def _finite(name: str, values: Float32, whose: str = "network") -> Float32:
    if not np.isfinite(values).all():
        raise RuntimeFailure(f"the {whose}'s output '{name}' is not a number")
    return values


def _softmax(logits: Float32) -> Float32:
    weights = np.exp(logits - logits.max())
    weights /= weights.sum()
    return np.asarray(weights, dtype=np.float32)


def _probabilities(logits: Float32 | None, gain: np.float32) -> Float32 | None:
    """Sigmoid of ``gain`` x logits, by tanh: no overflow for large ones."""
    if logits is None:
        return None
    p = logits * (np.float32(0.5) * gain)
    np.tanh(p, out=p)
    p *= np.float32(0.5)
    p += np.float32(0.5)
    return p


def _probability(logit: float) -> float:
    return 0.5 + 0.5 * math.tanh(0.5 * logit)

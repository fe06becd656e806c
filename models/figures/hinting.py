"""Hinting: for which axis of which target the coach, shown a single frame, would ask for a movement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.coach_settings import CoachSettings
from guidance.fusion import LN10
from guidance.manifest import Manifest
from guidance.views import window_of
from models.figures.reliability import softmax
from models.figures.truth import Bools


def half_widths(manifest: Manifest, scale: NDArray[Any]) -> NDArray[np.float32]:
    """Half widths of the 90 % intervals, with the manifest's factors, of predicted scales (..., V, 5)."""
    factor = np.asarray(manifest.calibration.interval90(manifest.views), dtype=np.float32)
    return np.asarray(scale * factor, dtype=np.float32)


def sign_confidences(stated: NDArray[Any], half_width90: NDArray[Any]) -> NDArray[np.float64]:
    """:func:`guidance.choice.sign_confidence` of arrays of errors and half widths of one shape."""
    ratio = np.abs(stated).astype(np.float64) / np.maximum(half_width90, 1e-9)
    return np.asarray(1.0 - 0.5 * np.exp(-LN10 * ratio))


def asked_for(manifest: Manifest, raw: Mapping[str, NDArray[Any]]) -> Bools:
    """(n, V, 5): axes that the coach may ask for, target by target, by the rules of :mod:`guidance.hinting`.

    The stated error exceeds its tolerance, and the confidence in its sign reaches what the coach wants: less where the
    target is on screen, more where another view or no view is. Nothing is asked for of a picture that is novel, has no
    contact, or is neither a view nor clearly OTHER. A single frame stands for the fused estimate here, and several axes
    may pass; of those the coach words one.
    """
    settings = CoachSettings.from_policy(manifest.hints)
    stated = raw["adjustment"]
    confidence = sign_confidences(stated, half_widths(manifest, raw["adjustment_scale"]))
    wanted = _confidence_wanted(manifest, settings, raw)
    large = np.abs(stated) > np.asarray(settings.tolerance, dtype=np.float32)
    return np.asarray(large & (confidence >= wanted[..., None]))


def _confidence_wanted(
    manifest: Manifest, settings: CoachSettings, raw: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """(n, V) least confidence in a sign, frame by target; infinite where nothing is asked for."""
    views = manifest.views
    p = softmax(raw["view"], manifest.calibration.view_temperature)
    best, other = p.argmax(1), len(views)
    named = np.where(p.max(1) >= settings.min_view_probability, best, other)
    on_target = named[:, None] == np.arange(other)
    wanted = np.where(on_target, settings.sign_confidence, settings.search_confidence)
    may = settings.other_confidence if settings.other_confidence is not None and "novelty" in raw else np.inf
    wanted[best == other] = may

    windows = [window_of(v) for v in views]
    by_window = [p[:, :-1][:, [w is window for w in windows]].sum(1) for window in dict.fromkeys(windows)]
    sure = settings.min_view_probability
    unsure = (named == other) & (p[:, -1] < sure) & (np.max(by_window, axis=0) < sure)
    silent = np.broadcast_to(unsure[:, None], wanted.shape).copy()
    if "novelty" in raw:
        silent |= (probability(raw["novelty"]) > settings.max_novelty)[:, None]
    if "facets" in raw:
        silent |= (probability(raw["facets"][:, 2]) < settings.no_contact_window)[:, None] & ~on_target
    return np.where(silent, np.inf, wanted)


def probability(logit: NDArray[Any]) -> NDArray[np.float64]:
    """Sigmoid."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logit.astype(np.float64)))

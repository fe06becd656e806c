"""Choice: which one movement is worth a hint now, out of five errors and what is known about their signs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from guidance.fusion import LN10

_GROUPS: tuple[tuple[int, ...], ...] = ((0, 1), (4,), (2,), (3,))
"""Indices into ``AXES`` in the order of teaching: slide, rotate, tilt, rock."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One axis to correct: its index in ``AXES``, the sign of the correction, and |error| / tolerance."""

    axis: int
    sign: int
    ratio: float


def sign_confidence(error: float, half_width90: float) -> float:
    """Probability (0.5..1) that the true error has the sign of ``error``, Laplace distributed around it.

    1 - exp(-|e| / b) / 2 with b = ``half_width90`` / ln 10; the 90 % interval excludes zero from 0.95 on.
    """
    return 1.0 - 0.5 * math.exp(-abs(error) * LN10 / half_width90)


def candidate(
    axis: int,
    errors: Sequence[float],
    half_widths90: Sequence[float],
    tolerance: Sequence[float],
    *,
    ratio: float,
    confidence: float,
) -> Choice | None:
    """The correction of one axis, if its error exceeds ``ratio`` tolerances with a trustworthy sign."""
    error = errors[axis]
    share = abs(error) / tolerance[axis]
    if share <= ratio or sign_confidence(error, half_widths90[axis]) < confidence:
        return None
    return Choice(axis, 1 if error > 0.0 else -1, share)


def choose(
    errors: Sequence[float],
    half_widths90: Sequence[float],
    tolerance: Sequence[float],
    *,
    ratio: float = 1.0,
    confidence: float = 0.8,
    contender_ratio: float = 0.7,
    blocked: Collection[int] = (),
) -> Choice | None:
    """The one axis most worth correcting, or None.

    Candidates are the axes whose error exceeds ``ratio`` tolerances and whose sign is trustworthy. The worst has the
    largest error/tolerance. Every candidate that reaches ``contender_ratio`` of it counts as equally bad, and between
    those the order of teaching decides: slide, rotate, tilt, rock (slides: the larger of the two). So a clearly larger
    error/tolerance overrides the order, and small differences do not.

    Args:
        errors: five adjustments, order of ``AXES``.
        half_widths90: five half widths of their 90 % intervals.
        tolerance: five tolerances.
        ratio, confidence, contender_ratio: see above.
        blocked: axes that are left out.
    """
    found: dict[int, Choice] = {}
    for axis in range(5):
        if axis not in blocked:
            c = candidate(axis, errors, half_widths90, tolerance, ratio=ratio, confidence=confidence)
            if c is not None:
                found[axis] = c
    if not found:
        return None
    enough = contender_ratio * max(c.ratio for c in found.values())
    for group in _GROUPS:
        contenders = [found[axis] for axis in group if axis in found and found[axis].ratio >= enough]
        if contenders:
            return max(contenders, key=lambda c: c.ratio)
    raise AssertionError("the worst candidate is always a contender")


def keep_or_switch(current: Choice | None, best: Choice | None, switch_ratio: float) -> Choice | None:
    """``current`` (still a valid correction) unless ``best`` is ``switch_ratio`` times as bad."""
    if current is None or best is None or best.axis == current.axis:
        return best if current is None else current
    return best if best.ratio >= switch_ratio * current.ratio else current

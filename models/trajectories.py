"""Trajectories: how a beginner's probe wanders round a view for some seconds, as sequences for the memory show it.

Movements along or about one axis at a time, late and inexact, most of them towards the target, with rests between and
a tremor throughout: what :class:`models.phantom.novice.SimulatedNovice` does with hints, without a coach to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Adjustment, Pose, adjusted, adjustment_between
from models.phantom.patient import Patient
from models.phantom.targets import on_skin

FloatArray = NDArray[np.float64]

TOLERANCE = np.array([6.0, 6.0, 6.0, 8.0, 10.0])
"""What the axes' errors are compared by when a movement is chosen (mm, degrees)."""
SPREADS = (0.12, 0.4, 0.8)
"""How far from the view a sequence starts, in shares of (50 mm, 40 degrees, 60 degrees of rotation)."""
SPREAD_ODDS = (0.35, 0.45, 0.20)


@dataclass(frozen=True, slots=True)
class Habits:
    """How the probe is moved.

    Attributes:
        towards: share of the movements that go the right way. free: share that go along no axis in particular.
        rest_s, move_s: shortest and longest rest and movement. spread: of a movement's length (natural log).
        slip: share of it that leaks into the other axes. tremor: mm and degrees a tenth of a second.
    """

    towards: float = 0.6
    free: float = 0.12
    rest_s: tuple[float, float] = (0.3, 1.2)
    move_s: tuple[float, float] = (0.3, 0.7)
    spread: float = 0.35
    slip: float = 0.08
    tremor: float = 0.12


def start_near(patient: Patient, home: Pose, rng: np.random.Generator) -> Pose:
    """A pose on the skin, off ``home`` by up to one of :data:`SPREADS`."""
    spread = float(rng.choice(SPREADS, p=SPREAD_ODDS))
    offset = np.concatenate([rng.uniform(-50, 50, 2), rng.uniform(-40, 40, 2), rng.uniform(-60, 60, 1)])
    return on_skin(patient, adjusted(home, Adjustment.from_array(offset * spread)))


def wander(
    patient: Patient,
    start: Pose,
    target_at: Callable[[float], Pose],
    times: FloatArray,
    rng: np.random.Generator,
    habits: Habits | None = None,
) -> list[Pose]:
    """Poses at ``times`` (seconds, rising) of a probe that sets out from ``start``.

    ``target_at`` gives the pose that the movements make for, most of the time; the breath moves it.
    """
    h = habits or Habits()
    pose, poses = start, [start]
    movement = np.zeros(5)
    begins = float(times[0] + rng.uniform(0.0, h.rest_s[1]))
    ends = begins
    for before, now in pairwise(times):
        step = rng.normal(0.0, h.tremor * np.sqrt((now - before) / 0.1), 5)
        if now >= ends:  # the rest of this movement, then a new one after a rest
            step += movement * (1.0 - _share(begins, ends, float(before)))
            pose = on_skin(patient, adjusted(pose, Adjustment.from_array(step)))
            error = adjustment_between(pose, target_at(float(now))).as_array()
            movement = _movement(error, h, rng)
            begins = float(now + rng.uniform(*h.rest_s))
            ends = begins + float(rng.uniform(*h.move_s))
        else:
            step += movement * (_share(begins, ends, float(now)) - _share(begins, ends, float(before)))
            pose = on_skin(patient, adjusted(pose, Adjustment.from_array(step)))
        poses.append(pose)
    return poses


def _share(begins: float, ends: float, t: float) -> float:
    """How much of a movement is done at ``t``: it starts and stops gently."""
    x = float(np.clip((t - begins) / max(ends - begins, 1e-6), 0.0, 1.0))
    return x * x * (3.0 - 2.0 * x)


def _movement(error: FloatArray, h: Habits, rng: np.random.Generator) -> FloatArray:
    u = rng.random()
    if u < h.free:
        return np.asarray(rng.normal(0.0, 0.6, 5) * TOLERANCE)
    axis, size, sign = int(rng.integers(5)), 0.0, float(rng.choice([-1.0, 1.0]))
    if u < h.free + h.towards:
        odds = np.abs(error) / TOLERANCE + 0.05
        axis = int(rng.choice(5, p=odds / odds.sum()))
        sign = float(np.sign(error[axis])) or 1.0
        size = float(np.clip(abs(error[axis]), 2.5, 14.0))
    else:
        size = float(rng.uniform(0.4, 1.2)) * float(TOLERANCE[axis])
    size *= float(np.exp(rng.normal(0.0, h.spread)))
    total = rng.normal(0.0, h.slip * size, 5)
    total[axis] = sign * size
    return total

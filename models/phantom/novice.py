"""SimulatedNovice: obeys hints as a beginner does: late, too far or not far enough, trembling, sometimes wrong.

Where the view is on screen but no hint comes, the novice watches the quality bar: a small movement that fills it is
repeated, one that empties it is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.hint import Advice, Hint, State
from guidance.probe import AXES, Adjustment, Manoeuvre

FloatArray = NDArray[np.float64]

_STILL = (State.HOLD, State.CAPTURED, State.PAUSED, State.FROZEN, State.NO_SIGNAL)
_AMOUNT = {"slightly": 3.5, "": 7.0, "a lot": 13.0}
_WANDER = (7.0, 7.0, 6.0, 6.0, 10.0)
_NOTICED = 0.04
"""Change of the quality bar that an eye notices."""


@dataclass(frozen=True, slots=True)
class NoviceTraits:
    """How this beginner moves.

    Attributes:
        delay_s: from hint to the start of the movement. move_s: how long a movement takes.
        watch_s: pause after a movement, to see what it did. wander_s: patience without any hint.
        climb_s: how long he looks at the quality bar before he believes it: about a heartbeat with ``watch_s``.
        spread: spread (natural log) of how far a movement goes compared with what was asked.
        slip: share of each movement that leaks into the other axes. tremor: mm and degrees, always there.
        wrong_way: probability of moving the other way.
        patience: after so many movements of his own in a row he begins again where the start card says;
        lost_after: so he does after so many movements, hinted or not, without having had the view on screen.
        obeys: False ignores every hint.
        climbs: watches the quality bar where there is no hint to follow. Neither: moves at random.
    """

    delay_s: float = 0.4
    move_s: float = 0.5
    watch_s: float = 0.5
    wander_s: float = 1.6
    climb_s: float = 0.8
    spread: float = 0.25
    slip: float = 0.08
    tremor: float = 0.12
    wrong_way: float = 0.03
    patience: int = 3
    lost_after: int = 12
    obeys: bool = True
    climbs: bool = True


@dataclass(frozen=True, slots=True)
class _Probe:
    """A small movement tried for the sake of the quality bar, and what the bar showed before it."""

    total: FloatArray
    quality: float
    back: bool = False


@dataclass(frozen=True, slots=True)
class _Movement:
    start_s: float
    end_s: float
    total: FloatArray


class SimulatedNovice:
    """Turns advice into small movements of the probe.

    Call :meth:`step` once a frame; apply what it returns, and when :attr:`starts_over` is set afterwards, put the
    probe back where the start card says. ``moves`` counts the movements made so far, ``press`` is how hard the probe is
    pressed (0..1).
    """

    def __init__(self, rng: np.random.Generator, traits: NoviceTraits | None = None) -> None:
        self.traits = traits or NoviceTraits()
        self.moves = 0
        self.press = 0.7
        self.starts_over = False
        self._rng = rng
        self._own_moves = 0
        self._seen_at_move = 0
        self._probe: _Probe | None = None
        self._last_s: float | None = None
        self._idle_since_s = 0.0
        self._free_from_s = 0.0
        self._movement: _Movement | None = None
        self._noticed: tuple[str, int, float] | None = None

    def step(self, advice: Advice, t_s: float) -> Adjustment:
        """The probe's movement since the last call, in its own frame, given the advice on screen at ``t_s``."""
        self.starts_over = False
        dt = 0.0 if self._last_s is None else max(0.0, t_s - self._last_s)
        last = t_s - dt
        self._last_s = t_s
        moved = self._rng.normal(0.0, self.traits.tremor * min(1.0, dt / 0.1) ** 0.5, 5)
        movement = self._movement
        if movement is not None:
            moved += movement.total * (self._share(movement, t_s) - self._share(movement, last))
            if t_s >= movement.end_s:
                self._movement = None
                self._free_from_s = t_s + self.traits.watch_s
                self._idle_since_s = self._free_from_s
        elif t_s >= self._free_from_s:
            self._decide(advice, t_s)
        return Adjustment.from_array(moved)

    @staticmethod
    def _share(m: _Movement, t_s: float) -> float:
        x = float(np.clip((t_s - m.start_s) / (m.end_s - m.start_s), 0.0, 1.0))
        return x * x * (3.0 - 2.0 * x)

    def _decide(self, advice: Advice, t_s: float) -> None:
        if advice.state in (State.ADJUSTING, State.HOLD):
            self._seen_at_move = self.moves
        if advice.state in _STILL:
            self._idle_since_s = t_s
            self._noticed = None
            return
        hint = advice.hint if self.traits.obeys else None
        if hint is None:
            self._noticed = None
            if self.traits.climbs and advice.state is State.ADJUSTING and advice.quality is not None:
                if t_s - self._idle_since_s >= self.traits.climb_s:
                    self._climb(advice.quality, t_s)
            elif t_s - self._idle_since_s >= self.traits.wander_s:
                self._wander(t_s)
            return
        seen = (hint.axis, hint.sign, t_s)
        if self._noticed is None or self._noticed[:2] != seen[:2]:
            self._noticed = seen
        if t_s - self._noticed[2] >= self.traits.delay_s:
            self._noticed = None
            if self._lost:
                self._start_over(t_s)
            else:
                self._obey(hint, t_s)

    def _obey(self, hint: Hint, t_s: float) -> None:
        self._own_moves = 0
        self._probe = None
        if hint.move is Manoeuvre.PRESS:
            self.press = min(1.0, self.press + 0.1)
            self._begin(np.zeros(5), t_s)
            return
        sign = hint.sign * (-1 if self._rng.random() < self.traits.wrong_way else 1)
        size = _AMOUNT[hint.amount] * float(np.exp(self._rng.normal(0.0, self.traits.spread)))
        total = self._rng.normal(0.0, self.traits.slip * size, 5)
        total[AXES.index(hint.axis)] = sign * size
        self._begin(total, t_s)

    def _climb(self, quality: float, t_s: float) -> None:
        """One small movement: on where the last one filled the bar, back where it emptied it, else another."""
        probe = self._probe
        self._own_moves = 0
        if probe is not None and not probe.back:
            if quality > probe.quality + _NOTICED:
                self._probe = _Probe(probe.total, quality)
                self._begin(probe.total, t_s)
                return
            if quality < probe.quality - _NOTICED:
                self._probe = _Probe(-probe.total, quality, back=True)
                self._begin(-probe.total, t_s)
                return
        total = np.zeros(5)
        axis = int(self._rng.integers(5))
        total[axis] = self._rng.choice([-1.0, 1.0]) * 0.5 * _WANDER[axis]
        self._probe = _Probe(total, quality)
        self._begin(total, t_s)

    def _wander(self, t_s: float) -> None:
        self._probe = None
        total = np.zeros(5)
        if self._own_moves >= self.traits.patience or self._lost:
            self._start_over(t_s)
            return
        self._own_moves += 1
        axis = int(self._rng.integers(5))
        total[axis] = (
            self._rng.choice([-1.0, 1.0]) * _WANDER[axis] * float(np.exp(self._rng.normal(0.0, 0.4)))
        )
        self._begin(total, t_s)

    @property
    def _lost(self) -> bool:
        return self.moves - self._seen_at_move >= self.traits.lost_after

    def _start_over(self, t_s: float) -> None:
        self._own_moves, self.press, self.starts_over = 0, 0.7, True
        self._begin(np.zeros(5), t_s)
        self._seen_at_move = self.moves

    def _begin(self, total: FloatArray, t_s: float) -> None:
        self.moves += 1
        self._movement = _Movement(t_s, t_s + self.traits.move_s, total)

"""Scripted predictions: what a model would say, written down frame by frame for the tests of the coach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from guidance.coach import Coach
from guidance.hint import Advice, Hint, State
from guidance.prediction import Facets, Prediction
from guidance.probe import AXES, Manoeuvre, Pose
from guidance.signal import Signal
from guidance.views import STANDARD_VIEWS, View

FPS = 30.0
GOOD = Facets(0.9, 0.9, 0.9, 0.9)


def errors(**axes: float) -> tuple[float, ...]:
    """Five adjustments, zero but for those named: ``errors(tilt=12)``."""
    assert set(axes) <= set(AXES)
    return tuple(axes.get(name, 0.0) for name in AXES)


def prediction(
    view: View = View.A4C,
    p: float = 0.9,
    *,
    probabilities: dict[View, float] | None = None,
    quality: float | None = 0.3,
    facets: Facets | None = GOOD,
    adjustment: Sequence[float] | None = errors(),
    half_width90: float | Sequence[float] = 5.0,
    novelty: float | None = 0.05,
    structures: dict[str, float] | None = None,
    views: tuple[View, ...] = STANDARD_VIEWS,
) -> Prediction:
    """A prediction that sees ``view`` with ``p`` and spreads the rest evenly, the same for every target.

    ``structures``: share of the input square that each structure covers.
    """
    n = len(views)
    told = {view: p} if probabilities is None else probabilities
    rest = (1.0 - sum(told.values())) / (n + 1 - len(told))
    row = [told.get(v, rest) for v in (*views, View.OTHER)]
    masks = None
    if structures is not None:
        masks = np.zeros((len(structures), 40, 40), np.float32)
        for mask, share in zip(masks, structures.values(), strict=True):
            mask.flat[: round(share * mask.size)] = 1.0
    return Prediction(
        views=views,
        view_probabilities=np.array(row, np.float32),
        quality=None if quality is None else np.full(n, quality, np.float32),
        facets=facets,
        adjustment=None if adjustment is None else np.tile(np.asarray(adjustment, np.float32), (n, 1)),
        half_width90=None if adjustment is None else np.tile(_five(half_width90), (n, 1)),
        structure_names=tuple(structures or ()),
        structures=masks,
        novelty=novelty,
    )


def _five(half_width90: float | Sequence[float]) -> np.ndarray:
    return np.broadcast_to(np.asarray(half_width90, np.float32), (5,))


def times(seconds: float, start: float = 0.0) -> Iterator[float]:
    """Frame times at 30 frames a second."""
    return (start + i / FPS for i in range(round(seconds * FPS)))


def play(
    coach: Coach,
    seconds: float,
    script: Prediction | Callable[[float], Prediction],
    *,
    start: float = 0.0,
    pose: Pose | None = None,
) -> list[tuple[float, Advice]]:
    """``coach`` fed with ``script`` (constant, or by time) for ``seconds``: what it answered, and when."""
    return [
        (t, coach.advise(t, script(t) if callable(script) else script, pose=pose))
        for t in times(seconds, start)
    ]


NO_HINT = {State.NO_SIGNAL, State.FROZEN, State.NOT_RECOGNISED, State.HOLD, State.CAPTURED, State.PAUSED}
OFF = prediction(adjustment=errors(tilt=15.0))
GOOD_PICTURE = prediction(quality=0.9)
Played = list[tuple[float, Advice]]


def states(played: Iterable[tuple[float, Advice]]) -> list[State]:
    """The states in order, each once."""
    found: list[State] = []
    for _, a in played:
        if not found or found[-1] is not a.state:
            found.append(a.state)
    return found


def last(played: Played) -> Advice:
    """The end of it."""
    return played[-1][1]


def one(p: Prediction, signal: Signal = Signal.LIVE, pose: Pose | None = None) -> Advice:
    """What a new coach says of one picture."""
    return Coach(View.A4C).advise(0.0, p, signal=signal, pose=pose)


def onsets(played: Played) -> list[tuple[float, Hint]]:
    """Pictures whose hint differs from that of the picture before."""
    found, before = [], None
    for t, a in played:
        if a.hint is not None and (before is None or a.hint != before):
            found.append((t, a.hint))
        before = a.hint
    return found


def check_calm(played: Played) -> None:
    """What must hold of every stream, whatever it shows."""
    for t, a in played:
        assert a.state not in NO_HINT or a.hint is None, t
        assert a.hint is not None or a.message, t
        assert a.state is not State.NO_CONTACT or a.hint is None or a.hint.move is Manoeuvre.PRESS, t
        assert 0.0 <= a.hold_progress <= 1.0
    starts = onsets(played)
    assert all(b - a >= 1.0 - 1e-9 for (a, _), (b, _) in pairwise(starts))
    shown: dict[tuple[str, int], float] = {}
    for t, a in played:
        if a.hint is not None and a.hint.axis:
            opposite = shown.get((a.hint.axis, -a.hint.sign), -10.0)
            assert t - opposite >= 1.0 - 1e-9
            shown[(a.hint.axis, a.hint.sign)] = t

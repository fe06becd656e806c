"""Progression: from one target view to the next, each when it was captured. Pure; a listener of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guidance.hint import Guidance, State
from guidance.views import View

PAUSE_S = 1.5
"""So long CAPTURED stays on screen before the next target."""


class Progression:
    """Walks through ``views``. After the last it stays there.

    Args:
        views: targets in order; the first is the coach's already.
        set_target: :meth:`guidance.coach.Coach.set_target`.
        pause_s: seconds on the stream's time line between CAPTURED and the next target.
    """

    def __init__(self, views: Sequence[View], set_target: Callable[[View], None], pause_s: float = PAUSE_S):
        self.views = tuple(views)
        self.captured: list[View] = []
        self._set_target = set_target
        self._pause_s = pause_s
        self._since: float | None = None

    @property
    def done(self) -> bool:
        """Whether every view was captured."""
        return set(self.captured) >= set(self.views)

    @property
    def remaining(self) -> tuple[View, ...]:
        """Views not captured yet, in order."""
        return tuple(view for view in self.views if view not in self.captured)

    def __call__(self, guidance: Guidance) -> None:
        """Note a capture; after the pause, aim at the next view."""
        advice, t_s = guidance.advice, guidance.frame.t_stream_s
        if advice.state is not State.CAPTURED:
            self._since = None
            return
        if advice.target not in self.captured:
            self.captured.append(advice.target)
        if self._since is None or t_s < self._since:
            self._since = t_s
        remaining = self.remaining
        if remaining and t_s - self._since >= self._pause_s:
            self._since = None
            self._set_target(remaining[0])

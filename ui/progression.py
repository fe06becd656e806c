"""Progression: from one target view to the next, each when it was captured or skipped. A listener of the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from guidance.hint import Guidance, State
from guidance.views import View

PAUSE_S = 1.5
"""So long CAPTURED stays on screen before the next target."""


class Progression:
    """Walks through ``views``. After the last it stays there. Methods may be called from any thread.

    Args:
        views: targets in order; the first is the coach's already.
        set_target: :meth:`guidance.coach.Coach.set_target`.
        pause_s: seconds on the stream's time line between CAPTURED and the next target.
        captured: views that are done already (an exam that goes on).

    Attributes:
        captured, skipped: views so far; a view that is done again is in neither.
    """

    def __init__(
        self,
        views: Sequence[View],
        set_target: Callable[[View], None],
        pause_s: float = PAUSE_S,
        captured: Sequence[View] = (),
    ):
        self.views = tuple(views)
        self.captured: list[View] = list(captured)
        self.skipped: list[View] = []
        self._set_target = set_target
        self._pause_s = pause_s
        self._since: float | None = None
        self._again: View | None = None  # done again: until another picture of it, CAPTURED is the old one
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether every view was captured."""
        return set(self.captured) >= set(self.views)

    @property
    def remaining(self) -> tuple[View, ...]:
        """Views neither captured nor skipped yet, in order."""
        return tuple(view for view in self.views if view not in self.captured and view not in self.skipped)

    def skip(self, view: View) -> View | None:
        """Leave ``view`` out and aim at the next that remains; returns that, or None where none does.

        A view that was captured stays so.
        """
        with self._lock:
            if view in self.views and view not in self.captured and view not in self.skipped:
                self.skipped.append(view)
            self._since = None
            following = self._after(view)
        if following is not None:
            self._set_target(following)
        return following

    def redo(self, view: View) -> None:
        """Aim at ``view`` as if it had never been captured or skipped. What was kept of it stays."""
        with self._lock:
            self.captured = [other for other in self.captured if other is not view]
            self.skipped = [other for other in self.skipped if other is not view]
            self._since, self._again = None, view
        self._set_target(view)

    def __call__(self, guidance: Guidance) -> None:
        """Note a capture; after the pause, aim at the next view."""
        advice, t_s = guidance.advice, guidance.frame.t_stream_s
        following: View | None = None
        with self._lock:
            if advice.state is not State.CAPTURED:
                self._since = self._again = None
                return
            if advice.target is self._again:
                return
            if advice.target not in self.captured:
                self.captured.append(advice.target)
            if self._since is None or t_s < self._since:
                self._since = t_s
            if t_s - self._since >= self._pause_s:
                following = self._after(advice.target)
                self._since = None if following is not None else self._since
        if following is not None:
            self._set_target(following)

    def _after(self, view: View) -> View | None:
        """The view that remains next after ``view``, else the first that remains."""
        remaining = self.remaining
        if view in self.views:
            later = self.views[self.views.index(view) + 1 :]
            return next((other for other in later if other in remaining), next(iter(remaining), None))
        return next(iter(remaining), None)

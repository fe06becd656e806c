"""Operator: what the person at the window may ask for, as calls on the feed. No Qt; each wish says what it did."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from guidance.views import View
from guidance.wording import spoken
from ui.board import Board
from ui.feeds import Feed
from ui.wording import Word, Words


@runtime_checkable
class WithBoard(Protocol):
    """A feed that knows how far its protocol is."""

    @property
    def board(self) -> Board:
        """What the strip shows."""
        ...


class Operator:
    """Wishes of the operator. Where the feed takes none (a demonstration) they do nothing.

    Methods that change something the eye may miss return a line that says it, else an empty one.
    """

    def __init__(self, feed: Feed, words: Words):
        self._feed = feed
        self._words = words
        self.board = feed.board if isinstance(feed, WithBoard) else None

    @property
    def target(self) -> View | None:
        """The view aimed at."""
        return None if self._feed.coach is None else self._feed.coach.target

    def choose(self, view: View) -> None:
        """Aim at ``view``."""
        if self._feed.coach is not None and view in self._feed.targets:
            self._feed.coach.set_target(view)

    def step(self, by: int) -> None:
        """Aim at the view ``by`` places further in the protocol, or among all views where there is none."""
        views = self._feed.targets
        if self.board is not None and len(self.board.views) > 1:
            views = self.board.views
        target = self.target
        if target is not None and views:
            place = views.index(target) if target in views else -1 if by > 0 else 0
            self.choose(views[(place + by) % len(views)])

    def capture(self) -> str:
        """This is the picture."""
        if self._feed.coach is None:
            return ""
        self._feed.coach.mark_captured()
        return self._words(Word.CAPTURED_BY_HAND, view=spoken(self._feed.coach.target))

    def dismiss(self) -> None:
        """The hint on screen is wrong."""
        if self._feed.coach is not None:
            self._feed.coach.dismiss_hint()

    def mute(self, muted: bool) -> None:
        """Hints off, or on again."""
        if self._feed.coach is not None:
            self._feed.coach.mute(muted)

    def skip(self) -> str:
        """Leave this view out of the protocol; the best of it is kept."""
        progression = None if self.board is None else self.board.progression
        target = self.target
        if progression is None or target is None:
            return ""
        following = progression.skip(target)
        if following is None:
            return self._words(Word.PROTOCOL_DONE)
        return self._words(Word.SKIPPED_NOTE, view=spoken(target))

    def redo(self) -> str:
        """Do this view again; what was kept of it stays."""
        target, coach = self.target, self._feed.coach
        if target is None or coach is None:
            return ""
        if self.board is not None:
            self.board.forget(target)
        progression = None if self.board is None else self.board.progression
        if progression is not None:
            progression.redo(target)
        else:
            coach.set_target(target)
        return self._words(Word.REDO_NOTE, view=spoken(target))

"""Feeds: what drives a window. One runs a stream through the engine; the demo has its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.errors import SonoguideError
from guidance.hint import Guidance
from guidance.views import View
from ui.board import Board
from ui.session import Session
from ui.state_look import StateLook
from ui.wording import Word

Show = Callable[[Guidance], None]


class Feed(Protocol):
    """Makes guidance on a thread of its own and says how it ended."""

    @property
    def title(self) -> str:
        """What the window shows, in a few words."""
        ...

    @property
    def capture_quality(self) -> float:
        """Where the meter's line stands."""
        ...

    @property
    def coach(self) -> Coach | None:
        """Takes the operator's wishes; None where nobody may have any (a demonstration)."""
        ...

    @property
    def targets(self) -> tuple[View, ...]:
        """Views that may be chosen."""
        ...

    @property
    def profile(self) -> DeviceProfile | None:
        """Where the picture lies, as far as known."""
        ...

    @property
    def running(self) -> bool:
        """Whether guidance may still come."""
        ...

    def start(self, show: Show) -> None:
        """Begin, or begin anew; ``show`` is called with each guidance, on any thread."""
        ...

    def stop(self) -> None:
        """End; returns when no more guidance comes."""
        ...

    def ending(self) -> StateLook:
        """Why no more guidance comes, in words for the operator."""
        ...


class StreamFeed:
    """A :class:`~ui.session.Session` in a window."""

    def __init__(self, session: Session):
        self._session = session
        self._words = session.words
        self._board = Board(session.views, session.progression, session.exam)
        self._engine = session.engine
        self._started = False
        self._failure: SonoguideError | None = None
        for output in session.outputs:
            self._engine.add_listener(output)
        self._engine.add_listener(self._board)
        if session.options.max_frames is not None:
            self._engine.add_listener(self._stop_in_time)

    @property
    def title(self) -> str:
        """The stream's address."""
        return self._session.options.source

    @property
    def capture_quality(self) -> float:
        """From the model's manifest."""
        return self._session.model.manifest.hints.hold_quality

    @property
    def coach(self) -> Coach | None:
        """The run's coach."""
        return self._session.coach

    @property
    def targets(self) -> tuple[View, ...]:
        """Every view that the model knows."""
        return self._session.model.manifest.views

    @property
    def profile(self) -> DeviceProfile | None:
        """As found by the engine."""
        return self._engine.profile

    @property
    def board(self) -> Board:
        """How far the protocol is, and what was kept."""
        return self._board

    @property
    def running(self) -> bool:
        """Whether the engine is at work."""
        return self._engine.running

    def start(self, show: Show) -> None:
        """Begin, or play the stream again from its beginning."""
        self._engine.stop()
        self._failure = None
        self._engine.add_listener(show)
        try:
            source = self._session.open_again() if self._started else self._session.source
        except SonoguideError as error:
            self._failure = error
            return
        self._started = True
        self._session.coach.reset()
        self._engine.start(source, fast=self._session.options.fast, reopen=self._session.reopen)

    def stop(self) -> None:
        """Stop the engine. The session, when it is closed, finishes its recordings."""
        self._engine.stop()

    def ending(self) -> StateLook:
        """End of the recording, or what went wrong."""
        words, error = self._words, self._failure or self._engine.error
        if error is not None:
            return StateLook(words(Word.LOST_TITLE), "unplugged", words(Word.LOST_LINE, error=error))
        if self._session.source.info.live:
            return StateLook(words(Word.ENDED_TITLE), "stop", words(Word.ENDED_LINE))
        return StateLook(words(Word.OVER_TITLE), "stop", words(Word.OVER_LINE))

    def _stop_in_time(self, guidance: Guidance) -> None:
        wanted = self._session.options.max_frames
        if wanted is not None and self._session.summary.frames >= wanted:
            self._engine.stop()

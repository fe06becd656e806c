"""``run`` with a window: session, feed, window and event loop, and their orderly end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from guidance.pauses import real_time
from ui.feeds import Feed, StreamFeed
from ui.interrupts import handling
from ui.palette import DARK, LIGHT
from ui.preferences import PreferencesFile
from ui.qt import window_application
from ui.session import RunOptions, Session
from ui.wording import Words
from ui.wording.en import ENGLISH

if TYPE_CHECKING:
    from qtpy.QtWidgets import QApplication


def run_window(options: RunOptions, *, quiet: bool = False) -> None:
    """Show guidance on ``options.source`` until the window is closed.

    Raises:
        InputError, RuntimeFailure: what kept it from starting, or a recording that could not be finished.
    """
    with Session(options, window_application) as session:
        show_feed(StreamFeed(session), close_at_end=options.max_frames is not None, words=session.words)
        session.close()
        if not quiet:
            session.summary.print_to(sys.stderr, session.engine.latency.summary())
            for line in session.recorded():
                print(line, file=sys.stderr)


def show_feed(feed: Feed, *, close_at_end: bool = False, words: Words = ENGLISH) -> None:
    """Run ``feed`` in a window until that is closed, by hand, by Ctrl-C or SIGTERM.

    Raises:
        RuntimeFailure: Qt cannot start here.
    """
    application = window_application()
    from ui.app import (
        GuidanceWindow,
        dress,
    )  # only now: without Qt this import fails, with a riddle for a message

    preferences = PreferencesFile.of_user()
    dress(application, LIGHT if preferences.now.light else DARK)
    window = GuidanceWindow(feed, close_at_end=close_at_end, words=words, preferences=preferences)
    run_until_closed(application, window)


class Beginning(Protocol):
    """A window that begins its work when it is told to."""

    def show(self) -> None:
        """Show it."""
        ...

    def begin(self) -> None:
        """Begin."""
        ...

    def close(self) -> bool:
        """Close it."""
        ...


def run_until_closed(application: QApplication, window: Beginning) -> None:
    """Show ``window``, let it begin, and return when it is closed: by hand, by Ctrl-C or SIGTERM."""
    with _closed_by_signals(window), real_time():
        window.show()
        window.begin()
        application.exec()


@contextmanager
def _closed_by_signals(window: Beginning) -> Iterator[None]:
    """Qt must not be left by an exception: signals close the window. Its timers let Python see them."""
    from qtpy.QtCore import QTimer

    def close(number: int, frame: FrameType | None) -> None:
        QTimer.singleShot(0, window.close)  # not at once: the signal may come amid a paint

    with handling(close):
        yield

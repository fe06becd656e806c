"""``run --headless``: the stream through the engine without a window. Imports Qt only when it records."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from guidance.pauses import real_time
from ui.interrupts import Interrupted, interruptible
from ui.session import RunOptions, Session


def run_headless(options: RunOptions, *, quiet: bool = False) -> None:
    """Guide ``options.source`` to its end; outputs as the options say, a summary and progress on stderr.

    An interrupt (Ctrl-C, SIGTERM) or a reader of ``--json -`` that goes away ends the run; recordings are finished.

    Raises:
        InputError, RuntimeFailure: what ended the run early, after its outputs were finished.
        Interrupted: somebody did.
    """
    with interruptible(), Session(options) as session:
        engine, source = session.engine, session.source
        total = options.max_frames or source.info.frame_count
        try:
            with real_time(), _progress(total, wanted=not quiet) as advance:
                run = engine.run(source, options.max_frames, fast=options.fast, reopen=session.reopen)
                for guidance in run:
                    for output in session.outputs:
                        output(guidance)
                    advance(session.summary.frames)
        except BrokenPipeError:
            _forget_stdout()
        finally:
            # Also after an interrupt or a failure: what was seen until then is worth its summary.
            session.close()
            if not quiet:
                session.summary.print_to(sys.stderr, engine.latency.summary())
                for line in session.recorded():
                    print(line, file=sys.stderr)


class _Advance:
    def __init__(self, progress: Progress | None, total: int | None):
        self._progress = progress
        self._task = progress.add_task("guiding", total=total) if progress is not None else None

    def __call__(self, done: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done)


@contextmanager
def _progress(total: int | None, *, wanted: bool) -> Iterator[_Advance]:
    """A progress bar on a terminal's stderr; nothing elsewhere."""
    if not wanted or not sys.stderr.isatty():
        yield _Advance(None, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Advance(progress, total)


def _forget_stdout() -> None:
    """The reader went away: Python must not fail once more when it flushes stdout at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


__all__ = ["Interrupted", "run_headless"]

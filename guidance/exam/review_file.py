"""Changing ``review.json``: whole or not at all, by one process at a time, and never over one that cannot be read."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guidance.errors import InputError, RuntimeFailure
from guidance.exam.records import Damaged, to_bytes
from guidance.exam.review_records import REVIEW_FILE, Review, read_review_file
from guidance.whole_file import put_aside, write_whole


def change_review(folder: Path, change: Callable[[Review], Review]) -> tuple[Review, Path | None]:
    """Read the review of the exam in ``folder``, ``change`` it and write it.

    Returns:
        The review as it stands now, and where a damaged one was put aside, if there was one.

    Raises:
        NewerSchema: it was written by a newer sonoguide; it is untouched.
        InputError: the folder cannot be written.
        RuntimeFailure: the disk is full.
    """
    try:
        with _alone(folder):
            aside: Path | None = None
            try:
                before = read_review_file(folder)
            except Damaged:
                before = Review()
                aside = put_aside(folder / REVIEW_FILE)
            after = change(before)
            if after != before or aside is not None:
                write_whole(folder / REVIEW_FILE, to_bytes(after))
            return after, aside
    except OSError as error:
        raise not_written(folder / REVIEW_FILE, error) from error


def not_written(path: Path, error: OSError) -> InputError | RuntimeFailure:
    """What to say where ``path`` could not be written."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return RuntimeFailure(f"{path} could not be written ({reason}): free some space")
    return InputError(
        f"{path} cannot be written ({reason}): make its folder writable, or review a copy of the exam"
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes out until the end; the folder itself is locked, so that no further file lies in it."""
    try:
        import fcntl
    except ImportError:  # Windows: nobody is kept out
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

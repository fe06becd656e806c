"""A file that one process at a time may hold."""

from __future__ import annotations

from typing import BinaryIO


def held(file: BinaryIO) -> bool:
    """Hold the file against other processes until it is closed; False where one of them holds it.

    The system lets go when we are killed.
    """
    try:
        import fcntl
    except ImportError:  # Windows: nobody is kept out
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True

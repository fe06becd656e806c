"""Files that are there whole or not at all, whenever the power fails: ``.part``, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PART = ".part"
"""How an unfinished file's name ends; it begins with a dot."""


def write_whole(path: Path, write: bytes | Callable[[BinaryIO], object]) -> None:
    """Write ``path``, in place of one that is there, in one step.

    Args:
        path: where the file will be; its folder must exist.
        write: the content, or what writes it to a binary file.

    Raises:
        OSError: it could not be written; what was there is untouched, and nothing unfinished stays.
    """
    part = path.with_name(f".{path.name}{PART}")
    try:
        with part.open("wb") as file:
            if isinstance(write, bytes):
                file.write(write)
            else:
                write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` outlast a power failure, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse; the rename itself was done
            os.fsync(handle)
    finally:
        os.close(handle)


def put_aside(path: Path) -> Path | None:
    """Keep a damaged file under another name, ``exam.damaged-1.json`` for ``exam.json``; None: there is none."""
    if not path.exists():
        return None
    again = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{again}{path.suffix}")).exists():
        again += 1
    path.rename(aside)
    return aside


def clear_parts(folder: Path) -> int:
    """Remove what a killed process left unfinished in ``folder``; returns how many files."""
    left = [path for path in folder.glob(f".*{PART}*") if path.is_file()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)

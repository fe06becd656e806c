"""Spool: files on their way to archives. Whatever moment the process dies at, nothing that was queued is lost.

An item is a folder with the DICOM file (``object.dcm``) and what is known of its way (``item.json``). It is made under
a temporary name, fsynced and renamed, so it is there whole or not at all; it goes only after the archive took it and
the exam's log says so.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import platformdirs
from pydantic import Field

from guidance.errors import InputError, RuntimeFailure
from guidance.exam.records import SCHEMA_VERSION, Record, checked, to_bytes
from guidance.file_lock import held
from guidance.whole_file import PART, sync_folder, write_whole

ITEM_FILE = "item.json"
OBJECT_FILE = "object.dcm"
LOCK_FILE = ".lock"
GONE = ".gone"
"""How the name of an item that is being removed ends; it begins with a dot."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Altered(InputError):
    """A file is not what the exam says it is."""


class SpoolItem(Record):
    """One file on its way to one archive.

    Attributes:
        key: its folder's name; the same file for the same archive has the same.
        peer: the archive's address.
        exam: folder of the exam, absolute.
        name: of the file in the exam, or ``summary``.
        sop_class, sop_instance: DICOM's UIDs.
        bytes, sha256: of the file.
        queued: wall clock, ISO 8601 with its offset, as all times here.
        order: among those that were queued together.
        attempts: how often it was tried in vain.
        reason: why the last try failed.
        next_try: not before then, unless somebody asks.
        answer: what the archive said when it took the file; the exam's log does not say so yet.
    """

    schema_version: int = SCHEMA_VERSION
    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    peer: str
    exam: str
    name: str
    sop_class: str
    sop_instance: str
    bytes: int = Field(ge=0)
    sha256: str
    queued: str
    order: int = Field(default=0, ge=0)
    attempts: int = Field(default=0, ge=0)
    reason: str | None = None
    next_try: str | None = None
    answer: str | None = None


def item_key(peer: str, sop_instance: str) -> str:
    """The name of an item's folder."""
    return hashlib.sha256(f"{peer}\n{sop_instance}".encode()).hexdigest()[:16]


def default_spool() -> Path:
    """Where the spool is unless somebody says otherwise."""
    return platformdirs.user_data_path("sonoguide") / "spool"


class Spool:
    """The spool in ``folder``, which is made when the first item comes. Reading needs no lock, changing it does."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __len__(self) -> int:
        try:
            return sum(1 for path in self.folder.iterdir() if not path.name.startswith(".") and path.is_dir())
        except OSError:
            return 0

    def items(self) -> tuple[list[SpoolItem], list[str]]:
        """All items, oldest first, and one line for each that cannot be read."""
        found: list[SpoolItem] = []
        problems: list[str] = []
        try:
            names = sorted(path.name for path in self.folder.iterdir() if path.is_dir())
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise InputError(
                f"{self.folder} cannot be read ({error.strerror}): give another --spool"
            ) from error
        for name in names:
            if name.startswith("."):
                continue
            place = self.folder / name / ITEM_FILE
            try:
                item = SpoolItem.model_validate(checked(place, SpoolItem))
            except InputError as error:
                if (self.folder / name).exists():  # else another process has just sent it
                    problems.append(str(error))
                continue
            if item.key == name:
                found.append(item)
            else:
                problems.append(f"{place} is damaged: it belongs to {item.key}")
        return sorted(found, key=lambda item: (item.queued, item.order, item.key)), problems

    def path(self, item: SpoolItem) -> Path:
        """The DICOM file of ``item``."""
        return self.folder / item.key / OBJECT_FILE

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from changing the spool until the end; clears up after one that was killed.

        Raises:
            RuntimeFailure: another process is at it.
            InputError: the folder cannot be made or written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # pictures of patients lie in it
            lock = (self.folder / LOCK_FILE).open("ab")
        except OSError as error:
            raise self._not_written(error) from error
        with lock:
            if not held(lock):
                raise RuntimeFailure(
                    f"another sonoguide is sending from {self.folder}: wait until it is done"
                )
            for left in [*self.folder.glob(f".*{PART}"), *self.folder.glob(f".*{GONE}")]:
                shutil.rmtree(left, ignore_errors=True)
            yield

    def put(self, item: SpoolItem, content: bytes | Path) -> SpoolItem:
        """Add ``item`` with its file; the one that is there where it waits already.

        Raises:
            Altered: the file is not what ``item`` says.
            InputError: the spool cannot be written, or the file cannot be read.
            RuntimeFailure: the disk is full.
        """
        place = self.folder / item.key
        if (place / ITEM_FILE).exists():
            return SpoolItem.model_validate(checked(place / ITEM_FILE, SpoolItem))
        part = self.folder / f".{item.key}{PART}"
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True, mode=0o700)
            write_whole(part / OBJECT_FILE, lambda file: _copy(content, file, item))
            write_whole(part / ITEM_FILE, to_bytes(item))
            part.rename(place)
            sync_folder(self.folder)
        except OSError as error:
            raise self._not_written(error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return item

    def update(self, item: SpoolItem) -> None:
        """Write what is known of ``item`` now.

        Raises:
            InputError: the spool cannot be written; it says what it said before.
            RuntimeFailure: the disk is full.
        """
        try:
            write_whole(self.folder / item.key / ITEM_FILE, to_bytes(item))
        except OSError as error:
            raise self._not_written(error) from error

    def remove(self, item: SpoolItem) -> None:
        """Forget ``item`` and its copy of the file, in one step.

        Raises:
            InputError: the spool cannot be written.
        """
        gone = self.folder / f".{item.key}{GONE}"
        try:
            shutil.rmtree(gone, ignore_errors=True)
            (self.folder / item.key).rename(gone)
            sync_folder(self.folder)
        except OSError as error:
            raise self._not_written(error) from error
        shutil.rmtree(gone, ignore_errors=True)

    def _not_written(self, error: OSError) -> InputError | RuntimeFailure:
        reason = error.strerror or str(error)
        if error.errno in DISK_FULL:
            return RuntimeFailure(f"{self.folder} could not be written ({reason}): free some space")
        return InputError(f"{self.folder} cannot be written ({reason}): choose another folder with --spool")


def _copy(content: bytes | Path, file: BinaryIO, item: SpoolItem) -> None:
    """Write ``content`` and check that it is what ``item`` says."""
    digest = hashlib.sha256()
    if isinstance(content, bytes):
        digest.update(content)
        file.write(content)
    else:
        try:
            source = content.open("rb")
        except OSError as error:
            raise Altered(f"{content} cannot be read ({error.strerror}) and was left out") from error
        with source:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
    if digest.hexdigest() != item.sha256:
        raise Altered(
            f"{content if isinstance(content, Path) else item.name} is missing or damaged and was left out"
        )

"""History: every attempt in one small versioned JSON file, written whole; never over what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError

from guidance.errors import InputError, RuntimeFailure, SonoguideError
from guidance.whole_file import write_whole
from ui.practice.attempt import Attempt

SCHEMA_VERSION = 1
NOTICE = "Practice on virtual patients with sonoguide. For research use only. Not a medical device."
_MAX_BYTES = 64 << 20  # ten attempts a day are some megabytes a year


class HistoryFile(BaseModel):
    """All of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: int = SCHEMA_VERSION
    notice: str = NOTICE
    attempts: tuple[Attempt, ...] = ()


def default_place() -> Path:
    """Where the file is kept unless another place is named."""
    return platformdirs.user_data_path("sonoguide") / "practice.json"


class History:
    """The attempts kept at ``path``.

    Attributes:
        attempts: all that are known, in order; those that could not be written yet are the last.

    Raises:
        InputError: the file is damaged or newer than this program, or cannot be read or written there.
    """

    def __init__(self, path: Path):
        self.path = path
        self.attempts = read_attempts(path)
        self._waiting: list[Attempt] = []

    def add(self, attempt: Attempt) -> None:
        """Keep ``attempt``, after all that others have kept there meanwhile.

        Raises:
            RuntimeFailure: it could not be written; it waits for the next one or :meth:`finish`.
        """
        self._waiting.append(attempt)
        self.attempts = (*self.attempts, attempt)
        self.finish()

    def finish(self) -> None:
        """Write what is waiting.

        Raises:
            RuntimeFailure: it could not be written.
        """
        if not self._waiting:
            return
        try:
            kept = (*read_attempts(self.path), *self._waiting)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, _to_bytes(HistoryFile(attempts=kept)))
        except (SonoguideError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            lost = len(self._waiting)
            raise RuntimeFailure(
                f"{lost} {'attempt is' if lost == 1 else 'attempts are'} not kept in {self.path} ({reason})"
            ) from error
        self.attempts = kept
        self._waiting.clear()


def read_attempts(path: Path) -> tuple[Attempt, ...]:
    """The attempts in the file at ``path``; none where there is no file yet.

    Raises:
        InputError: it is damaged, of a newer version, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}): choose another with --keep"
        ) from error
    try:
        content = json.loads(text) if len(text) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        content = None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if type(version) is int and version > SCHEMA_VERSION:
        raise InputError(
            f"{path} was written by a newer sonoguide (schema {version}, this one knows {SCHEMA_VERSION}): "
            "update sonoguide, or choose another with --keep"
        )
    what = "it is not the JSON of a practice history"
    if type(version) is int and version == SCHEMA_VERSION:
        try:
            return HistoryFile.model_validate(content).attempts
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            what = f"{'.'.join(str(part) for part in first['loc'])}: {' '.join(first['msg'].split())}"
    raise InputError(
        f"{path} is damaged ({what}): nothing was changed; move it away, or choose another with --keep"
    )


def _to_bytes(file: HistoryFile) -> bytes:
    return (json.dumps(file.model_dump(mode="json"), indent=1, allow_nan=False) + "\n").encode()

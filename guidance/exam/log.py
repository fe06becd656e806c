"""The exam's log: one JSON line for each change of what was said and wished. Appended and flushed, never rewritten."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from guidance.errors import InputError
from guidance.file_lock import held

JUMP_S = 2.0
"""The wall clock jumped when it and the steady clock disagree by more."""

MAX_WAITING = 10_000
"""Lines that wait for room on the disk."""


def wall_clock() -> datetime:
    """Now, with the offset of the local time zone."""
    return datetime.now().astimezone()


class ExamLog:
    """Appends events; any thread may.

    A line has ``at`` (wall clock), ``run_s`` (seconds of a steady clock since this run began), ``event`` and what
    belongs to it. The order of the lines is the order of events, whatever the wall clock does; where it jumps, a line
    ``clock`` says by how much. A line that cannot be written waits for the next one.

    Args:
        path: the file; a line that a killed process left unfinished is closed first.
        now: the wall clock.
        steady: a clock that never jumps, in seconds.

    Raises:
        InputError: it cannot be written, or another process writes it.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = wall_clock,
        steady: Callable[[], float] = time.monotonic,
    ):
        self._path = path
        self._now, self._steady = now, steady
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque(maxlen=MAX_WAITING)
        self._problem: OSError | None = None
        try:
            self._file: BinaryIO | None = path.open("ab+", buffering=0)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                f"{path} cannot be written ({reason}): choose another place for the exam"
            ) from error
        if not held(self._file):
            self._file.close()
            raise InputError(f"{path.parent} is being written by another sonoguide: choose another exam")
        self._began_s = steady()
        self._offset_s = now().timestamp() - self._began_s
        if not _ends_with_line(self._file):
            self._waiting.append(b"\n")

    @property
    def problem(self) -> OSError | None:
        """Why lines are waiting; None when all are written."""
        return self._problem

    def add(self, event: str, **facts: Any) -> None:
        """Append ``event``. Never raises for a disk: see :attr:`problem`."""
        with self._lock:
            now, steady_s = self._now(), self._steady()
            offset_s = now.timestamp() - steady_s
            if abs(offset_s - self._offset_s) > JUMP_S:
                self._put(now, steady_s, "clock", {"jumped_s": round(offset_s - self._offset_s, 3)})
                self._offset_s = offset_s
            self._put(now, steady_s, event, facts)
            self._flush()

    def close(self) -> None:
        """Try once more to write what waits, and close. Idempotent."""
        with self._lock:
            if self._file is not None:
                self._flush()
                self._file.close()
                self._file = None

    def _put(self, now: datetime, steady_s: float, event: str, facts: dict[str, Any]) -> None:
        line = {
            "at": now.isoformat(timespec="milliseconds"),
            "run_s": round(steady_s - self._began_s, 3),
            "event": event,
            **facts,
        }
        self._waiting.append(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")

    def _flush(self) -> None:
        if self._file is None:
            return
        try:
            while self._waiting:
                rest = self._waiting[0]
                written = self._file.write(rest) or 0
                if written < len(rest):  # the disk took a part of it
                    self._waiting[0] = rest[written:]
                else:
                    self._waiting.popleft()
            self._problem = None
        except OSError as error:
            self._problem = error


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a log, oldest first; a line that is not whole is left out."""
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    event = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(event, dict) and "event" in event:
                    yield event
    except OSError:
        return


def _ends_with_line(file: BinaryIO) -> bool:
    if file.seek(0, 2) == 0:
        return True
    file.seek(-1, 2)
    return file.read(1) == b"\n"

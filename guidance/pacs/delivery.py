"""Delivery: what waits in the spool goes out, archive by archive; what fails waits longer each time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from guidance.errors import InputError, SonoguideError
from guidance.exam.log import ExamLog, wall_clock
from guidance.exam.records import LOG_FILE
from guidance.pacs.outgoing import SENT
from guidance.pacs.sender import Answer, OpenSender, Sender, Unreachable
from guidance.pacs.spool import Spool, SpoolItem


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after a try in vain: ``first_s``, then twice as long each time, at most ``longest_s``."""

    first_s: float = 30.0
    longest_s: float = 3600.0

    def wait_s(self, attempts: int) -> float:
        """Seconds until the next try after ``attempts`` (1 or more) in vain."""
        return float(min(self.first_s * 2.0 ** min(attempts - 1, 30), self.longest_s))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item.

    Attributes:
        item: as it stands now.
        delivered: the archive has it, and it has left the spool.
        said: the archive's answer, or why it waits.
    """

    item: SpoolItem
    delivered: bool
    said: str


def due(items: Iterable[SpoolItem], now: datetime) -> list[SpoolItem]:
    """Those of ``items`` whose time has come; one with a time that cannot be read is due."""
    return [item for item in items if (next_try(item) or now) <= now]


def deliver(
    spool: Spool,
    items: Iterable[SpoolItem],
    open_sender: OpenSender,
    *,
    now: Callable[[], datetime] = wall_clock,
    backoff: Backoff | None = None,
) -> Iterator[Result]:
    """Send ``items`` now, in order, one archive after the other. The caller holds :meth:`Spool.alone`.

    An item leaves the spool when the archive took it and its exam's log says so. A process that dies between may send
    a file twice: archives know it by its UID.

    Args:
        spool: where they wait.
        items: which to try.
        open_sender: how to reach an archive.
        now: the wall clock.
        backoff: how long what failed waits.

    Raises:
        InputError, RuntimeFailure: the spool cannot be written; or pynetdicom is missing.
    """
    backoff = backoff or Backoff()
    by_peer = sorted(items, key=lambda item: item.peer)  # stable: the order within an archive stays
    for peer, group in groupby(by_peer, key=lambda item: item.peer):
        waiting = list(group)
        taken = [item for item in waiting if item.answer is not None]
        for item in taken:  # it was sent before, only its exam could not be told
            yield _noted(spool, item, now(), backoff)
        rest = [item for item in waiting if item.answer is None]
        if not rest:
            continue
        unreachable: str | None = None
        with open_sender(peer, {item.sop_class for item in rest}) as sender:
            for item in rest:
                answer = Answer(False, unreachable or "")
                if unreachable is None:
                    try:
                        answer = _sent(sender, spool.path(item), item.sha256)
                    except Unreachable as error:
                        unreachable = str(error)
                        answer = Answer(False, unreachable)
                if answer.delivered:
                    item = item.model_copy(update={"answer": answer.text})
                    spool.update(item)
                    yield _noted(spool, item, now(), backoff)
                else:
                    yield _later(spool, item, answer.text, now(), backoff)


def _sent(sender: Sender, path: Path, sha256: str) -> Answer:
    try:
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
        if not whole:
            return Answer(
                False, f"{path} is damaged and was not sent: exam spool --drop, then exam send again"
            )
        return sender.send(path)
    except SonoguideError:
        raise
    except OSError as error:
        return Answer(False, f"{path} cannot be read ({error.strerror or error})")


def _later(spool: Spool, item: SpoolItem, reason: str, now: datetime, backoff: Backoff) -> Result:
    attempts = item.attempts + 1
    moment = now + timedelta(seconds=backoff.wait_s(attempts))
    item = item.model_copy(
        update={"attempts": attempts, "reason": reason, "next_try": moment.isoformat(timespec="milliseconds")}
    )
    spool.update(item)
    return Result(item, False, reason)


def _noted(spool: Spool, item: SpoolItem, now: datetime, backoff: Backoff) -> Result:
    """Tell the exam's log, then let go of the item; an exam that is gone need not know."""
    answer = item.answer or ""
    exam = Path(item.exam)
    if exam.is_dir():
        problem = _note(exam, item, answer)
        if problem is not None:
            return _later(spool, item, f"{answer}; its exam could not be told yet ({problem})", now, backoff)
    else:
        answer += f"; its exam {exam} is gone and was not told"
    spool.remove(item)
    return Result(item, True, answer)


def _note(exam: Path, item: SpoolItem, answer: str) -> str | None:
    """Why the log could not be written; None: it says so, also after a power failure."""
    try:
        log = ExamLog(exam / LOG_FILE)
    except InputError as error:
        return str(error)
    try:
        log.add(SENT, peer=item.peer, name=item.name, sop_instance=item.sop_instance, answer=answer)
        problem = log.problem
    finally:
        log.close()
    if problem is not None:
        return problem.strerror or str(problem)
    with (exam / LOG_FILE).open("ab") as file:
        os.fsync(file.fileno())
    return None


def next_try(item: SpoolItem) -> datetime | None:
    """When ``item`` is due; None: at once."""
    try:
        return None if item.next_try is None else datetime.fromisoformat(item.next_try)
    except ValueError:
        return None

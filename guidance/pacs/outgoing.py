"""What of an exam goes to an archive: its clips, then the summary that refers to them. All is queued, then sent."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom.uid import UltrasoundMultiFrameImageStorage

from guidance.errors import InputError
from guidance.exam.log import ExamLog, read_log, wall_clock
from guidance.exam.reading import ExamOnDisk
from guidance.exam.records import LOG_FILE, ClipRecord
from guidance.exam.review_records import REVIEW_FILE, Review, Verdict
from guidance.pacs.address import parse_peer
from guidance.pacs.spool import Altered, Spool, SpoolItem, item_key
from guidance.pacs.summary import summary_dataset

SENT = "sent"
"""The event in an exam's log: ``peer``, ``name``, ``sop_instance``, ``answer``."""

SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Queued:
    """What was queued.

    Attributes:
        items: on their way now, in order.
        before: (name, when, answer) of what the archive has already; not queued again.
        problems: one line for each clip that was left out because its file is missing or altered, or shows more than
            the sector.
    """

    items: tuple[SpoolItem, ...]
    before: tuple[tuple[str, str, str], ...]
    problems: tuple[str, ...]


def sent_before(exam: Path, peer: str) -> dict[str, tuple[str, str]]:
    """SOP instance -> (when, answer) of what the log of the exam folder ``exam`` says was sent to ``peer``."""
    return {
        str(event.get("sop_instance")): (str(event.get("at")), str(event.get("answer")))
        for event in read_log(exam / LOG_FILE)
        if event.get("event") == SENT and event.get("peer") == peer
    }


def queue_exam(
    spool: Spool,
    exam: ExamOnDisk,
    address: str,
    *,
    accepted_only: bool = False,
    again: bool = False,
    whole_picture: bool = False,
    now: Callable[[], datetime] = wall_clock,
) -> Queued:
    """Put the clips and the summary of ``exam`` into the ``spool``, for the archive at ``address``.

    The caller holds :meth:`Spool.alone`.

    Args:
        spool: where to.
        exam: which.
        address: of the archive.
        accepted_only: only the clips that the operator accepted.
        again: what was sent before, too.
        whole_picture: clips in which no sector was found, too: what the scanner writes beside it is in them.
        now: the wall clock.

    Raises:
        InputError: a wrong address, nothing to send, or an exam that cannot be read, written, or is still recorded.
        RuntimeFailure: the disk is full; what was queued until then stays queued.
    """
    peer = parse_peer(address).address
    if exam.record is None:
        raise InputError(exam.problems[0])
    _check_log(exam.path)
    clips = tuple(clip for clip in exam.record.clips if "dicom" in clip.files)
    if accepted_only:
        clips = tuple(clip for clip in clips if _review(exam).of(clip.number).verdict is Verdict.ACCEPTED)
    if not clips:
        hint = ": sonoguide exam review, or exam mark EXAM CLIP --accept" if accepted_only else ""
        raise InputError(f"{exam.path} holds no {'accepted ' if accepted_only else ''}clip to send{hint}")
    sent = {} if again else sent_before(exam.path, peer)
    moment = now().isoformat(timespec="milliseconds")
    items: list[SpoolItem] = []
    before: list[tuple[str, str, str]] = []
    problems: list[str] = []
    whole: list[ClipRecord] = []

    def put(name: str, sop: tuple[str, str], content: bytes | Path, size: int, sha256: str) -> None:
        if sop[1] in sent:
            before.append((name, *sent[sop[1]]))
            return
        item = SpoolItem(
            key=item_key(peer, sop[1]),
            peer=peer,
            exam=str(exam.path.resolve()),
            name=name,
            sop_class=sop[0],
            sop_instance=sop[1],
            bytes=size,
            sha256=sha256,
            queued=moment,
            order=len(items),
        )
        items.append(spool.put(item, content))

    for clip in clips:
        file = clip.files["dicom"]
        if not (clip.sector_only or whole_picture):
            problems.append(
                f"{file.name} was not sent: it shows the whole picture, perhaps with the patient's name; "
                "look at it, then send it with --whole-picture"
            )
            continue
        sop = (str(UltrasoundMultiFrameImageStorage), clip.sop_instance_uid)
        try:
            put(file.name, sop, exam.path / file.name, file.bytes, file.sha256)
        except Altered as error:
            problems.append(str(error))
        else:
            whole.append(clip)
    if whole:
        data = summary_dataset(exam, tuple(whole))
        content = io.BytesIO()
        data.save_as(content, enforce_file_format=True)
        made = content.getvalue()
        digest = hashlib.sha256(made).hexdigest()
        put(SUMMARY, (str(data.SOPClassUID), str(data.SOPInstanceUID)), made, len(made), digest)
    return Queued(tuple(items), tuple(before), tuple(problems))


def _check_log(exam: Path) -> None:
    """What is sent is noted in the log: refuse before anything goes where that cannot be."""
    try:
        ExamLog(exam / LOG_FILE).close()
    except InputError as error:
        raise InputError(
            f"{str(error).partition(': ')[0]}: what is sent could not be noted in its log"
        ) from error


def _review(exam: ExamOnDisk) -> Review:
    if exam.review is None or exam.review_damaged:
        raise InputError(next(line for line in exam.problems if REVIEW_FILE in line))
    return exam.review

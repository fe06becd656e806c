"""The contract of an exam folder: what ``exam.json`` and the record beside each clip say. Schema version 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guidance.capture import CaptureReason
from guidance.errors import InputError
from guidance.hint import State
from guidance.views import View

SCHEMA_VERSION = 1
EXAM_FILE = "exam.json"
LOG_FILE = "log.jsonl"
CLIPS = "clips"
NOTICE = "For research use only. Not a medical device."
_MAX_BYTES = 32 << 20  # some hundred clips are some hundred kilobytes; a wrong file may be anything

FileName = Annotated[str, Field(pattern=r"^clips/[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
"""Relative to the exam's folder; no path in a file that somebody sent leads out of it."""


class Record(BaseModel):
    """What every record here has in common: it does not change, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class FileRecord(Record):
    """One file of a clip: where, how many bytes, and their SHA-256."""

    name: FileName
    bytes: int = Field(ge=0)
    sha256: str


class ClipRecord(Record):
    """What is known about one clip.

    Attributes:
        number: from 1, in the order of keeping; never used twice in an exam.
        target: the view that was aimed at.
        reason: why it was kept.
        state: the coach's state then.
        abstained: the coach did not know what was on screen (state NOT_RECOGNISED).
        on_screen: the view seen most often in it; None where nobody looked.
        kept_at: wall clock, ISO 8601 with its offset.
        t_start_s, t_end_s: on the stream's time line, in seconds.
        frames: how many.
        judged: how many of them have a quality.
        quality: their mean, 0 to 1; None where no frame was judged.
        size: (width, height) of the kept pictures in pixels.
        origin: (x, y) of their corner in the stream's pictures.
        sector_only: everything outside the ultrasound sector is black; false where no sector was found.
        mm_per_px: (x, y) size of a pixel, where known.
        source: the stream.
        sop_instance_uid: of the DICOM file.
        files: by kind: ``dicom``, ``thumbnail``, ``video``.
    """

    number: int = Field(ge=1)
    target: View
    reason: CaptureReason
    state: State
    abstained: bool
    on_screen: View | None = None
    kept_at: str
    t_start_s: float
    t_end_s: float
    frames: int = Field(ge=1)
    judged: int = Field(ge=0)
    quality: float | None = Field(default=None, ge=0.0, le=1.0)
    size: tuple[int, int]
    origin: tuple[int, int]
    sector_only: bool
    mm_per_px: tuple[float, float] | None = None
    source: str = ""
    sop_instance_uid: str
    files: dict[str, FileRecord]


class ExamHead(Record):
    """What is known about an exam, without its clips.

    Attributes:
        name: of the folder, when it was made.
        created: wall clock, ISO 8601 with its offset.
        source: the stream it began with.
        targets: the views to aim at, in order.
        model: name and version.
        virtual: a virtual patient; nobody was scanned.
        study_uid, series_uid: of all its DICOM files.
    """

    name: str
    created: str
    source: str
    targets: tuple[View, ...]
    model: str
    virtual: bool = False
    study_uid: str
    series_uid: str


class ExamRecord(Record):
    """All of ``exam.json``. ``finished`` is the wall clock when the last run ended in order; None: it did not."""

    schema_version: int = SCHEMA_VERSION
    notice: str = NOTICE
    exam: ExamHead
    finished: str | None = None
    clips: tuple[ClipRecord, ...] = ()


class ClipFile(Record):
    """The record beside a clip: enough to make ``exam.json`` anew from all of them."""

    schema_version: int = SCHEMA_VERSION
    exam: ExamHead
    clip: ClipRecord


def to_bytes(record: Record) -> bytes:
    """Indented JSON for people, with a line's end."""
    text = json.dumps(record.model_dump(mode="json"), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


class NewerSchema(InputError):
    """Written by a newer sonoguide; must not be touched."""


class Damaged(InputError):
    """Not what it should be."""


def read_exam_file(folder: Path) -> ExamRecord:
    """``exam.json`` of ``folder``.

    Raises:
        NewerSchema: of a version that is not known here.
        Damaged: it cannot be read, or what is wrong with it.
    """
    return ExamRecord.model_validate(checked(folder / EXAM_FILE, ExamRecord))


def read_clip_file(path: Path) -> ClipFile:
    """The record ``path`` beside a clip.

    Raises:
        NewerSchema, Damaged: as :func:`read_exam_file`.
    """
    return ClipFile.model_validate(checked(path, ClipFile))


def checked(path: Path, kind: type[Record]) -> Any:
    """The JSON in ``path``, which ``kind`` takes; its ``schema_version`` is one that is known here.

    Raises:
        NewerSchema, Damaged: as :func:`read_exam_file`.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({error.strerror or error})") from error
    try:
        content = json.loads(text) if len(text) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Damaged(f"{path} is damaged: it is not JSON that sonoguide wrote")
    version = content.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise NewerSchema(
            f"{path} was written by a newer sonoguide (schema {version}, this one knows {SCHEMA_VERSION}): "
            "update sonoguide"
        )
    try:
        if version != SCHEMA_VERSION:
            raise Damaged(f"{path} is damaged: schema_version is {version!r}")
        kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Damaged(f"{path} is damaged: {field}: {' '.join(first['msg'].split())}") from error
    return content

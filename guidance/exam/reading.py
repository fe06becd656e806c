"""Reading exams: what a folder holds, what is missing of it, and what can still be said of a damaged one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from guidance.errors import InputError
from guidance.exam.records import (
    CLIPS,
    EXAM_FILE,
    ClipRecord,
    Damaged,
    ExamRecord,
    FileRecord,
    NewerSchema,
    read_clip_file,
    read_exam_file,
)
from guidance.exam.review_records import Review, read_review_file


@dataclass(frozen=True, slots=True)
class ExamOnDisk:
    """An exam's folder as it was found.

    Attributes:
        path: the folder.
        record: what it holds; None where nothing can be said honestly.
        problems: one line for each thing that is wrong: damaged, of a newer schema, files missing.
        review: what the operator said of the clips; None where it is of a newer schema, empty where it is damaged.
        review_damaged: it is.
    """

    path: Path
    record: ExamRecord | None
    problems: tuple[str, ...] = ()
    review: Review | None = field(default_factory=Review)
    review_damaged: bool = False


def rebuilt(folder: Path) -> ExamRecord:
    """The exam as the records beside its clips tell it.

    Raises:
        NewerSchema: a record is of a version that is not known here.
        Damaged: there is no record that can be read.
    """
    files = []
    for path in sorted((folder / CLIPS).glob("*.json")):
        if path.name.startswith("."):
            continue
        try:
            files.append(read_clip_file(path))
        except NewerSchema:
            raise
        except Damaged:
            continue
    if not files:
        raise Damaged(f"{folder / EXAM_FILE} is damaged or missing, and no clip's record can be read either")
    clips = sorted((file.clip for file in files), key=lambda clip: clip.number)
    return ExamRecord(exam=files[-1].exam, clips=tuple(clips))


def look_at(folder: Path) -> ExamOnDisk:
    """What the exam in ``folder`` holds, with everything that is wrong. Reads no pictures.

    Raises:
        InputError: there is no exam.
    """
    if not (folder / EXAM_FILE).exists() and not (folder / CLIPS).is_dir():
        what = "no exam here (no exam.json)" if folder.is_dir() else "no such folder"
        raise InputError(
            f"{folder}: {what}: sonoguide run SOURCE --exam DIR makes one, exam list DIR lists them"
        )
    problems: list[str] = []
    record: ExamRecord | None = None
    try:
        record = read_exam_file(folder)
    except NewerSchema as error:
        return ExamOnDisk(folder, None, (str(error),))
    except Damaged as error:
        try:
            record = rebuilt(folder)
        except InputError:
            return ExamOnDisk(folder, None, (f"{error}, and no clip's record can be read",))
        problems.append(
            f"{error}: its clips are listed from the records beside them; going on with it repairs it"
        )
    for clip in record.clips:
        for file in clip.files.values():
            problem = _size_problem(folder, file)
            if problem is not None:
                problems.append(problem)
    review: Review | None = None
    damaged = False
    try:
        review = read_review_file(folder)
    except NewerSchema as error:
        problems.insert(0, str(error))
    except Damaged as error:
        review, damaged = Review(), True
        problems.append(f"{error}: no verdict and no note is known; the next one keeps it aside")
    return ExamOnDisk(folder, record, tuple(problems), review, damaged)


def exams_in(folder: Path) -> list[ExamOnDisk]:
    """All exams directly in ``folder``, by name, damaged ones too.

    Raises:
        InputError: no such folder, or it cannot be read.
    """
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise InputError(
            f"{folder} cannot be read ({error.strerror or error}): give the folder of exams"
        ) from error
    return [look_at(path) for path in inside if (path / EXAM_FILE).exists() or (path / CLIPS).is_dir()]


def intact(folder: Path, file: FileRecord) -> bool:
    """Whether the file is there, byte for byte."""
    try:
        with (folder / file.name).open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def damaged_files(folder: Path, clip: ClipRecord) -> list[str]:
    """Files of ``clip`` that are missing or altered."""
    return [file.name for file in clip.files.values() if not intact(folder, file)]


def _size_problem(folder: Path, file: FileRecord) -> str | None:
    try:
        size = (folder / file.name).stat().st_size
    except OSError:
        return f"{folder / file.name} is missing"
    if size != file.bytes:
        return f"{folder / file.name} is damaged: it has {size} bytes of {file.bytes}"
    return None

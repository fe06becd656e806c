"""Exams for others: a ZIP of the folder, DICOM files with a DICOMDIR, a table. Nothing that is there is replaced."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from guidance.errors import InputError, RuntimeFailure
from guidance.exam.reading import ExamOnDisk, damaged_files
from guidance.exam.records import CLIPS, EXAM_FILE, LOG_FILE, ClipRecord, ExamRecord, to_bytes
from guidance.exam.review_records import REVIEW_FILE, ClipReview, Review, Verdict
from guidance.whole_file import write_whole

COLUMNS = (
    "exam", "clip", "target", "reason", "state", "abstained", "on_screen", "quality", "frames", "judged", "seconds",
    "kept_at", "t_start_s", "t_end_s", "width", "height", "mm_per_px_x", "mm_per_px_y", "sector_only", "source",
    "dicom", "video", "accepted", "note", "missing",
)  # fmt: skip


def export_zip(exam: ExamOnDisk, place: Path) -> list[str]:
    """Write the exam to the ZIP ``place``; returns what is missing or altered and was left out.

    What was kept of wrong hints stays here.

    Raises:
        InputError: ``place`` exists or cannot be written, or the exam cannot be read.
        RuntimeFailure: the disk is full.
    """
    record, left_out = _sound(exam)
    check_free(place, exam.path)
    name = exam.path.resolve().name

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(f"{name}/{EXAM_FILE}", to_bytes(record))
            if exam.review is not None and exam.review != Review():
                kept_here = {
                    "feedback": None,
                    "wrong_hints": (),
                }  # says where on this machine pictures are kept
                review = exam.review.model_copy(update=kept_here)
                archive.writestr(f"{name}/{REVIEW_FILE}", to_bytes(review))
            if (exam.path / LOG_FILE).exists():
                archive.write(exam.path / LOG_FILE, f"{name}/{LOG_FILE}")
            for clip in record.clips:
                for one in clip.files.values():
                    if one.name not in left_out:
                        archive.write(exam.path / one.name, f"{name}/{one.name}")
                stem = clip.files["dicom"].name.removesuffix(".dcm") if "dicom" in clip.files else ""
                if stem and (exam.path / f"{stem}.json").exists():
                    archive.write(exam.path / f"{stem}.json", f"{name}/{stem}.json")

    write_out(place, lambda: write_whole(place, write))
    return left_out


def export_dicom(exam: ExamOnDisk, folder: Path, *, accepted_only: bool = False) -> list[str]:
    """Write the clips as a DICOM file-set with its DICOMDIR to a new or empty ``folder``; returns what was left out.

    Args:
        exam: which.
        folder: where to.
        accepted_only: only the clips that the operator accepted.

    Raises:
        InputError: ``folder`` holds something, or cannot be written, or the exam cannot be read.
        RuntimeFailure: the disk is full.
    """
    from pydicom.fileset import FileSet

    record, left_out = _sound(exam)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder: choose a new one for the DICOM files")
    clips = record.clips
    if accepted_only:
        clips = tuple(clip for clip in clips if _review(exam).of(clip.number).verdict is Verdict.ACCEPTED)
        if not clips:
            raise InputError(
                f"{exam.path}: no clip is accepted: sonoguide exam review, or exam mark EXAM CLIP --accept"
            )
    files = [clip.files["dicom"].name for clip in clips if "dicom" in clip.files]
    sound = [name for name in files if name not in left_out]
    if not sound:
        raise InputError(f"{exam.path} holds no clip that can be exported as DICOM")
    made = FileSet()
    try:
        for name in sound:
            made.add(exam.path / name)
        write_out(folder, lambda: made.write(folder))
    finally:
        staging = getattr(made, "_stage", {}).get("t")  # pydicom leaves this folder to the garbage collector
        if staging is not None:
            staging.cleanup()
    return [name for name in left_out if name in files]


def export_csv(exam: ExamOnDisk, place: Path) -> list[str]:
    """Write one row a clip to ``place``; the last column names its files that are missing or altered.

    Raises:
        InputError: ``place`` exists or cannot be written, or the exam cannot be read.
        RuntimeFailure: the disk is full.
    """
    record, left_out = _sound(exam)
    check_free(place, exam.path)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for clip in record.clips:
        said = ClipReview(number=clip.number) if exam.review is None else exam.review.of(clip.number)
        table.writerow(_row(record, clip, said, left_out))
    write_out(place, lambda: write_whole(place, text.getvalue().encode()))
    return left_out


def _review(exam: ExamOnDisk) -> Review:
    """The review, where it can be read: which clips are accepted is not guessed."""
    if exam.review is None or exam.review_damaged:
        raise InputError(next(line for line in exam.problems if REVIEW_FILE in line))
    return exam.review


ACCEPTED = {Verdict.ACCEPTED: True, Verdict.REJECTED: False, Verdict.UNDECIDED: ""}


def _row(record: ExamRecord, clip: ClipRecord, said: ClipReview, left_out: list[str]) -> list[object]:
    scale = clip.mm_per_px or ("", "")
    files = {kind: file.name for kind, file in clip.files.items()}
    return [
        record.exam.name, clip.number, clip.target.value, clip.reason.value, clip.state.value, clip.abstained,
        "" if clip.on_screen is None else clip.on_screen.value, "" if clip.quality is None else f"{clip.quality:.4f}",
        clip.frames, clip.judged, f"{clip.t_end_s - clip.t_start_s:.3f}", clip.kept_at, clip.t_start_s, clip.t_end_s,
        *clip.size, *scale, clip.sector_only, _text(clip.source), files.get("dicom", ""), files.get("video", ""),
        ACCEPTED[said.verdict], _text(said.note),
        " ".join(name for name in files.values() if name in left_out),
    ]  # fmt: skip


def _text(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _sound(exam: ExamOnDisk) -> tuple[ExamRecord, list[str]]:
    """The record, and the names of files that are missing or altered."""
    if exam.record is None:
        raise InputError(exam.problems[0])
    return exam.record, [name for clip in exam.record.clips for name in damaged_files(exam.path, clip)]


def check_free(place: Path, exam: Path) -> None:
    """Refuse to replace ``place``, and to write it into the ``exam`` itself.

    Raises:
        InputError: it exists, its folder does not, or it lies in the exam.
    """
    if place.exists():
        raise InputError(f"{place} is there already and is not replaced: choose another name")
    if not place.parent.is_dir():
        raise InputError(f"{place.parent}: no such folder: make it first, or choose another place")
    if place.parent.resolve() in (exam.resolve(), (exam / CLIPS).resolve()):
        raise InputError(f"{place} would lie in the exam itself: choose another place")


def write_out(place: Path, write: Callable[[], object]) -> None:
    """Call ``write``, which writes ``place``.

    Raises:
        InputError: it cannot be written.
        RuntimeFailure: the disk is full.
    """
    try:
        write()
    except PermissionError as error:
        raise InputError(f"{place} cannot be written ({error.strerror}): choose another place") from error
    except OSError as error:
        reason = error.strerror or str(error) or os.strerror(error.errno or 0)
        raise RuntimeFailure(f"{place} could not be written ({reason}): free some space") from error

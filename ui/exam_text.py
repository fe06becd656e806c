"""An exam in words: the tables of ``exam list`` and ``exam show``."""

from __future__ import annotations

from collections import Counter

from guidance.exam.reading import ExamOnDisk
from guidance.exam.records import NOTICE, ClipRecord
from guidance.exam.review_records import ClipReview, Review, Verdict

WORDS = {"hold": "held", "manual": "by hand", "best": "best seen"}


def exam_line(exam: ExamOnDisk) -> str:
    """One line of ``exam list``."""
    name = exam.path.resolve().name
    if exam.record is None:
        return f"{name:<24} cannot be read"
    record = exam.record
    views = Counter(clip.target.value for clip in record.clips)
    clips = ", ".join(f"{view} {count}" if count > 1 else view for view, count in views.items()) or "none"
    marks = [
        *(["virtual patient"] if record.exam.virtual else []),
        *(["did not end in order"] if record.finished is None else []),
        *_counts(exam),
        *([_problems(len(exam.problems))] if exam.problems else []),
    ]
    count = f"{len(record.clips)} clip{'' if len(record.clips) == 1 else 's'}"
    return f"{name:<24} {count:<9} {clips}{'  (' + ', '.join(marks) + ')' if marks else ''}"


def _counts(exam: ExamOnDisk) -> list[str]:
    """How many clips were accepted and rejected, where any was."""
    if exam.record is None or exam.review is None:
        return []
    verdicts = Counter(exam.review.of(clip.number).verdict for clip in exam.record.clips)
    judged = (Verdict.ACCEPTED, Verdict.REJECTED)
    return [f"{verdicts[verdict]} {verdict.value}" for verdict in judged if verdicts[verdict]]


def exam_lines(exam: ExamOnDisk) -> list[str]:
    """What ``exam show`` says; nothing where nothing can be said."""
    record = exam.record
    if record is None:
        return []
    head = record.exam
    lines = [
        f"exam     {head.name}, {'virtual patient: nobody was scanned' if head.virtual else head.source}",
        f"created  {head.created}",
        f"ended    {record.finished or 'not in order, or still running'}",
        f"targets  {', '.join(head.targets)}",
        f"model    {head.model}",
        f"clips    {len(record.clips)}",
        *(line for clip in record.clips for line in _clip_lines(clip, exam.review)),
    ]
    if any(not clip.sector_only for clip in record.clips):
        lines.append("Some clips show more than the sector: look for names in them before you pass them on.")
    return [*lines, NOTICE]


def review_words(said: ClipReview) -> str:
    """A verdict and a note, in one line."""
    note = " ".join(said.note.split())
    return f"{said.verdict.value}{': ' if note else ''}{note}"


def _clip_lines(clip: ClipRecord, review: Review | None) -> list[str]:
    """What is known of a clip, and below it what the operator said, if anything."""
    said = None if review is None else review.of(clip.number)
    if said is None or (said.verdict is Verdict.UNDECIDED and not said.note):
        return [_clip_line(clip)]
    return [_clip_line(clip), f"       {review_words(said)}"]


def _clip_line(clip: ClipRecord) -> str:
    quality = "not judged" if clip.quality is None else f"quality {clip.quality:.2f}"
    seconds = clip.t_end_s - clip.t_start_s
    marks = [
        *(["not recognised"] if clip.abstained else []),
        *([f"seen: {clip.on_screen}"] if clip.on_screen not in (None, clip.target) else []),
        *([] if clip.sector_only else ["whole picture"]),
    ]
    dicom = clip.files["dicom"].name if "dicom" in clip.files else "no DICOM file"
    return (
        f"  {clip.number:>3}  {clip.target:<9} {WORDS[clip.reason.value]:<9} {quality:<12} "
        f"{seconds:4.1f} s {clip.frames:>4} frames  {dicom}{'  (' + ', '.join(marks) + ')' if marks else ''}"
    )


def _problems(count: int) -> str:
    return f"{count} problem{'' if count == 1 else 's'}"

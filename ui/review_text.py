"""Words of a review, for the window, the printed page and the tables."""

from __future__ import annotations

from pathlib import Path

from guidance.exam.records import ClipRecord, ExamRecord
from guidance.exam.review_records import Verdict
from guidance.exam.timeline import Said, Timeline
from guidance.wording import spoken
from ui.exam_text import WORDS
from ui.review_strip import clock_text

VERDICTS = {
    Verdict.UNDECIDED: "Undecided",
    Verdict.ACCEPTED: "Accepted",
    Verdict.REJECTED: "Rejected",
}
VERDICT_ICONS = {Verdict.UNDECIDED: "dash", Verdict.ACCEPTED: "tick", Verdict.REJECTED: "stop"}

KEYS = (
    ("Space", "play, pause"),
    ("← →", "one picture back, on"),
    ("Home End", "first, last picture"),
    ("↑ ↓, PgUp PgDn", "clip before, after"),
    ("A R U", "accept, reject, undecided"),
    ("N", "write a note; Esc leaves it"),
    ("H Shift+H", "next hint, hint before"),
    ("W", "this hint was wrong; again: take it back"),
    ("F", "whether wrong hints are kept, and where"),
    ("F11", "full screen"),
    ("F1", "these keys"),
    ("Ctrl+Q", "close"),
)


def clip_title(clip: ClipRecord) -> str:
    """View and why it was kept."""
    return f"{clip.target.value.replace('_', ' ')}, {WORDS[clip.reason.value]}"


def clip_length(clip: ClipRecord) -> str:
    """How long it lasts."""
    return f"{clip.t_end_s - clip.t_start_s:.1f} s"


def clip_facts(clip: ClipRecord, *, length: bool = True) -> str:
    """Quality, length where that is not said elsewhere, and what is unusual about it."""
    quality = "not judged" if clip.quality is None else f"quality {clip.quality:.2f}"
    marks = [
        *(["not recognised"] if clip.abstained else []),
        *([f"seen: {spoken(clip.on_screen)}"] if clip.on_screen not in (None, clip.target) else []),
    ]
    return ", ".join([quality, *([clip_length(clip)] if length else []), *marks])


def exam_facts(record: ExamRecord) -> str:
    """Name, source and model in one line."""
    head = record.exam
    patient = "virtual patient: nobody was scanned" if head.virtual else head.source
    return f"{head.name}   ·   {patient}   ·   model {head.model}"


def when(said: Said, timeline: Timeline) -> str:
    """When it was said, from the clip's beginning."""
    return clock_text(said.t_s - timeline.clip_start_s)


def why(said: Said) -> str:
    """The reason of a hint, or its code."""
    return said.reason or (said.reason_code or "").replace("_", " ")


def folder_text(folder: Path) -> str:
    """A folder for people: short where it lies below the current one."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)

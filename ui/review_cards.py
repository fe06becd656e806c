"""What the lists of a review show of clips and hints, and what stands below the button for a wrong hint."""

from __future__ import annotations

from qtpy.QtGui import QImage

from guidance.exam.feedback import FEEDBACK
from guidance.exam.records import ClipRecord
from guidance.exam.review import ExamReview
from guidance.exam.review_records import Verdict, WrongHint
from guidance.exam.timeline import Said, Timeline
from ui.palette import Palette
from ui.review_list import Card
from ui.review_text import (
    VERDICT_ICONS,
    VERDICTS,
    clip_facts,
    clip_length,
    clip_title,
    folder_text,
    when,
    why,
)


def clip_cards(review: ExamReview, palette: Palette) -> list[Card]:
    """One card a clip: thumbnail, view, facts, verdict."""
    colours = {
        Verdict.ACCEPTED: palette.good,
        Verdict.REJECTED: palette.alert,
        Verdict.UNDECIDED: palette.text_faint,
    }
    cards = []
    for clip in review.record.clips:
        said = review.review.of(clip.number)
        thumbnail = clip.files.get("thumbnail")
        path = None if thumbnail is None else review.exam.path / thumbnail.name
        cards.append(
            Card(
                f"{clip.number}  {clip.target.value.replace('_', ' ')}",
                (
                    "file missing" if _missing(review, clip) else _why_and_how_long(clip),
                    clip_facts(clip, length=False),
                ),
                QImage(str(path)) if path is not None and path.exists() else None,
                "no picture",
                VERDICT_ICONS[said.verdict],
                colours[said.verdict],
                VERDICTS[said.verdict] + (", note" if said.note else ""),
            )
        )
    return cards


def hint_cards(review: ExamReview, clip: ClipRecord, timeline: Timeline, palette: Palette) -> list[Card]:
    """One card a hint on the way to ``clip``: number and time, the move, the reason; another colour for a wrong one."""
    cards = []
    for number, one in enumerate(timeline.hints, 1):
        wrong = review.review.wrong(clip.number, one.t_s) is not None
        cards.append(
            Card(
                one.hint or "",
                (f"Called wrong. {why(one)}" if wrong else why(one),),
                lead=f"{number}\n{when(one, timeline)}",
                accent=palette.alert if wrong else palette.guide,
            )
        )
    return cards


def wrong_words(review: ExamReview, clip: ClipRecord | None, said: Said | None, *, keeping: bool) -> str:
    """What to know about calling ``said`` wrong."""
    if review.review.feedback is None:
        return "Off until you agree that pictures of wrong hints are kept on this computer."
    known = None if clip is None or said is None else review.review.wrong(clip.number, said.t_s)
    if known is not None:
        pictures = f"{known.frames} pictures" if known.frames else "no pictures: the clip begins later"
        return f"Kept, {pictures}, in {_folder_words(review, known)}. Again (W): take it back."
    if keeping:
        return "Keeping…"
    return f"Would be kept in {_folder_words(review)}; nothing leaves this computer."


def _folder_words(review: ExamReview, kept: WrongHint | None = None) -> str:
    told = review.review.feedback if kept is None else kept
    own = told is None or told.folder is None
    return f"the exam's folder {FEEDBACK}" if own else folder_text(review.feedback_folder(kept))


def _why_and_how_long(clip: ClipRecord) -> str:
    return f"{clip_title(clip).partition(', ')[2]}, {clip_length(clip)}"


def _missing(review: ExamReview, clip: ClipRecord) -> bool:
    file = clip.files.get("dicom")
    return file is None or not (review.exam.path / file.name).exists()

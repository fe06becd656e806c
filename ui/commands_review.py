"""``sonoguide exam review`` and ``exam mark``: what the operator says of an exam's clips afterwards."""

from __future__ import annotations

from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from guidance.exam import ExamReview

Exam = Annotated[Path, typer.Argument(metavar="EXAM", help="The exam's own folder, which holds exam.json.")]


def review(
    exam: Exam,
    clip: Annotated[
        int | None, typer.Option(metavar="N", help="Begin with this clip. [default: the first]")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="No window: write one page for printing.")
    ] = None,
) -> None:
    """Look at an exam's clips, what led to each, and accept, reject or note. F1 in the window shows the keys.

    \b
    Examples:
      sonoguide exam review exams/2026-11-26_10-15-00
      sonoguide exam review exams/2026-11-26_10-15-00 --html review.html
    """
    from guidance.errors import InputError, RuntimeFailure
    from guidance.exam import ExamReview
    from ui.problems import check_problems
    from ui.qt import painting_application, window_problem

    opened = ExamReview(exam)
    if clip is not None:
        opened.clip(clip)
    if html is not None:
        if clip is not None:
            raise InputError("--html writes every clip: leave out --clip")
        painting_application()
        from ui.review_html import write_page

        problems = write_page(opened, html)
        print(f"written  {html}")
        check_problems(problems)
        return
    problem = window_problem()
    if problem is not None:
        raise RuntimeFailure(f"{problem}: --html FILE writes a page instead")
    check_problems(_in_window(opened, clip))


def _in_window(opened: ExamReview, clip: int | None) -> list[str]:
    """Show the window until it is closed; what is wrong then."""
    from ui.qt import window_application

    application = window_application()
    from qtpy.QtCore import QTimer

    from ui.app import dress
    from ui.interrupts import handling
    from ui.review_window import ReviewWindow

    dress(application)
    window = ReviewWindow(opened, start=clip)

    def close(number: int, frame: FrameType | None) -> None:
        QTimer.singleShot(0, window.close)  # not at once: the signal may come amid a paint

    with handling(close):  # Qt must not be left by an exception
        window.show()
        application.exec()
    return window.problems


def mark(
    exam: Exam,
    clip: Annotated[int, typer.Argument(metavar="CLIP", help="Its number, as exam show gives it.")],
    accept: Annotated[bool, typer.Option("--accept", help="The clip is good.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="The clip is of no use.")] = False,
    undecided: Annotated[bool, typer.Option("--undecided", help="Take either back.")] = False,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A note, in place of one that is there; '' removes it.")
    ] = None,
) -> None:
    """Accept or reject a clip, or write a note, from a script.

    \b
    Examples:
      sonoguide exam mark exams/2026-11-26_10-15-00 1 --accept
      sonoguide exam mark exams/2026-11-26_10-15-00 2 --reject --note "the apex is cut off"
    """
    from guidance.errors import InputError
    from guidance.exam import ExamReview, Verdict
    from ui.exam_text import review_words
    from ui.problems import check_problems

    said = [
        verdict
        for verdict, given in (
            (Verdict.ACCEPTED, accept),
            (Verdict.REJECTED, reject),
            (Verdict.UNDECIDED, undecided),
        )
        if given
    ]
    if len(said) > 1:
        raise InputError("choose one of --accept, --reject and --undecided")
    if not said and note is None:
        raise InputError("nothing to say: give --accept, --reject, --undecided or --note TEXT")
    opened = ExamReview(exam)
    now = opened.say(clip, said[0] if said else None, note)
    print(f"clip {clip}  {review_words(now)}")
    check_problems(
        [f"the damaged review was kept as {aside}: what it said is not known" for aside in opened.asides]
    )

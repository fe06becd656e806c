"""``sonoguide exam``: what was kept: list, show, review, mark, export and send."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands_review import Exam, mark, review
from ui.commands_send import send, spool

if TYPE_CHECKING:
    from guidance.exam import ExamOnDisk

EXAMPLES = """List, show, review, export and send the exams that run --exam and demo --exam kept.

\b
Examples:
  sonoguide exam list exams
  sonoguide exam show exams/2026-11-26_10-15-00
  sonoguide exam review exams/2026-11-26_10-15-00
  sonoguide exam export exams/2026-11-26_10-15-00 --zip exam.zip
  sonoguide exam send exams/2026-11-26_10-15-00 --to dicom://ORTHANC@127.0.0.1:4242
"""
exam_app = typer.Typer(help=EXAMPLES, no_args_is_help=True, rich_markup_mode=None)
exam_app.command("review")(review)
exam_app.command("mark")(mark)
exam_app.command("send")(send)
exam_app.command("spool")(spool)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON on stdout.")]


@exam_app.command("list")
def list_exams(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of exams.")], json: AsJson = False
) -> None:
    """List the exams in a folder.

    \b
    Example:
      sonoguide exam list exams
    """
    from guidance.exam import exams_in
    from ui.exam_text import exam_line
    from ui.problems import check_problems

    exams = exams_in(folder)
    if json:
        print(jsonlib.dumps([_json(exam) for exam in exams], indent=2))
    else:
        print("\n".join(map(exam_line, exams)) or f"no exams in {folder}")
    check_problems([problem for exam in exams for problem in exam.problems])


@exam_app.command("show")
def show(exam: Exam, json: AsJson = False) -> None:
    """Show an exam's clips. What is damaged or missing is one line on stderr, and exit code 2.

    \b
    Example:
      sonoguide exam show exams/2026-11-26_10-15-00
    """
    from guidance.exam import look_at
    from ui.exam_text import exam_lines
    from ui.problems import check_problems

    found = look_at(exam)
    if json:
        print(jsonlib.dumps(_json(found), indent=2))
    elif found.record is not None:
        print("\n".join(exam_lines(found)))
    check_problems(list(found.problems))


@exam_app.command("export")
def export_exam(
    exam: Exam,
    zip: Annotated[Path | None, typer.Option(metavar="FILE", help="Everything, in a ZIP.")] = None,
    dicom: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The clips as DICOM files, with a DICOMDIR.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="A table, one row a clip.")] = None,
    accepted_only: Annotated[
        bool, typer.Option("--accepted-only", help="DICOM files of accepted clips alone.")
    ] = False,
) -> None:
    """Export an exam. Nothing that is there is replaced.

    \b
    Examples:
      sonoguide exam export exams/2026-11-26_10-15-00 --zip exam.zip
      sonoguide exam export exams/2026-11-26_10-15-00 --dicom for_the_pacs --csv clips.csv
      sonoguide exam export exams/2026-11-26_10-15-00 --dicom for_the_pacs --accepted-only
    """
    from guidance.errors import InputError
    from guidance.exam import export_csv, export_dicom, export_zip, look_at
    from ui.problems import check_problems

    if accepted_only and dicom is None:
        raise InputError("--accepted-only is for the DICOM files: give --dicom FOLDER too")
    wanted: list[tuple[Path | None, Callable[[ExamOnDisk, Path], list[str]]]] = [
        (zip, export_zip),
        (dicom, partial(export_dicom, accepted_only=accepted_only)),
        (csv, export_csv),
    ]
    if all(place is None for place, _ in wanted):
        raise InputError("nothing to write: give --zip FILE, --dicom FOLDER or --csv FILE")
    found = look_at(exam)
    missing: dict[str, None] = {}
    for place, write in wanted:
        if place is not None:
            missing |= dict.fromkeys(write(found, place))
            print(f"written  {place}")
    problems = [f"{exam / name} is missing or damaged and was left out" for name in missing]
    damaged = [problem for problem in found.problems if not any(name in problem for name in missing)]
    check_problems([*damaged, *problems])


def _json(exam: ExamOnDisk) -> dict[str, Any]:
    record = None if exam.record is None else exam.record.model_dump(mode="json")
    review = None if exam.review is None else exam.review.model_dump(mode="json")
    return {"folder": str(exam.path), "record": record, "review": review, "problems": list(exam.problems)}

"""``sonoguide exam``: what was kept: list, show and export."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from guidance.exam import ExamOnDisk

EXAMPLES = """List, show and export the exams that run --exam and demo --exam kept.

\b
Examples:
  sonoguide exam list exams
  sonoguide exam show exams/2026-11-26_10-15-00
  sonoguide exam export exams/2026-11-26_10-15-00 --zip exam.zip
"""
exam_app = typer.Typer(help=EXAMPLES, no_args_is_help=True, rich_markup_mode=None)

Exam = Annotated[Path, typer.Argument(metavar="EXAM", help="The exam's own folder, which holds exam.json.")]
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

    exams = exams_in(folder)
    if json:
        print(jsonlib.dumps([_json(exam) for exam in exams], indent=2))
    else:
        print("\n".join(map(exam_line, exams)) or f"no exams in {folder}")
    _say_problems([problem for exam in exams for problem in exam.problems])


@exam_app.command("show")
def show(exam: Exam, json: AsJson = False) -> None:
    """Show an exam's clips. What is damaged or missing is one line on stderr, and exit code 2.

    \b
    Example:
      sonoguide exam show exams/2026-11-26_10-15-00
    """
    from guidance.exam import look_at
    from ui.exam_text import exam_lines

    found = look_at(exam)
    if json:
        print(jsonlib.dumps(_json(found), indent=2))
    elif found.record is not None:
        print("\n".join(exam_lines(found)))
    _say_problems(list(found.problems))


@exam_app.command("export")
def export_exam(
    exam: Exam,
    zip: Annotated[Path | None, typer.Option(metavar="FILE", help="Everything, in a ZIP.")] = None,
    dicom: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The clips as DICOM files, with a DICOMDIR.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="A table, one row a clip.")] = None,
) -> None:
    """Export an exam. Nothing that is there is replaced.

    \b
    Examples:
      sonoguide exam export exams/2026-11-26_10-15-00 --zip exam.zip
      sonoguide exam export exams/2026-11-26_10-15-00 --dicom for_the_pacs --csv clips.csv
    """
    from guidance.errors import InputError
    from guidance.exam import export_csv, export_dicom, export_zip, look_at

    wanted = [
        (zip, export_zip),
        (dicom, export_dicom),
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
    _say_problems([*damaged, *problems])


def _json(exam: ExamOnDisk) -> dict[str, Any]:
    record = None if exam.record is None else exam.record.model_dump(mode="json")
    return {"folder": str(exam.path), "record": record, "problems": list(exam.problems)}


def _say_problems(problems: list[str]) -> None:
    """One line for all of them.

    Raises:
        InputError: the first; and how many more there are.
    """
    from guidance.errors import InputError

    sys.stdout.flush()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0]}{more}")

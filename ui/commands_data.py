"""``sonoguide data``: labelled pictures that the user has obtained, made ready for training and evaluation."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.data_parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = """Labelled pictures of your own, or of a public set that you have obtained, for train --real and evaluate.

\b
Examples:
  sonoguide data import folder clips data/clips --labels clips/VIEWS.csv
  sonoguide data import camus CAMUS/database_nifti data/camus
  sonoguide data show data/camus --sheet camus.png
"""
data_app = typer.Typer(help=EXAMPLES, no_args_is_help=True, rich_markup_mode=None)


@data_app.command("import")
def import_data(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="echonet, camus, tmed2, unity or folder.")],
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="Folder of the data set; nothing in it is changed.")
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for what is made of it.")],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="For folder: columns clip,view[,quality,patient,split]; for tmed2: a fold."
        ),
    ] = None,
    per_clip: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Pictures of each recording.")
    ] = 8,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="The marker is on the left of the pictures.")
    ] = False,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Processes.")] = 2,
) -> None:
    """Read a labelled data set and keep its pictures, cropped as in a run, in a folder of your own.

    Only what its labels say is kept as known. Patients fall into train, validation and test; the set's own parts count
    where it has some. The data's terms of use go on applying to DIR, and to what is trained on it.

    \b
    Examples:
      sonoguide data import echonet EchoNet-Dynamic data/echonet
      sonoguide data import folder clips data/clips --labels clips/VIEWS.csv
    """
    from guidance.errors import InputError
    from models.real.importing import import_clips
    from models.real.readers import TITLES, Kind, read_clips
    from ui.progress import progress

    if kind not in tuple(Kind):
        raise InputError(f"unknown kind of data '{kind}': choose one of {', '.join(Kind)}")
    clips = read_clips(Kind(kind), source, per_clip=per_clip, labels=labels)
    with progress("importing", len(clips)) as advance:
        note = import_clips(
            kind,
            clips,
            folder,
            mirror=mirror,
            workers=workers,
            progress=lambda done, total: advance(done, total=total),
        )
    print("\n".join(_lines(note)))
    print(f"look at it: sonoguide data show {folder} --sheet sheet.png")
    if kind != Kind.FOLDER:
        print(f"the terms of use of {TITLES[Kind(kind)]} go on applying, also to models trained on it")


@data_app.command("show")
def show(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that data import wrote.")],
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw some pictures, with labels and outlines.")
    ] = None,
    split: Annotated[Part, typer.Option(help="The part to draw from.")] = Part.TRAIN,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Say what was imported; with --sheet draw some of it: the marker's side, crop and outlines are worth a look.

    \b
    Example:
      sonoguide data show data/camus --sheet camus.png
    """
    from guidance.errors import InputError
    from models.real.parts import Split
    from models.real.shards import RealFrames, read_note

    note = read_note(folder)
    if note is None:
        raise InputError(f"{folder}: holds no imported pictures: sonoguide data import writes such a folder")
    if sheet is not None:
        import cv2

        from guidance.whole_file import write_whole
        from models.real.contact_sheet import contact_sheet

        encoded = cv2.imencode(".png", contact_sheet(RealFrames.open([folder], Split(split))))[1]
        try:
            write_whole(sheet, encoded.tobytes())
        except OSError as error:
            raise InputError(f"{sheet} cannot be written ({error.strerror}): choose another place") from error
    print(jsonlib.dumps(note, indent=2) if json else "\n".join(_lines(note)))


def _lines(note: Mapping[str, Any]) -> list[str]:
    def counts(of: Mapping[str, int]) -> str:
        return ", ".join(f"{name} {count}" for name, count in of.items()) or "none"

    splits = note["splits"]
    lines = [
        f"{'data':<14} {note['kind']}: {note['pictures']} pictures of {note['patients']} patients",
        f"{'parts':<14} " + ", ".join(f"{n} {s['pictures']} of {s['patients']}" for n, s in splits.items()),
        f"{'views':<14} {counts(note['views'])}",
        f"{'quality':<14} said of {note['with_quality']}",
        f"{'outlines':<14} {counts(note['with_outline'])}",
    ]
    if note["unreadable"]:
        first = next(iter(note["unreadable_first"].values()), "")
        lines.append(f"{'left out':<14} {note['unreadable']} that cannot be read, e.g. {first}")
    return lines

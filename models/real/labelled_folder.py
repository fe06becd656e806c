"""A folder of clips of your own, with their views in a table or in their names.

``sonoguide evaluate`` reads the same: videos, DICOM files, folders of pictures. The table has a line of headings; its
first two columns are the clip (path below the folder, file name, or file name without ending) and its view (A4C, PSAX,
OTHER ...), whatever they are called. It may have columns ``quality`` (0 to 1, or good, medium, poor), ``patient`` and
``split`` (train, validation, test). Without a table, or for a clip that is not in it, the view is what its name or its
folder's begins with. Without the column ``patient`` each folder right below the given one is a patient, unless it is
named after a view; then each clip is.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from guidance.errors import InputError
from models.clip_votes import is_label, label_in
from models.clips import clips_in
from models.real.camus import QUALITY
from models.real.clip import Loaded, RealClip, RealPicture, views_of
from models.real.parts import Split
from models.real.sampling import spread_clip
from models.real.tables import read_table


def folder_clips(folder: Path, per_clip: int, labels: Path | None = None) -> list[RealClip]:
    """Every labelled clip below ``folder``; ``per_clip`` pictures of each.

    Raises:
        InputError: there is none, or the table has a fault.
    """
    rows = {} if labels is None else {row["clip"]: _checked(row, labels) for row in _rows(labels)}
    clips = []
    for path in sorted(clips_in(folder)):
        name = path.relative_to(folder).as_posix() if path != folder else path.name
        row = next((rows[key] for key in (name, path.name, path.stem) if key in rows), {})
        label = row.get("view") or next(filter(None, map(label_in, reversed(name.split("/")))), "")
        if not label:
            continue
        quality, split = row.get("quality", ""), row.get("split", "")
        clips.append(
            RealClip(
                name,
                row.get("patient") or _patient(name),
                partial(_load, path, per_clip),
                views_of(label),
                _quality(quality) if quality else None,
                Split(split.lower()) if split else None,
            )
        )
    if not clips:
        raise InputError(
            f"{folder}: no labelled clips in it: give --labels CSV with columns clip,view, or begin names with a view"
        )
    return clips


def _rows(labels: Path) -> list[dict[str, str]]:
    rows = read_table(labels, ())
    headings = list(rows[0])
    if len(headings) < 2:
        raise InputError(f"{labels}: has one column: give clip,view")
    return [row | {"clip": row[headings[0]], "view": row[headings[1]]} for row in rows if row[headings[0]]]


def _checked(row: dict[str, str], labels: Path) -> dict[str, str]:
    clip = row["clip"]
    if not is_label(row["view"]):
        raise InputError(
            f"{labels}: '{row['view']}' (of {clip}) is no view: write A4C, PSAX_AV, PSAX, OTHER ..."
        )
    if row.get("quality") and _quality(row["quality"]) is None:
        raise InputError(
            f"{labels}: quality '{row['quality']}' (of {clip}): give 0 to 1, or good, medium, poor"
        )
    if row.get("split") and row["split"].lower() not in tuple(Split):
        raise InputError(f"{labels}: split '{row['split']}' (of {clip}): write {', '.join(Split)}")
    return row


def _quality(text: str) -> float | None:
    if text.lower() in QUALITY:
        return QUALITY[text.lower()]
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def _patient(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash and not label_in(first) else name


def _load(path: Path, per_clip: int) -> Loaded:
    pictures, info = spread_clip(path, per_clip)
    return Loaded(tuple(RealPicture(p) for p in pictures), info.region, info.profile)

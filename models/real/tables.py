"""Tables: CSV files with a line of headings, as data sets come with; what is missing is one clear line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from guidance.errors import InputError


def read_table(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of the CSV file at ``path``: heading -> text, without spaces around either.

    Raises:
        InputError: it cannot be read, or has no column ``needed``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                {key.strip(): (value or "").strip() for key, value in row.items() if key is not None}
                for row in csv.DictReader(file, restval="")
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as a table ({error})") from error
    missing = [name for name in needed if rows and name not in rows[0]]
    if missing or not rows:
        what = f"has no column {', '.join(missing)}" if missing else "has no rows below its headings"
        raise InputError(f"{path}: {what}: its first line must name its columns {', '.join(needed)}".rstrip())
    return rows

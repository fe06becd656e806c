"""Writes a measured table into a document, between the two comments that mark its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guidance.errors import InputError


def write_between(document: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` in ``document``.

    Raises:
        InputError: the document does not have the two marks, in this order, once each.
    """
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end or begin in rest or end in before or end in after:
        raise InputError(f"{document}: put {begin} and {end}, once each, where the table belongs")
    body = "\n".join(lines)
    document.write_text(f"{before}{begin}\n{body}\n{end}{after}", encoding="utf-8")

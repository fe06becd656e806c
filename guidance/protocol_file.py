"""A protocol of the user's own: a TOML file with an ordered list of views."""

from __future__ import annotations

import tomllib
from pathlib import Path

from guidance.errors import InputError
from guidance.views import Protocol, View, parse_view

EXAMPLE = 'views = ["PLAX", "A4C"]'
_MAX_BYTES = 1 << 20


def read_protocol(path: Path) -> Protocol:
    """The protocol in ``path``: ``views`` (names, in order), and ``title`` where one is wanted.

    Example of a file::

        title = "Before and after fluid"
        views = ["PLAX", "A4C", "SC_IVC"]

    Raises:
        InputError: it cannot be read, is not such a file, names a view that does not exist, or one twice.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"protocol {path} cannot be read ({error.strerror or error})") from error
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError("it is too large")
        content = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"protocol {path} is no TOML file ({reason}): it needs {EXAMPLE}") from error
    unknown = sorted(set(content) - {"title", "views"})
    if unknown:
        raise InputError(f"protocol {path}: unknown key '{unknown[0]}': it has title and views")
    title = content.get("title", path.stem)
    names = content.get("views")
    if not isinstance(title, str):
        raise InputError(f"protocol {path}: title is text in quotes")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InputError(f"protocol {path}: it needs a list of views, such as {EXAMPLE}")
    return Protocol(path.stem, title, _views(path, names))


def _views(path: Path, names: list[str]) -> tuple[View, ...]:
    views: list[View] = []
    for name in names:
        try:
            view = parse_view(name)
        except InputError as error:
            raise InputError(f"protocol {path}: {error}") from error
        if view in views:
            raise InputError(f"protocol {path}: {view} stands there twice: name each view once")
        views.append(view)
    return tuple(views)

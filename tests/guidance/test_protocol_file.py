"""A protocol of the user's own.

Promises:
- a TOML file gives its views in their order, and its title or else its name;
- whatever is wrong with it is one line that names the file, exit code 2; never anything else.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guidance.errors import InputError
from guidance.protocol_file import read_protocol
from guidance.views import View


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_views_and_title(tmp_path: Path) -> None:
    protocol = read_protocol(written(tmp_path, 'title = "Fluid"\nviews = ["plax", "SC-IVC", "A4C"]'))
    assert protocol.views == (View.PLAX, View.SC_IVC, View.A4C)
    assert (protocol.name, protocol.title) == ("ours", "Fluid")
    assert read_protocol(written(tmp_path, 'views = ["SSN"]')).title == "ours"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('views = ["A6C"]', "unknown view 'A6C'"),
        ('views = ["OTHER"]', "unknown view"),
        ('views = ["A4C", "a4c"]', "twice"),
        ("views = []", "list of views"),
        ('views = "A4C"', "list of views"),
        ("views = [4]", "list of views"),
        ("", "list of views"),
        ('title = 3\nviews = ["A4C"]', "title"),
        ('views = ["A4C"]\nviewes = 1', "viewes"),
        ("views = [", "TOML"),
        ("x" * (2 << 20), "TOML"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, word: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=word) as caught:
        read_protocol(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_protocol(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_protocol_or_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(data)
    said = ""
    try:
        views = read_protocol(path).views
    except InputError as error:
        views, said = (), str(error)
    assert bool(views) != bool(said)
    assert "\n" not in said

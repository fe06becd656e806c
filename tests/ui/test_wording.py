"""The window's words.

Promises:
- every language has the same keys and the same fields as English, in the window's catalogue and in the hints';
- no text is empty, and none but names is left in English;
- titles and line one of every hint have at most six words;
- an unknown language is one clear line, exit code 2;
- only catalogues hold text: the window's other modules have no sentences of their own.
"""

from __future__ import annotations

import ast
import dataclasses
import itertools
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from guidance.directions import PatientDirection
from guidance.errors import InputError
from guidance.hint import ReasonCode, State
from guidance.probe import AXES
from guidance.reasons import Reason
from guidance.stall import Remedy, Stall
from guidance.views import STANDARD_VIEWS, START_CARDS, View
from guidance.wording import Amount, Catalogue
from ui.wording import LANGUAGES, Deed, Word, Words, words_in

UI = Path(__file__).resolve().parents[2] / "ui"
OTHERS = [language for language in LANGUAGES if language != "en"]
PAINTED = (
    "painter",
    "parts",
    "app",
    "overlay",
    "operator",
    "strip",
    "sheet",
    "engineer",
    "state_look",
    "board",
)


def texts(catalogue: Catalogue | Words) -> Iterator[tuple[str, str]]:
    """Where a text stands, and the text."""
    for field in dataclasses.fields(catalogue):
        value = getattr(catalogue, field.name)
        if isinstance(value, str) and field.name not in ("language", "name"):
            yield field.name, value
        elif isinstance(value, Mapping):
            for key, entry in value.items():
                parts = entry if isinstance(entry, tuple) else (entry,)
                for number, part in enumerate(parts):
                    if isinstance(part, str):
                        yield f"{field.name}.{key}.{number}", part


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("part", ["window", "hints"])
def test_catalogues_match(language: str, part: str) -> None:
    one, other = words_in("en"), words_in(language)
    english = dict(texts(one if part == "window" else one.hints))
    foreign = dict(texts(other if part == "window" else other.hints))
    assert set(english) == set(foreign)
    for key, text in english.items():
        assert fields(text) == fields(foreign[key]), key
        assert bool(text) == bool(foreign[key]), key
    same = {key for key, text in english.items() if text and text == foreign[key]}
    assert len(same) <= 0.06 * len(english), sorted(same)  # words such as Patient, Marker, Aorta, mm


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_complete(language: str) -> None:
    words = words_in(language.upper())
    assert set(words.states) == set(State)
    assert set(words.texts) == set(Word)
    assert set(words.deeds) == set(Deed)
    assert set(words.places) == set(PatientDirection)
    assert set(words.hints.cards) == set(STANDARD_VIEWS)
    assert set(words.silences) <= set(ReasonCode)
    assert words.hints.language == language
    for view, card in words.hints.cards.items():
        assert dataclasses.replace(card, title="", position="", placement="", aim="") == dataclasses.replace(
            START_CARDS[view], title="", position="", placement="", aim=""
        )
        assert words.hints.marker(card)
    assert words.title(View.OTHER) == words(Word.NO_VIEW)
    for remedy in Remedy:
        assert "31" in words.stalled(Stall(31.2, remedy))


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_one_is_short(language: str) -> None:
    words = words_in(language)
    for title, line in (*words.states.values(), *words.silences.values()):
        assert 1 <= len(title.split()) <= 6
        assert line
    reason = Reason(ReasonCode.OFF_AXIS, axis="tilt", size=12.0)
    seen = set()
    for axis, sign, amount in itertools.product(AXES, (1, -1), Amount):
        for place in PatientDirection if axis != "rotate" else (None,):
            hint = words.hints.movement(axis, sign, place, amount, reason, View.A4C)
            assert 2 <= len(hint.text.split()) <= 6, hint.text
            assert "{" not in hint.text + hint.reason + hint.direction
            seen.add((axis[:5], hint.text))
    assert len(seen) == 6 + 3 * 3 * len(PatientDirection)


def test_marker_hours() -> None:
    english, german = words_in("en").hints, words_in("de").hints
    for view in STANDARD_VIEWS:
        assert english.marker(START_CARDS[view]) == START_CARDS[view].marker_hour
    assert german.marker(START_CARDS[View.A4C]) == "2 Uhr"
    half = dataclasses.replace(START_CARDS[View.A4C], marker_clock_deg=15.0)
    assert english.marker(half) == german.marker(half) == half.marker_hour == "12:30"


@pytest.mark.parametrize("language", ["", "xx", "english"])
def test_an_unknown_language_is_one_line(language: str) -> None:
    with pytest.raises(InputError, match="en, de") as caught:
        words_in(language)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("module", PAINTED)
def test_only_catalogues_hold_text(module: str) -> None:
    """A literal of two words or more that begins with a capital is a sentence for people."""
    tree = ast.parse((UI / f"{module}.py").read_text(encoding="utf-8"))
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    found = [text for text in found if text[:1].isupper() and " " in text.strip() and "{" not in text]
    assert [text for text in found if not text.startswith("QMainWindow")] == []

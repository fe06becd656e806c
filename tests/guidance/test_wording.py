"""Promises of the wording catalogue:

- every hint of every view, axis, sign and amount: at most six words, verb first, no bare left or right;
- tilt and rock say that the tail moves; slides and rotations do not;
- opposite signs read differently; amounts read differently;
- the catalogue is complete: a text for every message, reason, place and structure, and each fills its fields;
- only the catalogue holds text: no other module of the coach has words for the operator.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Mapping
from typing import Any

import pytest

from guidance.directions import LANDMARKS, PatientDirection, nominal_rotation, patient_direction
from guidance.hint import Hint, ReasonCode
from guidance.probe import AXES, Manoeuvre
from guidance.reasons import EXPECTED_STRUCTURES, Reason
from guidance.views import STANDARD_VIEWS, START_CARDS, View
from guidance.wording import Amount, Message
from guidance.wording.en import ENGLISH

BARE_SIDE = re.compile(r"(?<!patient's )\b(left|right)\b(?! (?:shoulder|hip|side|armpit))", re.IGNORECASE)
VERBS = {"Slide", "Rotate", "Tilt", "Rock", "Press"}


def hint(view: View, axis: str, sign: int, amount: Amount, place: PatientDirection | None = None) -> Hint:
    if axis != "rotate" and place is None:
        place = patient_direction(view, axis, sign, nominal_rotation(view))
    return ENGLISH.movement(
        axis, sign, place, amount, Reason(ReasonCode.OFF_AXIS, axis=axis, size=12.0), view
    )


def every_hint() -> list[Hint]:
    nominal = [
        hint(view, axis, sign, amount)
        for view, axis, sign, amount in itertools.product(STANDARD_VIEWS, AXES, (1, -1), Amount)
    ]
    anywhere = [
        hint(View.A4C, axis, 1, amount, place)
        for axis, amount, place in itertools.product(AXES[:4], Amount, PatientDirection)
    ]
    return [*nominal, *anywhere, ENGLISH.press(Reason(ReasonCode.NO_CONTACT), View.A4C)]


@pytest.mark.parametrize("h", every_hint(), ids=lambda h: h.text)
def test_line_one(h: Hint) -> None:
    words = h.text.split()
    assert 2 <= len(words) <= 6
    assert words[0] in VERBS
    assert words[0].lower() == h.move.value
    assert not BARE_SIDE.search(h.text)
    assert not BARE_SIDE.search(h.direction)
    assert ("tail" in words) == (h.move in (Manoeuvre.TILT, Manoeuvre.ROCK))
    assert "{" not in h.text + h.reason


def test_the_check_for_bare_sides_works() -> None:
    assert BARE_SIDE.search("Slide left")
    assert BARE_SIDE.search("Tilt tail to the right a lot")
    assert not BARE_SIDE.search("Slide towards patient's left")
    assert not BARE_SIDE.search("Slide towards left shoulder")


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("axis", AXES)
def test_signs_and_amounts_read_differently(view: View, axis: str) -> None:
    texts = {hint(view, axis, sign, amount).text for sign in (1, -1) for amount in Amount}
    assert len(texts) == 6


def test_examples() -> None:
    assert hint(View.A4C, "rotate", 1, Amount.SLIGHTLY).text == "Rotate clockwise slightly"
    assert hint(View.A4C, "rotate", -1, Amount.LOT).text == "Rotate anticlockwise a lot"
    assert hint(View.A4C, "tilt", 1, Amount.PLAIN).text == "Tilt tail towards the feet"
    assert hint(View.A4C, "slide_x", 1, Amount.LOT).text == "Slide far towards patient's left"
    slide = hint(View.A4C, "slide_x", -1, Amount.LOT)
    assert (slide.direction, slide.amount) == ("towards the breastbone", "a lot")
    assert (slide.axis, slide.sign, slide.place) == ("slide_x", -1, PatientDirection.BREASTBONE)


def test_complete() -> None:
    assert set(ENGLISH.hints) == set(Manoeuvre)
    assert set(ENGLISH.reasons) == set(ReasonCode)
    assert set(ENGLISH.messages) == set(Message)
    assert set(ENGLISH.places) == set(PatientDirection) == set().union(*LANDMARKS.values())
    assert {name for names in EXPECTED_STRUCTURES.values() for name in names} <= set(ENGLISH.structures)
    assert set(EXPECTED_STRUCTURES) == set(STANDARD_VIEWS)
    for texts in (ENGLISH.amounts, ENGLISH.far, ENGLISH.turn_far):
        assert set(texts) == set(Amount)


@pytest.mark.parametrize("code", ReasonCode)
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("structure", ["", "lv", "spleen"])
def test_reasons_fill_their_fields(code: ReasonCode, axis: str, structure: str) -> None:
    line = ENGLISH.reason(Reason(code, seen=View.A5C, structure=structure, axis=axis, size=17.0), View.A4C)
    assert line
    assert "{" not in line
    assert "  " not in line
    assert len(line) <= 60


def test_sizes_are_rounded_and_have_units() -> None:
    def line(axis: str, size: float) -> str:
        return ENGLISH.reason(Reason(ReasonCode.OFF_AXIS, axis=axis, size=size), View.A4C)

    assert "15 mm" in line("slide_y", 16.9)
    assert "15°" in line("tilt", 13.1)
    assert "5 mm" in line("slide_x", 0.4)


@pytest.mark.parametrize("message", Message)
@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_messages_fill_their_fields(message: Message, view: View) -> None:
    line = ENGLISH.message(message, view, START_CARDS[view], View.A5C)
    assert line
    assert "{" not in line
    assert len(line) <= 120


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_templates_use_known_fields_only() -> None:
    known: list[tuple[Mapping[Any, str], set[str]]] = [
        (ENGLISH.hints, {"amount", "place", "turn"}),
        (ENGLISH.reasons, {"target", "seen", "structure", "size"}),
        (ENGLISH.messages, {"target", "seen", "title", "placement", "marker", "aim"}),
    ]
    for texts, allowed in known:
        assert all(fields(text) <= allowed for text in texts.values())

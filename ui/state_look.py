"""How each coach state presents itself: a title, an icon, and a calm second line where the coach has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guidance.hint import Advice, ReasonCode, State
from ui.wording import Word, Words
from ui.wording.en import ENGLISH


@dataclass(frozen=True, slots=True)
class StateLook:
    """Title (line one), icon name (see :mod:`ui.icons`) and line two."""

    title: str
    icon: str
    line: str


ICONS: Mapping[State, str] = MappingProxyType(
    {
        State.NO_SIGNAL: "unplugged",
        State.FROZEN: "snowflake",
        State.NO_CONTACT: "no_contact",
        State.NOT_RECOGNISED: "question",
        State.SEARCHING: "search",
        State.ADJUSTING: "search",
        State.HOLD: "hold",
        State.CAPTURED: "tick",
        State.PAUSED: "pause",
    }
)
"""Icon of every state, in any language."""


def state_look(state: State, words: Words = ENGLISH) -> StateLook:
    """How ``state`` presents itself."""
    title, line = words.states[state]
    return StateLook(title, ICONS[state], line)


def silence_look(code: ReasonCode, words: Words = ENGLISH) -> StateLook:
    """How a reason for not recognising a picture presents itself.

    Raises:
        KeyError: this reason has no words of its own.
    """
    title, line = words.silences[code]
    return StateLook(title, ICONS[State.NOT_RECOGNISED], line)


def look_of(advice: Advice, words: Words = ENGLISH) -> StateLook:
    """How ``advice`` presents itself where it has no hint."""
    code = advice.reason_code
    if advice.state is State.NOT_RECOGNISED and code is not None and code in words.silences:
        return silence_look(code, words)
    return state_look(advice.state, words)


def moves(advice: Advice) -> bool:
    """Whether there is a movement to show."""
    return advice.hint is not None and advice.state in (State.ADJUSTING, State.SEARCHING, State.NO_CONTACT)


def lines_of(advice: Advice | None, look: StateLook, words: Words = ENGLISH) -> tuple[str, str]:
    """Line one and line two: the movement and its reason, or ``look`` with what the coach says of it."""
    if advice is None:
        return look.title, look.line
    if advice.hint is not None and moves(advice):
        return advice.hint.text, advice.hint.reason
    if advice.message and advice.message.casefold() != look.title.casefold():
        return look.title, advice.message
    card = words.hints.cards.get(advice.target)
    if advice.state is State.SEARCHING and card is not None:
        return look.title, words(Word.START_AT, placement=card.placement, marker=words.hints.marker(card))
    return look.title, look.line


def stale_look(words: Words = ENGLISH) -> StateLook:
    """Look when the newest guidance is too old to be shown."""
    return StateLook(words(Word.STALE_TITLE), "pause", words(Word.STALE_LINE))


def waiting_look(words: Words = ENGLISH) -> StateLook:
    """Look before the first guidance."""
    return StateLook(words(Word.WAITING_TITLE), "search", words(Word.WAITING_LINE))


STATE_LOOKS: Mapping[State, StateLook] = MappingProxyType({state: state_look(state) for state in State})
"""Look of every state, in English."""

SILENCES: Mapping[ReasonCode, StateLook] = MappingProxyType(
    {code: silence_look(code) for code in ENGLISH.silences}
)
"""Looks of the reasons for not recognising a picture that have one of their own, in English."""

STALE = stale_look()
WAITING = waiting_look()
RESEARCH_USE = ENGLISH(Word.RESEARCH_USE)

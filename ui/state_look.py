"""How each coach state presents itself: a title, an icon, and a calm second line where the coach has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guidance.hint import Advice, ReasonCode, State
from guidance.views import START_CARDS


@dataclass(frozen=True, slots=True)
class StateLook:
    """Title (line one), icon name (see :mod:`ui.icons`) and line two."""

    title: str
    icon: str
    line: str


STATE_LOOKS: Mapping[State, StateLook] = MappingProxyType(
    {
        State.NO_SIGNAL: StateLook("No picture", "unplugged", "Check the cable and the source."),
        State.FROZEN: StateLook("Picture frozen", "snowflake", "Unfreeze to go on."),
        State.NO_CONTACT: StateLook("No contact", "no_contact", "Add gel and press gently."),
        State.NOT_RECOGNISED: StateLook(
            "Not sure", "question", "This picture is not recognised, so there is no hint."
        ),
        State.SEARCHING: StateLook("Find the view", "search", "Move slowly over the start point."),
        State.ADJUSTING: StateLook("Nearly there", "search", "Keep the probe where it is."),
        State.HOLD: StateLook("Hold still", "hold", "This is the picture."),
        State.CAPTURED: StateLook("Captured", "tick", "This view is done."),
        State.PAUSED: StateLook("Hints are off", "pause", "The picture goes on."),
    }
)
"""Look of every state."""

SILENCES: Mapping[ReasonCode, StateLook] = MappingProxyType(
    {
        ReasonCode.UNFAMILIAR: StateLook(
            "Unlike a heart", "question", "There is no hint for such a picture."
        ),
        ReasonCode.COLOUR: StateLook("Colour Doppler", "question", "Hints are for the grey picture."),
        ReasonCode.STRIP: StateLook("Not a moving picture", "question", "Hints are for the moving picture."),
        ReasonCode.SHALLOW: StateLook("Too shallow", "question", "No adult's heart fits in this depth."),
    }
)
"""Looks of the reasons for not recognising a picture that have one of their own."""


def look_of(advice: Advice) -> StateLook:
    """How ``advice`` presents itself where it has no hint."""
    look = STATE_LOOKS[advice.state]
    if advice.state is State.NOT_RECOGNISED and advice.reason_code is not None:
        return SILENCES.get(advice.reason_code, look)
    return look


def moves(advice: Advice) -> bool:
    """Whether there is a movement to show."""
    return advice.hint is not None and advice.state in (State.ADJUSTING, State.SEARCHING, State.NO_CONTACT)


def lines_of(advice: Advice | None, look: StateLook) -> tuple[str, str]:
    """Line one and line two: the movement and its reason, or ``look`` with what the coach says of it."""
    if advice is None:
        return look.title, look.line
    if advice.hint is not None and moves(advice):
        return advice.hint.text, advice.hint.reason
    if advice.message and advice.message.casefold() != look.title.casefold():
        return look.title, advice.message
    if advice.state is State.SEARCHING and advice.target in START_CARDS:
        start = START_CARDS[advice.target]
        return look.title, f"Start {start.placement}; marker at {start.marker_hour}."
    return look.title, look.line


STALE = StateLook("Guidance paused", "pause", "Waiting for a fresh result.")
"""Look when the newest guidance is too old to be shown."""

WAITING = StateLook("Starting", "search", "Waiting for the first picture.")
"""Look before the first guidance."""

RESEARCH_USE = "Research use only. Not a medical device."

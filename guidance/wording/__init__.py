"""Wording: every text the coach shows comes from a Catalogue, one per language; nothing else holds text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from guidance.directions import PatientDirection
from guidance.hint import Hint, ReasonCode
from guidance.probe import Manoeuvre
from guidance.reasons import Reason
from guidance.stall import Remedy
from guidance.views import StartCard, View


class Amount(StrEnum):
    """How far to move."""

    SLIGHTLY = "slightly"
    PLAIN = "plain"
    LOT = "lot"


class Message(StrEnum):
    """The calm lines for states without a hint: why the coach is silent, and what to do."""

    NO_SIGNAL = "no_signal"
    FROZEN = "frozen"
    NO_CONTACT = "no_contact"
    STILL_NO_CONTACT = "still_no_contact"
    UNFAMILIAR = "unfamiliar"
    UNSURE = "unsure"
    COLOUR = "colour"
    STRIP = "strip"
    NOT_ADULT = "not_adult"
    SHALLOW = "shallow"
    NO_VIEW = "no_view"
    OTHER_VIEW = "other_view"
    UNKNOWN_TARGET = "unknown_target"
    GAIN_DEPTH = "gain_depth"
    POOR_WINDOW = "poor_window"
    NEARLY = "nearly"
    WAIT = "wait"
    NO_MOVEMENTS = "no_movements"
    BY_HAND = "by_hand"
    HOLD = "hold"
    CAPTURED = "captured"
    MUTED = "muted"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language. Templates use ``str.format`` fields.

    Attributes:
        language: ISO 639-1 code.
        hints: line one per manoeuvre; fields ``{amount}``, ``{place}``, ``{turn}``. At most six words, verb
            first.
        places: patient directions after "towards".
        direction: how a place becomes ``Hint.direction``; field ``{place}``.
        turns: rotation by sign, +1 and -1, as seen by the operator from behind the probe.
        amounts: ``Hint.amount``.
        far: amounts as they stand in line one of a slide, tilt or rock. turn_far: of a rotation.
        reasons: line two per code; fields ``{target}``, ``{seen}``, ``{structure}``, ``{size}``.
        off_axis_slide: line two for OFF_AXIS where the error is a distance; ``reasons`` has the one for an
            angle.
        nameless_structure: line two for MISSING_STRUCTURE where the structure has no name.
        structures: names of structures by key.
        millimetres, degrees: a size; field ``{value}``.
        cards: the start cards in this language; everything but the words is that of ``START_CARDS``.
        hour: the marker's direction on the clock; field ``{hour}``, half hours are ``2:30`` in every language.
        remedies: what to try when the picture no longer gets better.
        messages: fields ``{target}``, ``{seen}``, ``{title}``, ``{placement}``, ``{marker}``, ``{aim}``.
    """

    language: str
    hints: Mapping[Manoeuvre, str]
    places: Mapping[PatientDirection, str]
    direction: str
    turns: Mapping[int, str]
    amounts: Mapping[Amount, str]
    far: Mapping[Amount, str]
    turn_far: Mapping[Amount, str]
    reasons: Mapping[ReasonCode, str]
    off_axis_slide: str
    nameless_structure: str
    structures: Mapping[str, str]
    millimetres: str
    degrees: str
    cards: Mapping[View, StartCard]
    hour: str
    remedies: Mapping[Remedy, str]
    messages: Mapping[Message, str]

    def movement(
        self,
        axis: str,
        sign: int,
        place: PatientDirection | None,
        amount: Amount,
        reason: Reason,
        target: View,
    ) -> Hint:
        """The hint to correct ``axis`` by ``sign``; ``place``: where the moving end goes, None for a turn."""
        move = Manoeuvre(axis.partition("_")[0])
        turn = self.turns[sign] if place is None else ""
        where = "" if place is None else self.places[place]
        line = self.hints[move].format(
            amount=(self.turn_far if place is None else self.far)[amount], place=where, turn=turn
        )
        return Hint(
            move=move,
            direction=turn or self.direction.format(place=where),
            amount=self.amounts[amount],
            text=" ".join(line.split()),
            reason=self.reason(reason, target),
            reason_code=reason.code,
            axis=axis,
            sign=sign,
            place=place,
        )

    def press(self, reason: Reason, target: View) -> Hint:
        """The hint to make contact."""
        text = self.hints[Manoeuvre.PRESS]
        return Hint(Manoeuvre.PRESS, "", "", text, self.reason(reason, target), reason.code)

    def reason(self, reason: Reason, target: View) -> str:
        """Line two."""
        template = self.reasons[reason.code]
        if reason.code is ReasonCode.OFF_AXIS and reason.axis.startswith("slide"):
            template = self.off_axis_slide
        if reason.code is ReasonCode.MISSING_STRUCTURE and reason.structure not in self.structures:
            template = self.nameless_structure
        unit = self.millimetres if reason.axis.startswith("slide") else self.degrees
        return template.format(
            target=spoken(target),
            seen=spoken(reason.seen),
            structure=self.structures.get(reason.structure, ""),
            size=unit.format(value=_rounded(reason.size)),
        )

    def message(self, message: Message, target: View, card: StartCard, seen: View = View.OTHER) -> str:
        """A line for a state without a hint."""
        return self.messages[message].format(
            target=spoken(target),
            seen=spoken(seen),
            title=card.title,
            placement=card.placement,
            marker=self.marker(card),
            aim=card.aim,
        )

    def marker(self, card: StartCard) -> str:
        """Where the marker points, on a clock face whose 12 is the patient's head."""
        hour, minute = divmod(card.marker_minutes, 60)
        return f"{hour}:{minute:02}" if minute else self.hour.format(hour=hour)


def spoken(view: View) -> str:
    """The view's name as people write it: ``PSAX MV``."""
    return view.value.replace("_", " ")


def _rounded(size: float) -> int:
    """To the nearest 5: no finer than the estimate deserves."""
    return max(5, 5 * round(size / 5.0))

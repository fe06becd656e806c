"""Words of the window: one catalogue per language, chosen by name. Nothing else of the window holds text.

Hints, reasons and start cards come from :mod:`guidance.wording`; a catalogue here names the one that goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode, State
from guidance.views import View
from guidance.wording import Catalogue
from guidance.wording.choice import catalogue_of

if TYPE_CHECKING:
    from guidance.stall import Stall


class Word(StrEnum):
    """Every text of the window that is not a state, a hint or a card."""

    TARGET = "target"
    ON_SCREEN = "on_screen"
    NO_VIEW = "no_view"
    QUALITY = "quality"
    CAPTURE_LINE = "capture_line"
    STRUCTURES = "structures"
    ANGLE = "angle"
    CONTACT = "contact"
    GAIN_DEPTH = "gain_depth"
    EXAMPLE = "example"
    VIRTUAL = "virtual"
    RESEARCH_USE = "research_use"
    START_AT = "start_at"
    PATIENT = "patient"
    PROBE = "probe"
    MARKER = "marker"
    AIM = "aim"
    SECONDS = "seconds"
    STALE_TITLE = "stale_title"
    STALE_LINE = "stale_line"
    WAITING_TITLE = "waiting_title"
    WAITING_LINE = "waiting_line"
    LOST_TITLE = "lost_title"
    LOST_LINE = "lost_line"
    ENDED_TITLE = "ended_title"
    ENDED_LINE = "ended_line"
    OVER_TITLE = "over_title"
    OVER_LINE = "over_line"
    STALLED = "stalled"
    STALLED_SKIP = "stalled_skip"
    HINTS_ON = "hints_on"
    HINTS_OFF = "hints_off"
    HELP_BUTTON = "help_button"
    PICTURES_S = "pictures_s"
    DROPPED = "dropped"
    GRABBER = "grabber"
    KEPT = "kept"
    BEST = "best"
    SKIPPED = "skipped"
    TO_DO = "to_do"
    DONE = "done"
    PROTOCOL_DONE = "protocol_done"
    DISK = "disk"
    VOICE_ON = "voice_on"
    VOICE_OFF = "voice_off"
    NO_VOICE = "no_voice"
    CAPTURED_BY_HAND = "captured_by_hand"
    SKIPPED_NOTE = "skipped_note"
    REDO_NOTE = "redo_note"
    HELP_TITLE = "help_title"
    FIRST_TITLE = "first_title"
    FIRST_1 = "first_1"
    FIRST_1_WHY = "first_1_why"
    FIRST_2 = "first_2"
    FIRST_2_WHY = "first_2_why"
    FIRST_3 = "first_3"
    FIRST_3_WHY = "first_3_why"
    FIRST_4 = "first_4"
    FIRST_4_WHY = "first_4_why"
    ANY_KEY = "any_key"
    MORE_KEYS = "more_keys"
    ENGINEER = "engineer"
    RATES = "rates"
    GUIDED = "guided"
    PAINTED = "painted"
    NOT_PAINTED = "not_painted"
    STAGES = "stages"
    GUI_LATE = "gui_late"
    FIRST_PICTURE = "first_picture"


class Deed(StrEnum):
    """What a key does; each has a line in the help sheet."""

    CAPTURE = "capture"
    MUTE = "mute"
    DISMISS = "dismiss"
    NEXT = "next"
    PREVIOUS = "previous"
    CHOOSE = "choose"
    SKIP = "skip"
    REDO = "redo"
    STRUCTURES = "structures"
    FACETS = "facets"
    CARD = "card"
    VOICE = "voice"
    LIGHT = "light"
    LARGER = "larger"
    SMALLER = "smaller"
    USUAL = "usual"
    AGAIN = "again"
    FULL = "full"
    LEAVE = "leave"
    HELP = "help"
    ENGINEER = "engineer"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The window's texts in one language; each catalogue is made once. Templates use ``str.format`` fields.

    Attributes:
        hints: hints, reasons, messages and start cards.
        name: of the language, in itself.
        states: title (at most six words) and second line of every state.
        silences: the same for the reasons of not recognising a picture that have words of their own.
        places: names of the patient's landmarks, for labels beside the probe.
        deeds: what each key does.
        texts: everything else.
    """

    hints: Catalogue
    name: str
    states: Mapping[State, tuple[str, str]]
    silences: Mapping[ReasonCode, tuple[str, str]]
    places: Mapping[PatientDirection, str]
    deeds: Mapping[Deed, str]
    texts: Mapping[Word, str]

    def __call__(self, word: Word, **fields: object) -> str:
        """The text of ``word`` with its fields filled in."""
        return self.texts[word].format(**fields)

    def title(self, view: View) -> str:
        """The view's full name."""
        return self.hints.cards[view].title if view in self.hints.cards else self(Word.NO_VIEW)

    def stalled(self, stall: Stall) -> str:
        """What to try now that the picture no longer gets better."""
        return self(Word.STALLED, seconds=round(stall.seconds), remedy=self.hints.remedies[stall.remedy])


LANGUAGES = ("en", "de")
"""Languages of the window, the usual one first."""


def words_in(language: str) -> Words:
    """The catalogue of ``language``, an ISO 639-1 code in any case; or what a plug-in calls its hints, in a window in
    English.

    Raises:
        InputError: there is none, or the plug-in cannot be loaded.
    """
    name = language.strip().lower()
    if name == "en":
        from ui.wording.en import ENGLISH

        return ENGLISH
    if name == "de":
        from ui.wording.de import GERMAN

        return GERMAN
    from ui.wording.en import ENGLISH

    return replace(ENGLISH, hints=catalogue_of(language))

"""Plan: what is practised, with what help; and what a session tells whoever listens."""

from __future__ import annotations

from dataclasses import dataclass

from guidance.hint import Guidance
from guidance.views import View
from ui.practice.attempt import Aid, Attempt
from ui.practice.case import Case
from ui.practice.patients import ANYBODY, PatientWish


@dataclass(frozen=True, slots=True)
class Plan:
    """What is practised: a view, on such patients, with such help.

    ``retest``: an unaided attempt that counts as the test of what was practised; it outdoes ``hints`` and ``fade``.
    """

    view: View
    wish: PatientWish = ANYBODY
    hints: bool = True
    fade: bool = True
    retest: bool = False

    @property
    def aid(self) -> Aid:
        """What the operator is given."""
        return Aid.NOTHING if self.retest else Aid.HINTS if self.hints else Aid.METER


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended. ``attempt`` is None where it failed (``problem`` says why) or was broken off.

    ``problem`` beside an attempt says why it could not be kept.
    """

    attempt: Attempt | None = None
    problem: str | None = None


class Listener:
    """What a session tells, on its own threads."""

    def ready(self, case: Case) -> None:
        """A patient lies there."""

    def guided(self, guidance: Guidance) -> None:
        """A picture, with as much guidance as may be seen."""

    def ended(self, ended: Ended) -> None:
        """The attempt is over."""

"""Wish: what the operator told the coach, for whoever keeps a record of the exam."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guidance.views import View


class WishKind(StrEnum):
    """What was said."""

    TARGET = "target"
    MUTE = "mute"
    CAPTURE = "capture"
    OVERRIDE = "override"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish.

    Attributes:
        kind: what was said.
        view: the new target, or the view that is said to be on screen; None ends an override.
        on: whether hints are muted from now on; true for every other wish.
    """

    kind: WishKind
    view: View | None = None
    on: bool = True

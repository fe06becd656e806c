"""Relay: what an attempt tells on its threads, brought over to the GUI thread."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from guidance.hint import Guidance
from ui.overlay import GuidanceOverlay
from ui.practice.case import Case
from ui.practice.plan import Ended, Listener


class Relay(QObject, Listener):
    """Brings what one attempt tells over to the GUI thread."""

    came = Signal(object)
    over = Signal(object)

    def __init__(self, display: GuidanceOverlay):
        super().__init__()
        self._display = display
        self._left = False

    def ready(self, case: Case) -> None:
        """A patient lies there."""
        self.came.emit(case)

    def guided(self, guidance: Guidance) -> None:
        """A picture."""
        if not self._left:
            self._display.set_guidance(guidance)

    def ended(self, ended: Ended) -> None:
        """It is over."""
        self.over.emit(ended)

    def leave(self) -> None:
        """Tell nothing more: another attempt has begun."""
        self._left = True
        self.came.disconnect()
        self.over.disconnect()

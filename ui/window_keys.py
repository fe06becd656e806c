"""What each key of the window does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]

from ui.keys import KEYS
from ui.wording import Deed

if TYPE_CHECKING:
    from ui.app import GuidanceWindow


def bind_keys(window: GuidanceWindow) -> None:
    """Every key of :data:`ui.keys.KEYS` does its deed in ``window``."""
    deeds: dict[Deed, Callable[[], object]] = {
        Deed.CAPTURE: window.capture,
        Deed.MUTE: window.mute_button.toggle,
        Deed.DISMISS: window.operator.dismiss,
        Deed.NEXT: window.next_target,
        Deed.PREVIOUS: lambda: window.next_target(-1),
        Deed.CHOOSE: window.targets.showPopup,
        Deed.SKIP: window.skip,
        Deed.REDO: window.redo,
        Deed.STRUCTURES: window.outline_structures,
        Deed.FACETS: window.show_facets,
        Deed.CARD: window.show_card,
        Deed.VOICE: window.switch_voice,
        Deed.LIGHT: window.switch_light,
        Deed.LARGER: lambda: window.scale_text(1),
        Deed.SMALLER: lambda: window.scale_text(-1),
        Deed.USUAL: lambda: window.scale_text(0),
        Deed.AGAIN: window.again,
        Deed.FULL: window.fill_screen,
        Deed.LEAVE: window.leave_full_screen,
        Deed.HELP: window.show_help,
        Deed.ENGINEER: window.show_engineer,
        Deed.CLOSE: window.close,
    }
    for deed, keys in KEYS.items():
        for key in keys:
            QShortcut(QKeySequence(key), window).activated.connect(deeds[deed])

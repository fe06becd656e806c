"""Keys of the window: which key does which deed. The help sheet and the shortcuts both read this."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ui.wording import Deed

KEYS: Mapping[Deed, tuple[str, ...]] = MappingProxyType(
    {
        Deed.CAPTURE: ("Space",),
        Deed.DISMISS: ("D",),
        Deed.MUTE: ("M",),
        Deed.NEXT: ("N", "Right"),
        Deed.PREVIOUS: ("P", "Left"),
        Deed.CHOOSE: ("T",),
        Deed.SKIP: ("K",),
        Deed.REDO: ("Backspace",),
        Deed.FACETS: ("Q",),
        Deed.CARD: ("C",),
        Deed.STRUCTURES: ("S",),
        Deed.VOICE: ("V",),
        Deed.LIGHT: ("L",),
        Deed.LARGER: ("+", "Ctrl++", "Ctrl+="),
        Deed.SMALLER: ("-", "Ctrl+-"),
        Deed.USUAL: ("0", "Ctrl+0"),
        Deed.AGAIN: ("R",),
        Deed.FULL: ("F11", "F"),
        Deed.LEAVE: ("Esc",),
        Deed.HELP: ("?", "F1"),
        Deed.ENGINEER: ("F12",),
        Deed.CLOSE: ("Ctrl+Q",),
    }
)
"""The first key of a deed is the one that help names; the others do the same."""


def shown_keys(deed: Deed) -> str:
    """The keys of ``deed`` as help names them."""
    return "   ".join(KEYS[deed][:2] if deed in (Deed.FULL, Deed.HELP) else KEYS[deed][:1])

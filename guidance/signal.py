"""Signal: whether pictures are arriving at all, as the grabber sees it. The coach takes it as a given."""

from __future__ import annotations

from enum import StrEnum


class Signal(StrEnum):
    """What the source delivers."""

    LIVE = "LIVE"
    """New pictures arrive."""

    LOST = "LOST"
    """No picture arrives: unplugged, switched off, reconnecting."""

    FROZEN = "FROZEN"
    """Pictures arrive but never change: the scanner is frozen."""

"""Which parts of the guidance a host wants over its picture. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OverlayParts:
    """Switches of the parts; what is left on stays where it is. The label "research use" is always there.

    Attributes:
        hint: the bar with the movement, its reason, or what the state means.
        views: the target, and the view on screen.
        quality: the meter, and why the picture is good or bad.
        edge: the edge around the picture while it is held.
        sector: outline of the sector as guidance sees it, where the overlay was told a profile.
    """

    hint: bool = True
    views: bool = True
    quality: bool = True
    edge: bool = True
    sector: bool = False


ALL_PARTS = OverlayParts()
"""The usual ones."""

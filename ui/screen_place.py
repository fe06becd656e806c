"""Where hints go beside a region of the screen. Pure arithmetic in pixels: no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from guidance.errors import InputError
from ui.layout import Box, arrange

LEAST_HEIGHT = 330
"""Below this the words of a panel cannot be read from where an operator stands."""

MOST_HEIGHT = 720
GAP = 6


class Side(StrEnum):
    """Where the hints stand. AUTO: beside the region, where there is most room. OVER: on it, without a panel."""

    AUTO = "auto"
    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BELOW = "below"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel at ``box`` on the desktop. ``display`` is the whole display in the panel's own coordinates: its picture
    lies to the left of the panel, out of sight.
    """

    box: Box
    display: Box


def panel_beside(region: Box, screen: Box, side: Side = Side.AUTO) -> Panel:
    """The largest panel beside ``region`` that fits on ``screen`` and does not touch the region.

    Raises:
        InputError: there is no room.
    """
    rooms = {
        Side.RIGHT: Box(region.right + GAP, screen.y, screen.right - region.right - GAP, screen.h),
        Side.LEFT: Box(screen.x, screen.y, region.x - GAP - screen.x, screen.h),
        Side.BELOW: Box(screen.x, region.bottom + GAP, screen.w, screen.bottom - region.bottom - GAP),
        Side.ABOVE: Box(screen.x, screen.y, screen.w, region.y - GAP - screen.y),
    }
    sides = list(rooms) if side is Side.AUTO else [side]
    best = max(sides, key=lambda one: _height_in(rooms[one]))
    height = _height_in(rooms[best])
    if height < LEAST_HEIGHT:
        where = "beside the region" if side is Side.AUTO else f"{side} of the region"
        raise InputError(
            f"there is no room for hints {where}: they need {round(width_of(LEAST_HEIGHT))} x {LEAST_HEIGHT} pixels; "
            "give a smaller --region, another --place (such as over), or move the scanner's window"
        )
    width, room = width_of(height), rooms[best]
    x = {Side.LEFT: room.right - width, Side.RIGHT: room.x}.get(best, region.x)
    y = {Side.ABOVE: room.bottom - height, Side.BELOW: room.y}.get(best, region.y)
    x = min(max(x, room.x), room.right - width)
    y = min(max(y, room.y), room.bottom - height)
    whole = _whole_width(height)
    return Panel(Box(x, y, width, height), Box(width - whole, 0.0, whole, height))


def width_of(height: float) -> float:
    """How wide a panel of ``height`` is: what stands beside the picture in the display."""
    whole = _whole_width(height)
    return whole - arrange(Box(0.0, 0.0, whole, height)).picture.right


def _whole_width(height: float) -> float:
    return height * 16 / 9


def _height_in(room: Box) -> float:
    """Of the tallest panel in ``room``."""
    if room.w <= 0 or room.h <= 0:
        return 0.0
    share = width_of(1000.0) / 1000.0
    return float(min(MOST_HEIGHT, room.h, room.w / share))

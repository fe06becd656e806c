"""Where each part of the display goes, from 640x480 up. Pure arithmetic: no Qt, no overlap, no clipping."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Mode(Enum):
    """``FULL``: the whole display. ``OVER``: only guidance, over a picture that the host paints."""

    FULL = "full"
    OVER = "over"


class Box(NamedTuple):
    """A rectangle in logical pixels: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """y of the lower edge."""
        return self.y + self.h

    def inset(self, dx: float, dy: float | None = None) -> Box:
        """This box made smaller by ``dx`` left and right and ``dy`` (default ``dx``) above and below."""
        dy = dx if dy is None else dy
        return Box(self.x + dx, self.y + dy, max(0.0, self.w - 2 * dx), max(0.0, self.h - 2 * dy))

    def overlaps(self, other: Box, slack: float = 1e-6) -> bool:
        """Whether the two boxes share area."""
        return (
            min(self.right, other.right) - max(self.x, other.x) > slack
            and min(self.bottom, other.bottom) - max(self.y, other.y) > slack
        )

    def contains(self, other: Box, slack: float = 1e-6) -> bool:
        """Whether ``other`` lies inside this box."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes of every part. ``unit`` scales text, line widths and corner radii (1 = a 1280x720 window).

    ``facet_columns``: columns that the four facets fill. ``beside``: guidance stands beside the picture.
    """

    unit: float
    picture: Box
    meter: Box
    target: Box
    on_screen: Box
    glyph: Box
    line_one: Box
    line_two: Box
    facets: Box
    footer: Box
    facet_columns: int
    beside: bool

    def parts(self) -> dict[str, Box]:
        """Every box by name."""
        return {
            name: value for name in self.__dataclass_fields__ if isinstance(value := getattr(self, name), Box)
        }


WIDE_ASPECT = 1.45
"""From this width over height on, guidance stands beside the picture; below, underneath it."""


def arrange(rect: Box, mode: Mode = Mode.FULL) -> Layout:
    """Layout of the display in ``rect``. Below 640x480 parts stay disjoint but text gets hard to read."""
    if mode is Mode.OVER:
        return _over(rect)
    return _wide(rect) if rect.w >= WIDE_ASPECT * rect.h else _stacked(rect)


def _wide(rect: Box) -> Layout:
    u = min(rect.w / 1280, rect.h / 720)
    gap = 14 * u
    inner = rect.inset(16 * u)
    footer = Box(inner.x, inner.bottom - 18 * u, inner.w, 18 * u)
    top, height = inner.y, footer.y - 8 * u - inner.y
    panel_w = max(348 * u, 0.27 * inner.w)
    panel = Box(inner.right - panel_w, top, panel_w, height)
    meter = Box(panel.x - gap - 50 * u, top, 50 * u, height)
    picture = Box(inner.x, top, meter.x - gap - inner.x, height)

    y = panel.y
    target = Box(panel.x, y, panel.w, 76 * u)
    y = target.bottom + 8 * u
    on_screen = Box(panel.x, y, panel.w, 60 * u)
    facets = Box(panel.x, panel.bottom - 66 * u, panel.w, 66 * u)
    y = on_screen.bottom + gap
    middle = facets.y - gap - y
    text_h = 190 * u
    glyph = Box(panel.x, y, panel.w, middle - text_h - 10 * u)
    line_one = Box(panel.x, glyph.bottom + 10 * u, panel.w, text_h * 0.6)
    line_two = Box(panel.x, line_one.bottom, panel.w, text_h * 0.4)
    return Layout(u, picture, meter, target, on_screen, glyph, line_one, line_two, facets, footer, 2, True)


def _stacked(rect: Box) -> Layout:
    u = min(rect.w / 860, rect.h / 645)
    gap = 10 * u
    inner = rect.inset(10 * u)
    head_h = 54 * u
    half = (inner.w - gap) / 2
    target = Box(inner.x, inner.y, half, head_h)
    on_screen = Box(inner.x + half + gap, inner.y, half, head_h)
    footer = Box(inner.x, inner.bottom - 16 * u, inner.w, 16 * u)
    bar_h = max(134 * u, 0.19 * rect.h)
    bar = Box(inner.x, footer.y - 6 * u - bar_h, inner.w, bar_h)
    top = target.bottom + gap
    height = bar.y - gap - top
    facets = Box(inner.x, top, 136 * u, height)
    meter = Box(inner.right - 58 * u, top, 58 * u, height)
    picture = Box(facets.right + gap, top, meter.x - gap - facets.right - gap, height)
    glyph = Box(bar.x, bar.y, min(176 * u, bar.w / 3), bar.h)
    text = Box(glyph.right + 14 * u, bar.y, bar.right - glyph.right - 22 * u, bar.h)
    line_one = Box(text.x, text.y + 6 * u, text.w, text.h * 0.52)
    line_two = Box(text.x, line_one.bottom, text.w, text.bottom - 6 * u - line_one.bottom)
    return Layout(u, picture, meter, target, on_screen, glyph, line_one, line_two, facets, footer, 1, False)


def _over(rect: Box) -> Layout:
    """Guidance in the corners and along the edges, where a sector picture leaves room."""
    u = min(rect.w / 860, rect.h / 645)
    gap = 10 * u
    inner = rect.inset(10 * u)
    card_w = min(230 * u, inner.w / 3)
    on_screen = Box(inner.x, inner.y, card_w, 58 * u)
    target = Box(inner.right - card_w, inner.y, card_w, 58 * u)
    bar_h = 126 * u
    bar = Box(inner.x, inner.bottom - bar_h, inner.w, bar_h)
    meter_top = target.bottom + gap
    meter = Box(inner.right - 52 * u, meter_top, 52 * u, bar.y - gap - meter_top)
    facets_h = min(150 * u, bar.y - gap - on_screen.bottom - gap)
    facets = Box(inner.x, bar.y - gap - facets_h, 142 * u, facets_h)
    glyph = Box(bar.x, bar.y, 150 * u, bar.h)
    text = Box(glyph.right + 12 * u, bar.y, bar.right - glyph.right - 24 * u, bar.h)
    line_one = Box(text.x, text.y + 4 * u, text.w, 58 * u)
    line_two = Box(text.x, line_one.bottom, text.w, 44 * u)
    footer = Box(text.x, line_two.bottom, text.w, 16 * u)
    return Layout(u, rect, meter, target, on_screen, glyph, line_one, line_two, facets, footer, 1, False)

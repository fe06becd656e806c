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
    """Boxes of every part. ``unit`` scales line widths and corner radii (1 = a 1280x720 window), ``text`` what is
    written.

    ``reference``: the example of the target; None where there is no room for it. ``details``: facets, start card or
    advice; None where none is wanted. ``beside``: guidance stands beside the picture.
    """

    unit: float
    text: float
    picture: Box
    meter: Box
    target: Box
    on_screen: Box
    glyph: Box
    line_one: Box
    line_two: Box
    footer: Box
    reference: Box | None
    details: Box | None
    beside: bool

    def parts(self) -> dict[str, Box]:
        """Every box that there is, by name."""
        return {
            name: value for name in self.__dataclass_fields__ if isinstance(value := getattr(self, name), Box)
        }


WIDE_ASPECT = 1.45
"""From this width over height on, guidance stands beside the picture; below, underneath it."""

TEXT_SCALES = (1.0, 1.15, 1.3, 1.5)
"""Sizes of text that every layout has room for."""


def arrange(rect: Box, mode: Mode = Mode.FULL, *, details: bool = False, text_scale: float = 1.0) -> Layout:
    """Layout of the display in ``rect``. Below 640x480 parts stay disjoint but text gets hard to read.

    ``details`` asks for room for facets, start card or advice. The picture does not move for it.
    """
    scale = min(TEXT_SCALES[-1], max(TEXT_SCALES[0], text_scale))
    if mode is Mode.OVER:
        return _over(rect, details, scale)
    return _wide(rect, details, scale) if rect.w >= WIDE_ASPECT * rect.h else _stacked(rect, details, scale)


def _wide(rect: Box, wanted: bool, scale: float) -> Layout:
    u = min(rect.w / 1280, rect.h / 720)
    gap = 10 * u
    inner = rect.inset(12 * u)
    panel_w = max(336 * u * (0.4 + 0.6 * scale), 0.262 * inner.w)
    panel = Box(inner.right - panel_w, inner.y, panel_w, inner.h)
    meter = Box(panel.x - gap - 48 * u, inner.y, 48 * u, inner.h)
    picture = Box(inner.x, inner.y, meter.x - gap - inner.x, inner.h)

    head_h = 104 * u
    reference_w = 130 * u
    target = Box(panel.x, panel.y, panel.w - reference_w, head_h)
    reference = Box(target.right, panel.y, reference_w, head_h)
    on_screen = Box(panel.x, target.bottom + 6 * u, panel.w, 52 * u)
    footer = Box(panel.x, panel.bottom - 17 * u, panel.w, 17 * u)
    bottom = footer.y - 6 * u
    details = None
    if wanted:
        details_h = 126 * u * (0.5 + 0.5 * scale)
        details = Box(panel.x, bottom - details_h, panel.w, details_h)
        bottom = details.y - 8 * u
    text_h = (156 if wanted else 172) * u * (0.55 + 0.45 * scale)
    y = on_screen.bottom + gap
    glyph = Box(panel.x, y, panel.w, bottom - text_h - 8 * u - y)
    line_one = Box(panel.x, glyph.bottom + 8 * u, panel.w, text_h * 0.6)
    line_two = Box(panel.x, line_one.bottom, panel.w, text_h * 0.4)
    return Layout(
        u, u * scale, picture, meter, target, on_screen, glyph, line_one, line_two, footer, reference, details,
        True,
    )  # fmt: skip


def _stacked(rect: Box, wanted: bool, scale: float) -> Layout:
    u = min(rect.w / 860, rect.h / 645)
    gap = 10 * u
    inner = rect.inset(10 * u)
    head_h = 54 * u
    half = (inner.w - gap) / 2
    target = Box(inner.x, inner.y, half, head_h)
    on_screen = Box(inner.x + half + gap, inner.y, half, head_h)
    footer = Box(inner.x, inner.bottom - 16 * u, inner.w, 16 * u)
    bar_h = max(134 * u, 0.19 * rect.h) * (0.7 + 0.3 * scale)
    bar = Box(inner.x, footer.y - 6 * u - bar_h, inner.w, bar_h)
    top = target.bottom + gap
    height = bar.y - gap - top
    side = Box(inner.x, top, 178 * u, height)
    reference = Box(side.x, side.y, side.w, 0.38 * side.h)
    details = (
        Box(side.x, reference.bottom + gap, side.w, side.bottom - reference.bottom - gap) if wanted else None
    )
    meter = Box(inner.right - 50 * u, top, 50 * u, height)
    picture = Box(side.right + gap, top, meter.x - gap - side.right - gap, height)
    glyph = Box(bar.x, bar.y, min(196 * u, bar.w / 3), bar.h)
    text = Box(glyph.right + 14 * u, bar.y, bar.right - glyph.right - 22 * u, bar.h)
    line_one = Box(text.x, text.y + 6 * u, text.w, text.h * 0.52)
    line_two = Box(text.x, line_one.bottom, text.w, text.bottom - 6 * u - line_one.bottom)
    return Layout(
        u, u * scale, picture, meter, target, on_screen, glyph, line_one, line_two, footer, reference, details,
        False,
    )  # fmt: skip


def _over(rect: Box, wanted: bool, scale: float) -> Layout:
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
    details = None
    if wanted:
        details_h = min(160 * u, bar.y - gap - on_screen.bottom - gap)
        details = Box(inner.x, bar.y - gap - details_h, 150 * u, details_h)
    glyph = Box(bar.x, bar.y, 170 * u, bar.h)
    text = Box(glyph.right + 12 * u, bar.y, bar.right - glyph.right - 24 * u, bar.h)
    line_one = Box(text.x, text.y + 4 * u, text.w, 58 * u)
    line_two = Box(text.x, line_one.bottom, text.w, 44 * u)
    footer = Box(text.x, line_two.bottom, text.w, 16 * u)
    return Layout(
        u, u * scale, rect, meter, target, on_screen, glyph, line_one, line_two, footer, None, details, False
    )

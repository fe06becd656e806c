"""The one paint function: picture and guidance on a QPainter, for windows, recordings and PNGs alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QColor, QPainter

from guidance.device import DeviceProfile
from guidance.hint import Advice, Guidance, State
from guidance.views import START_CARDS
from ui import parts
from ui.canvas import Canvas
from ui.layout import Box, Layout, Mode, arrange
from ui.overlay_parts import ALL_PARTS, OverlayParts
from ui.palette import DARK, Palette
from ui.picture import draw_picture, fit_inside
from ui.probe_icon import paint_probe_move, paint_still_probe
from ui.state_look import RESEARCH_USE, STALE, WAITING, StateLook, look_of
from ui.structures import draw_structures

STALE_AFTER_S = 0.25
"""Guidance about a picture that is older than this is never shown."""

CAPTURE_QUALITY = 0.6
"""Where the meter's line stands when the model's manifest is not at hand."""

VIRTUAL = "phantom:"
"""Pictures of sources that begin so are of a virtual patient, and are labelled so."""


_UNJUDGED = (None, State.NO_SIGNAL, State.NOT_RECOGNISED)
"""States in which a quality or an outline would be a judgement of something that is not known."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the parts of one paint have in common. ``advice`` is None when nothing may be shown."""

    c: Canvas
    layout: Layout
    mode: Mode
    now_ns: int
    guidance: Guidance | None
    advice: Advice | None
    look: StateLook
    accent: str

    @property
    def full(self) -> bool:
        return self.mode is Mode.FULL

    @property
    def state(self) -> State | None:
        return None if self.advice is None else self.advice.state


def is_stale(guidance: Guidance, now_ns: int, stale_after_s: float = STALE_AFTER_S) -> bool:
    """Whether ``guidance`` is more than ``stale_after_s`` old at ``now_ns`` (``perf_counter_ns``)."""
    return now_ns - guidance.as_of_ns > stale_after_s * 1e9


def words(
    guidance: Guidance | None,
    now_ns: int,
    *,
    stale_after_s: float = STALE_AFTER_S,
    notice: StateLook | None = None,
) -> tuple[str, str]:
    """Line one and line two as the display says them: also for status bars and screen readers."""
    shown, look = _shown(guidance, now_ns, stale_after_s, notice)
    if shown is not None and _moves(shown) and shown.hint is not None:
        return shown.hint.text, shown.hint.reason
    return look.title, _second_line(shown, look)


def _shown(
    guidance: Guidance | None, now_ns: int, stale_after_s: float, notice: StateLook | None
) -> tuple[Advice | None, StateLook]:
    """The advice that may be shown, if any, and the look that goes with it or stands for it."""
    if notice is not None:
        return None, notice
    if guidance is None:
        return None, WAITING
    if is_stale(guidance, now_ns, stale_after_s):
        return None, STALE
    return guidance.advice, look_of(guidance.advice)


def _moves(advice: Advice) -> bool:
    """Whether there is a movement to show."""
    return advice.hint is not None and advice.state in (State.ADJUSTING, State.SEARCHING, State.NO_CONTACT)


def paint_guidance(
    painter: QPainter,
    rect: QRectF,
    guidance: Guidance | None,
    *,
    now_ns: int,
    palette: Palette = DARK,
    stale_after_s: float = STALE_AFTER_S,
    mode: Mode = Mode.FULL,
    picture: NDArray[np.uint8] | None = None,
    capture_quality: float = CAPTURE_QUALITY,
    show_structures: bool = False,
    profile: DeviceProfile | None = None,
    notice: StateLook | None = None,
    show: OverlayParts = ALL_PARTS,
    picture_rect: QRectF | None = None,
) -> None:
    """Paint the display into ``rect``. Pure: the same arguments give the same pixels.

    Args:
        painter: open painter; its state is restored.
        rect: logical pixels; readable from 640x480 on.
        guidance: the newest guidance, or None before the first.
        now_ns: ``time.perf_counter_ns`` of this paint: staleness and animation follow it.
        palette: colours.
        stale_after_s: guidance older than this is not shown; the display says that guidance is paused.
        mode: FULL paints background, picture and guidance; OVER only guidance, over the host's picture.
        picture: (H, W) or (H, W, 3) BGR uint8 newest picture, when newer than the guidance's own.
        capture_quality: quality at which a capture begins, 0..1.
        show_structures: outline the structures that the model sees (needs ``profile``).
        profile: where the sector lies in the picture.
        notice: replaces the state's look, such as the end of the stream; hides quality and hint.
        show: which parts are painted.
        picture_rect: OVER only: where the host shows the whole picture, when that is not ``rect``.
    """
    advice, look = _shown(guidance, now_ns, stale_after_s, notice)
    accent = palette.calm if advice is None else palette.accent(advice.state)
    layout = arrange(Box(rect.x(), rect.y(), rect.width(), rect.height()), mode)
    c = Canvas(painter, palette, layout.unit)
    scene = _Scene(c, layout, mode, now_ns, guidance, advice, look, accent)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    place = layout.picture if picture_rect is None else Box(*picture_rect.getRect())
    if scene.full:
        painter.fillRect(rect, QColor(palette.background))
        pixels = picture if picture is not None or guidance is None else guidance.frame.pixels
        place = _picture(scene, pixels)
    if show_structures and scene.state not in _UNJUDGED and guidance is not None and profile is not None:
        draw_structures(painter, guidance, profile, place, palette)
    if show.edge or scene.full:
        _picture_state(scene, place)
    if show.views:
        _views(scene)
    if show.quality:
        _meter_and_facets(scene, capture_quality)
    if show.hint:
        _hint(scene)
    _labels(scene, place)
    painter.restore()


def _picture(scene: _Scene, pixels: NDArray[np.uint8] | None) -> Box:
    if pixels is None or pixels.size == 0:
        place = fit_inside((4, 3), scene.layout.picture)
        scene.c.plate(place)
        return place
    return draw_picture(scene.c.painter, pixels, scene.layout.picture)


def _picture_state(scene: _Scene, place: Box) -> None:
    """Veil or edge on the picture. A picture that may be live, or is being read, stays bright and in sight;
    over a host's picture the bar alone says what is wrong.
    """
    title, icon = scene.look.title, scene.look.icon
    if scene.state in (State.HOLD, State.CAPTURED):
        parts.edge(scene.c, place, scene.accent)
    elif not scene.full:
        return
    elif scene.state is State.NO_SIGNAL:
        parts.veil(scene.c, place, title, icon, dim=0.6, height=0.5)
    elif scene.state is State.FROZEN:
        parts.veil(scene.c, place, title, icon, dim=0.0, height=0.87)
    elif scene.guidance is not None and scene.advice is None:
        parts.veil(scene.c, place, title, icon, dim=0.25, height=0.87)


def _views(scene: _Scene) -> None:
    layout, palette, advice = scene.layout, scene.c.palette, scene.advice
    alpha = 1.0 if scene.full else 0.72
    target = None if scene.guidance is None else scene.guidance.advice.target
    parts.view_card(
        scene.c, layout.target, "Target", target, "target", palette.guide, strong=True, alpha=alpha
    )
    known = (
        advice is not None
        and advice.state not in (*_UNJUDGED, State.NO_CONTACT)
        and advice.view_probability > 0.0  # frozen or paused, the coach says nothing about the picture
    )
    view = advice.view if advice is not None and known else None
    match = view is not None and view is target
    icon, accent = ("tick", palette.good) if match else ("screen", palette.text_soft)
    parts.view_card(scene.c, layout.on_screen, "On screen", view, icon, accent, strong=False, alpha=alpha)


def _meter_and_facets(scene: _Scene, capture_quality: float) -> None:
    meter, facets, u = scene.layout.meter, scene.layout.facets, scene.c.unit
    if not scene.full:
        scene.c.plate(meter, 0.6)
        scene.c.plate(facets, 0.6)
        meter, facets = meter.inset(4 * u), facets.inset(8 * u)
    judged = None if scene.state in _UNJUDGED else scene.advice
    parts.quality_meter(scene.c, meter, judged.quality if judged is not None else None, capture_quality)
    parts.facet_list(
        scene.c, facets, judged.facets if judged is not None else None, scene.layout.facet_columns
    )


def _hint(scene: _Scene) -> None:
    """The drawing, line one and line two."""
    layout, palette, u, advice = scene.layout, scene.c.palette, scene.c.unit, scene.advice
    if not layout.beside:
        right = max(layout.target.right, layout.on_screen.right)
        bar = Box(layout.glyph.x, layout.glyph.y, right - layout.glyph.x, layout.glyph.h)
        scene.c.plate(bar, 1.0 if scene.full else 0.78)
    glyph = layout.glyph.inset(8 * u, 6 * u)
    if advice is not None and advice.hint is not None and _moves(advice):
        one, two = advice.hint.text, advice.hint.reason
        paint_probe_move(scene.c, glyph, advice.hint, advice.target, now_ns=scene.now_ns, accent=scene.accent)
    else:
        one, two = scene.look.title, _second_line(advice, scene.look)
        _state_glyph(scene, glyph)
    if layout.beside:
        end = scene.c.text(
            layout.line_one, one, palette.text, 36, least=13, bold=True, across="centre", down="top", lines=3
        )
        below = Box(layout.line_two.x, end + 10 * u, layout.line_two.w, layout.line_two.bottom - end - 10 * u)
        scene.c.text(below, two, palette.text_soft, 20, least=10, across="centre", down="top", lines=4)
    else:
        scene.c.text(layout.line_one, one, palette.text, 34, least=13, bold=True, down="bottom", lines=2)
        scene.c.text(
            layout.line_two.inset(0, 4 * u), two, palette.text_soft, 20, least=10, down="top", lines=3
        )


def _second_line(advice: Advice | None, look: StateLook) -> str:
    if advice is None:
        return look.line
    if advice.message and advice.message.casefold() != look.title.casefold():
        return advice.message
    if advice.state is State.SEARCHING and advice.target in START_CARDS:
        start = START_CARDS[advice.target]
        return f"Start {start.placement}; marker at {start.marker_hour}."
    return look.line


def _state_glyph(scene: _Scene, box: Box) -> None:
    seconds, c = scene.now_ns / 1e9, scene.c
    if scene.state is State.HOLD and scene.advice is not None:
        parts.ring(c, box, scene.advice.hold_progress, scene.accent)
        side = min(box.w, box.h) * 0.56
        inner = Box(box.x + (box.w - side) / 2, box.y + (box.h - side) / 2, side, side)
        paint_still_probe(c, inner, accent=scene.accent)
    elif scene.state is State.NO_CONTACT:
        bob = abs(seconds % 1.6 / 0.8 - 1.0)
        paint_still_probe(c, box, accent=scene.accent, lift=0.06 + 0.14 * bob)
    else:
        waits = scene.state is State.SEARCHING or scene.look is WAITING
        pulse = seconds % 1.8 / 1.8 if waits else 0.0
        parts.badge(c, box, scene.look.icon, scene.accent, filled=scene.state is State.CAPTURED, pulse=pulse)


def _labels(scene: _Scene, place: Box) -> None:
    """Research use on every picture; virtual patient where it is one."""
    scene.c.text(scene.layout.footer, RESEARCH_USE, scene.c.palette.text_faint, 14)
    if scene.guidance is not None and scene.guidance.frame.source.startswith(VIRTUAL):
        inset = 12 * scene.c.unit
        top = place.y if scene.full else scene.layout.on_screen.bottom
        parts.pill(scene.c, place.x + inset, top + inset, "Virtual patient", place.w - 2 * inset)

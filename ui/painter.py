"""The one paint function: guidance and picture on a QPainter. The window, the recorded MP4 and PNGs all use it."""

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
from ui.layout import Box, Layout, Mode, arrange
from ui.palette import DARK, Palette
from ui.picture import draw_picture, fit_inside
from ui.probe_icon import paint_probe_move, paint_still_probe
from ui.state_look import RESEARCH_USE, STALE, STATE_LOOKS, WAITING, StateLook
from ui.structures import draw_structures
from ui.text import draw_text

STALE_AFTER_S = 0.25
"""Guidance about a picture that is older than this is never shown."""

CAPTURE_QUALITY = 0.6
"""Where the meter's line stands when the model's manifest is not at hand."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the parts need, looked up once a paint."""

    painter: QPainter
    layout: Layout
    palette: Palette
    mode: Mode
    now_ns: int
    look: StateLook
    accent: str
    advice: Advice | None


def is_stale(guidance: Guidance, now_ns: int, stale_after_s: float = STALE_AFTER_S) -> bool:
    """Whether ``guidance`` is about a picture captured more than ``stale_after_s`` before ``now_ns``."""
    return now_ns - guidance.frame.t_capture_ns > stale_after_s * 1e9


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
) -> None:
    """Paint the display into ``rect``. Pure: the same arguments give the same pixels.

    Args:
        painter: open painter; its state is restored.
        rect: logical pixels; readable from 640x480 on.
        guidance: the newest guidance, or None before the first.
        now_ns: ``time.perf_counter_ns`` of this paint: staleness and animation follow it.
        palette: colours.
        stale_after_s: guidance older than this is not shown; the display says that guidance is paused.
        mode: FULL paints background, picture and guidance; OVER only guidance, over a picture that the host paints.
        picture: (H, W) or (H, W, 3) BGR uint8 newest picture, when newer than the guidance's own.
        capture_quality: quality at which a capture begins, 0..1.
        show_structures: outline the structures that the model sees (needs ``profile``).
        profile: where the sector lies in the picture.
        notice: replaces the state's look, such as the end of the stream; hides quality and hint.
    """
    shown = guidance.advice if guidance is not None else None
    stale = guidance is not None and is_stale(guidance, now_ns, stale_after_s)
    if stale or notice is not None:
        shown = None
    look = notice or (WAITING if guidance is None else STALE if stale else STATE_LOOKS[guidance.advice.state])
    accent = palette.calm if shown is None else palette.accent(shown.state)
    layout = arrange(Box(rect.x(), rect.y(), rect.width(), rect.height()), mode)
    scene = _Scene(painter, layout, palette, mode, now_ns, look, accent, shown)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    place = layout.picture
    if mode is Mode.FULL:
        painter.fillRect(rect, QColor(palette.background))
        pixels = picture if picture is not None else (guidance.frame.pixels if guidance is not None else None)
        place = _picture(scene, pixels)
    if show_structures and shown is not None and profile is not None and guidance is not None:
        draw_structures(painter, guidance, profile, place, palette)
    _picture_state(scene, place, veiled=guidance is not None and shown is None)
    _cards(scene, guidance)
    _meter_and_facets(scene, capture_quality)
    _hint(scene)
    _footer(scene, guidance, place)
    painter.restore()


def _picture(scene: _Scene, pixels: NDArray[np.uint8] | None) -> Box:
    if pixels is None or pixels.size == 0:
        place = fit_inside((4, 3), scene.layout.picture)
        parts.card(scene.painter, place, scene.palette, scene.layout.unit)
        return place
    return draw_picture(scene.painter, pixels, scene.layout.picture)


def _picture_state(scene: _Scene, place: Box, *, veiled: bool) -> None:
    """Veil or edge on the picture itself."""
    unit, state = scene.layout.unit, scene.advice.state if scene.advice is not None else None
    if veiled or state in (State.NO_SIGNAL, State.FROZEN):
        # The picture below may be live or being read: only a lost one is dimmed much, and the plate stays off the heart.
        dim = (
            0.6
            if state is State.NO_SIGNAL
            else 0.0
            if scene.mode is Mode.OVER or state is State.FROZEN
            else 0.25
        )
        height = 0.5 if state is State.NO_SIGNAL else 0.66 if scene.mode is Mode.OVER else 0.87
        parts.veil(
            scene.painter,
            place,
            scene.look.title,
            scene.look.icon,
            scene.palette,
            unit,
            dim=dim,
            height=height,
        )
    elif state in (State.HOLD, State.CAPTURED):
        parts.frame_edge(scene.painter, place, scene.accent, unit)


def _cards(scene: _Scene, guidance: Guidance | None) -> None:
    advice, palette, unit = scene.advice, scene.palette, scene.layout.unit
    alpha = 1.0 if scene.mode is Mode.FULL else 0.72
    target = guidance.advice.target if guidance is not None else None
    parts.view_card(
        scene.painter, scene.layout.target, caption="Target", view=target, icon="target", accent=palette.guide,
        palette=palette, unit=unit, emphasis=True, alpha=alpha,
    )  # fmt: skip
    known = advice is not None and advice.state not in (State.NO_SIGNAL, State.NO_CONTACT)
    view = advice.view if advice is not None and known else None
    match = view is not None and view == target
    parts.view_card(
        scene.painter, scene.layout.on_screen, caption="On screen", view=view, icon="tick" if match else "screen",
        accent=palette.good if match else palette.text_soft, palette=palette, unit=unit, emphasis=False, alpha=alpha,
    )  # fmt: skip


def _meter_and_facets(scene: _Scene, capture_quality: float) -> None:
    advice, layout = scene.advice, scene.layout
    if scene.mode is Mode.OVER:
        parts.card(scene.painter, layout.meter, scene.palette, layout.unit, 0.6)
        parts.card(scene.painter, layout.facets, scene.palette, layout.unit, 0.6)
    inner = layout.meter if scene.mode is Mode.FULL else layout.meter.inset(4 * layout.unit)
    quality = advice.quality if advice is not None else None
    parts.quality_meter(scene.painter, inner, quality, capture_quality, scene.palette, layout.unit)
    facets_box = layout.facets if scene.mode is Mode.FULL else layout.facets.inset(8 * layout.unit)
    facets = advice.facets if advice is not None else None
    parts.facet_list(scene.painter, facets_box, facets, layout.facet_columns, scene.palette, layout.unit)


def _hint(scene: _Scene) -> None:
    advice, layout, palette, unit = scene.advice, scene.layout, scene.palette, scene.layout.unit
    if layout.facet_columns == 1:
        bar = Box(layout.glyph.x, layout.glyph.y, layout.footer.right - layout.glyph.x, layout.glyph.h)
        parts.card(scene.painter, bar, palette, unit, 1.0 if scene.mode is Mode.FULL else 0.78)
    hint = advice.hint if advice is not None else None
    one, two = scene.look.title, scene.look.line
    if hint is not None and advice is not None and advice.state in (State.ADJUSTING, State.SEARCHING):
        one, two = hint.text, hint.reason
        paint_probe_move(
            scene.painter, layout.glyph.inset(8 * unit, 6 * unit), hint, advice.target, now_ns=scene.now_ns,
            accent=scene.accent, palette=palette,
        )  # fmt: skip
    else:
        _state_glyph(scene)
        if advice is not None and advice.message and advice.message.casefold() != one.casefold():
            two = advice.message
        elif advice is not None and advice.state is State.SEARCHING and advice.target in START_CARDS:
            start = START_CARDS[advice.target]
            two = f"Start {start.placement}; marker at {start.marker_hour}."
    wide = layout.facet_columns > 1
    draw_text(
        scene.painter, layout.line_one, one, palette.text, families=palette.families, max_px=(36 if wide else 34) * unit,
        min_px=13 * unit, bold=True, align="centre" if wide else "left", vertical="middle" if wide else "bottom",
        max_lines=3 if wide else 2,
    )  # fmt: skip
    draw_text(
        scene.painter, layout.line_two.inset(0, 4 * unit), two, palette.text_soft, families=palette.families,
        max_px=20 * unit, min_px=9 * unit, align="centre" if wide else "left", vertical="top", max_lines=3,
    )  # fmt: skip


def _state_glyph(scene: _Scene) -> None:
    advice, palette = scene.advice, scene.palette
    box = scene.layout.glyph.inset(8 * scene.layout.unit, 6 * scene.layout.unit)
    state = advice.state if advice is not None else None
    if state is State.HOLD and advice is not None:
        parts.ring(scene.painter, box, advice.hold_progress, scene.accent, palette)
        side = min(box.w, box.h) * 0.52
        inner = Box(box.x + (box.w - side) / 2, box.y + (box.h - side) / 2, side, side)
        paint_still_probe(scene.painter, inner, accent=scene.accent, palette=palette)
    elif state is State.NO_CONTACT:
        bob = abs((scene.now_ns / 1e9 % 1.6) / 0.8 - 1.0)
        paint_still_probe(scene.painter, box, accent=scene.accent, palette=palette, lift=0.06 + 0.14 * bob)
    else:
        pulse = scene.now_ns / 1e9 % 1.8 / 1.8 if state is State.SEARCHING or scene.look is WAITING else 0.0
        parts.state_badge(
            scene.painter,
            box,
            scene.look.icon,
            scene.accent,
            palette,
            filled=state is State.CAPTURED,
            pulse=pulse,
        )


def _footer(scene: _Scene, guidance: Guidance | None, place: Box) -> None:
    layout, palette = scene.layout, scene.palette
    draw_text(
        scene.painter, layout.footer, RESEARCH_USE, palette.text_faint, families=palette.families,
        max_px=14 * layout.unit, min_px=8, align="left",
    )  # fmt: skip
    if guidance is not None and guidance.frame.source.startswith("phantom:"):
        inset = 12 * layout.unit
        below = scene.layout.on_screen.bottom if scene.mode is Mode.OVER else place.y
        parts.pill(
            scene.painter,
            place.x + inset,
            below + inset,
            "Virtual patient",
            palette,
            layout.unit,
            place.w - 2 * inset,
        )

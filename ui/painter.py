"""The one paint function: picture and guidance on a QPainter, for windows, recordings and PNGs alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QColor, QPainter

from guidance.device import DeviceProfile
from guidance.hint import Advice, Guidance, ReasonCode, State
from guidance.views import View
from ui import parts
from ui.canvas import Canvas, qrect
from ui.layout import Box, Layout, Mode, arrange
from ui.overlay_parts import ALL_PARTS, OverlayParts
from ui.palette import DARK, PICTURE_BLACK, Palette, on_picture
from ui.picture import draw_picture, fit_inside
from ui.probe_icon import paint_probe_move, paint_start
from ui.reference_pictures import reference_picture
from ui.state_look import StateLook, lines_of, look_of, moves, stale_look, waiting_look
from ui.structures import draw_structures
from ui.wording import Word, Words
from ui.wording.en import ENGLISH

STALE_AFTER_S = 0.25
"""Guidance about a picture that is older than this is never shown."""

CAPTURE_QUALITY = 0.6
"""Where the meter's line stands when the model's manifest is not at hand."""

VIRTUAL = "phantom:"
"""Pictures of sources that begin so are of a virtual patient, and are labelled so."""


_UNJUDGED = (None, State.NO_SIGNAL, State.NOT_RECOGNISED)
"""States in which a quality or an outline would be a judgement of something that is not known."""

_LOST = (ReasonCode.UNFAMILIAR, ReasonCode.UNSURE)
"""Reasons for silence that the start card helps against."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a display shows besides the guidance, as its operator or host wants it.

    Attributes:
        words: the language.
        text_scale: size of the text, 1 to 1.5.
        facets: why the quality is what it is.
        card: the start card also while there are hints.
        example: the example picture of the target, where there is room.
        hold_s: how long the coach lets the view be held: for the countdown.
        note: calm advice beside the hint; None: none.
    """

    words: Words = ENGLISH
    text_scale: float = 1.0
    facets: bool = False
    card: bool = False
    example: bool = True
    hold_s: float = 1.0
    note: str | None = None


USUAL = Wanted()


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the parts of one paint have in common. ``advice`` is None when nothing may be shown.

    ``p`` paints what lies on the picture.
    """

    c: Canvas
    p: Canvas
    layout: Layout
    mode: Mode
    now_ns: int
    guidance: Guidance | None
    advice: Advice | None
    look: StateLook
    accent: str
    wanted: Wanted
    notice: StateLook | None

    @property
    def full(self) -> bool:
        return self.mode is Mode.FULL

    @property
    def words(self) -> Words:
        return self.wanted.words

    @property
    def state(self) -> State | None:
        return None if self.advice is None else self.advice.state

    @property
    def target(self) -> View | None:
        return None if self.guidance is None else self.guidance.advice.target


def is_stale(guidance: Guidance, now_ns: int, stale_after_s: float = STALE_AFTER_S) -> bool:
    """Whether ``guidance`` is more than ``stale_after_s`` old at ``now_ns`` (``perf_counter_ns``)."""
    return now_ns - guidance.as_of_ns > stale_after_s * 1e9


def words(
    guidance: Guidance | None,
    now_ns: int,
    *,
    stale_after_s: float = STALE_AFTER_S,
    notice: StateLook | None = None,
    language: Words = ENGLISH,
) -> tuple[str, str]:
    """Line one and line two as the display says them: also for status bars and screen readers."""
    shown, look = _shown(guidance, now_ns, stale_after_s, notice, language)
    return lines_of(shown, look, language)


def _shown(
    guidance: Guidance | None, now_ns: int, stale_after_s: float, notice: StateLook | None, words: Words
) -> tuple[Advice | None, StateLook]:
    """The advice that may be shown, if any, and the look that goes with it or stands for it."""
    if notice is not None:
        return None, notice
    if guidance is None:
        return None, waiting_look(words)
    if is_stale(guidance, now_ns, stale_after_s):
        return None, stale_look(words)
    return guidance.advice, look_of(guidance.advice, words)


def _card_helps(advice: Advice | None) -> bool:
    """Whether the operator is best helped by where to start."""
    if advice is None or moves(advice):
        return False
    lost = advice.state is State.NOT_RECOGNISED and advice.reason_code in _LOST
    return lost or advice.state is State.SEARCHING


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
    wanted: Wanted = USUAL,
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
        wanted: language, size of text, and what is shown besides.
        show: which parts are painted.
        picture_rect: OVER only: where the host shows the whole picture, when that is not ``rect``.
    """
    advice, look = _shown(guidance, now_ns, stale_after_s, notice, wanted.words)
    accent = palette.calm if advice is None else palette.accent(advice.state)
    card = mode is Mode.FULL and (wanted.card or _card_helps(advice))
    wants = wanted.note is not None or wanted.facets or card
    box = Box(rect.x(), rect.y(), rect.width(), rect.height())
    layout = arrange(box, mode, details=wants, text_scale=wanted.text_scale)
    plates = 1.0 if mode is Mode.FULL else 0.72
    c = Canvas(painter, palette, layout.unit, wanted.text_scale, plates)
    p = Canvas(painter, on_picture(palette), layout.unit)
    scene = _Scene(c, p, layout, mode, now_ns, guidance, advice, look, accent, wanted, notice)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    place = layout.picture if picture_rect is None else Box(*picture_rect.getRect())
    if scene.full:
        painter.fillRect(rect, QColor(palette.background))
        pixels = picture if picture is not None or guidance is None else guidance.frame.pixels
        place = _picture(scene, pixels)
    if show_structures and scene.state not in _UNJUDGED and guidance is not None and profile is not None:
        draw_structures(painter, guidance, profile, place, p.palette)
    if show.edge or scene.full:
        _picture_state(scene, place)
    if show.views:
        _views(scene)
    if show.quality:
        _meter(scene, capture_quality)
    if show.hint:
        _hint(scene, card)
        _details(scene, card)
    _labels(scene, place)
    painter.restore()


def _picture(scene: _Scene, pixels: NDArray[np.uint8] | None) -> Box:
    if pixels is None or pixels.size == 0:
        place = fit_inside((4, 3), scene.layout.picture)
        scene.c.plate(place)
        return place
    if scene.p.palette is not scene.c.palette:
        scene.c.painter.fillRect(qrect(scene.layout.picture), QColor(PICTURE_BLACK))
    return draw_picture(scene.c.painter, pixels, scene.layout.picture)


def _picture_state(scene: _Scene, place: Box) -> None:
    """Veil or edge on the picture. A picture that may be live, or is being read, stays bright and in sight;
    over a host's picture the bar alone says what is wrong.
    """
    title, icon, palette = scene.look.title, scene.look.icon, scene.p.palette
    if scene.state is State.HOLD and scene.advice is not None:
        parts.edge(scene.p, place, palette.good, progress=scene.advice.hold_progress)
    elif scene.state is State.CAPTURED:
        parts.edge(scene.p, place, palette.good)
    elif not scene.full:
        return
    elif scene.state is State.NO_SIGNAL:
        parts.veil(scene.p, place, title, icon, palette.alert, dim=0.66, height=0.5)
    elif scene.state is State.FROZEN:
        parts.veil(scene.p, place, title, icon, palette.caution, dim=0.0, height=0.87)
    elif scene.guidance is not None and scene.advice is None:
        parts.veil(scene.p, place, title, icon, palette.calm, dim=0.25, height=0.87)


def _views(scene: _Scene) -> None:
    layout, c, words, advice = scene.layout, scene.c, scene.words, scene.advice
    target = scene.target
    example = layout.reference if scene.wanted.example else None
    tall = example is not None and layout.beside
    if tall and layout.reference is not None:
        whole = Box(
            layout.target.x, layout.target.y, layout.reference.right - layout.target.x, layout.target.h
        )
        c.plate(whole)
    parts.view_card(
        c, layout.target, words(Word.TARGET), target, "target", c.palette.guide, words, strong=True,
        plated=not tall, lines=3 if tall else 2,
    )  # fmt: skip
    if example is not None and target is not None:
        parts.example(c, example, reference_picture(target), words)
    known = (
        advice is not None
        and advice.state not in (*_UNJUDGED, State.NO_CONTACT)
        and advice.view_probability > 0.0  # frozen or paused, the coach says nothing about the picture
    )
    view = advice.view if advice is not None and known else None
    match = view is not None and view is target
    icon, accent = ("tick", c.palette.good) if match else ("screen", c.palette.text_soft)
    parts.view_card(c, layout.on_screen, words(Word.ON_SCREEN), view, icon, accent, words, strong=False)


def _meter(scene: _Scene, capture_quality: float) -> None:
    meter, u = scene.layout.meter, scene.c.unit
    if not scene.full:
        scene.c.plate(meter, 0.6)
        meter = meter.inset(4 * u)
    judged = None if scene.state in _UNJUDGED else scene.advice
    quality = judged.quality if judged is not None else None
    parts.quality_meter(scene.c, meter, quality, capture_quality, scene.words)


def _details(scene: _Scene, card: bool) -> None:
    """Below the hint: advice before facets, and these before the start card."""
    box = scene.layout.details
    if box is None:
        return
    if scene.wanted.note is not None:
        parts.note(scene.c, box, scene.wanted.note)
    elif scene.wanted.facets:
        judged = None if scene.state in _UNJUDGED else scene.advice
        parts.facet_list(scene.c, box, judged.facets if judged is not None else None, scene.words)
    elif card and scene.target is not None:
        parts.start_card(scene.c, box, scene.target, scene.words)


def _hint(scene: _Scene, card: bool) -> None:
    """The drawing, line one and line two."""
    layout, palette, u, advice = scene.layout, scene.c.palette, scene.c.unit, scene.advice
    if not layout.beside:
        right = max(layout.target.right, layout.on_screen.right)
        bar = Box(layout.glyph.x, layout.glyph.y, right - layout.glyph.x, layout.glyph.h)
        scene.c.plate(bar, 1.0 if scene.full else 0.78)
    glyph = layout.glyph if layout.beside else layout.glyph.inset(4 * u, 3 * u)
    one, two = lines_of(advice, scene.look, scene.words)
    if advice is not None and advice.hint is not None and moves(advice):
        paint_probe_move(
            scene.c, glyph, advice.hint, advice.target, now_ns=scene.now_ns, accent=scene.accent,
            words=scene.words,
        )  # fmt: skip
    else:
        if card and advice is not None and not advice.message:
            two = scene.look.line  # the card says where to start
        _state_glyph(scene, glyph)
    if layout.beside:
        end = scene.c.text(
            layout.line_one, one, palette.text, 36, least=13, bold=True, across="centre", down="top", lines=3
        )
        below = Box(layout.line_two.x, end + 8 * u, layout.line_two.w, layout.line_two.bottom - end - 8 * u)
        scene.c.text(below, two, palette.text_soft, 20, least=10, across="centre", down="top", lines=4)
    else:
        scene.c.text(layout.line_one, one, palette.text, 34, least=13, bold=True, down="bottom", lines=2)
        scene.c.text(
            layout.line_two.inset(0, 4 * u), two, palette.text_soft, 20, least=10, down="top", lines=3
        )


def _state_glyph(scene: _Scene, box: Box) -> None:
    seconds, c, words = scene.now_ns / 1e9, scene.c, scene.words
    if scene.state is State.HOLD and scene.advice is not None:
        left = max(0.0, scene.wanted.hold_s * (1.0 - scene.advice.hold_progress))
        parts.ring(
            c, box, scene.advice.hold_progress, scene.accent, words(Word.SECONDS, seconds=f"{left:.1f}")
        )
    elif scene.state is State.NO_CONTACT and scene.advice is not None:
        bob = abs(seconds % 1.6 / 0.8 - 1.0)
        paint_start(c, box, scene.advice.target, accent=scene.accent, words=words, lift=6.0 + 20.0 * bob)
    elif scene.state is State.SEARCHING and scene.advice is not None:
        paint_start(c, box, scene.advice.target, accent=scene.accent, words=words)
    else:
        waits = scene.guidance is None and scene.notice is None
        pulse = seconds % 1.8 / 1.8 if waits else 0.0
        inner = box.inset(0, box.h * 0.12) if scene.layout.beside else box
        filled = scene.state is State.CAPTURED
        parts.badge(c, inner, scene.look.icon, scene.accent, filled=filled, pulse=pulse)


def _labels(scene: _Scene, place: Box) -> None:
    """Research use on every picture; virtual patient where it is one."""
    scene.c.text(scene.layout.footer, scene.words(Word.RESEARCH_USE), scene.c.palette.text_faint, 14)
    if scene.guidance is not None and scene.guidance.frame.source.startswith(VIRTUAL):
        inset = 12 * scene.c.unit
        top = place.y if scene.full else scene.layout.on_screen.bottom
        label = scene.words(Word.VIRTUAL)
        parts.pill(scene.p, place.x + inset, top + inset, label, place.w - 2 * inset)

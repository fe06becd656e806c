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
from ui.layout import Box, Layout, Mode
from ui.meter import show_meter
from ui.overlay_parts import ALL_PARTS, OverlayParts
from ui.palette import DARK, PICTURE_BLACK, Palette, on_picture
from ui.picture import draw_picture, fit_inside
from ui.probe_icon import paint_probe_move, paint_start
from ui.state_look import StateLook, lines_of, look_of, moves, stale_look, waiting_look
from ui.structures import draw_structures
from ui.surround import Details, Surround, plain, show_surround
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
    surround = _surround(Box(*rect.getRect()), mode, palette, show, guidance, advice, look, wanted)
    layout = surround.layout()
    c, p = surround.canvas(painter, layout), Canvas(painter, on_picture(palette), layout.unit)
    scene = _Scene(c, p, layout, mode, now_ns, guidance, advice, look, accent, wanted, notice)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    place = layout.picture if picture_rect is None else Box(*picture_rect.getRect())
    if scene.full:
        pixels = picture if picture is not None or guidance is None else guidance.frame.pixels
        show_surround(painter, surround, _covered(scene, pixels))
        place = _picture(scene, pixels)
    if show_structures and scene.state not in _UNJUDGED and guidance is not None and profile is not None:
        draw_structures(painter, guidance, profile, place, p.palette)
    if show.edge or scene.full:
        _picture_state(scene, place)
    if not scene.full:
        show_surround(painter, surround)
    if show.quality:
        _meter(scene, capture_quality)
    if show.hint:
        _glyph(scene)
    _label(scene, place)
    painter.restore()


def _surround(
    box: Box,
    mode: Mode,
    palette: Palette,
    show: OverlayParts,
    guidance: Guidance | None,
    advice: Advice | None,
    look: StateLook,
    wanted: Wanted,
) -> Surround:
    """What stands still: of the advice only what can be read, so that it is the same from picture to picture."""
    one, two = lines_of(advice, look, wanted.words)
    helps = mode is Mode.FULL and _card_helps(advice)
    card = helps or (mode is Mode.FULL and wanted.card)
    if card and advice is not None and not moves(advice) and not advice.message:
        two = look.line  # the card says where to start
    judged = None if advice is None or advice.state in _UNJUDGED else advice.facets
    details = Details(wanted.note, wanted.facets, None if judged is None else plain(judged), card)
    return Surround(
        box, mode, palette, wanted.words, wanted.text_scale, show,
        None if guidance is None else guidance.advice.target, _recognised(advice), wanted.example, one, two, details,
    )  # fmt: skip


def _recognised(advice: Advice | None) -> View | None:
    """The view on screen, where the coach says one."""
    known = (
        advice is not None
        and advice.state not in (*_UNJUDGED, State.NO_CONTACT)
        and advice.view_probability > 0.0  # frozen or paused, the coach says nothing about the picture
    )
    return advice.view if advice is not None and known else None


def _covered(scene: _Scene, pixels: NDArray[np.uint8] | None) -> Box | None:
    """Where the picture will cover all that is painted before it."""
    if pixels is None or pixels.size == 0:
        return None
    return fit_inside((int(pixels.shape[1]), int(pixels.shape[0])), scene.layout.picture)


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


def _meter(scene: _Scene, capture_quality: float) -> None:
    meter, u = scene.layout.meter, scene.c.unit
    if not scene.full:
        scene.c.plate(meter, 0.6)
        meter = meter.inset(4 * u)
    judged = None if scene.state in _UNJUDGED else scene.advice
    quality = judged.quality if judged is not None else None
    show_meter(scene.c, meter, quality, capture_quality, scene.words)


def _glyph(scene: _Scene) -> None:
    """The drawing that moves beside the lines."""
    layout, u, advice = scene.layout, scene.c.unit, scene.advice
    box = layout.glyph if layout.beside else layout.glyph.inset(4 * u, 3 * u)
    if advice is not None and advice.hint is not None and moves(advice):
        paint_probe_move(
            scene.c,
            box,
            advice.hint,
            advice.target,
            now_ns=scene.now_ns,
            accent=scene.accent,
            words=scene.words,
        )
    else:
        _state_glyph(scene, box)


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


def _label(scene: _Scene, place: Box) -> None:
    """That the patient is virtual, on every picture of one."""
    if scene.guidance is not None and scene.guidance.frame.source.startswith(VIRTUAL):
        inset = 12 * scene.c.unit
        top = place.y if scene.full else scene.layout.on_screen.bottom
        label = scene.words(Word.VIRTUAL)
        parts.pill(scene.p, place.x + inset, top + inset, label, place.w - 2 * inset)

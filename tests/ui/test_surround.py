"""What stands still around the picture.

Promises:
- shown from its image it looks as it does drawn stroke by stroke, wherever it stands and at every pixel ratio;
- it is drawn once while only numbers change, and anew for another hint, view or language;
- where the picture hides it, no hole is left beside the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QImage, QPainter

from guidance.hint import Guidance, Hint, ReasonCode
from guidance.prediction import Facets
from guidance.probe import Manoeuvre
from guidance.views import View
from ui.canvas import qrect
from ui.layout import Box, Mode
from ui.overlay_parts import ALL_PARTS
from ui.painter import Wanted, paint_guidance
from ui.palette import DARK, LIGHT
from ui.still import render_still
from ui.surround import Details, Surround, _sheet, draw_surround, plain, show_surround
from ui.wording.de import GERMAN
from ui.wording.en import ENGLISH

Make = Callable[..., Guidance]
SURROUND = Surround(
    Box(0, 0, 960, 540), Mode.FULL, DARK, ENGLISH, 1.0, ALL_PARTS, View.A4C, View.A2C, True,
    "Tilt tail towards the feet", "The aorta is in the picture", Details(card=True),
)  # fmt: skip
HINT = Hint(
    Manoeuvre.TILT, "towards the feet", "", "Tilt tail towards the feet", "", ReasonCode.OFF_AXIS, "tilt", 1
)


def painted(draw: Callable[[QPainter], None], ratio: float) -> NDArray[np.uint8]:
    """(H, W, 4) uint8: what ``draw`` paints over a coloured ground of 1000 x 620 logical pixels."""
    image = QImage(round(1000 * ratio), round(620 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0x456789)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    draw(painter)
    painter.end()
    bits = image.constBits()
    if hasattr(bits, "setsize"):
        bits.setsize(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


def differing(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Share of pixels that differ by more than anybody sees."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > 3).mean())


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("corner", [(0.0, 0.0), (17.0, 31.0)])
def test_its_image_looks_like_its_strokes(mode: Mode, corner: tuple[float, float], ratio: float) -> None:
    at_origin = replace(SURROUND, mode=mode, details=Details(note="Breathe out and hold"))

    def strokes_there(painter: QPainter) -> None:
        painter.translate(*corner)
        draw_surround(painter, at_origin)

    there = replace(at_origin, box=Box(*corner, 960, 540))
    strokes = painted(strokes_there, ratio)
    image = painted(lambda painter: show_surround(painter, there), ratio)
    # Blending twice rounds twice; at half pixels the example may stand one pixel further.
    assert differing(strokes, image) < (0.005 if ratio == 1.5 else 1e-9)
    assert differing(strokes, np.roll(image, 1, axis=1)) > 0.008


def test_a_scaled_painter_gets_strokes_not_a_scaled_image() -> None:
    def scaled(draw: Callable[[QPainter, Surround], None]) -> NDArray[np.uint8]:
        def at_half(painter: QPainter) -> None:
            painter.scale(0.5, 0.5)
            draw(painter, SURROUND)

        return painted(at_half, 1.0)

    assert np.array_equal(scaled(show_surround), scaled(draw_surround))


def test_it_is_drawn_once_while_only_numbers_change(make: Make) -> None:
    wanted = Wanted(facets=True)

    def show(quality: float, hint: Hint = HINT, wanted: Wanted = wanted) -> None:
        guidance = make(hint=hint, quality=quality, facets=Facets(quality, 0.9, 0.9, 0.9))
        render_still(guidance, (960, 540), now_ns=1, wanted=wanted)

    show(0.1)
    before = _sheet.cache_info().misses
    for quality in np.linspace(0.11, 0.49, 9):
        show(float(quality))
    assert _sheet.cache_info().misses == before
    show(0.51)  # a facet has become good
    show(0.51, hint=replace(HINT, text="Tilt tail towards the head"))
    show(0.51, wanted=replace(wanted, words=GERMAN))
    assert _sheet.cache_info().misses == before + 3


@pytest.mark.parametrize("size", [(960, 540), (641, 479), (800, 1000)])
@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_no_hole_is_left_beside_the_picture(make: Make, size: tuple[int, int], palette: object) -> None:
    guidance = make(hint=HINT, quality=0.4)

    def over(ground: int) -> NDArray[np.uint8]:
        def draw(painter: QPainter) -> None:
            painter.fillRect(QRectF(0, 0, 1000, 620), ground)
            painter.setClipRect(QRectF(0, 0, *size))
            paint_guidance(painter, qrect(Box(0, 0, *size)), guidance, now_ns=1, palette=palette)  # type: ignore[arg-type]

        return painted(draw, 1.0)[: size[1], : size[0]]

    assert np.array_equal(over(0), over(0xFFFFFF))


def test_facets_are_shown_as_good_or_not() -> None:
    assert plain(Facets(0.5, 0.49, 1.0, 0.0)) == Facets(1.0, 0.0, 1.0, 0.0)

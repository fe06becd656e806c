"""The paint function.

Promises:
- the same arguments give the same pixels, and the painter's state is restored;
- it paints only into its rectangle; over a host it leaves the middle of the picture untouched;
- each of the nine states looks different, also without colour;
- the picture is there, unaltered at its own size, grey or colour, contiguous or not;
- the meter fills with quality and says without colour that the threshold is reached;
- guidance that is too old is not shown: whatever it said, the display says that guidance is paused;
- nothing is judged where the picture is not recognised;
- facets, start card, advice and the example of the target are shown when asked for, or where they help, and the
  picture stays where it is; frozen, stale and lost are seen on the picture itself;
- the hold is counted down; light and dark, larger text and another language give other pixels, the picture the same;
- a virtual patient is labelled, a real one is not; research use stands on every display.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QImage, QPainter

from guidance.coach import Coach, Signal
from guidance.directions import PatientDirection
from guidance.hint import Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Manoeuvre
from guidance.views import View
from ui.layout import Box, Mode, arrange
from ui.painter import Wanted, paint_guidance, words
from ui.palette import LIGHT
from ui.picture import draw_picture, fit_inside
from ui.state_look import STALE, STATE_LOOKS, StateLook
from ui.still import render_still
from ui.wording.de import GERMAN

Make = Callable[..., Guidance]
SIZE = (960, 540)
LAYOUT = arrange(Box(0, 0, *SIZE))
HINT = Hint(
    Manoeuvre.TILT, "towards the feet", "", "Tilt tail towards the feet", "Off plane", ReasonCode.OFF_AXIS,
    "tilt", 1, PatientDirection.FEET,
)  # fmt: skip


def shown(guidance: Guidance | None, now_ns: int = 1, **options: object) -> NDArray[np.uint8]:
    return render_still(guidance, SIZE, now_ns=now_ns, **options)  # type: ignore[arg-type]


def part(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    return image[round(box.y) : round(box.bottom), round(box.x) : round(box.right)]


def test_the_same_arguments_give_the_same_pixels(make: Make) -> None:
    guidance = make(hint=HINT, quality=0.4)
    assert np.array_equal(shown(guidance, 5), shown(guidance, 5))
    later = replace(guidance, t_ready_ns=10**9)
    assert not np.array_equal(shown(guidance, 1), shown(later, 10**9))  # the animation follows the time


@pytest.mark.parametrize("mode", Mode)
def test_it_paints_only_into_its_rectangle(make: Make, mode: Mode) -> None:
    image = QImage(900, 700, QImage.Format.Format_RGB32)
    image.fill(0x123456)
    painter = QPainter(image)
    painter.setOpacity(0.75)
    before = (painter.transform(), painter.opacity(), painter.pen(), painter.hasClipping())
    for state in State:
        paint_guidance(
            painter, QRectF(100, 50, 640, 480), make(state, hint=HINT, quality=0.5), now_ns=1, mode=mode
        )
    assert (painter.transform(), painter.opacity(), painter.pen(), painter.hasClipping()) == before
    painter.end()
    colours = {image.pixel(x, y) & 0xFFFFFF for x in range(0, 900, 3) for y in (0, 25, 48, 532, 600, 699)}
    colours |= {image.pixel(x, y) & 0xFFFFFF for x in (0, 50, 98, 742, 800, 899) for y in range(0, 700, 3)}
    assert colours == {0x123456}


def test_over_a_host_the_middle_stays_clear(make: Make) -> None:
    under = np.full((540, 960, 3), 90, np.uint8)
    for state in State:
        image = shown(make(state, hint=HINT, quality=0.5), mode=Mode.OVER, under=under)
        middle = image[110:370, 220:820]
        assert (middle == 90).mean() > 0.99, state
        assert (image != 90).mean() > 0.15


def test_every_state_looks_different_without_colour(make: Make) -> None:
    grey = {
        state: cv2.cvtColor(shown(make(state, hold_progress=0.5)), cv2.COLOR_BGR2GRAY).astype(int)
        for state in State
    }
    for one, two in combinations(State, 2):
        box = LAYOUT.glyph
        differing = np.abs(part(grey[one], box) - part(grey[two], box)) > 25
        assert differing.sum() > 200, f"{one} and {two}"


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("sliced", [False, True])
def test_the_picture_is_unaltered_at_its_own_size(colour: bool, sliced: bool) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (120, 160, 3) if colour else (120, 160), dtype=np.uint8)
    if sliced:
        pixels = np.repeat(pixels, 2, axis=1)[:, ::2]
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    place = draw_picture(painter, pixels, Box(20, 40, 160, 120))
    painter.end()
    assert place == Box(20, 40, 160, 120)
    for y, x in ((0, 0), (119, 159), (60, 31)):
        found = image.pixelColor(20 + x, 40 + y)
        wanted = pixels[y, x][::-1] if colour else [pixels[y, x]] * 3
        assert [found.red(), found.green(), found.blue()] == [int(v) for v in wanted]


def test_pictures_keep_their_shape() -> None:
    assert fit_inside((4, 3), Box(0, 0, 800, 800)) == Box(0, 100, 800, 600)
    assert fit_inside((3, 4), Box(10, 0, 800, 800)) == Box(110, 0, 600, 800)


def test_the_newest_picture_is_shown_with_the_newest_guidance(make: Make) -> None:
    newer = np.full((480, 640), 200, np.uint8)
    image = shown(make(), picture=newer)
    place = fit_inside((640, 480), LAYOUT.picture)
    assert image[round(place.y + place.h / 2), round(place.x + place.w / 2)].tolist() == [200, 200, 200]


def test_the_meter_fills_and_marks_the_threshold_without_colour(make: Make) -> None:
    def meter(quality: float | None) -> NDArray[np.int64]:
        return cv2.cvtColor(part(shown(make(quality=quality)), LAYOUT.meter), cv2.COLOR_BGR2GRAY).astype(
            np.int64
        )

    filled = [int((meter(q) > 90).sum()) for q in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert filled == sorted(filled)
    assert len(set(filled)) == len(filled)
    head = slice(0, round(28 * LAYOUT.unit))
    below, reached, unknown = meter(0.59)[head], meter(0.61)[head], meter(None)[head]
    assert reached.max() > below.max() + 80  # a tick appears
    assert (unknown != below).any()  # a dash: not known is not zero


def test_old_guidance_is_not_shown(make: Make) -> None:
    old = [
        make(hint=HINT, quality=0.9, facets=Facets(1, 1, 1, 1)),
        make(State.HOLD, hold_progress=0.9),
        make(State.CAPTURED, quality=0.2),
        make(State.NO_CONTACT),
    ]
    at_limit, later = 1 + 250_000_000, 2 + 250_000_000
    assert all(words(g, at_limit)[0] != STALE.title for g in old)
    assert {words(g, later) for g in old} == {(STALE.title, STALE.line)}
    images = [shown(g, later) for g in old]
    assert all(np.array_equal(images[0], image) for image in images[1:])
    assert not np.array_equal(images[0], shown(old[0], at_limit))
    assert words(old[0], later, stale_after_s=1.0)[0] == HINT.text


def test_words_are_those_of_the_coach(make: Make) -> None:
    assert words(make(hint=HINT), 1) == ("Tilt tail towards the feet", "Off plane")
    assert words(make(State.NO_SIGNAL, message="Check the cable"), 1) == ("No picture", "Check the cable")
    assert words(make(State.HOLD, message="Hold still"), 1) == ("Hold still", STATE_LOOKS[State.HOLD].line)
    assert "5th space" in words(make(State.SEARCHING), 1)[1]
    notice = StateLook("End of recording", "stop", "Press R")
    assert words(make(hint=HINT), 1, notice=notice) == ("End of recording", "Press R")


def test_what_is_not_recognised_is_not_judged(make: Make) -> None:
    judged = {"quality": 0.8, "facets": Facets(0.9, 0.1, 0.9, 0.1)}
    wanted = Wanted(facets=True)
    for state in (State.NOT_RECOGNISED, State.NO_SIGNAL):
        assert np.array_equal(shown(make(state, **judged), wanted=wanted), shown(make(state), wanted=wanted))
        assert np.array_equal(shown(make(state, view=View.A4C)), shown(make(state, view=View.PLAX)))
    assert not np.array_equal(shown(make(State.ADJUSTING, **judged)), shown(make(State.ADJUSTING)))


def test_a_picture_that_was_not_looked_at_has_no_view(make: Make) -> None:
    """A frozen scanner's picture is not called 'No standard view'."""

    def card(guidance: Guidance) -> NDArray[np.uint8]:
        return part(shown(guidance), LAYOUT.on_screen)

    frozen = Coach(View.A4C).advise(0.0, None, signal=Signal.FROZEN)
    other = make(State.SEARCHING, view=View.OTHER)
    nothing = card(replace(other, advice=frozen))
    assert np.array_equal(nothing, card(make(State.NOT_RECOGNISED)))
    assert not np.array_equal(nothing, card(other))


def test_facets_are_told_apart_without_colour(make: Make) -> None:
    box = arrange(Box(0, 0, *SIZE), details=True).details
    assert box is not None

    def facets(value: float | None) -> NDArray[np.int64]:
        made = None if value is None else Facets(value, value, value, value)
        image = part(shown(make(facets=made), wanted=Wanted(facets=True)), box)
        return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.int64)

    for one, two in combinations((0.9, 0.1, None), 2):
        assert (np.abs(facets(one) - facets(two)) > 40).sum() > 100


def differing(a: NDArray[np.uint8], b: NDArray[np.uint8], box: Box) -> int:
    """Pixels of ``box`` that differ clearly."""
    return int((np.abs(part(a, box).astype(int) - part(b, box)) > 40).any(axis=2).sum())


@pytest.mark.parametrize("size", [(960, 540), (800, 600)])
def test_what_is_asked_for_is_shown_and_the_picture_stays(make: Make, size: tuple[int, int]) -> None:
    layout = arrange(Box(0, 0, *size), details=True)
    assert layout.details is not None
    place = fit_inside((640, 480), layout.picture).inset(10)
    guidance = make(hint=HINT, quality=0.5, facets=Facets(0.9, 0.1, 0.9, 0.1))
    plain = render_still(guidance, size, now_ns=1)
    for wanted in (Wanted(facets=True), Wanted(card=True), Wanted(note="Roll the patient to the left")):
        image = render_still(guidance, size, now_ns=1, wanted=wanted)
        assert differing(plain, image, layout.details) > 300, wanted
        assert differing(plain, image, place) == 0, wanted
    assert layout.reference is not None
    without = render_still(guidance, size, now_ns=1, wanted=Wanted(example=False))
    assert differing(plain, without, layout.reference) > 300
    other = render_still(replace(guidance, advice=replace(guidance.advice, target=View.PLAX)), size, now_ns=1)
    assert differing(plain, other, layout.reference) > 300


def test_the_start_card_comes_where_it_helps(make: Make) -> None:
    box = arrange(Box(0, 0, *SIZE), details=True).details
    assert box is not None
    for advice in ({}, {"reason_code": ReasonCode.UNSURE}, {"reason_code": ReasonCode.COLOUR}):
        state = State.NOT_RECOGNISED if advice else State.SEARCHING
        guidance = make(state, message="No idea", **advice)
        forced = shown(guidance, wanted=Wanted(card=True))
        helps = ReasonCode.COLOUR not in advice.values()
        assert np.array_equal(shown(guidance), forced) == helps, advice
        assert (part(forced, box) > 100).sum() > 500


def test_what_is_wrong_is_seen_on_the_picture(make: Make) -> None:
    place = fit_inside((640, 480), LAYOUT.picture)
    plain = shown(make())
    for image in (shown(make(State.FROZEN)), shown(make(State.NO_SIGNAL)), shown(make(), 10**9)):
        assert differing(plain, image, place) > 0.02 * place.w * place.h


def test_the_hold_is_counted_down(make: Make) -> None:
    def held(progress: float, hold_s: float = 1.0) -> NDArray[np.uint8]:
        return shown(make(State.HOLD, hold_progress=progress), wanted=Wanted(hold_s=hold_s))

    rings = [held(progress) for progress in (0.1, 0.5, 0.9)]
    for one, two in combinations(rings, 2):
        assert differing(one, two, LAYOUT.glyph) > 100
        assert differing(one, two, LAYOUT.picture) > 100  # the edge of the picture closes, too
    assert differing(held(0.5), held(0.5, 3.0), LAYOUT.glyph) > 50


def test_light_large_and_german_leave_the_picture_alone(make: Make) -> None:
    guidance = make(hint=HINT, quality=0.5)
    plain = shown(guidance)
    middle = fit_inside((640, 480), LAYOUT.picture).inset(60)
    light = shown(guidance, palette=LIGHT)
    assert differing(plain, light, middle) == 0
    assert part(light, LAYOUT.target).mean() > 150 > part(plain, LAYOUT.target).mean()
    german = shown(make(State.CAPTURED), wanted=Wanted(words=GERMAN))
    assert differing(shown(make(State.CAPTURED)), german, LAYOUT.line_one) > 100
    assert words(make(State.CAPTURED), 1, language=GERMAN)[0] == "Aufgenommen"
    large = shown(guidance, wanted=Wanted(text_scale=1.5))
    assert not np.array_equal(large, plain)


def test_a_virtual_patient_is_labelled(make: Make) -> None:
    real, virtual = shown(make(source="camera:0")), shown(make(source="phantom:seed=3"))
    place = fit_inside((640, 480), LAYOUT.picture)
    y, x = np.nonzero((real != virtual).any(axis=2))
    corner = (x < place.x + 0.3 * place.w) & (y < place.y + 0.15 * place.h)
    assert len(x) > 500
    assert corner.all()


def test_research_use_stands_on_every_display(make: Make) -> None:
    pictures = [shown(make(state)) for state in State] + [shown(None), shown(make(), 10**9)]
    footers = [part(image, LAYOUT.footer) for image in pictures]
    assert (footers[0] > 60).sum() > 300
    assert all(np.array_equal(footers[0], footer) for footer in footers)


def test_a_display_without_guidance_says_so() -> None:
    assert words(None, 0)[0] == "Starting"
    assert shown(None).any()

"""What is written, and in which colours.

Promises:
- text fits its box at the size that was chosen; what cannot fit ends with an ellipsis;
- rows of a list are of one size, and fit together;
- every text of the coach, of every state, every view title and start card is shown whole at 640x480, 1280x720 and
  1920x1080, in every language, and with the largest text;
- text keeps a contrast of 7:1 (main), 4.5:1 (second line, labels) on every plate of both palettes; accents of
  different meaning differ in lightness, not only in hue;
- every state has a look of its own: title, icon.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtGui import QFontMetricsF

import ui.canvas
import ui.painter
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.probe import Manoeuvre
from guidance.stall import Remedy, Stall
from guidance.views import STANDARD_VIEWS, View
from guidance.wording import Message
from guidance.wording.en import ENGLISH
from ui.icons import ICON_NAMES
from ui.layout import Mode
from ui.painter import Wanted
from ui.palette import DARK, LIGHT, Palette, contrast, luminance, on_picture
from ui.state_look import RESEARCH_USE, SILENCES, STALE, STATE_LOOKS, WAITING
from ui.still import render_still
from ui.text import Fitted, fit_rows, fit_text, font
from ui.wording import LANGUAGES, Word, Words, words_in

SIZES = ((640, 480), (1280, 720), (1920, 1080))
words = st.lists(st.text("abcdefgWMil-", min_size=1, max_size=14), min_size=1, max_size=10).map(" ".join)


@given(
    words, st.integers(40, 600), st.integers(12, 200), st.integers(9, 40), st.integers(1, 4), st.booleans()
)
def test_text_fits(text: str, width: int, height: int, largest: int, lines: int, bold: bool) -> None:
    fitted = fit_text(text, width, height, largest, 8, lines, bold, DARK.families)
    metrics = QFontMetricsF(font(DARK.families, fitted.px, bold))
    assert 8 <= fitted.px <= largest
    assert len(fitted.lines) <= lines
    assert all(metrics.horizontalAdvance(line) <= width for line in fitted.lines)
    if fitted.complete:
        assert " ".join(fitted.lines) == " ".join(text.split())
        assert metrics.height() * len(fitted.lines) <= height
    else:
        assert "…" in "".join(fitted.lines)


@given(st.lists(words, min_size=2, max_size=4), st.integers(60, 400), st.integers(60, 300))
def test_rows_are_of_one_size_and_fit_together(texts: list[str], width: int, height: int) -> None:
    rows = fit_rows(tuple(texts), width, height, 24, 8, 2, DARK.families, above=3)
    assert len({row.px for row in rows}) == 1
    assert 8 <= rows[0].px <= 24
    if rows[0].px > 8 and all(row.complete for row in rows):
        line = QFontMetricsF(font(DARK.families, rows[0].px)).height()
        assert sum(len(row.lines) * line + 3 for row in rows) <= height


def test_lines_are_even() -> None:
    fitted = fit_text("Tilt tail slightly towards the feet", 400, 200, 32, 8, 2, True, DARK.families)
    assert fitted.lines == ("Tilt tail slightly", "towards the feet")


def every_advice(words: Words) -> list[Advice]:
    """Each longest hint, each message for each target, and each state."""
    catalogue = words.hints
    place = max(catalogue.places.values(), key=len)
    structure = max(catalogue.structures.values(), key=len)
    turn = max(catalogue.turns.values(), key=len)
    lines = [
        " ".join(template.format(amount=far, place=place, turn=turn).split())
        for move, template in catalogue.hints.items()
        for far in (catalogue.turn_far if move is Manoeuvre.ROTATE else catalogue.far).values()
    ]
    reasons = [
        template.format(target="PSAX_APEX", seen="PSAX_APEX", structure=structure, size="125 mm")
        for template in catalogue.reasons.values()
    ]
    pairs = [(line, max(reasons, key=len)) for line in lines]
    pairs += [(max(lines, key=len), reason) for reason in reasons]
    hints = [Hint(Manoeuvre.TILT, "", "", one, two, ReasonCode.OFF_AXIS) for one, two in pairs]
    found = [Advice(State.ADJUSTING, View.PSAX_PM, View.PSAX_AV, 0.9, 0.5, hint=hint) for hint in hints]
    for message in Message:
        said = {v: catalogue.message(message, v, catalogue.cards[v], View.PSAX_APEX) for v in STANDARD_VIEWS}
        target = max(said, key=lambda view: len(said[view]))
        found.append(Advice(State.ADJUSTING, target, View.OTHER, 0.1, message=said[target]))
    longest, code = max(said.values(), key=len), ReasonCode.UNSURE
    found += [  # with the start card
        Advice(State.NOT_RECOGNISED, view, View.OTHER, 0.1, message=longest, reason_code=code)
        for view in STANDARD_VIEWS
    ]
    found += [Advice(state, View.SSN, View.SC_IVC, 0.5) for state in State]
    found += [Advice(State.NOT_RECOGNISED, View.SSN, View.OTHER, 0.0, reason_code=c) for c in words.silences]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("size", "mode", "scale"),
    [(size, mode, 1.0) for size in SIZES for mode in Mode] + [(size, Mode.FULL, 1.5) for size in SIZES[:2]],
)
def test_every_text_is_shown_whole(
    size: tuple[int, int], mode: Mode, language: str, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: set[str] = set()

    def watched(text: str, *where: object) -> Fitted:
        fitted = fit_text(text, *where)  # type: ignore[arg-type]
        if not fitted.complete:
            cut.add(text)
        else:
            cut.discard(text)  # fewer lines are tried first
        return fitted

    monkeypatch.setattr(ui.canvas, "fit_text", watched)
    for name in ("paint_probe_move", "paint_start"):  # they have no sentences, and take most of the time
        monkeypatch.setattr(ui.painter, name, lambda *a, **k: None)
    frame = Frame(np.zeros((48, 64), np.uint8), 0, 1, 0.0, "phantom:")
    words = words_in(language)
    plain = Wanted(words=words, text_scale=scale)
    for advice in every_advice(words):
        render_still(Guidance(frame, advice, t_ready_ns=1), size, now_ns=1, mode=mode, wanted=plain)
    longest = max((words.stalled(Stall(125.0, remedy)) for remedy in Remedy), key=len)
    note = f"{longest} {words(Word.STALLED_SKIP)}"
    first = Guidance(frame, every_advice(words)[0], t_ready_ns=1)
    for wanted in [replace(plain, facets=True)] + ([replace(plain, note=note)] if mode is Mode.FULL else []):
        render_still(first, size, now_ns=1, mode=mode, wanted=wanted)
    render_still(None, size, now_ns=1, mode=mode, wanted=plain)
    render_still(first, size, now_ns=10**9, mode=mode, wanted=plain)
    assert not cut


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("plate", ["background", "panel"])
def test_contrast(palette: Palette, plate: str) -> None:
    ground = getattr(palette, plate)
    assert contrast(palette.text, ground) >= 7.0
    for name in ("text_soft", "text_faint", "guide", "good", "caution", "alert", "calm"):
        assert contrast(getattr(palette, name), ground) >= 4.5, name


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_accents_differ_in_lightness(palette: Palette) -> None:
    assert contrast(palette.good, palette.guide) > 1.15  # HOLD against ADJUSTING: the two that matter most
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_what_lies_on_the_picture_does_not_glare() -> None:
    assert on_picture(DARK) is DARK
    assert luminance(on_picture(LIGHT).background) < 0.05


def test_every_state_has_a_look_of_its_own() -> None:
    assert set(STATE_LOOKS) == set(State)
    titles = [look.title for look in (*STATE_LOOKS.values(), *SILENCES.values(), STALE, WAITING)]
    assert len(set(titles)) == len(titles)
    assert all(look.icon in ICON_NAMES and look.line for look in STATE_LOOKS.values())
    shapes = {
        state: STATE_LOOKS[state].icon
        for state in (State.HOLD, State.CAPTURED, State.NO_SIGNAL, State.FROZEN)
    }
    assert all(a != b for a, b in combinations(shapes.values(), 2))
    assert "Not a medical device" in RESEARCH_USE
    assert ReasonCode  # the reasons above are all there are
    assert set(ENGLISH.reasons) == set(ReasonCode)

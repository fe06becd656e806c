"""What is written, and in which colours.

Promises:
- text fits its box at the size that was chosen; what cannot fit ends with an ellipsis;
- every text of the coach, of every state and every view title is shown whole at 640x480, 1280x720 and 1920x1080;
- text keeps a contrast of 7:1 (main), 4.5:1 (second line, labels) on every plate; accents of different meaning
  differ in lightness, not only in hue;
- every state has a look of its own: title, icon.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtGui import QFontMetricsF

import ui.canvas
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.probe import Manoeuvre
from guidance.views import STANDARD_VIEWS, START_CARDS, View
from guidance.wording import Amount, Message
from guidance.wording.en import ENGLISH
from ui.icons import ICON_NAMES
from ui.layout import Mode
from ui.palette import DARK, contrast, luminance
from ui.state_look import RESEARCH_USE, SILENCES, STALE, STATE_LOOKS, WAITING
from ui.still import render_still
from ui.text import Fitted, fit_text, font

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


def test_lines_are_even() -> None:
    fitted = fit_text("Tilt tail slightly towards the feet", 400, 200, 32, 8, 2, True, DARK.families)
    assert fitted.lines == ("Tilt tail slightly", "towards the feet")


def every_advice() -> list[Advice]:
    """Each longest hint, each message for each target, and each state."""
    place = max(ENGLISH.places.values(), key=len)
    found = []
    for move, template in ENGLISH.hints.items():
        for amount in Amount:
            far = (ENGLISH.turn_far if move is Manoeuvre.ROTATE else ENGLISH.far)[amount]
            text = " ".join(template.format(amount=far, place=place, turn="anticlockwise").split())
            for code, reason in ENGLISH.reasons.items():
                line = reason.format(
                    target="PSAX_APEX", seen="PSAX_APEX", structure="inferior vena cava", size="125 mm"
                )
                hint = Hint(move, "", "", text, line, code)
                found.append(Advice(State.ADJUSTING, View.PSAX_PM, View.PSAX_AV, 0.9, 0.5, hint=hint))
    for message in Message:
        for target in STANDARD_VIEWS:
            line = ENGLISH.message(message, target, START_CARDS[target], View.PSAX_APEX)
            found.append(Advice(State.NOT_RECOGNISED, target, View.OTHER, 0.1, message=line))
    found += [Advice(state, View.SSN, View.SC_IVC, 0.5) for state in State]
    found += [Advice(State.NOT_RECOGNISED, View.SSN, View.OTHER, 0.0, reason_code=code) for code in SILENCES]
    return found


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("size", SIZES)
def test_every_text_is_shown_whole(
    size: tuple[int, int], mode: Mode, monkeypatch: pytest.MonkeyPatch
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
    frame = Frame(np.zeros((48, 64), np.uint8), 0, 1, 0.0, "phantom:")
    for advice in every_advice():
        render_still(Guidance(frame, advice, t_ready_ns=1), size, now_ns=1, mode=mode)
    render_still(None, size, now_ns=1, mode=mode)
    render_still(Guidance(frame, every_advice()[0], t_ready_ns=1), size, now_ns=10**9, mode=mode)
    assert not cut


@pytest.mark.parametrize("plate", [DARK.background, DARK.panel])
def test_contrast(plate: str) -> None:
    assert contrast(DARK.text, plate) >= 7.0
    for colour in (
        DARK.text_soft,
        DARK.text_faint,
        DARK.guide,
        DARK.good,
        DARK.caution,
        DARK.alert,
        DARK.calm,
    ):
        assert contrast(colour, plate) >= 4.5, colour


def test_accents_differ_in_lightness() -> None:
    assert contrast(DARK.good, DARK.guide) > 1.15  # HOLD against ADJUSTING: the two that matter most
    assert luminance(DARK.alert) < luminance(DARK.caution)
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


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

"""What the operator gets to see.

Promises:
- with hints everything, once fading has ended its wait; withheld, the bar and the state stay and the line says when;
- without hints never a hint; on one's own no judgement at all, but a lost picture is still said;
- hints are counted as they appear, not by the picture.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guidance.hint import Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Adjustment, Manoeuvre
from ui.practice.attempt import Aid
from ui.practice.fading import Fade, HintFader
from ui.practice.shown import Showing

Make = Callable[..., Guidance]
HINT = Hint(Manoeuvre.TILT, "", "", "Tilt tail towards the feet", "", ReasonCode.OFF_AXIS, "tilt", 1)


@pytest.fixture
def guided(make: Make) -> Callable[..., Guidance]:
    def made(t_s: float = 0.0, hint: Hint | None = HINT, **changes: object) -> Guidance:
        return make(
            t_s=t_s, hint=hint, quality=0.4, facets=Facets(1, 0, 1, 1), adjustment=Adjustment(1, 2, 3, 4, 5),
            **changes,
        )  # fmt: skip

    return made


def test_all_hints(guided: Make) -> None:
    showing = Showing(Aid.HINTS, None)
    assert showing(guided()).advice.hint is HINT
    showing(guided(0.1))
    showing(guided(0.2, None))
    showing(guided(0.3))
    assert showing.hints == 1


def test_fading_withholds_and_says_when(guided: Make) -> None:
    showing = Showing(Aid.HINTS, HintFader(Fade.LATE))
    first = showing(guided()).advice
    assert first.hint is None
    assert "hint comes in 4 s" in first.message
    assert first.quality == 0.4
    assert first.state is State.ADJUSTING
    assert showing.hints == 0
    assert showing(guided(4.1)).advice.hint is HINT
    assert showing.hints == 1


def test_on_request(guided: Make) -> None:
    fader = HintFader(Fade.ASKED)
    showing = Showing(Aid.HINTS, fader)
    assert "Enter" in showing(guided(90.0)).advice.message
    fader.ask(91.0)
    assert showing(guided(91.0)).advice.hint is HINT


def test_without_hints_there_are_none(guided: Make) -> None:
    showing = Showing(Aid.METER, None)
    seen = [showing(guided(t)).advice for t in range(60)]
    assert all(a.hint is None and a.quality == 0.4 for a in seen)
    assert showing.hints == 0


@pytest.mark.parametrize("state", [s for s in State if s is not State.NO_SIGNAL])
def test_on_one_s_own_nothing_is_judged(guided: Make, state: State) -> None:
    advice = Showing(Aid.NOTHING, None)(guided(state=state, hold_progress=0.5)).advice
    assert advice.state is State.PAUSED
    assert (advice.hint, advice.quality, advice.facets, advice.adjustment) == (None, None, None, None)
    assert (advice.view_probability, advice.hold_progress) == (0.0, 0.0)
    assert "Space" in advice.message


def test_a_lost_picture_is_said_all_the_same(guided: Make) -> None:
    lost = guided(state=State.NO_SIGNAL)
    assert Showing(Aid.NOTHING, None)(lost).advice is lost.advice

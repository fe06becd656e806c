"""When the picture no longer gets better.

Promises:
- advice comes only after the patience, never while the picture gets better, and each remedy has its time;
- a hold, a capture, another target or a stream that begins anew starts the patience again;
- time that was not spent trying (frozen, paused, no signal, a hole in the stream) does not count;
- the remedies fit the window, end with going on, and every language has words for each;
- the same calls give the same answers, at any frame rate.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.hint import Advice, State
from guidance.stall import REMEDIES, Remedy, Stall, StallSettings, StallWatch
from guidance.views import STANDARD_VIEWS, View, Window, window_of
from guidance.wording.de import GERMAN
from guidance.wording.en import ENGLISH

SETTINGS = StallSettings(patience_s=10.0, gain=0.05, each_s=5.0)
ADVICE = Advice(State.ADJUSTING, View.A4C, View.A4C, 0.9, 0.3)
TRYING = (State.SEARCHING, State.ADJUSTING, State.NO_CONTACT, State.NOT_RECOGNISED)
WAITING = (State.FROZEN, State.NO_SIGNAL, State.PAUSED)


def played(
    seconds: float,
    advice: Advice = ADVICE,
    *,
    watch: StallWatch | None = None,
    start: float = 0.0,
    fps: float = 20.0,
) -> list[Stall | None]:
    """What ``watch`` says of ``advice`` for ``seconds``."""
    watch = watch or StallWatch(SETTINGS)
    return [watch.update(start + i / fps, advice) for i in range(round(seconds * fps))]


@given(st.floats(5.0, 60.0), st.sampled_from(TRYING), st.floats(0.0, 1.0))
def test_advice_comes_after_the_patience_and_not_before(fps: float, state: State, quality: float) -> None:
    said = played(30.0, replace(ADVICE, state=state, quality=quality), fps=fps)
    first = next(i for i, stall in enumerate(said) if stall is not None)
    assert first / fps == pytest.approx(10.0, abs=1.5 / fps)
    assert all(stall is not None for stall in said[first:])
    remedies = list(dict.fromkeys(stall.remedy for stall in said if stall is not None))
    assert remedies == list(REMEDIES[Window.APICAL])


@given(st.floats(0.1, 9.0))
def test_a_picture_that_gets_better_has_none(every_s: float) -> None:
    watch, quality = StallWatch(SETTINGS), 0.0
    for i in range(round(40.0 * 10)):
        if i % max(1, round(every_s * 10)) == 0:
            quality = quality + 0.06  # also beyond 1: the rule knows no ceiling
        assert watch.update(i / 10, replace(ADVICE, quality=quality)) is None


@given(st.lists(st.floats(0.3, 0.34), min_size=40, max_size=60))
def test_noise_is_no_progress(noise: list[float]) -> None:
    watch = StallWatch(SETTINGS)
    said = [watch.update(i / 2, replace(ADVICE, quality=q)) for i, q in enumerate(noise)]
    assert said[-1] is not None


@pytest.mark.parametrize(
    "change",
    [{"state": State.HOLD}, {"state": State.CAPTURED}, {"target": View.A2C}],
    ids=["hold", "captured", "target"],
)
def test_what_begins_anew(change: dict[str, object]) -> None:
    watch = StallWatch(SETTINGS)
    assert played(12.0, watch=watch)[-1] is not None
    assert watch.update(12.1, replace(ADVICE, **change)) is None  # type: ignore[arg-type]
    assert all(stall is None for stall in played(9.0, watch=watch, start=12.2))


def test_a_stream_that_begins_anew() -> None:
    watch = StallWatch(SETTINGS)
    assert played(12.0, watch=watch)[-1] is not None
    assert all(stall is None for stall in played(9.0, watch=watch))


@pytest.mark.parametrize("state", WAITING)
def test_only_trying_counts(state: State) -> None:
    watch = StallWatch(SETTINGS)
    assert played(6.0, watch=watch)[-1] is None
    assert all(stall is None for stall in played(30.0, replace(ADVICE, state=state), watch=watch, start=6.0))
    said = played(6.0, watch=watch, start=36.0)
    assert said[0] is None
    assert said[-1] is not None


def test_a_hole_in_the_stream_does_not_count() -> None:
    watch = StallWatch(SETTINGS)
    played(6.0, watch=watch)
    assert watch.update(60.0, ADVICE) is None


def test_remedies_fit_the_window_and_have_words() -> None:
    assert set(REMEDIES) == set(Window)
    assert all(remedies[-1] is Remedy.GO_ON for remedies in REMEDIES.values())
    assert Remedy.ROLL_LEFT not in REMEDIES[Window.SUBCOSTAL]  # the patient lies on the back there
    assert {remedy for remedies in REMEDIES.values() for remedy in remedies} == set(Remedy)
    for catalogue in (ENGLISH, GERMAN):
        assert set(catalogue.remedies) == set(Remedy)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_every_view_has_advice(view: View) -> None:
    window = window_of(view)
    assert window is not None
    last = played(12.0, replace(ADVICE, target=view, quality=None))[-1]
    assert last is not None
    assert last.remedy is REMEDIES[window][0]


@pytest.mark.parametrize("field", ["patience_s", "gain", "each_s", "gap_s"])
def test_settings_are_above_zero(field: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        StallSettings(**{field: 0.0})

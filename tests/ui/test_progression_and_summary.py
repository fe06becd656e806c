"""From one target to the next, and what a run amounted to.

Promises:
- a captured view stays on screen for the pause, then the next one not yet captured is aimed at; after the last, none;
- a skipped view is not come back to, one that is done again is captured anew and not by what was captured before;
- an exam that goes on leaves out what it holds;
- the summary counts each frame once, by view and state, and the share that was guided;
- slow outputs work on their own thread, in order, and lose nothing when asked to wait; a failure is raised at close.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from guidance.hint import Guidance, Hint, ReasonCode, State
from guidance.latency import LatencyLog
from guidance.probe import Manoeuvre
from guidance.views import View
from ui.background import WAITING, Background
from ui.progression import Progression
from ui.summary import RunSummary

Make = Callable[..., Guidance]


def test_targets_follow_each_other(make: Make) -> None:
    aimed: list[View] = []
    views = (View.PLAX, View.A4C, View.SC4C)
    progression = Progression(views, aimed.append, pause_s=1.0)
    target = views[0]
    for index in range(80):
        t_s = index / 10
        state = State.CAPTURED if t_s % 2.0 >= 0.5 else State.ADJUSTING
        progression(make(state, t_s=t_s, target=target))
        target = aimed[-1] if aimed else views[0]
    assert aimed == [View.A4C, View.SC4C]
    assert progression.done
    assert progression.captured == list(views)


def test_nothing_moves_on_without_a_capture_or_before_the_pause(make: Make) -> None:
    aimed: list[View] = []
    progression = Progression((View.PLAX, View.A4C), aimed.append, pause_s=1.0)
    for t_s in (0.0, 1.0, 2.0, 3.0):
        progression(make(State.HOLD, t_s=t_s, target=View.PLAX))
    progression(make(State.CAPTURED, t_s=3.1, target=View.PLAX))
    progression(make(State.CAPTURED, t_s=4.0, target=View.PLAX))
    assert aimed == []
    progression(make(State.CAPTURED, t_s=4.2, target=View.PLAX))
    assert aimed == [View.A4C]


def test_the_operator_may_choose_another_order(make: Make) -> None:
    aimed: list[View] = []
    progression = Progression((View.PLAX, View.A4C), aimed.append, pause_s=0.0)
    progression(make(State.CAPTURED, target=View.A4C))
    assert aimed == [View.PLAX]


def test_a_skipped_view_is_not_come_back_to(make: Make) -> None:
    aimed: list[View] = []
    views = (View.PLAX, View.A4C, View.SC4C)
    progression = Progression(views, aimed.append, pause_s=0.0)
    assert progression.skip(View.A4C) is View.SC4C
    progression(make(State.CAPTURED, target=View.SC4C))
    progression(make(State.CAPTURED, target=View.PLAX))
    assert aimed == [View.SC4C, View.PLAX]
    assert progression.skipped == [View.A4C]
    assert not progression.remaining
    assert not progression.done
    assert progression.skip(View.PLAX) is None  # it was captured, and stays so
    assert progression.captured == [View.SC4C, View.PLAX]


def test_done_again_is_captured_anew(make: Make) -> None:
    aimed: list[View] = []
    progression = Progression((View.PLAX, View.A4C), aimed.append, pause_s=0.0)
    progression(make(State.CAPTURED, target=View.PLAX))
    progression.redo(View.PLAX)
    assert aimed == [View.A4C, View.PLAX]
    assert progression.captured == []
    progression(make(State.CAPTURED, target=View.PLAX))  # on its way when it was said
    assert progression.captured == []
    progression(make(State.ADJUSTING, target=View.PLAX))
    progression(make(State.CAPTURED, target=View.PLAX))
    assert progression.captured == [View.PLAX]
    progression.skip(View.A4C)
    progression.redo(View.A4C)
    assert progression.skipped == []


def test_what_an_exam_holds_is_left_out(make: Make) -> None:
    aimed: list[View] = []
    views = (View.PLAX, View.A4C, View.SC4C)
    progression = Progression(views, aimed.append, pause_s=0.0, captured=(View.PLAX, View.SC4C))
    assert progression.remaining == (View.A4C,)
    progression(make(State.CAPTURED, target=View.A4C))
    assert aimed == []
    assert progression.done


def test_the_summary_counts_frames(make: Make) -> None:
    hint = Hint(Manoeuvre.PRESS, "", "", "Press", "", ReasonCode.NO_CONTACT)
    summary = RunSummary()
    lost = make(State.NO_SIGNAL, view=View.OTHER)
    for guidance in (make(hint=hint), make(State.HOLD), lost, lost, make(State.SEARCHING, view=View.PLAX)):
        summary(guidance)
    assert summary.frames == 4
    assert summary.guided_fraction == 0.5
    assert summary.views == {"A4C": 2, "OTHER": 1, "PLAX": 1}
    log = LatencyLog()
    log.add({"infer": 2.0, "total": 3.0})
    table = "\n".join(summary.lines(log.summary()))
    assert "4 processed, 0 dropped" in table
    assert "A4C 50%" in table
    assert "p99 3.0" in table


def test_an_empty_run_has_a_summary() -> None:
    assert RunSummary().lines({})[0].endswith("0 processed, 0 dropped")


def test_outputs_in_the_background_lose_nothing_when_they_may_wait(make: Make) -> None:
    done: list[int] = []
    with Background(lambda guidance: done.append(guidance.frame.index), wait=True) as background:
        for index in range(3 * WAITING):
            background(make(index=index))
    assert done == list(range(3 * WAITING))
    assert background.left_out == 0


def test_outputs_in_the_background_never_block_a_live_stream(make: Make) -> None:
    gate = threading.Event()
    done: list[int] = []

    def slow(guidance: Guidance) -> None:
        gate.wait(10)
        done.append(guidance.frame.index)

    background = Background(slow)
    for index in range(WAITING + 20):
        background(make(index=index))
    gate.set()
    background.close()
    assert background.left_out >= 19
    assert done == list(range(len(done)))
    assert len(done) + background.left_out == WAITING + 20


def test_a_failing_output_is_raised_at_close(make: Make) -> None:
    def fails(guidance: Guidance) -> None:
        raise OSError("disk full")

    background = Background(fails)
    background(make())
    with pytest.raises(OSError, match="disk full"):
        background.close()
    background.close()

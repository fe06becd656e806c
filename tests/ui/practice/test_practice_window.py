"""The practice window on the virtual patient.

Promises:
- a synthetic mouse that does what a perfect network's hints would ask for brings the real network and coach to a held
  view; the judge says that the picture is right, and the score and the kept attempt say the same;
- the patient is drawn on other threads than the window's;
- hints are shown, faded, switched off; the re-test shows the picture and no judgement, until Space;
- keys: give up, again, next, re-test, hints, fading, help; what is broken off is not counted;
- a patient who cannot give the view is passed over, unless named, and then it is said;
- a gamepad slides, leans, turns and presses it, and its buttons are the keys;
- held keys move the probe until they are released or the window loses the keyboard;
- what cannot be kept is said, and practice goes on; so is what fails, and R tries again; closing ends every thread.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from practice_parts import Joystick, Operator, attempt
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from guidance.hint import State
from guidance.model import Model, default_model_folder
from guidance.probe import pose_distance
from guidance.views import View
from models.phantom.scanner import VirtualScanner
from ui.practice.attempt import Aid, Ending
from ui.practice.gamepad import Button, Gamepad
from ui.practice.history import History
from ui.practice.patients import ANYBODY, Difficulty, Habitus, PatientWish
from ui.practice.plan import Plan
from ui.practice.session import PracticeSession
from ui.practice.window import PracticeWindow

KEY = Qt.Key
Open = Callable[..., PracticeWindow]


@pytest.fixture
def open_window(tiny_model_folder: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Open]:
    """Opens the window with a patient on the couch and a first picture; small pictures, a tiny model."""
    opened: list[tuple[Model, PracticeWindow]] = []

    def make(
        *, model: Path = tiny_model_folder, size: tuple[int, int] = (160, 120), seed: int = 0, **plan: object
    ) -> PracticeWindow:
        loaded = Model.load(model, runtime="cpu")
        session = PracticeSession(
            loaded, History(tmp_path / "practice.json"), Plan(View.A4C, **plan),  # type: ignore[arg-type]
            rng=np.random.default_rng(seed), now=lambda: datetime.now().astimezone(), size=size,
        )  # fmt: skip
        window = PracticeWindow(session)
        opened.append((loaded, window))
        qtbot.addWidget(window)
        window.show()
        window.begin()
        wait_for_picture(window, qtbot)
        return window

    yield make
    for loaded, window in opened:
        window.close()
        loaded.close()


def wait_for_picture(window: PracticeWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: window.chest.case is not None and window.display.guidance is not None, timeout=20000
    )


def wait_for_end(window: PracticeWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.attempt is not None, timeout=10000)


def kept(window: PracticeWindow) -> History:
    return History(window.session.history.path)


def test_a_synthetic_mouse_reaches_a_held_view_and_the_score_is_right(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing: set[int] = set()
    render = VirtualScanner.render

    def noted(scanner: VirtualScanner, *args: object, **more: object) -> object:
        drawing.add(threading.get_ident())
        return render(scanner, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(VirtualScanner, "render", noted)
    window = open_window(model=default_model_folder(), size=(480, 360), wish=PatientWish(seed=2))
    case = window.session.case
    assert case is not None
    assert not case.start.right_picture
    operator = Operator(window)
    for _ in range(12):
        if operator.there:
            break
        operator.work()
    assert operator.there
    qtbot.waitUntil(lambda: window.attempt is not None, timeout=30000)
    done = window.attempt
    assert done is not None
    assert (done.ending, done.right, done.reached) == (Ending.HELD, True, True)
    assert window.display.lines()[0] == "The right picture"
    judged = case.judged()
    assert judged.right_picture
    assert done.plane_mm < 6.0
    assert done.path_mm == pytest.approx(case.hand.way.mm, abs=0.1)
    assert done.path_mm > done.direct_mm - 2.0  # no way is shorter than the straight one
    assert done.direct_mm == pytest.approx(case.start.pose_mm, abs=0.1)
    assert done.quality is not None
    assert done.quality >= window.session.model.manifest.hints.hold_quality - 0.1
    assert done.seconds > 1.0
    assert kept(window).attempts == (done,)
    assert "The right picture" in window.card.words()
    assert threading.main_thread().ident not in drawing
    assert drawing


def test_hints_are_withheld_where_they_fade(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    history = History(tmp_path / "practice.json")
    for _ in range(6):
        history.add(attempt())
    window = open_window(model=default_model_folder(), size=(320, 240), wish=PatientWish(seed=2))
    assert "when asked for" in window.card.heading
    seen: list[bool] = []
    raw: list[bool] = []
    guide = window.session.model
    assert guide is not None

    def note() -> bool:
        guidance = window.display.guidance
        assert guidance is not None
        seen.append(guidance.advice.hint is not None)
        raw.append("Enter asks for a hint" in guidance.advice.message)
        return sum(raw) > 3

    qtbot.waitUntil(note, timeout=20000)  # the coach had a hint, and it was withheld
    assert not any(seen)
    QTest.keyClick(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.display.guidance.advice.hint is not None, timeout=10000)  # type: ignore[union-attr]
    QTest.keyClick(window, KEY.Key_G)
    wait_for_end(window, qtbot)
    assert window.attempt is not None
    assert (window.attempt.fade, window.attempt.asked) == (3, 1)
    assert window.attempt.hints >= 1


def test_the_retest_hides_every_judgement_until_space(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(model=default_model_folder(), size=(320, 240), wish=PatientWish(seed=2), retest=True)
    case = window.session.case
    assert case is not None
    case.hand.pose = case.target
    case.hand.placed(case.target, 0.7)
    seen = []

    def watched() -> bool:
        guidance = window.display.guidance
        assert guidance is not None
        seen.append(guidance.advice)
        return guidance.frame.t_stream_s > 3.0

    qtbot.waitUntil(watched, timeout=30000)  # long enough to be held, were it practice
    assert window.attempt is None
    assert all(a.state is State.PAUSED and a.hint is None and a.quality is None for a in seen)
    assert "press Space" in window.display.lines()[1]
    assert "Quality –" in window.card.words()
    QTest.keyClick(window, KEY.Key_Space)
    wait_for_end(window, qtbot)
    done = window.attempt
    assert done is not None
    assert (done.aid, done.retest, done.ending, done.right) == (Aid.NOTHING, True, Ending.BY_HAND, True)
    assert done.quality is not None  # told afterwards
    assert done.hints == 0


def test_give_up_again_and_next(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    first = window.session.case
    assert first is not None
    QTest.keyClick(window, KEY.Key_G)
    wait_for_end(window, qtbot)
    assert window.attempt is not None
    assert window.attempt.ending is Ending.GIVEN_UP
    assert not window.attempt.reached
    assert window.display.lines()[0] == "Given up"
    pose = first.hand.pose
    QTest.keyClick(window, KEY.Key_W)  # it is over: the probe stays
    assert first.hand.pose is pose
    QTest.keyClick(window, KEY.Key_R)
    qtbot.waitUntil(lambda: window.session.case is not first, timeout=20000)
    wait_for_picture(window, qtbot)
    second = window.session.case
    assert second is not None
    assert second.seed == first.seed
    assert pose_distance(first.hand.pose, second.hand.pose)[0] > 0.0
    QTest.keyClick(window, KEY.Key_N)
    qtbot.waitUntil(lambda: window.session.case is not second, timeout=20000)
    wait_for_picture(window, qtbot)
    assert window.session.case is not None
    assert window.session.case.seed != first.seed
    assert len(kept(window).attempts) == 1  # what was broken off does not count


def test_what_fails_is_said_and_r_tries_again(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("the machine is broken")

    with monkeypatch.context() as patch:
        patch.setattr(VirtualScanner, "render", broken)
        qtbot.waitUntil(lambda: window.display.lines()[0] == "Practice failed", timeout=20000)
    assert "the machine is broken" in window.display.lines()[1]
    QTest.keyClick(window, KEY.Key_Up)
    QTest.keyClick(window, KEY.Key_R)
    wait_for_picture(window, qtbot)
    assert window.display.lines()[0] != "Practice failed"
    assert kept(window).attempts == ()


def test_choices_change_the_plan_and_begin_anew(open_window: Open, qtbot: QtBot) -> None:
    window = open_window()
    for key, check in (
        (KEY.Key_H, lambda plan: plan.aid is Aid.METER),
        (KEY.Key_F, lambda plan: not plan.fade),
        (KEY.Key_T, lambda plan: plan.aid is Aid.NOTHING),
        (KEY.Key_T, lambda plan: plan.aid is Aid.METER),
    ):
        before = window.session.case
        QTest.keyClick(window, key)
        assert check(window.session.plan)
        qtbot.waitUntil(lambda old=before: window.session.case is not old, timeout=20000)  # type: ignore[misc]
    assert window.controls.hints.text() == "Hints off  (H)"
    assert window.controls.fade.text() == "Fading off  (F)"
    window.controls.views.activated.emit(window.controls.views.findData("PLAX"))
    assert window.session.plan.view is View.PLAX
    window.controls.patients.activated.emit(window.controls.patients.findText("heavy build"))
    assert window.session.plan.wish == PatientWish(habitus=Habitus.HEAVY)
    wait_for_picture(window, qtbot)
    case = window.session.case
    assert case is not None
    assert case.view is View.PLAX
    assert case.patient.bmi >= 30
    assert "heavy build" in window.controls.status.whole()
    assert window.display.guidance is not None
    assert window.display.guidance.frame.source.startswith("phantom:")
    assert "virtual patient" in window.windowTitle()


def test_a_patient_who_cannot_give_the_view_is_passed_over_unless_named(open_window: Open) -> None:
    hopeless = 65
    named = open_window(wish=PatientWish(seed=hopeless))
    assert named.session.case is not None
    assert named.session.case.seed == hopeless
    assert not named.session.case.possible
    assert "hardly gives this view" in named.controls.status.whole()
    named.close()
    found = open_window(wish=PatientWish(Difficulty.HARD, seed=hopeless))
    assert found.session.case is not None
    assert found.session.case.seed > hopeless
    assert found.session.case.possible
    assert found.controls.status.whole().startswith(f"Patient {found.session.case.seed} (hard")


def test_held_keys_move_until_released_or_left(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(wish=ANYBODY)
    case = window.session.case
    assert case is not None
    QTest.keyPress(window, KEY.Key_Up)
    qtbot.waitUntil(lambda: case.hand.way.mm > 4.0, timeout=10000)
    QTest.keyRelease(window, KEY.Key_Up)
    after = case.hand.way
    qtbot.wait(300)
    assert case.hand.way == after
    QTest.keyPress(window, KEY.Key_E)
    qtbot.waitUntil(lambda: case.hand.way.deg > after.deg + 4.0, timeout=10000)
    window.clearFocus()
    window.focusOutEvent(None)
    after = case.hand.way
    qtbot.wait(300)
    assert case.hand.way == after


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="gamepads are read on Linux alone")
def test_a_gamepad_moves_the_probe(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    joystick = Joystick(tmp_path / "js0")
    joystick.plug_in()
    window = open_window(wish=ANYBODY)
    window.pad = Gamepad(str(joystick.path))
    qtbot.waitActive(window)
    case = window.session.case
    assert case is not None
    hand, before, press = case.hand, case.hand.pose.position, case.hand.press
    joystick.send(Joystick.AXIS, 1, -32767)  # the stick forward: towards the head
    qtbot.waitUntil(lambda: hand.pose.position[1] > before[1] + 3.0, timeout=20000)
    joystick.send(Joystick.AXIS, 1, 0)
    joystick.send(Joystick.BUTTON, Button.RIGHT, 1)
    turned = hand.way.deg
    qtbot.waitUntil(lambda: hand.way.deg > turned + 4.0, timeout=20000)
    joystick.send(Joystick.BUTTON, Button.RIGHT, 0)
    joystick.send(Joystick.AXIS, 5, 32767)
    qtbot.waitUntil(lambda: hand.press > press + 0.05, timeout=20000)
    joystick.send(Joystick.BUTTON, Button.EAST, 1)
    wait_for_end(window, qtbot)
    assert window.attempt is not None
    assert window.attempt.ending is Ending.GIVEN_UP


def test_help_comes_to_the_first_attempt_and_goes_with_the_first_move(
    open_window: Open, qtbot: QtBot
) -> None:
    window = open_window()
    assert window.help.isVisible()
    QTest.keyClick(window, KEY.Key_Left)
    assert not window.help.isVisible()
    QTest.keyClick(window, KEY.Key_F1)
    assert window.help.isVisible()
    QTest.keyClick(window, KEY.Key_Escape)
    assert not window.help.isVisible()


def test_what_cannot_be_kept_is_said_and_kept_later(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    window = open_window()
    place = tmp_path / "practice.json"
    place.write_text("{")
    QTest.keyClick(window, KEY.Key_G)
    wait_for_end(window, qtbot)
    assert "not kept" in window.controls.status.whole()
    assert place.read_text() == "{"
    place.unlink()
    QTest.keyClick(window, KEY.Key_N)
    qtbot.waitUntil(lambda: window.attempt is None, timeout=5000)
    wait_for_picture(window, qtbot)
    QTest.keyClick(window, KEY.Key_G)
    wait_for_end(window, qtbot)
    assert len(kept(window).attempts) == 2

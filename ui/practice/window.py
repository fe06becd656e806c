"""The practice window: the picture with guidance, the chest with the probe, the score, and the choices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtGui import (
    QCloseEvent,
    QFocusEvent,
    QKeyEvent,
    QWheelEvent,
)
from qtpy.QtWidgets import QMainWindow

from guidance.views import View
from ui.app import style_sheet
from ui.desktop import open_at, switch_full_screen
from ui.layout import Mode
from ui.overlay import GuidanceOverlay
from ui.palette import DARK, Palette
from ui.practice.attempt import Attempt
from ui.practice.case import Case
from ui.practice.chest_view import NOTCH, ChestView
from ui.practice.controls import Controls
from ui.practice.fading import RULES
from ui.practice.gamepad import Button, Gamepad
from ui.practice.help import HelpPanel
from ui.practice.keys import MOVES
from ui.practice.patients import PatientWish
from ui.practice.plan import Ended
from ui.practice.relay import Relay
from ui.practice.score import rows, verdict
from ui.practice.score_card import ScoreCard
from ui.practice.session import PracticeSession
from ui.practice.shortcuts import bind
from ui.practice.window_layout import assemble
from ui.state_look import StateLook

TICK_MS = 16
"""How often held keys move the probe and the score is brought up to date."""

SLIDE_PX_S, LEAN_PX_S = 60.0, 90.0
"""How fast a gamepad's stick, all the way, moves face and tail over the drawn chest."""

TURNS_S, PRESSES_S = 12.0, 20.0
"""Notches of the wheel a second that a gamepad's shoulder or trigger is worth."""

PREPARING = StateLook("Next patient", "search", "The patient comes in.")


class PracticeWindow(QMainWindow):
    """Practice until it is closed.

    The probe: drag on the chest slides, Shift+drag moves the tail, the wheel turns, Ctrl+wheel presses; arrow keys,
    W A S D, Q E and Z X do the same. Space: this is the picture. Enter: a hint, please. N, R, T, G: next patient,
    again, re-test, give up. H: hints, F: fading. F1: help. F11: full screen. Ctrl+Q: close. A gamepad does as well,
    where Linux has one (:mod:`ui.practice.gamepad`).

    Args:
        session: what is practised; the caller closes it, the window too.
        palette: colours.
    """

    def __init__(self, session: PracticeSession, *, palette: Palette = DARK):
        super().__init__()
        self.session = session
        self.attempt: Attempt | None = None
        self.problem: str | None = None
        self._relay: Relay | None = None
        self._first_s: float | None = None
        self._scored: object = None
        self._then_ns = time.perf_counter_ns()
        self.setWindowTitle("sonoguide practice - virtual patient, research use only")
        open_at(self, 1280, 800)
        self.setStyleSheet(style_sheet(palette))
        self.display = GuidanceOverlay(mode=Mode.FULL, palette=palette)
        self.display.set_capture_quality(session.model.manifest.hints.hold_quality)
        self.chest = ChestView(palette)
        self.card = ScoreCard(palette)
        self.controls = Controls(session.model.manifest.views)
        self.help = HelpPanel(self.display, palette)
        self.setCentralWidget(assemble(self.display, self.chest, self.card, self.controls))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        bind(self)
        self.pad = Gamepad()
        self._buttons: dict[int, Callable[[], object]] = {
            Button.SOUTH: self.say_done,
            Button.EAST: self.give_up,
            Button.WEST: self.ask,
            Button.NORTH: self.again,
            Button.START: self.begin,
        }
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        if not session.history.attempts:
            self.help.show_help()

    # What the operator wants

    def begin(self, *, same_patient: bool = False) -> None:
        """Break off what is under way, and take the next patient, or the same one again."""
        if self._relay is not None:
            self._relay.leave()
        self.attempt, self._first_s = None, None
        self.display.set_guidance(None)
        self.display.set_notice(PREPARING)
        self.chest.set_case(None)
        self._relay = Relay(self.display)
        self._relay.came.connect(self._came)
        self._relay.over.connect(self._over)
        self.controls.show_plan(self.session.plan, self.session.fade)
        self.session.begin(self._relay, same_patient=same_patient)

    def again(self) -> None:
        """The same patient from another start."""
        self.begin(same_patient=True)

    def choose_view(self, view: View) -> None:
        """Practise another view."""
        self._replan(view=view)

    def choose_patient(self, wish: PatientWish) -> None:
        """Practise on other patients."""
        self._replan(wish=wish)

    def switch_hints(self) -> None:
        """Hints on or off."""
        self._replan(hints=not self.session.plan.hints)

    def switch_fade(self) -> None:
        """Fading on or off."""
        self._replan(fade=not self.session.plan.fade)

    def switch_retest(self) -> None:
        """To the unaided re-test, or back to practice."""
        self._replan(retest=not self.session.plan.retest)

    def say_done(self) -> None:
        """This is the picture."""
        if self.attempt is None:
            self.session.say_done()

    def give_up(self) -> None:
        """End the attempt."""
        if self.attempt is None:
            self.session.give_up()

    def ask(self) -> None:
        """A hint, please."""
        self.session.ask()

    def leave(self) -> None:
        """Out of the help, or out of the full screen."""
        if self.help.isVisible():
            self.help.hide()
        elif self.isFullScreen():
            switch_full_screen(self)

    def fill_screen(self) -> None:
        """Full screen and back."""
        switch_full_screen(self)

    def _replan(self, **changes: object) -> None:
        self.session.plan = replace(self.session.plan, **changes)  # type: ignore[arg-type]
        self.begin()

    # Qt

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Probe keys move while they are held; the others are shortcuts."""
        if event is None:
            return
        push, case = MOVES.get(Qt.Key(event.key())), self._moving()
        if push is None:
            super().keyPressEvent(event)
        elif case is not None and not event.isAutoRepeat():
            case.hand.hold(event.key(), push)
            self.moved()

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """A probe key came up."""
        if event is not None and not event.isAutoRepeat() and self.session.case is not None:
            self.session.case.hand.release(event.key())

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """The wheel turns the probe wherever the pointer is."""
        if event is not None:
            press = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.chest.notches(event.angleDelta().y() / NOTCH, press=press)
            event.accept()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Whoever leaves the window lets go of its keys."""
        self._let_go()

    def changeEvent(self, event: QEvent | None) -> None:
        """As :meth:`focusOutEvent`, for the whole window."""
        if event is not None and event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._let_go()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Break off what is under way."""
        self._timer.stop()
        self.pad.close()
        if self._relay is not None:
            self._relay.leave()
            self._relay = None
        self.session.close()
        if event is not None:
            event.accept()

    # Inside

    def _came(self, case: Case) -> None:
        """The patient lies there, and the first picture is on its way."""
        self.chest.set_case(case)
        self.chest.setEnabled(True)
        self.display.set_notice(None)
        self.controls.say(f"Patient {case.seed} ({case.kind}): {case.words}")
        self._show_score()

    def _over(self, ended: Ended) -> None:
        self._let_go()
        self.chest.setEnabled(False)
        self.attempt, self.problem = ended.attempt, ended.problem or self.problem
        if ended.attempt is None:
            self.display.set_notice(
                StateLook("Practice failed", "attention", f"{ended.problem}. R tries again.")
            )
            return
        self.display.set_notice(verdict(ended.attempt))
        if self.session.case is not None:
            self.chest.set_goal(self.session.case.target)
        self.controls.show_plan(self.session.plan, self.session.fade)
        if ended.problem is not None:
            self.controls.say(ended.problem, alert=True)
        self._show_score()

    def _moving(self) -> Case | None:
        """The case whose probe may be moved now."""
        return self.session.case if self.chest.case is not None and self.attempt is None else None

    def moved(self) -> None:
        """The probe was moved."""
        self.help.hide()
        self.chest.update()

    def _let_go(self) -> None:
        if self.session.case is not None:
            self.session.case.hand.release()

    def _tick(self) -> None:
        """Held keys move the probe; time goes on."""
        now_ns = time.perf_counter_ns()
        dt_s, self._then_ns = min(0.1, (now_ns - self._then_ns) / 1e9), now_ns
        self._follow_pad(now_ns / 1e9, dt_s)
        case = self._moving()
        if case is None:
            return
        if case.hand.advance(dt_s):
            self.moved()
        self._show_score()

    def _follow_pad(self, now_s: float, dt_s: float) -> None:
        """What the gamepad's sticks and buttons ask for."""
        sticks = self.pad.poll(now_s, self._buttons if self.isActiveWindow() else {})
        if not self.pad.there or not self.isActiveWindow() or self._moving() is None:
            return
        for stick, move, rate in (
            (sticks.left, self.chest.slide_px, SLIDE_PX_S),
            (sticks.right, self.chest.lean_px, LEAN_PX_S),
        ):
            if any(stick):
                move(rate * dt_s * stick[0], rate * dt_s * stick[1])
        turn = (Button.RIGHT in self.pad.held) - (Button.LEFT in self.pad.held)
        press = sticks.right_trigger - sticks.left_trigger
        for notches, pressing in ((turn * TURNS_S * dt_s, False), (press * PRESSES_S * dt_s, True)):
            if notches:
                self.chest.notches(notches, press=pressing)

    def _show_score(self) -> None:
        """The figures as they stand; painted anew only where they have changed."""
        case, guidance, session = self.session.case, self.display.guidance, self.session
        if case is None:
            return
        ended = self.attempt
        if ended is not None:
            seconds, quality = ended.seconds, ended.quality
        elif guidance is None:
            seconds, quality = 0.0, None
        else:
            t_s = guidance.frame.t_stream_s
            self._first_s = t_s if self._first_s is None else self._first_s
            seconds, quality = t_s - self._first_s, guidance.advice.quality
        mine = [a for a in session.history.attempts if a.view is session.plan.view]
        before = [a for a in mine if a is not ended]
        shown = (
            self._heading(),
            rows(seconds, case.hand.way.mm, case.hand.way.deg, quality, before),
            ended,
            mine,
        )
        if shown != self._scored:
            self._scored = shown
            self.card.show_score(*shown)

    def _heading(self) -> str:
        plan = self.session.plan
        if plan.retest:
            return "Re-test: on your own"
        if not plan.hints:
            return "Practice without hints"
        fade = self.session.fade
        return f"Practice: hints {'at once' if fade is None else RULES[fade].words}"

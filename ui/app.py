"""The window: picture and guidance, the protocol, keys, and a status line. It survives the end of its stream."""

from __future__ import annotations

import time
from dataclasses import replace

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import (
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from guidance.frame import Frame
from guidance.hint import Guidance, State
from guidance.stall import StallWatch
from guidance.views import View
from ui.desktop import open_at, switch_full_screen
from ui.dress import dress, style_sheet
from ui.engineer import EngineerPanel
from ui.engineer_log import EngineerLog
from ui.feeds import Feed
from ui.heartbeat import Heartbeat
from ui.layout import TEXT_SCALES, Mode
from ui.operator import Operator
from ui.overlay import GuidanceOverlay
from ui.palette import DARK, LIGHT, Palette
from ui.preferences import PreferencesFile
from ui.sheet import Paint, Sheet, paint_first_help, paint_keys
from ui.speech import Speaker
from ui.status_line import StatusLine
from ui.strip import ProtocolStrip
from ui.window_bar import WindowBar
from ui.window_keys import bind_keys
from ui.wording import Word, Words
from ui.wording.en import ENGLISH

__all__ = ["GuidanceWindow", "dress", "style_sheet"]

STATUS_MS = 500
SAID_S = 3.0
"""So long the status line says what a key did."""


class GuidanceWindow(QMainWindow):
    """Shows ``feed`` until it is closed. Every key is in :data:`ui.keys.KEYS`; ``?`` shows them.

    Args:
        feed: where guidance comes from; the window starts and stops it.
        palette: colours at first; None: as the operator left them.
        close_at_end: close when the feed ends (for runs of a limited length).
        words: language.
        preferences: what the window remembers; None: nothing, and no first help.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        palette: Palette | None = None,
        close_at_end: bool = False,
        words: Words = ENGLISH,
        preferences: PreferencesFile | None = None,
    ):
        super().__init__()
        self._feed = feed
        self._close_at_end = close_at_end
        self._words = words
        self.operator = Operator(feed, words)
        self._first_help = preferences is not None and not preferences.now.help_seen and not close_at_end
        self._preferences = preferences or PreferencesFile()
        self._palette = palette or (LIGHT if self._preferences.now.light else DARK)
        self.sheet: Sheet | None = None
        self._whole = QWidget()
        self._structures = False
        self._ended = False
        self._said: tuple[str, int] = ("", 0)
        self._count = self._count_then = self._ticks = 0
        self._frame: Frame | None = None
        self._then_ns = time.perf_counter_ns()
        self._stall = StallWatch()
        self._stalled = ""
        self._log = EngineerLog()
        self.heartbeat = Heartbeat(self)
        self.setWindowTitle(f"sonoguide - {words(Word.RESEARCH_USE)}")
        open_at(self, 1280, 800)
        self._make()
        self._assemble()
        bind_keys(self)
        self._wear()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._watch)
        self._timer.start(STATUS_MS)

    def begin(self) -> None:
        """Start the feed, or start it anew."""
        self._ended = False
        self.engineer.started_ns = self.engineer.started_ns or time.perf_counter_ns()
        self._log.restart()
        self.display.set_notice(None)
        self.display.set_guidance(None)
        self._feed.start(self._show)
        if self._first_help:
            self._first_help = False
            self._open_sheet(paint_first_help)
            self._preferences.change(help_seen=True)

    def status_text(self) -> str:
        """The status line as it stands."""
        return self.status.whole()

    # The operator's wishes

    def choose_target(self, view: View) -> None:
        """Aim at ``view``."""
        self.operator.choose(view)
        self._look()

    def next_target(self, by: int = 1) -> None:
        """Aim at the next view of the protocol, or of the list."""
        self.operator.step(by)
        self._look()

    def capture(self) -> None:
        """The operator says that this is the picture."""
        self._say(self.operator.capture())

    def skip(self) -> None:
        """Go on without this view."""
        self._say(self.operator.skip())

    def redo(self) -> None:
        """Do this view again."""
        self._say(self.operator.redo())

    def outline_structures(self) -> None:
        """Outline structures, or stop it."""
        self._structures = not self._structures
        self.display.set_structures(self._structures, self._feed.profile)

    def show_facets(self) -> None:
        """Say why the quality is what it is, or stop it."""
        self._want(facets=not self.display.wanted.facets)

    def show_card(self) -> None:
        """Show the start card, or stop it."""
        self._want(card=not self.display.wanted.card)

    def switch_light(self) -> None:
        """From dark to light, and back."""
        light = self._palette is not LIGHT
        self._palette = LIGHT if light else DARK
        self._preferences.change(light=light)
        self._wear()

    def scale_text(self, by: int) -> None:
        """Larger or smaller text; 0: the usual size."""
        place = TEXT_SCALES.index(self._preferences.now.text_scale) + by if by else 0
        scale = TEXT_SCALES[min(len(TEXT_SCALES) - 1, max(0, place))]
        self._preferences.change(text_scale=scale)
        self._wear()

    def switch_voice(self) -> None:
        """Speak hints, or be silent."""
        on = not self.speaker.on
        if not self.speaker.switch(on):
            self._say(self._words(Word.NO_VOICE, language=self._words.name))
            return
        self._preferences.change(voice=on)
        self._say(self._words(Word.VOICE_ON if on else Word.VOICE_OFF))

    def fill_screen(self) -> None:
        """Full screen and back."""
        switch_full_screen(self)

    def leave_full_screen(self) -> None:
        """Back to a window."""
        if self.isFullScreen():
            switch_full_screen(self)

    def again(self) -> None:
        """Begin again, once the feed has ended."""
        if self._ended:
            self.begin()

    def show_help(self) -> None:
        """Every key."""
        self._open_sheet(paint_keys)

    def show_engineer(self) -> None:
        """The engineer's panel, or no more."""
        self.engineer.setVisible(not self.engineer.isVisible())

    # Qt

    def changeEvent(self, event: QEvent | None) -> None:
        """In full screen, whoever asked for it, there is no bar below the picture."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            self._bar.setVisible(not self.isFullScreen())

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the feed."""
        self._timer.stop()
        self.engineer.stop()
        self.speaker.switch(False)
        self._feed.stop()
        if event is not None:
            event.accept()

    # Inside

    def _show(self, guidance: Guidance) -> None:
        """On the feed's thread."""
        self._count += guidance.frame is not self._frame  # a lost signal repeats its last
        self._frame = guidance.frame
        self._log.note(guidance)
        self.display.set_guidance(guidance)
        if self._feed.coach is not None:
            stall = self._stall.update(guidance.frame.t_stream_s, guidance.advice)
            self._stalled = "" if stall is None else self._words.stalled(stall)

    def _mute(self, muted: bool) -> None:
        self.operator.mute(muted)
        self.mute_button.setText(self._words(Word.HINTS_OFF if muted else Word.HINTS_ON))

    def _watch(self) -> None:
        """Status line, the strip, and the end of the feed."""
        now_ns = time.perf_counter_ns()
        rate = (self._count - self._count_then) / max(1e-9, (now_ns - self._then_ns) / 1e9)
        self._count_then, self._then_ns = self._count, now_ns
        self._ticks += 1
        if self._ticks % (1000 // STATUS_MS) == 0:
            self._log.tick(self.display.count.frames, self.display.count.left_out)
        self._look()
        if self._structures:
            self.display.set_structures(True, self._feed.profile)
        if not self._feed.running and not self._ended:
            self._ended = True
            self.display.set_notice(self._feed.ending())
            if self._close_at_end:
                self.close()
        self.status.show_parts(self._status(rate))

    def _look(self) -> None:
        """Target, strip and advice as they stand."""
        self._bar.follow(self.operator.target)
        board = self.operator.board
        note = self._stalled
        if board is not None:
            board.set_profile(self._feed.profile)
            self.strip.show_tiles(board.tiles(self.operator.target))
            if note and board.progression is not None:
                note = f"{note} {self._words(Word.STALLED_SKIP)}"
        if note != (self.display.wanted.note or ""):
            self._want(note=note or None)

    def _status(self, rate: float) -> list[str]:
        words, (said, until_ns) = self._words, self._said
        problem = None if self.operator.board is None else self.operator.board.problem
        if problem is not None:
            return [words(Word.DISK, problem=problem)]
        if said and time.perf_counter_ns() < until_ns:
            return [said]
        parts = [self._feed.title]
        guidance = self.display.guidance
        if guidance is not None:
            parts.append(words(Word.PICTURES_S, rate=f"{rate:.0f}"))
            parts.append(words(Word.DROPPED, count=guidance.dropped))
            if "total" in guidance.latency_ms and guidance.advice.state is not State.NO_SIGNAL:
                parts.append(f"{guidance.latency_ms['total']:.0f} ms{self._before_the_program()}")
        return parts

    def _before_the_program(self) -> str:
        """How late the device's pictures are, where its profile says."""
        profile = self._feed.profile
        if profile is None or profile.latency is None:
            return ""
        return f" + {self._words(Word.GRABBER, ms=f'{profile.latency.grabber_p50_ms:.0f}')}"

    def _say(self, text: str) -> None:
        if text:
            self._said = (text, time.perf_counter_ns() + round(SAID_S * 1e9))
            self.status.show_parts([text])
        self._look()

    def _want(self, **changes: object) -> None:
        self.display.set_wanted(replace(self.display.wanted, **changes))  # type: ignore[arg-type]

    def _wear(self) -> None:
        """Colours and size of text, as they are wanted now."""
        scale = self._preferences.now.text_scale
        self.display.set_palette(self._palette)
        self._want(text_scale=scale)
        self.strip.dress(self._palette, scale)
        self.engineer.dress(self._palette)
        self.setStyleSheet(style_sheet(self._palette, scale))

    def _open_sheet(self, paint: Paint) -> None:
        if self.sheet is None:
            sheet = Sheet(self._whole, paint, self._words, self._palette, self._preferences.now.text_scale)
            sheet.ended.connect(self._sheet_ended)
            self.sheet = sheet

    def _sheet_ended(self, key: int) -> None:
        self.sheet = None
        self.setFocus()

    def _make(self) -> None:
        """The parts of the window."""
        words, feed = self._words, self._feed
        self.display = GuidanceOverlay(mode=Mode.FULL, palette=self._palette)
        self.display.set_capture_quality(feed.capture_quality)
        hold_s = 1.0 if feed.coach is None else feed.coach.settings.hold_time_s
        self.display.set_wanted(replace(self.display.wanted, words=words, hold_s=hold_s))
        self.strip = ProtocolStrip(words, self._palette)
        self.strip.chosen.connect(lambda name: self.choose_target(View(name)))
        self.strip.setVisible(self.operator.board is not None and self.operator.board.wanted)
        self.engineer = EngineerPanel(self._log, self.display.count, self.heartbeat, words, self._palette)
        self.engineer.hide()
        self.speaker = Speaker(words.hints.language)
        if self._preferences.now.voice:
            self.speaker.switch(True)
        self.display.said.connect(lambda one, two: self.speaker.say(one))
        self.status = StatusLine()
        self.status.show_parts([feed.title])
        self._bar = WindowBar(
            feed, words, self.status, choose=self.choose_target, mute=self._mute, help=self.show_help
        )
        self.targets, self.mute_button = self._bar.targets, self._bar.mute_button
        self.help_button = self._bar.help_button

    def _assemble(self) -> None:
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.display, 1)
        column.addWidget(self.strip)
        column.addWidget(self.engineer)
        column.addWidget(self._bar)
        self.setCentralWidget(self._whole)

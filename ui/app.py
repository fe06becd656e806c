"""The window: picture and guidance, target chooser, keys, and a status line. It survives the end of its stream."""

from __future__ import annotations

import time

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QCloseEvent, QColor, QKeySequence, QPalette, QShortcut  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from guidance.hint import Guidance
from guidance.views import START_CARDS, View
from ui.feeds import Feed
from ui.layout import Mode
from ui.overlay import GuidanceOverlay
from ui.palette import DARK, Palette

STATUS_MS = 500
KEYS = "Space: capture   M: mute   D: dismiss hint   N: next target   S: structures   R: again   F11: full screen"


class GuidanceWindow(QMainWindow):
    """Shows ``feed`` until it is closed.

    Keys: Space captures by hand, M mutes and unmutes hints, D dismisses the hint on screen, N takes the next
    target, S outlines structures, R begins again after the end, F11 or F fills the screen, Esc leaves that,
    Ctrl+Q closes.

    Args:
        feed: where guidance comes from; the window starts and stops it.
        palette: colours.
        close_at_end: close when the feed ends (for runs of a limited length).
    """

    def __init__(self, feed: Feed, *, palette: Palette = DARK, close_at_end: bool = False):
        super().__init__()
        self._feed = feed
        self._close_at_end = close_at_end
        self._structures = False
        self._ended = False
        self._count = self._count_then = 0
        self._then_ns = time.perf_counter_ns()
        self.setWindowTitle("sonoguide - research use only")
        self.resize(1280, 760)

        self.display = GuidanceOverlay(mode=Mode.FULL, palette=palette)
        self.display.set_capture_quality(feed.capture_quality)
        self.targets = self._target_chooser()
        self.mute_button = QPushButton("Hints on")
        self.mute_button.setCheckable(True)
        self.mute_button.setEnabled(feed.coach is not None)
        self.mute_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.mute_button.toggled.connect(self._mute)
        self.status = QLabel(feed.title)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self._assemble(palette)
        self._bind_keys()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._watch)
        self._timer.start(STATUS_MS)

    def begin(self) -> None:
        """Start the feed, or start it anew."""
        self._ended = False
        self.display.set_notice(None)
        self.display.set_guidance(None)
        self._feed.start(self._show)

    def status_text(self) -> str:
        """The status line as it stands."""
        return self.status.text()

    # The operator's wishes

    def choose_target(self, view: View) -> None:
        """Aim at ``view``."""
        if self._feed.coach is not None:
            self._feed.coach.set_target(view)

    def next_target(self) -> None:
        """Aim at the next view of the list."""
        if self.targets.isEnabled():
            self.targets.setCurrentIndex((self.targets.currentIndex() + 1) % self.targets.count())

    def capture(self) -> None:
        """The operator says that this is the picture."""
        if self._feed.coach is not None:
            self._feed.coach.mark_captured()

    def dismiss(self) -> None:
        """The operator disagrees with the hint on screen."""
        if self._feed.coach is not None:
            self._feed.coach.dismiss_hint()

    def outline_structures(self) -> None:
        """Outline structures, or stop it."""
        self._structures = not self._structures
        self.display.set_structures(self._structures, self._feed.profile)

    def fill_screen(self) -> None:
        """Full screen and back."""
        if self.isFullScreen():
            self.leave_full_screen()
        else:
            self._bar.hide()
            self.showFullScreen()

    def leave_full_screen(self) -> None:
        """Back to a window."""
        if self.isFullScreen():
            self._bar.show()
            self.showNormal()

    def again(self) -> None:
        """Begin again, once the feed has ended."""
        if self._ended:
            self.begin()

    # Qt

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the feed."""
        self._timer.stop()
        self._feed.stop()
        if event is not None:
            event.accept()

    # Inside

    def _show(self, guidance: Guidance) -> None:
        """On the feed's thread."""
        self._count += 1
        self.display.set_guidance(guidance)

    def _mute(self, muted: bool) -> None:
        if self._feed.coach is not None:
            self._feed.coach.mute(muted)
        self.mute_button.setText("Hints off" if muted else "Hints on")

    def _watch(self) -> None:
        """Status line, and the end of the feed."""
        now_ns = time.perf_counter_ns()
        rate = (self._count - self._count_then) / max(1e-9, (now_ns - self._then_ns) / 1e9)
        self._count_then, self._then_ns = self._count, now_ns
        self._follow_target()
        if self._structures:
            self.display.set_structures(True, self._feed.profile)
        if not self._feed.running and not self._ended:
            self._ended = True
            self.display.set_notice(self._feed.ending())
            if self._close_at_end:
                self.close()
        self.status.setText(self._status(rate))

    def _status(self, rate: float) -> str:
        parts = [self._feed.title]
        guidance = self.display.guidance
        if guidance is not None:
            parts.append(f"{rate:.0f} pictures/s")
            parts.append(f"{guidance.dropped} dropped")
            if "total" in guidance.latency_ms:
                parts.append(f"{guidance.latency_ms['total']:.0f} ms{self._before_the_program()}")
        return "   ·   ".join(parts)

    def _before_the_program(self) -> str:
        """How late the device's pictures are, where its profile says."""
        profile = self._feed.profile
        if profile is None or profile.latency is None:
            return ""
        return f" + {profile.latency.grabber_p50_ms:.0f} ms grabber"

    def _follow_target(self) -> None:
        """The chooser shows the coach's target, whoever set it."""
        coach = self._feed.coach
        if coach is None:
            return
        index = self.targets.findData(coach.target.value)
        if index != self.targets.currentIndex():
            self.targets.blockSignals(True)
            self.targets.setCurrentIndex(index)
            self.targets.blockSignals(False)

    def _target_chooser(self) -> QComboBox:
        chooser = QComboBox()
        for view in self._feed.targets:
            chooser.addItem(f"{view.value.replace('_', ' ')}  {START_CARDS[view].title}", view.value)
        coach = self._feed.coach
        if coach is not None:
            chooser.setCurrentIndex(chooser.findData(coach.target.value))
        chooser.setEnabled(coach is not None)
        chooser.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        chooser.setAccessibleName("Target view")
        chooser.currentIndexChanged.connect(lambda index: self.choose_target(View(chooser.itemData(index))))
        return chooser

    def _assemble(self, palette: Palette) -> None:
        self._bar = QWidget()
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(12)
        row.addWidget(QLabel("Target"))
        row.addWidget(self.targets)
        row.addWidget(self.mute_button)
        row.addStretch(1)
        row.addWidget(self.status)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.display, 1)
        column.addWidget(self._bar)
        self.setCentralWidget(whole)
        self._bar.setToolTip(KEYS)
        self.setStyleSheet(style_sheet(palette))

    def _bind_keys(self) -> None:
        bindings = {
            "Space": self.capture,
            "M": self.mute_button.toggle,
            "D": self.dismiss,
            "N": self.next_target,
            "S": self.outline_structures,
            "R": self.again,
            "F11": self.fill_screen,
            "F": self.fill_screen,
            "Esc": self.leave_full_screen,
            "Ctrl+Q": self.close,
        }
        for keys, action in bindings.items():
            QShortcut(QKeySequence(keys), self).activated.connect(action)


def dress(application: QApplication, palette: Palette = DARK) -> None:
    """Give the whole application the dark look: menus and tool tips too."""
    application.setApplicationName("sonoguide")
    application.setStyle("Fusion")
    colours = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, palette.background),
        (QPalette.ColorRole.WindowText, palette.text),
        (QPalette.ColorRole.Base, palette.panel),
        (QPalette.ColorRole.Text, palette.text),
        (QPalette.ColorRole.Button, palette.panel),
        (QPalette.ColorRole.ButtonText, palette.text),
        (QPalette.ColorRole.Highlight, palette.guide),
        (QPalette.ColorRole.HighlightedText, palette.background),
        (QPalette.ColorRole.ToolTipBase, palette.panel),
        (QPalette.ColorRole.ToolTipText, palette.text),
    ):
        colours.setColor(role, QColor(colour))
    application.setPalette(colours)


def style_sheet(palette: Palette) -> str:
    """Style of the few controls below the picture."""
    return f"""
        QMainWindow, QWidget {{ background: {palette.background}; color: {palette.text_soft}; font-size: 14px; }}
        QComboBox, QPushButton {{
            background: {palette.panel}; color: {palette.text}; border: 1px solid {palette.line};
            border-radius: 6px; padding: 6px 12px;
        }}
        QComboBox QAbstractItemView {{ background: {palette.panel}; color: {palette.text}; }}
        QPushButton:checked {{ border-color: {palette.caution}; color: {palette.caution}; }}
        QComboBox:disabled, QPushButton:disabled {{ color: {palette.text_faint}; }}
    """

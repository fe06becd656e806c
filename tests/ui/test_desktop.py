"""The first size of a window, and full screen.

Promises:
- a window opens as large as it is meant to be, but never larger than its screen;
- full screen and back: a maximised window is maximised again, a usual one has its size again.
"""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from ui.desktop import TITLE_BAR, open_at, switch_full_screen


@pytest.mark.parametrize("size", [(400, 300), (5000, 300), (5000, 5000)])
def test_a_window_opens_inside_its_screen(size: tuple[int, int], qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    open_at(window, *size)
    screen = window.screen()
    assert screen is not None
    room = screen.availableGeometry()
    assert window.width() == min(size[0], room.width())
    assert window.height() == min(size[1], room.height() - TITLE_BAR)


@pytest.mark.parametrize("before", [Qt.WindowState.WindowNoState, Qt.WindowState.WindowMaximized])
def test_full_screen_goes_back_to_what_was(before: Qt.WindowState, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.setWindowState(before)
    window.show()
    switch_full_screen(window)
    assert window.isFullScreen()
    switch_full_screen(window)
    assert window.windowState() == before
    if before == Qt.WindowState.WindowNoState:
        assert (window.width(), window.height()) == (400, 300)

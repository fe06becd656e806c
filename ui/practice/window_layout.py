"""How the practice window is laid out: the picture left, chest over score right, the controls below."""

from __future__ import annotations

from qtpy.QtWidgets import QGridLayout, QVBoxLayout, QWidget


def assemble(display: QWidget, chest: QWidget, card: QWidget, controls: QWidget) -> QWidget:
    """One widget of the four."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 12, 0)
    grid.setSpacing(8)
    grid.addWidget(display, 0, 0, 2, 1)
    grid.addWidget(chest, 0, 1)
    grid.addWidget(card, 1, 1)
    grid.setColumnStretch(0, 66)
    grid.setColumnStretch(1, 34)
    grid.setRowStretch(0, 62)
    grid.setRowStretch(1, 38)
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addLayout(grid, 1)
    column.addWidget(controls)
    return whole

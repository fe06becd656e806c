"""The look of Qt's own controls: the application's colours, and the style of the few controls below the picture."""

from __future__ import annotations

from qtpy.QtGui import QColor, QPalette
from qtpy.QtWidgets import QApplication

from ui.palette import DARK, Palette


def dress(application: QApplication, palette: Palette = DARK) -> None:
    """Give the whole application the look of ``palette``: menus and tool tips too."""
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


def style_sheet(palette: Palette, text_scale: float = 1.0) -> str:
    """Style of the few controls below the picture."""
    return f"""
        QMainWindow, QWidget {{
            background: {palette.background}; color: {palette.text_soft}; font-size: {round(14 * text_scale)}px;
        }}
        QComboBox, QPushButton {{
            background: {palette.panel}; color: {palette.text}; border: 1px solid {palette.line};
            border-radius: 6px; padding: 6px 12px;
        }}
        QComboBox QAbstractItemView {{ background: {palette.panel}; color: {palette.text}; }}
        QPushButton:checked {{ border-color: {palette.caution}; color: {palette.caution}; }}
        QComboBox:disabled, QPushButton:disabled {{ color: {palette.text_faint}; }}
        QToolTip {{ background: {palette.panel}; color: {palette.text}; border: 1px solid {palette.line}; }}
    """

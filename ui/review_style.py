"""Style of the review window's controls."""

from __future__ import annotations

from ui.palette import Palette


def style_sheet(palette: Palette) -> str:
    """For the whole window and its questions."""
    p = palette
    return f"""
        QMainWindow, QWidget {{ background: {p.background}; color: {p.text_soft}; font-size: 13px; }}
        QDialog, QDialog QLabel {{ background: {p.panel}; color: {p.text}; font-size: 14px; }}
        QLabel#title {{ color: {p.text}; font-size: 18px; font-weight: 600; }}
        QLabel#heading {{ color: {p.text}; font-weight: 600; }}
        QLabel#faint {{ color: {p.text_faint}; font-size: 12px; }}
        QLabel#banner {{
            background: {p.panel}; color: {p.text}; border: 1px solid {p.caution}; border-radius: 6px;
            padding: 8px 12px; font-size: 14px;
        }}
        QPushButton {{
            background: {p.panel}; color: {p.text}; border: 1px solid {p.line}; border-radius: 6px; padding: 7px 4px;
        }}
        QDialog QPushButton {{ padding: 7px 14px; }}
        QPushButton:hover {{ border-color: {p.text_faint}; }}
        QPushButton:default {{ border-color: {p.guide}; }}
        QPushButton:disabled {{ color: {p.text_faint}; background: {p.background}; }}
        QPushButton#accepted:checked {{ border: 2px solid {p.good}; color: {p.good}; }}
        QPushButton#rejected:checked {{ border: 2px solid {p.alert}; color: {p.alert}; }}
        QPushButton#undecided:checked {{ border: 2px solid {p.text_soft}; }}
        QPushButton#wrong:checked {{ border: 2px solid {p.alert}; color: {p.alert}; }}
        QPlainTextEdit, QLineEdit {{
            background: {p.panel}; color: {p.text}; border: 1px solid {p.line}; border-radius: 6px; padding: 4px;
            font-size: 14px;
        }}
        QPlainTextEdit:focus, QLineEdit:focus {{ border: 2px solid {p.guide}; }}
        QListWidget {{ background: {p.background}; border: none; outline: none; }}
        QScrollBar:vertical {{ background: {p.background}; width: 10px; margin: 0; }}
        QScrollBar::handle:vertical {{ background: {p.line}; border-radius: 4px; min-height: 30px; }}
        QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
        QToolTip {{ background: {p.panel}; color: {p.text}; border: 1px solid {p.line}; }}
    """

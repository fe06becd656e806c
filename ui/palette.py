"""Colours and type faces of everything that is painted. Data only; text keeps its contrast on every plate."""

from __future__ import annotations

from dataclasses import dataclass

from guidance.hint import State


@dataclass(frozen=True, slots=True)
class Palette:
    """Named colours as ``#rrggbb``. The accents differ in lightness too, and each comes with its own icon.

    Hues follow Okabe and Ito's colour-blind-safe set (https://jfly.uni-koeln.de/color/), lightened.
    """

    background: str = "#07090c"
    panel: str = "#11161c"
    track: str = "#222b35"
    line: str = "#2c3743"
    text: str = "#f4f7fa"
    text_soft: str = "#b4c0cc"
    text_faint: str = "#8a97a5"
    calm: str = "#9fb0c0"
    guide: str = "#62bdf6"
    good: str = "#3fdca4"
    caution: str = "#f5b942"
    alert: str = "#ff8f66"
    skin: str = "#c98f70"
    body: str = "#e9edf1"
    families: tuple[str, ...] = ("Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "Roboto", "DejaVu Sans")

    def accent(self, state: State) -> str:
        """The colour that goes with ``state``."""
        return {
            State.NO_SIGNAL: self.alert,
            State.FROZEN: self.caution,
            State.NO_CONTACT: self.caution,
            State.NOT_RECOGNISED: self.calm,
            State.SEARCHING: self.guide,
            State.ADJUSTING: self.guide,
            State.HOLD: self.good,
            State.CAPTURED: self.good,
            State.PAUSED: self.calm,
        }[state]


DARK = Palette()
"""The palette for a scanning room, and the usual one: the picture is read in the dark."""

LIGHT = Palette(
    background="#eef1f4",
    panel="#ffffff",
    track="#d3dae1",
    line="#b3bec9",
    text="#0e1720",
    text_soft="#33424f",
    text_faint="#4e5d6a",
    calm="#3d5265",
    guide="#00508a",
    good="#007352",
    caution="#7a4b00",
    alert="#a83200",
    skin="#b07052",
    body="#f4f6f8",
)
"""The palette for a bright room. The picture keeps its black surroundings."""

PICTURE_BLACK = "#000000"
"""What surrounds the picture, in every palette."""


def on_picture(palette: Palette) -> Palette:
    """The palette for what lies on the picture: a light one would glare there."""
    return palette if luminance(palette.background) < 0.2 else DARK


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2), 0 black to 1 white."""
    channels = (int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)

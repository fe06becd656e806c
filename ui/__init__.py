"""What people see and type: the embeddable overlay and the engine for Qt programs, the window and the command line.

Example::

    from ui import GuidanceEngine, GuidanceOverlay, of_graphics_item

    engine = GuidanceEngine(parent=window)
    overlay = GuidanceOverlay(view)
    overlay.set_picture_rect(of_graphics_item(view, item))
    engine.guidance.connect(overlay.set_guidance)
    engine.start()

Every public name can be imported from here; Qt loads when the first of them is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guidance.lazy_names import lazily

if TYPE_CHECKING:
    from ui.floating_overlay import FloatingOverlay
    from ui.host_frame import ColourOrder, pixels_of
    from ui.host_picture import fitted, of_graphics_item, of_picture, of_quick_item, of_video_widget
    from ui.layout import Mode
    from ui.overlay import GuidanceOverlay
    from ui.overlay_parts import ALL_PARTS, OverlayParts
    from ui.paint_count import PaintCount
    from ui.painter import Wanted, paint_guidance
    from ui.palette import DARK, LIGHT, Palette
    from ui.qt_engine import GuidanceEngine
    from ui.state_look import StateLook

_NAMES = {
    "floating_overlay": "FloatingOverlay",
    "host_frame": "ColourOrder pixels_of",
    "host_picture": "fitted of_graphics_item of_picture of_quick_item of_video_widget",
    "layout": "Mode",
    "overlay": "GuidanceOverlay",
    "overlay_parts": "ALL_PARTS OverlayParts",
    "paint_count": "PaintCount",
    "painter": "Wanted paint_guidance",
    "palette": "DARK LIGHT Palette",
    "qt_engine": "GuidanceEngine",
    "state_look": "StateLook",
}
"""Public names by module."""

__all__ = [
    "ALL_PARTS",
    "DARK",
    "LIGHT",
    "ColourOrder",
    "FloatingOverlay",
    "GuidanceEngine",
    "GuidanceOverlay",
    "Mode",
    "OverlayParts",
    "PaintCount",
    "Palette",
    "StateLook",
    "Wanted",
    "fitted",
    "of_graphics_item",
    "of_picture",
    "of_quick_item",
    "of_video_widget",
    "paint_guidance",
    "pixels_of",
]

__getattr__, __dir__ = lazily(__name__, _NAMES)

"""Where a host's widget shows its picture, for :meth:`ui.overlay.GuidanceOverlay.set_picture_rect`.

Each function returns a function that is asked at every paint: it follows zoom, scrolling and another picture size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QRectF, QSizeF, Qt

if TYPE_CHECKING:
    from qtpy.QtMultimediaWidgets import QVideoWidget
    from qtpy.QtQuick import QQuickItem
    from qtpy.QtWidgets import QGraphicsItem, QGraphicsView, QWidget

Place = Callable[[], QRectF]


def of_graphics_item(view: QGraphicsView, item: QGraphicsItem) -> Place:
    """The place of ``item`` in ``view``, whatever its zoom, scrolling and rotation by quarter turns."""
    return lambda: view.viewportTransform().mapRect(item.sceneBoundingRect())


def of_quick_item(item: QQuickItem) -> Place:
    """The place of ``item`` in the QQuickWidget that shows it: of a VideoOutput or an Image its picture alone."""

    def place() -> QRectF:
        whole = QRectF(0.0, 0.0, float(item.width()), float(item.height()))
        content, painted = item.property("contentRect"), item.property("paintedWidth")
        if isinstance(content, QRectF) and not content.isEmpty():
            whole = content
        elif isinstance(painted, int | float) and painted > 0:
            size = QSizeF(float(painted), float(item.property("paintedHeight")))
            whole = centred(size, whole)
        return item.mapRectToScene(whole)

    return place


def of_video_widget(widget: QVideoWidget) -> Place:
    """The place of the video in ``widget``, by its aspect ratio mode."""

    def place() -> QRectF:
        sink = widget.videoSink()
        size = QSizeF() if sink is None else QSizeF(sink.videoSize())
        return fitted(size, QRectF(widget.rect()), widget.aspectRatioMode())

    return place


def of_picture(widget: QWidget, size: Callable[[], tuple[int, int]]) -> Place:
    """The place of a picture of ``size()`` (width, height) that ``widget`` shows as large as fits, in its middle."""
    return lambda: fitted(QSizeF(*size()), QRectF(widget.rect()))


def fitted(
    size: QSizeF, rect: QRectF, mode: Qt.AspectRatioMode = Qt.AspectRatioMode.KeepAspectRatio
) -> QRectF:
    """``size`` scaled by ``mode`` and centred in ``rect``; ``rect`` itself for a size without area."""
    return rect if size.isEmpty() else centred(size.scaled(rect.size(), mode), rect)


def centred(size: QSizeF, rect: QRectF) -> QRectF:
    """A rectangle of ``size`` in the middle of ``rect``."""
    around = QRectF(0.0, 0.0, size.width(), size.height())
    around.moveCenter(rect.center())
    return around

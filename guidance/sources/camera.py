"""Cameras and capture cards (UVC, V4L2) through OpenCV: ``camera:0,size=1280x720,fps=60,fourcc=MJPG``."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2

from guidance.errors import InputError
from guidance.sources.live import LiveCapture

USAGE = (
    "write camera:INDEX[,size=WIDTHxHEIGHT][,fps=N][,fourcc=CODE], for example camera:0,size=1280x720,fps=60"
)


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What to ask a camera for; it may give something near it.

    Attributes:
        index: number of the device.
        size: (width, height) in pixels.
        fps: frames per second.
        fourcc: pixel format. MJPG by default: raw formats do not fit through USB 2 at full size and rate.
    """

    index: int
    size: tuple[int, int] | None = None
    fps: float | None = None
    fourcc: str = "MJPG"


def parse_camera(text: str) -> CameraOptions:
    """Options written as ``0,size=1280x720,fps=60,fourcc=MJPG`` (the device also as ``/dev/video0``).

    Raises:
        InputError: they cannot be read.
    """
    head, *rest = [part.strip() for part in text.split(",")]
    device = re.fullmatch(r"(?:/dev/video)?([0-9]{1,4})", head)
    if device is None:
        raise InputError(f"camera '{head}' is not a number: {USAGE}")
    size: tuple[int, int] | None = None
    fps: float | None = None
    fourcc = "MJPG"
    for option in rest:
        name, _, value = option.partition("=")
        if name == "size" and (found := re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", value)):
            size = int(found[1]), int(found[2])
        elif name == "fps" and re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", value) and float(value) > 0:
            fps = float(value)
        elif name == "fourcc" and re.fullmatch(r"[A-Za-z0-9]{4}", value):
            fourcc = value.upper()
        else:
            raise InputError(f"camera option '{option}' is not understood: {USAGE}")
    return CameraOptions(int(device[1]), size, fps, fourcc)


def open_camera(text: str) -> LiveCapture:
    """The camera that ``text`` names (see :func:`parse_camera`) as a live source.

    Raises:
        InputError: there is no such camera, or it gives no picture.
    """
    options = parse_camera(text)
    present = ", ".join(f"camera:{index} ({name})" for index, name in list_cameras())
    return LiveCapture(
        lambda: _connect(options),
        uri=f"camera:{text}",
        kind="camera",
        stamped=sys.platform.startswith("linux"),  # perf_counter_ns is V4L2's clock there
        absent=f"camera {options.index} gives no picture; "
        + (f"present: {present}" if present else "no camera is connected, or it may not be used"),
    )


def list_cameras() -> list[tuple[int, str]]:
    """(index, name) of the video devices that Linux knows; empty on other systems, which do not list them."""
    found = []
    for node in Path("/sys/class/video4linux").glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdigit():
            try:
                found.append((int(number), (node / "name").read_text().strip()))
            except OSError:
                continue
    return sorted(found)


def _connect(options: CameraOptions) -> cv2.VideoCapture:
    # V4L2 waits 10 s for a silent device by default; the operator should know after two.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
    linux = sys.platform.startswith("linux")
    capture = cv2.VideoCapture(options.index, cv2.CAP_V4L2 if linux else cv2.CAP_ANY)
    if capture.isOpened():
        # The format comes first: it decides which sizes and rates the driver offers.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*options.fourcc))
        if options.size is not None:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, options.size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, options.size[1])
        if options.fps is not None:
            capture.set(cv2.CAP_PROP_FPS, options.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture

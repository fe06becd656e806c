"""open_source: one function for every stream. Paths are judged by content, addresses by scheme."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import cast

from guidance.errors import InputError, SonoguideError
from guidance.plugins import SOURCES, line_of, loaded, points
from guidance.sources.base import Source
from guidance.sources.camera import open_camera
from guidance.sources.content import HEAD_BYTES, Content, kind_of
from guidance.sources.dicom import open_dicom
from guidance.sources.igtl import open_igtl
from guidance.sources.images import open_image, open_images
from guidance.sources.screen import open_screen
from guidance.sources.sequence import open_sequence
from guidance.sources.video import open_stream, open_video
from guidance.sources.window import open_window

ENTRY_POINT_GROUP = SOURCES
"""Other packages add schemes: ``name = "package.module:opener"``, called as ``opener(rest, fast=fast)``."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)
_NETWORK = ("rtsp", "rtsps", "http", "https", "rtmp", "udp")
_FILES: dict[str, Callable[..., Source]] = {
    "video": open_video,
    "images": open_images,
    "image": open_image,
    "dicom": open_dicom,
    "sequence": open_sequence,
}
BUILT_IN = ("camera", "screen", "window", "igtl", *_FILES, *_NETWORK)
"""Schemes that no plug-in can take."""

_OPENERS: dict[Content, Callable[..., Source]] = {
    Content.DICOM: open_dicom,
    Content.IMAGE: open_image,
    Content.VIDEO: open_video,
    Content.SEQUENCE: open_sequence,
}


def open_source(uri: str, *, fast: bool = False, loop: bool = False) -> Source:
    """Open the stream that ``uri`` names.

    Args:
        uri: a file or folder (its content decides), ``camera:0``, ``screen:1``, ``window:ID``,
            ``rtsp://...``, ``igtl://HOST:PORT``, ``video:PATH``, ``phantom:...``, or any scheme that an installed
            plug-in adds.
        fast: recordings come as fast as they decode, not at their own rate.
        loop: recordings begin again at their end. Live sources and plug-ins ignore it.

    Raises:
        InputError: it does not exist, is not a stream, or cannot be decoded.
    """
    if not uri.strip():  # an empty variable in a script; as a path it would be the current folder
        raise InputError("no stream is named: give a file, a folder or an address such as camera:0")
    match = _SCHEME.fullmatch(uri)
    if match is None or os.path.exists(uri):
        return _open_path(Path(uri).expanduser(), fast=fast, loop=loop)
    scheme, rest = match.groups()
    if scheme in _NETWORK:
        return open_stream(uri)
    if scheme == "camera":
        return open_camera(rest)
    if scheme == "screen":
        return open_screen(rest)
    if scheme == "window":
        return open_window(rest)
    if scheme == "igtl":
        return open_igtl(uri)
    if scheme in _FILES:
        path = Path(rest).expanduser()
        _require(path, folder=scheme == "images")
        return _FILES[scheme](path, fast=fast, loop=loop)
    plugins = points(SOURCES)
    if scheme in plugins:
        return _open_plugin(plugins[scheme], rest, fast=fast)
    raise InputError(
        f"unknown kind of stream '{scheme}:' - use a path, or one of {', '.join(known_schemes())}"
    )


def known_schemes() -> tuple[str, ...]:
    """Every scheme that :func:`open_source` understands here, plug-ins included, as ``"camera:"``."""
    return tuple(f"{name}:" for name in (*BUILT_IN, *sorted(set(points(SOURCES)) - set(BUILT_IN))))


def _open_plugin(point: EntryPoint, rest: str, *, fast: bool) -> Source:
    # A plug-in is somebody else's code: whatever it raises must end as one line that names it.
    opener = loaded(point)
    try:
        return cast(Source, opener(rest, fast=fast))
    except SonoguideError:
        raise
    except Exception as error:
        raise InputError(f"the plug-in '{point.name}' ({point.value}) failed: {line_of(error)}") from error


def _open_path(path: Path, *, fast: bool, loop: bool) -> Source:
    _require(path, folder=os.path.isdir(path))
    if os.path.isdir(path):
        return open_images(path, fast=fast, loop=loop)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if not head:
        raise InputError(f"{path}: the file is empty")
    content = kind_of(head)
    if content is None:
        raise InputError(f"{path}: is not a video, an image or a DICOM file, nor a tracked sequence")
    return _OPENERS[content](path, fast=fast, loop=loop)


def _require(path: Path, *, folder: bool) -> None:
    # os.path rather than Path: it says no to names that the system cannot even ask for.
    if not os.path.exists(path):
        raise InputError(f"{path}: no such file or folder")
    if folder and not os.path.isdir(path):
        raise InputError(f"{path}: is not a folder")
    if not folder and not os.path.isfile(path):
        raise InputError(f"{path}: is not a file")

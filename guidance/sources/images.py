"""Still images, and folders of them played in natural order at a steady rate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources.base import DEFAULT_FPS, SourceInfo, check_size
from guidance.sources.content import HEAD_BYTES, Content, kind_of, picture_size, png_is_whole
from guidance.sources.playback import Picture, Playback
from guidance.sources.quiet import quiet_opencv

MAX_FILE_BYTES = 256 * 1024 * 1024
_HEADER_BYTES = 256 * 1024


def open_image(path: Path, *, fast: bool = False, loop: bool = False) -> Playback:
    """One still image as a stream of one frame; with ``loop`` it repeats at 10 frames a second.

    Raises:
        InputError: it cannot be decoded.
    """
    pixels = read_image(path)
    info = SourceInfo(uri=str(path), kind="image", fps=DEFAULT_FPS if loop else None, frame_count=1)
    return Playback(info, lambda: iter([(pixels, 0.0)]), fast=fast, loop=loop)


def open_images(folder: Path, *, fast: bool = False, loop: bool = False) -> Playback:
    """The images of a folder, ``image_5`` before ``image_10``, 10 frames a second; other files are ignored.

    Raises:
        InputError: there are no images, or their sizes differ.
    """
    paths = [path for path in _sorted_files(folder) if _is_image(path)]
    if not paths:
        raise InputError(
            f"{folder}: the folder holds no images; give a folder of PNG, JPEG, BMP, TIFF or WebP files"
        )
    sized = [(path, size) for path in paths if (size := _header_size(path)) is not None]
    for path, size in sized:
        if size != sized[0][1]:
            raise _mixed(folder, *sized[0], path, size)
    info = SourceInfo(uri=str(folder), kind="images", fps=DEFAULT_FPS, frame_count=len(paths))
    return Playback(info, lambda: _play(folder, paths), fast=fast, loop=loop)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Pixels of one image file: (H, W) grey or (H, W, 3) BGR uint8. 16 bits are scaled, transparency dropped.

    Raises:
        InputError: it is too large, cut short or cannot be decoded.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{path}: the image file is larger than 256 MB")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    size = picture_size(data)
    if size is not None:
        check_size(*size, str(path))
    pixels = None
    if size is not None and (not data.startswith(b"\x89PNG") or png_is_whole(data)):
        try:
            with quiet_opencv():
                pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR)
        except cv2.error:
            pixels = None
    if pixels is None:
        raise InputError(f"{path}: the image cannot be decoded; the file is damaged or cut short")
    return np.asarray(pixels, dtype=np.uint8)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key under which numbers count as numbers: ``image_5`` comes before ``image_10``."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part]


def _play(folder: Path, paths: list[Path]) -> Iterator[Picture]:
    first: tuple[int, int] | None = None
    for index, path in enumerate(paths):
        pixels = read_image(path)
        size = (pixels.shape[1], pixels.shape[0])
        first = first or size
        if size != first:
            raise _mixed(folder, paths[0], first, path, size)
        yield pixels, index / DEFAULT_FPS


def _mixed(
    folder: Path, path: Path, size: tuple[int, int], other: Path, size2: tuple[int, int]
) -> InputError:
    return InputError(
        f"{folder}: images of one stream must have one size, but {path.name} is {size[0]} x {size[1]} "
        f"and {other.name} is {size2[0]} x {size2[1]}"
    )


def _sorted_files(folder: Path) -> list[Path]:
    try:
        return sorted((p for p in folder.iterdir() if p.is_file()), key=lambda p: natural_key(p.name))
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be read ({error.strerror})") from error


def _head(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


def _is_image(path: Path) -> bool:
    return not path.name.startswith(".") and kind_of(_head(path, HEAD_BYTES)) is Content.IMAGE


def _header_size(path: Path) -> tuple[int, int] | None:
    return picture_size(_head(path, _HEADER_BYTES))

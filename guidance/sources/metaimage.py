"""MetaImage files: a text header, then raw or zlib-compressed pixels, given picture by picture in bounded memory.

A reader of our own, of the 8-bit pictures that PLUS and 3D Slicer write: SimpleITK would add 50 MB for it, reads a
whole sequence into memory, and takes the size that a header claims at its word.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources.base import check_size

MAX_HEADER_BYTES = 64 * 1024 * 1024
"""Some ten transforms of a picture are 2 kB: enough for half an hour of them."""

MAX_PICTURES = 1_000_000
_MAX_LINE = 64 * 1024
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class MetaImage:
    """What a header says.

    Attributes:
        path: the file.
        fields: every ``name = value`` line.
        size: (width, height) in pixels. count: pictures. channels: 1 (grey) or 3 (RGB).
        data: the file that holds the pixels. offset: where they begin. compressed: by zlib.
    """

    path: Path
    fields: Mapping[str, str]
    size: tuple[int, int]
    count: int
    channels: int
    data: Path
    offset: int
    compressed: bool

    @property
    def picture_bytes(self) -> int:
        """Bytes of one picture."""
        return self.size[0] * self.size[1] * self.channels

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Each picture: (H, W) grey or (H, W, 3) BGR uint8.

        Raises:
            InputError: the file is damaged or cut short from here on; all pictures before were given.
        """
        width, height = self.size
        shape = (height, width) if self.channels == 1 else (height, width, 3)
        try:
            with self.data.open("rb") as file:
                file.seek(self.offset)
                pieces = (
                    _inflated(file, self.picture_bytes) if self.compressed else _raw(file, self.picture_bytes)
                )
                for index in range(self.count):
                    piece = next(pieces, b"")
                    if len(piece) < self.picture_bytes:
                        raise InputError(f"{self.path}: cut short after picture {index} of {self.count}")
                    pixels = np.frombuffer(piece, np.uint8).reshape(shape)
                    if self.channels == 3:
                        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
                    yield pixels
        except zlib.error as error:
            raise InputError(f"{self.path}: the compressed pixels are damaged ({error})") from error
        except OSError as error:
            raise InputError(f"{self.data}: cannot be read ({error.strerror or error})") from error


def read_header(path: Path) -> MetaImage:
    """The header of the MetaImage file at ``path``.

    Raises:
        InputError: it is none, or its pictures are not what this reader knows.
    """
    try:
        with path.open("rb") as file:
            fields = _fields(file, path)
            offset = file.tell()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    kind = fields.get("ElementType", "")
    channels = _whole(fields, "ElementNumberOfChannels", path, 1)
    if kind not in ("MET_UCHAR", "MET_UCHAR_ARRAY") or channels not in (1, 3):
        raise InputError(
            f"{path}: its pixels are {kind or 'of no type'} with {channels} channels; "
            "only 8-bit grey or colour pictures (MET_UCHAR) can be played"
        )
    if fields.get("BinaryData", "True").lower() != "true":
        raise InputError(f"{path}: its pixels are written as text; save it as binary")
    width, height, count = _dimensions(fields, path)
    check_size(width, height, str(path))
    if not 1 <= count <= MAX_PICTURES:
        raise InputError(f"{path}: says that it holds {count} pictures")
    data = path
    if fields["ElementDataFile"] != "LOCAL":
        name = fields["ElementDataFile"]
        if Path(name).name != name or name in ("", ".", "..", "LIST"):
            raise InputError(f"{path}: its pixels must be in it or in a file beside it, not in '{name[:60]}'")
        data, offset = path.with_name(name), _whole(fields, "HeaderSize", path, 0)
    compressed = fields.get("CompressedData", "False").lower() == "true"
    return MetaImage(path, fields, (width, height), count, channels, data, offset, compressed)


def _fields(file: BinaryIO, path: Path) -> dict[str, str]:
    """Up to and with ``ElementDataFile``, which is the last line before the pixels."""
    fields: dict[str, str] = {}
    left = MAX_HEADER_BYTES
    while left > 0:
        line = file.readline(_MAX_LINE)
        left -= len(line)
        name, equals, value = line.decode("latin-1").partition("=")
        if not equals or not line.endswith(b"\n"):
            break
        fields[name.strip()] = value.strip()
        if name.strip() == "ElementDataFile":
            return fields
    raise InputError(f"{path}: is no MetaImage file: its header is damaged or does not end")


def _dimensions(fields: Mapping[str, str], path: Path) -> tuple[int, int, int]:
    """Width, height, pictures: 2-D, 3-D with time last, or 4-D with a depth of one."""
    text = fields.get("DimSize", "")
    try:
        sizes = [int(word) for word in text.split()]
    except ValueError:
        sizes = []
    if not 2 <= len(sizes) <= 4 or (len(sizes) == 4 and sizes[2] != 1):
        raise InputError(f"{path}: DimSize = {text[:60]}: this is no sequence of flat pictures")
    return sizes[0], sizes[1], (sizes[-1] if len(sizes) > 2 else 1)


def _whole(fields: Mapping[str, str], name: str, path: Path, default: int) -> int:
    text = fields.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise InputError(f"{path}: {name} = {text[:60]}: no number that can be used")
    return int(text)


def _raw(file: BinaryIO, size: int) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece


def _inflated(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Pieces of ``size`` bytes: never more than one, whatever the stream would grow to."""
    inflate = zlib.decompressobj()
    waiting, piece = b"", bytearray()
    while not inflate.eof:
        waiting = waiting or file.read(_CHUNK)
        if not waiting:
            break
        piece += inflate.decompress(waiting, size - len(piece))
        waiting = inflate.unconsumed_tail
        if len(piece) == size:
            yield bytes(piece)
            piece = bytearray()
    if piece:
        yield bytes(piece)

"""Tells what a file is by its first bytes, never by its name, and how large a picture its header promises."""

from __future__ import annotations

import re
import struct
import zlib
from enum import StrEnum

HEAD_BYTES = 4096
"""How much of a file :func:`kind_of` wants to see."""


class Content(StrEnum):
    """Kinds of file that can be played."""

    DICOM = "dicom"
    IMAGE = "image"
    VIDEO = "video"
    SEQUENCE = "sequence"


_IMAGE_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")
_VIDEO_MAGIC = (
    b"GIF87a",
    b"GIF89a",
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x01\xba",  # MPEG programme stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"\x00\x00\x00\x01",  # H.264, H.265 elementary stream
    b"\x30\x26\xb2\x75",  # ASF, WMV
    b"OggS",
    b"FLV\x01",
)
_QUICKTIME_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_META_IMAGE = re.compile(rb"(Comment|ObjectType|NDims)[ \t]*=")
_EXPLICIT_VRS = (b"UL", b"UI", b"OB", b"SH", b"CS", b"DA", b"TM", b"LO")


def kind_of(head: bytes) -> Content | None:
    """The kind of the file that begins with ``head`` (:data:`HEAD_BYTES` bytes); None for any other file."""
    if head[128:132] == b"DICM":
        return Content.DICOM
    if head.startswith(_IMAGE_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return Content.IMAGE
    if head.startswith(_VIDEO_MAGIC) or head[4:8] in _QUICKTIME_ATOMS:
        return Content.VIDEO
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Content.VIDEO
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:  # MPEG transport stream packets
        return Content.VIDEO
    if _META_IMAGE.match(head) and b"NDims" in head:
        return Content.SEQUENCE
    if _bare_dicom(head):
        return Content.DICOM
    return None


def _bare_dicom(head: bytes) -> bool:
    """Whether a data set starts here without preamble: an early element of group 0002 or 0008."""
    if len(head) < 16:
        return False
    group, element = struct.unpack("<HH", head[:4])
    if group not in (0x0002, 0x0008) or element > 0x0070:
        return False
    (length,) = struct.unpack("<I", head[4:8])
    return head[4:6] in _EXPLICIT_VRS or length <= 256


def picture_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) that a PNG, JPEG, JPEG 2000, BMP, WebP or TIFF promises; None where it says none.

    ``data`` may be the beginning of a file; for JPEG and TIFF the header can lie deep in it.
    """
    try:
        return _picture_size(data)
    except (struct.error, IndexError):
        return None


def _picture_size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG"):
        return _pair(data, ">II", 16)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data.startswith(b"\xff\x4f\xff\x51"):  # JPEG 2000 codestream: extent less offset of the reference grid
        x1, y1, x0, y0 = struct.unpack_from(">IIII", data, 8)
        return x1 - x0, y1 - y0
    if data.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", data, 18)
        return abs(width), abs(height)
    if data[8:12] == b"WEBP":
        return _webp_size(data)
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return _tiff_size(data)
    return None


def _pair(data: bytes, layout: str, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, data, offset)
    return int(first), int(second)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0xD9, 0xDA):
            return None
        if (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:  # start of frame
            height, width = _pair(data, ">HH", at + 5)
            return width, height
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])


def _webp_size(data: bytes) -> tuple[int, int] | None:
    form = data[12:16]
    if form == b"VP8X":
        return (
            int.from_bytes(data[24:27], "little") + 1,
            int.from_bytes(data[27:30], "little") + 1,
        )
    if form == b"VP8 ":
        width, height = _pair(data, "<HH", 26)
        return width & 0x3FFF, height & 0x3FFF
    if form == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    size: dict[int, int] = {}
    for entry in range(count):
        at = directory + 2 + 12 * entry
        tag, kind = _pair(data, order + "HH", at)
        if tag in (256, 257):
            size[tag] = int(struct.unpack_from(order + ("H" if kind == 3 else "I"), data, at + 8)[0])
    return (size[256], size[257]) if len(size) == 2 else None


def png_is_whole(data: bytes) -> bool:
    """Whether every chunk of a PNG is there and has its checksum (libpng itself would complain on stderr)."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at = end
    return False

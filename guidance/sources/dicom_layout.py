"""Where a DICOM file keeps its pixels: their layout, and the bytes of each frame, whole or in fragments."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from guidance.errors import InputError

Span = tuple[int, int]
"""(offset in the file, length) in bytes."""

MAX_FRAGMENTS = 1_000_000
_UNDEFINED = 0xFFFFFFFF
_ITEM = b"\xfe\xff\x00\xe0"
_CODESTREAM_STARTS = (b"\xff\xd8", b"\xff\x4f")
_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one frame is stored (the Image Pixel module), and where the pixel data begin.

    Attributes:
        offset, length: of the pixel data's value in the file; length -1 when it is in fragments.
    """

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric: str
    planar: int
    syntax: UID
    vr: str
    offset: int
    length: int

    @classmethod
    def of(cls, header: Dataset, file: BinaryIO, name: str) -> Layout:
        """Layout of the data set ``header``; ``file`` stands at the pixel data element.

        Raises:
            InputError: there are no pixels, or of a kind that is not supported.
        """
        start = file.read(12)
        if len(start) < 8 or "Rows" not in header or "Columns" not in header:
            raise InputError(f"{name}: the DICOM file holds no picture")
        meta_syntax = getattr(header, "file_meta", Dataset()).get("TransferSyntaxUID")
        implicit, little = header.original_encoding
        order = "<" if little or little is None else ">"
        if implicit or not start[4:6].isalpha():  # some files change to implicit where the data set begins
            group, element, length = struct.unpack("<HHI", start[:8])
            offset, vr = file.tell() - 4, "OW"
        else:
            group, element, code, _, length = struct.unpack(order + "HH2sHI", start)
            offset, vr = file.tell(), code.decode("ascii", "replace")
        if (group, element) != (0x7FE0, 0x0010):
            raise InputError(
                f"{name}: the DICOM file holds no picture of whole numbers (float pixels or none)"
            )
        if meta_syntax is None:
            meta_syntax = _guess_syntax(file, offset, length, bool(implicit), order)
        syntax = UID(meta_syntax)
        if syntax == DeflatedExplicitVRLittleEndian:
            raise InputError(f"{name}: deflated DICOM is not supported; store it uncompressed or as JPEG")
        layout = cls(
            rows=int(header.Rows),
            columns=int(header.Columns),
            samples=int(header.get("SamplesPerPixel") or 1),
            bits_allocated=int(header.get("BitsAllocated") or 8),
            bits_stored=int(header.get("BitsStored") or header.get("BitsAllocated") or 8),
            signed=bool(header.get("PixelRepresentation") or 0),
            photometric=str(header.get("PhotometricInterpretation") or "MONOCHROME2").strip(),
            planar=int(header.get("PlanarConfiguration") or 0),
            syntax=syntax,
            vr=vr,
            offset=offset,
            length=-1 if length == _UNDEFINED else length,
        )
        layout._check(name)
        return layout

    def _check(self, name: str) -> None:
        known = (*_GREY, "PALETTE COLOR") if self.samples == 1 else _COLOUR
        if self.samples not in (1, 3) or self.photometric not in known:
            raise InputError(f"{name}: DICOM colours {self.photometric!r} are not supported")
        if self.bits_allocated not in (8, 16) or not 1 <= self.bits_stored <= self.bits_allocated:
            raise InputError(
                f"{name}: DICOM pixels of {self.bits_allocated} bits, {self.bits_stored} used, are not supported"
            )

    @property
    def native_frame_bytes(self) -> int:
        """Bytes of one frame where the pixel data are not compressed."""
        pixels = self.rows * self.columns
        if self.photometric == "YBR_FULL_422" and self.samples == 3:
            return pixels * 2 * self.bits_allocated // 8
        return pixels * self.samples * self.bits_allocated // 8


def _guess_syntax(file: BinaryIO, offset: int, length: int, implicit: bool, order: str) -> UID:
    """Transfer syntax of a data set without file meta information."""
    if length == _UNDEFINED:
        file.seek(offset)
        return JPEGBaseline8Bit if b"\xff\xd8" in file.read(4096) else ExplicitVRLittleEndian
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if order == "<" else ExplicitVRBigEndian


def frame_spans(file: BinaryIO, layout: Layout, count: int, file_size: int) -> list[tuple[Span, ...]]:
    """Where the bytes of each whole frame lie: ``count`` frames, or fewer where the file is cut short."""
    if layout.length >= 0:
        size = layout.native_frame_bytes
        # The header's length may lie either way; the file's size does not.
        whole = min(count, (file_size - layout.offset) // size, max(layout.length // size, 0))
        return [((layout.offset + index * size, size),) for index in range(whole)]
    fragments = list(_fragments(file, layout.offset, file_size))
    if not fragments:
        return []
    table, fragments = _offset_table(file, fragments[0]), fragments[1:]
    if count == 1:
        return [tuple(fragments)] if fragments else []
    if len(fragments) <= count and len(table) <= 1:
        starts = [_peek(file, offset, 2) in _CODESTREAM_STARTS for offset, _ in fragments]
        if len(fragments) == count or not any(starts) or all(starts):
            return [(fragment,) for fragment in fragments]
    if len(table) == count:
        return _group_by_table(fragments, table)[:count]
    return _group_by_start(file, fragments)[:count]


def _fragments(file: BinaryIO, offset: int, file_size: int) -> Iterator[Span]:
    """Items of encapsulated pixel data that are whole in the file, the offset table first (PS3.5 A.4)."""
    for _ in range(MAX_FRAGMENTS):
        file.seek(offset)
        head = file.read(8)
        if len(head) < 8 or head[:4] != _ITEM:
            return
        length = int.from_bytes(head[4:], "little")
        if offset + 8 + length > file_size:
            return
        yield offset + 8, length
        offset += 8 + length


def _peek(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


def _offset_table(file: BinaryIO, item: Span) -> list[int]:
    offset, length = item
    if length % 4 or length > 4 * MAX_FRAGMENTS:
        return []
    return [value for (value,) in struct.iter_unpack("<I", _peek(file, offset, length))]


def _group_by_table(fragments: list[Span], table: list[int]) -> list[tuple[Span, ...]]:
    """Fragments of each frame, by the basic offset table (bytes from the first fragment's item tag)."""
    origin = fragments[0][0] if fragments else 0
    starts = set(table)
    frames: list[list[Span]] = []
    for fragment in fragments:
        if fragment[0] - origin in starts or not frames:
            frames.append([])
        frames[-1].append(fragment)
    return [tuple(frame) for frame in frames]


def _group_by_start(file: BinaryIO, fragments: list[Span]) -> list[tuple[Span, ...]]:
    """Fragments of each frame, by the marker that begins every JPEG and JPEG 2000 codestream."""
    frames: list[list[Span]] = []
    for fragment in fragments:
        if not frames or _peek(file, fragment[0], 2) in _CODESTREAM_STARTS:
            frames.append([])
        frames[-1].append(fragment)
    return [tuple(frame) for frame in frames]

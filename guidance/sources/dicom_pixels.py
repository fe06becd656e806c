"""Pixels of a DICOM file: where each frame's bytes lie, and how they become grey or BGR uint8."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from guidance.errors import InputError
from guidance.sources.content import picture_size
from guidance.sources.quiet import quiet_opencv, quiet_warnings

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
        if implicit:
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
            raise InputError(
                f"{name}: DICOM colours '{self.photometric}' with {self.samples} samples are not supported"
            )
        if self.bits_allocated not in (8, 16) or not 1 <= self.bits_stored <= self.bits_allocated:
            raise InputError(
                f"{name}: DICOM pixels of {self.bits_allocated} bits, {self.bits_stored} stored, are not supported"
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


class PixelDecoder:
    """Turns the stored bytes of one frame into (H, W) grey or (H, W, 3) BGR uint8.

    Grey values go through the modality and the VOI transformation (rescale, window or tables) of the header;
    without a window, more than eight bits are scaled by the range of the first frame: the clip does not flicker.
    """

    def __init__(self, header: Dataset, layout: Layout, name: str) -> None:
        self._header = header
        self._layout = layout
        self._name = name
        self._table: NDArray[np.uint8] | None = None
        self._bounded = layout.syntax in (
            *JPEGTransferSyntaxes,
            *JPEGLSTransferSyntaxes,
            *JPEG2000TransferSyntaxes,
        )
        try:
            self._decoder = get_decoder(layout.syntax)
        except NotImplementedError as error:
            raise InputError(
                f"{name}: DICOM compression '{layout.syntax.name}' is not supported; store it as JPEG or RLE"
            ) from error

    def decode(self, data: bytes) -> NDArray[np.uint8]:
        """Pixels of the frame stored as ``data``.

        Raises:
            InputError: its codestream has another size than the header. Decoders raise other exceptions too.
        """
        layout = self._layout
        if self._bounded:
            size = picture_size(data)
            if size is not None and size != (layout.columns, layout.rows):
                raise InputError(
                    f"{self._name}: a frame is {size[0]} x {size[1]} where the header says "
                    f"{layout.columns} x {layout.rows}"
                )
            if layout.syntax == JPEGBaseline8Bit and (pixels := self._baseline(data)) is not None:
                return self._grey(pixels) if pixels.ndim == 2 else pixels
        with quiet_warnings():
            stored, meta = self._decoder.as_array(
                encapsulate([data], has_bot=False) if layout.length < 0 else data, index=0, **self._options()
            )
        if layout.samples == 3:
            if stored.dtype != np.uint8:
                stored = (stored >> max(layout.bits_stored - 8, 0)).astype(np.uint8)
            if meta["photometric_interpretation"] not in ("RGB", "YBR_ICT", "YBR_RCT"):
                raise InputError(f"{self._name}: colours '{layout.photometric}' could not be converted")
            return np.asarray(cv2.cvtColor(np.ascontiguousarray(stored), cv2.COLOR_RGB2BGR), dtype=np.uint8)
        return self._grey(stored)

    def _baseline(self, data: bytes) -> NDArray[np.uint8] | None:
        """Fast path: OpenCV decodes JPEG about ten times quicker; it guesses colours, so only where it is right."""
        layout = self._layout
        if layout.samples == 3 and (not layout.photometric.startswith("YBR") or b"Adobe\x00" in data[:512]):
            return None
        with quiet_opencv():
            pixels = cv2.imdecode(
                np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR | cv2.IMREAD_IGNORE_ORIENTATION
            )
        expected = (layout.rows, layout.columns, 3) if layout.samples == 3 else (layout.rows, layout.columns)
        return np.asarray(pixels, dtype=np.uint8) if pixels is not None and pixels.shape == expected else None

    def _options(self) -> dict[str, Any]:
        layout = self._layout
        return {
            "rows": layout.rows,
            "columns": layout.columns,
            "samples_per_pixel": layout.samples,
            "bits_allocated": layout.bits_allocated,
            "bits_stored": layout.bits_stored,
            "pixel_representation": int(layout.signed),
            "photometric_interpretation": layout.photometric,
            "planar_configuration": layout.planar,
            "number_of_frames": 1,
            "pixel_keyword": "PixelData",
            "pixel_vr": layout.vr,
        }

    def _grey(self, stored: NDArray[Any]) -> NDArray[np.uint8]:
        """Stored values through the table of this file: grey, or BGR for palette colour."""
        layout = self._layout
        if self._table is None:
            self._table = self._make_table(stored)
        mask = (1 << layout.bits_stored) - 1
        # Two's complement: masking maps signed values to 0..mask in the order that _values() uses.
        index = stored if stored.dtype == np.uint8 and mask == 255 else stored.astype(np.uint16) & mask
        return np.take(self._table, index, axis=0)

    def _values(self) -> NDArray[Any]:
        """Every value that a pixel can have, in the order of its stored bits."""
        count = 1 << self._layout.bits_stored
        values = np.arange(count, dtype=np.int32)
        if self._layout.signed:
            values[count // 2 :] -= count
        return values

    def _make_table(self, first: NDArray[Any]) -> NDArray[np.uint8]:
        layout, header = self._layout, self._header
        values = self._values()
        with quiet_warnings():
            if layout.photometric == "PALETTE COLOR":
                colours = apply_color_lut(values.astype(np.uint16), header)
                if colours.dtype != np.uint8:
                    colours = colours >> 8 if int(colours.max()) > 255 else colours
                return np.ascontiguousarray(colours[..., 2::-1].astype(np.uint8))
            physical = np.asarray(apply_modality_lut(values, header), dtype=np.float64)
            if "VOILUTSequence" in header:
                shown = np.asarray(apply_voi_lut(physical.astype(values.dtype), header), dtype=np.float64)
                low, high = float(shown.min()), float(shown.max())
            else:
                shown = physical
                low, high = self._range(physical, first)
        grey = np.clip((shown - low) * (255.0 / max(high - low, 1e-9)), 0.0, 255.0)
        if layout.photometric == "MONOCHROME1":
            grey = 255.0 - grey
        return np.rint(grey).astype(np.uint8)

    def _range(self, physical: NDArray[np.float64], first: NDArray[Any]) -> tuple[float, float]:
        """Physical values shown as black and as white (PS3.3 C.11.2.1.2.1 for the window)."""
        centre, width = _first(self._header.get("WindowCenter")), _first(self._header.get("WindowWidth"))
        if centre is not None and width is not None and width > 1.0:
            return centre - 0.5 - (width - 1.0) / 2.0, centre - 0.5 + (width - 1.0) / 2.0
        if self._layout.bits_stored <= 8:
            return float(physical.min()), float(physical.max())
        used = physical[first.astype(np.uint16) & ((1 << self._layout.bits_stored) - 1)]
        return float(used.min()), float(used.max())


def _first(value: Any) -> float | None:
    """The first of one or several numbers (a header may offer several windows)."""
    if value is None:
        return None
    try:
        return float(value if isinstance(value, (str, float, int)) else next(iter(value)))
    except (TypeError, ValueError, StopIteration):
        try:
            return float(value)
        except (TypeError, ValueError):
            return None

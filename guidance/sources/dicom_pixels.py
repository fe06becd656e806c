"""Pixels of a DICOM frame: stored bytes to grey or BGR uint8, through the tables that the header asks for."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.uid import (
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from guidance.errors import InputError
from guidance.sources.content import picture_size
from guidance.sources.dicom_layout import Layout
from guidance.sources.quiet import quiet_opencv, quiet_warnings


class PixelDecoder:
    """Turns the stored bytes of one frame into (H, W) grey or (H, W, 3) BGR uint8.

    Grey values go through the modality and the VOI transformation (rescale, window or tables) of the header;
    without a window, more than eight bits are scaled by the first frame's range: clips do not flicker.
    """

    def __init__(self, header: Dataset, layout: Layout, name: str) -> None:
        self._header = header
        self._layout = layout
        self._name = name
        self._table: NDArray[np.uint8] | None = None
        self._unchanged = False
        self._bounded = layout.syntax in (
            *JPEGTransferSyntaxes,
            *JPEGLSTransferSyntaxes,
            *JPEG2000TransferSyntaxes,
        )
        try:
            with quiet_warnings():
                self._decoder = get_decoder(layout.syntax)
        except (NotImplementedError, ValueError) as error:
            raise InputError(
                f"{name}: DICOM compression {str(layout.syntax.name)!r} is not supported; store it as JPEG or RLE"
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
                raise InputError(f"{self._name}: colours {layout.photometric!r} could not be converted")
            return np.asarray(cv2.cvtColor(np.ascontiguousarray(stored), cv2.COLOR_RGB2BGR), dtype=np.uint8)
        return self._grey(stored)

    def _baseline(self, data: bytes) -> NDArray[np.uint8] | None:
        """Fast path: OpenCV decodes JPEG ten times quicker; it guesses colours: only where it is right."""
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
            self._unchanged = np.array_equal(self._table, np.arange(256))
        if stored.dtype == np.uint8 and self._unchanged:
            return stored  # most clips: nothing to do, nothing to copy
        if stored.dtype == np.uint8 and self._table.shape == (256,):
            return np.asarray(cv2.LUT(stored, self._table), dtype=np.uint8)  # a quarter of take's time
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

"""Tiny recordings that tests make for themselves: videos, GIFs, image folders, DICOM files, a screen with a sector."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

from guidance.device import Sector
from guidance.preprocess import sector_mask

Pixels = NDArray[np.uint8]


def level_of(index: int) -> int:
    """Grey level that says which frame this is; far enough apart to survive lossy coding."""
    return 30 + 12 * index


def index_of(pixels: Pixels) -> int:
    """The frame that :func:`grey_frames` numbered so."""
    return round((float(pixels.mean()) - 30) / 12)


def grey_frames(count: int, size: tuple[int, int] = (64, 48)) -> list[Pixels]:
    """Flat grey BGR pictures whose level is their index (at most 18 of them)."""
    width, height = size
    return [np.full((height, width, 3), level_of(index), np.uint8) for index in range(count)]


def grey_planes(count: int = 4) -> NDArray[np.uint8]:
    """(count, rows, columns): :func:`grey_frames` with one channel, as DICOM stores them."""
    return np.stack([frame[..., 0] for frame in grey_frames(count)])


def write_video(path: Path, frames: Sequence[Pixels], fps: float = 25.0, fourcc: str = "mp4v") -> Path:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), fps, (width, height))
    assert writer.isOpened(), f"this OpenCV cannot write {path.suffix}"
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def write_gif(path: Path, frames: Sequence[Pixels], period_ms: int = 100) -> Path:
    animation = cv2.Animation()
    animation.frames = list(frames)
    animation.durations = np.full(len(frames), period_ms, np.int32)
    assert cv2.imwriteanimation(str(path), animation)
    return path


def write_images(folder: Path, frames: Sequence[Pixels], names: Sequence[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in zip(names, frames, strict=True):
        assert cv2.imwrite(str(folder / name), frame)
    return folder


def dicom(
    pixels: NDArray[Any] | None,
    *,
    photometric: str = "MONOCHROME2",
    bits_stored: int | None = None,
    **tags: Any,
) -> Dataset:
    """An uncompressed ultrasound data set; ``pixels`` (frames, rows, columns[, 3]) uint8, uint16 or int16."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["sonoguide test"])
    ds.SOPClassUID = UltrasoundMultiFrameImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID
    ds.Modality = "US"
    if pixels is not None:
        bits = pixels.dtype.itemsize * 8
        ds.NumberOfFrames, ds.Rows, ds.Columns = pixels.shape[:3]
        ds.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
        if pixels.ndim == 4:
            ds.PlanarConfiguration = 0
        ds.PhotometricInterpretation = photometric
        ds.BitsAllocated, ds.BitsStored = bits, bits_stored or bits
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(pixels.dtype.kind == "i")
        data = pixels.tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OW" if bits == 16 else "OB"
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def compress_rle(ds: Dataset) -> Dataset:
    ds.compress(RLELossless, generate_instance_uid=False)
    return ds


def compress_jpeg(
    ds: Dataset, frames: Sequence[Pixels], *, fragments: int = 1, table: bool = True
) -> Dataset:
    """JPEG baseline of grey or BGR ``frames``; YBR_FULL_422 for colour, as scanners write it."""
    coded = []
    for frame in frames:
        ok, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 95])
        assert ok
        coded.append(data.tobytes())
    ds.PixelData = encapsulate(coded, fragments_per_frame=fragments, has_bot=table)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    if ds.SamplesPerPixel == 3:
        ds.PhotometricInterpretation = "YBR_FULL_422"
    return ds


def save(ds: Dataset, path: Path) -> Path:
    ds.save_as(path, enforce_file_format=True)
    return path


def region(**values: Any) -> DicomSequence:
    """One ultrasound region: 2-D tissue, centimetres, unless told otherwise."""
    item = Dataset()
    defaults = {
        "RegionSpatialFormat": 1,
        "RegionDataType": 1,
        "RegionFlags": 0,
        "RegionLocationMinX0": 4,
        "RegionLocationMinY0": 2,
        "RegionLocationMaxX1": 59,
        "RegionLocationMaxY1": 45,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.05,
        "PhysicalDeltaY": 0.04,
    }
    for keyword, value in {**defaults, **values}.items():
        setattr(item, keyword, value)
    return DicomSequence([item])


def png(width: int, height: int) -> bytes:
    """The beginning of a well-formed PNG that claims this size, without its pixels."""
    body = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\r" + body + zlib.crc32(body).to_bytes(4, "big")


def speckled_sector(
    size: tuple[int, int], sector: Sector, rng: np.random.Generator, *, screen: int = 0, gain: float = 60.0
) -> Pixels:
    """A grey screen with Rayleigh speckle inside ``sector``, darker towards the depth, and dark cavities."""
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    inside = sector_mask(sector, x, y)
    speckle = rng.rayleigh(gain, (height, width))
    speckle *= np.clip(1.2 - np.hypot(x - sector.apex_x, y - sector.apex_y) / sector.r_max, 0.3, 1.0)
    middle = sector.apex_y + 0.55 * sector.r_max
    cavity = ((x - sector.apex_x) / (0.12 * sector.r_max)) ** 2 + (
        (y - middle) / (0.2 * sector.r_max)
    ) ** 2 < 1.0
    speckle[cavity] *= 0.05
    return np.where(inside, np.clip(speckle, 0, 255), screen).astype(np.uint8)

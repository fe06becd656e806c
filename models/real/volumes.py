"""Volumes: pictures in NIfTI or MetaImage files, with the size of a pixel."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources.metaimage import read_header

MAX_PIXELS = 400_000_000
"""Of one file; its header is believed no further."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Pictures (T, H, W) uint8, and mm or any other unit (across, down) that a pixel is long."""

    frames: NDArray[np.uint8]
    spacing: tuple[float, float]


def read_volume(path: Path) -> Volume:
    """The pictures in the file at ``path``, ``.nii``, ``.nii.gz`` or ``.mhd``.

    Raises:
        InputError: it cannot be read, or the package nibabel is missing for NIfTI.
    """
    return _meta_image(path) if path.suffix in (".mhd", ".mha") else _nifti(path)


def _meta_image(path: Path) -> Volume:
    header = read_header(path)
    width, height = header.size
    _check(path, width * height * header.count)
    if header.channels != 1:
        raise InputError(f"{path}: is in colour, and must be grey")
    frames = np.stack(list(header.pictures()))
    words = (header.fields.get("ElementSpacing") or header.fields.get("ElementSize") or "1 1").split()
    try:
        spacing = (float(words[0]), float(words[1]))
    except (ValueError, IndexError):
        spacing = (1.0, 1.0)
    return Volume(frames, _sound(path, spacing))


def _nifti(path: Path) -> Volume:
    try:
        import nibabel
    except ModuleNotFoundError as error:
        raise InputError(f"{path.name} needs {error.name}: pip install 'sonoguide[data]'") from error
    try:
        image: Any = nibabel.load(path)
        shape = tuple(int(n) for n in image.shape)
        while len(shape) > 2 and shape[-1] == 1:
            shape = shape[:-1]
        if len(shape) not in (2, 3) or min(shape) < 1:
            raise InputError(f"{path}: holds an array of {image.shape}, no pictures")
        _check(path, math.prod(shape))
        values = np.asarray(image.dataobj).reshape(shape)
        spacing = tuple(float(z) for z in image.header.get_zooms()[:2])
    except (OSError, EOFError, ValueError, zlib.error, nibabel.filebasedimages.ImageFileError) as error:
        raise InputError(f"{path}: cannot be read as NIfTI ({' '.join(str(error).split())})") from error
    if values.ndim == 2:
        values = values[..., None]
    grey = np.clip(np.nan_to_num(values), 0, 255).astype(np.uint8)
    return Volume(np.ascontiguousarray(grey.transpose(2, 1, 0)), _sound(path, (spacing[0], spacing[1])))


def _check(path: Path, pixels: int) -> None:
    if pixels > MAX_PIXELS:
        raise InputError(f"{path}: says that it holds {pixels} pixels, more than any clip has")


def _sound(path: Path, spacing: tuple[float, float]) -> tuple[float, float]:
    if not all(math.isfinite(s) and s > 0.0 for s in spacing) or not 0.1 < spacing[0] / spacing[1] < 10.0:
        raise InputError(f"{path}: says that its pixels are {spacing[0]} x {spacing[1]}")
    return spacing

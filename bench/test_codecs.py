"""What reading and decompressing one frame of 1280 x 720 costs, for each kind of recording.

It happens on the grabber's thread, beside the network. ``make bench ARGS='-k codec'``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from media import compress_jpeg, compress_rle, dicom, save, write_gif, write_images, write_video
from pydicom.uid import JPEG2000Lossless
from pytest_benchmark.fixture import BenchmarkFixture

from bench.stream import Stream
from guidance.frame import Frame
from guidance.sources import open_source


def _raw(stream: Stream, folder: Path) -> Path:
    return save(dicom(np.stack(stream.pictures)), folder / "raw.dcm")


def _raw_colour(stream: Stream, folder: Path) -> Path:
    rgb = np.stack([p[..., ::-1] for p in stream.colour()])
    return save(dicom(rgb, photometric="RGB"), folder / "rgb.dcm")


def _window(stream: Stream, folder: Path) -> Path:
    return save(dicom(np.stack(stream.pictures), WindowCenter=100, WindowWidth=180), folder / "window.dcm")


def _jpeg(stream: Stream, folder: Path) -> Path:
    return save(compress_jpeg(dicom(np.stack(stream.pictures)), stream.pictures), folder / "jpeg.dcm")


def _jpeg_colour(stream: Stream, folder: Path) -> Path:
    frames = stream.colour()
    return save(compress_jpeg(dicom(np.stack(frames), photometric="RGB"), frames), folder / "ybr.dcm")


def _rle(stream: Stream, folder: Path) -> Path:
    return save(compress_rle(dicom(np.stack(stream.pictures))), folder / "rle.dcm")


def _jpeg_2000(stream: Stream, folder: Path) -> Path:
    ds = dicom(np.stack(stream.pictures[:4]))
    ds.compress(JPEG2000Lossless, generate_instance_uid=False)
    return save(ds, folder / "j2k.dcm")


def _mpeg4(stream: Stream, folder: Path) -> Path:
    return write_video(folder / "a.mp4", stream.colour(), 60.0)


def _motion_jpeg(stream: Stream, folder: Path) -> Path:
    return write_video(folder / "a.avi", stream.colour(), 60.0, "MJPG")


def _gif(stream: Stream, folder: Path) -> Path:
    return write_gif(folder / "a.gif", stream.colour())


def _png(stream: Stream, folder: Path) -> Path:
    return write_images(folder / "png", stream.pictures, [f"{n:02}.png" for n in range(len(stream.pictures))])


def _jpeg_files(stream: Stream, folder: Path) -> Path:
    return write_images(folder / "jpg", stream.pictures, [f"{n:02}.jpg" for n in range(len(stream.pictures))])


CODECS: dict[str, Callable[[Stream, Path], Path]] = {
    "dicom-raw-grey": _raw,
    "dicom-raw-rgb": _raw_colour,
    "dicom-raw-windowed": _window,
    "dicom-jpeg-grey": _jpeg,
    "dicom-jpeg-colour": _jpeg_colour,
    "dicom-rle": _rle,
    "dicom-jpeg2000": _jpeg_2000,
    "mp4": _mpeg4,
    "avi-mjpeg": _motion_jpeg,
    "gif": _gif,
    "png-folder": _png,
    "jpeg-folder": _jpeg_files,
}


@pytest.mark.parametrize("codec", CODECS)
def test_codec(benchmark: BenchmarkFixture, stream: Stream, tmp_path: Path, codec: str) -> None:
    place = CODECS[codec](stream, tmp_path)
    with open_source(str(place), fast=True, loop=True) as source:
        frame = benchmark(source.read)
    assert isinstance(frame, Frame)
    assert frame.size == (1280, 720)

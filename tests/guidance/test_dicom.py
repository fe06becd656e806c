"""DICOM in: the pictures that a DICOM file's stream promises.

- The colours shown are those the file means, whatever its photometric interpretation, bit depth and compression.
- Windows, rescale and palettes are applied; grey scales do not flicker.
- Frames in several fragments are put together, with and without an offset table.
- A file without preamble is recognised; one that mixes explicit and implicit value representations is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from media import compress_jpeg, compress_rle, dicom, grey_frames, grey_planes, index_of, save
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from guidance.frame import Frame
from guidance.sources import open_source

RED_GREEN_BLUE = np.zeros((1, 48, 64, 3), np.uint8)
RED_GREEN_BLUE[:, :, :20] = (200, 30, 20)
RED_GREEN_BLUE[:, :, 20:40] = (20, 180, 40)
RED_GREEN_BLUE[:, :, 40:] = (10, 60, 220)


def play(ds: Dataset, folder: Path) -> list[Frame]:
    with open_source(str(save(ds, folder / "clip.dcm")), fast=True) as source:
        return list(iter(source.read, None))


def test_grey_frames_come_as_they_are(tmp_path: Path) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (5, 48, 64), dtype=np.uint8)
    frames = play(dicom(pictures, FrameTime=40.0), tmp_path)
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in frames]), pictures)
    np.testing.assert_allclose([frame.t_stream_s for frame in frames], np.arange(5) * 0.04)
    assert [frame.index for frame in frames] == list(range(5))


def test_monochrome1_is_shown_inverted(tmp_path: Path) -> None:
    pictures = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    shown = play(dicom(pictures, photometric="MONOCHROME1"), tmp_path)[0].pixels
    np.testing.assert_array_equal(shown, 255 - pictures[0])


def test_an_eight_bit_window_is_applied(tmp_path: Path) -> None:
    pictures = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    shown = play(dicom(pictures, WindowCenter=64.5, WindowWidth=129), tmp_path)[0].pixels.ravel()
    np.testing.assert_allclose(shown[:129], np.arange(129) * 255 / 128, atol=1.0)
    assert shown[129:].min() == 255


@pytest.mark.parametrize("kind", ["u2", "i2"])
def test_sixteen_bits_go_through_rescale_and_window(tmp_path: Path, kind: str) -> None:
    """As a CT does: stored values to Hounsfield units, then a window of several, of which the first counts."""
    shift = 1024 if kind == "u2" else 0
    units = np.linspace(-1000, 1000, 48 * 64).reshape(1, 48, 64).round()
    stored = (units + shift).astype(np.dtype(kind))
    ds = dicom(
        stored,
        bits_stored=12,
        RescaleSlope=1,
        RescaleIntercept=-shift,
        WindowCenter=[40, 300],
        WindowWidth=[400, 2000],
        PixelSpacing=[0.7, 0.6],
    )
    with open_source(str(save(ds, tmp_path / "ct.dcm")), fast=True) as source:
        frame = source.read()
        assert source.info.mm_per_px == (0.6, 0.7)
    assert frame is not None
    expected = np.clip((units[0] - (39.5 - 199.5)) / 399.0 * 255.0, 0, 255)
    np.testing.assert_allclose(frame.pixels, expected, atol=1.0)


def test_sixteen_bits_without_a_window_use_the_first_frame_s_range_throughout(tmp_path: Path) -> None:
    pictures = np.empty((3, 48, 64), np.uint16)
    pictures[:] = np.linspace(1000, 3000, 48 * 64).reshape(48, 64)
    pictures[1] += 500
    pictures[2] -= 500
    frames = play(dicom(pictures, bits_stored=12), tmp_path)
    assert (frames[0].pixels.min(), frames[0].pixels.max()) == (0, 255)
    brighter = frames[1].pixels.astype(int) - frames[0].pixels
    assert brighter[10, 10] == pytest.approx(500 * 255 / 2000, abs=1.5)
    assert frames[1].pixels.max() == 255
    assert frames[2].pixels.min() == 0


@pytest.mark.parametrize("entry_bits", [8, 16])
def test_palette_colours_are_looked_up(tmp_path: Path, entry_bits: int) -> None:
    red, green, blue = (np.arange(256)[::step] for step in (1, -1, 1))
    blue = (blue * 7) % 256
    ds = dicom(np.arange(256, dtype=np.uint8).reshape(1, 16, 16), photometric="PALETTE COLOR")
    for name, values in (("Red", red), ("Green", green), ("Blue", blue)):
        data = values.astype(np.uint16) * (257 if entry_bits == 16 else 1)
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, entry_bits])
        setattr(
            ds,
            f"{name}PaletteColorLookupTableData",
            data.astype("<u2" if entry_bits == 16 else np.uint8).tobytes(),
        )
    shown = play(ds, tmp_path)[0].pixels.reshape(256, 3)
    np.testing.assert_array_equal(shown, np.stack([blue, green, red], axis=1))


def as_rgb(ds: Dataset) -> Dataset:
    return ds


def as_planes(ds: Dataset) -> Dataset:
    ds.PlanarConfiguration = 1
    ds.PixelData = RED_GREEN_BLUE.transpose(0, 3, 1, 2).tobytes()
    return ds


def as_ybr_full(ds: Dataset) -> Dataset:
    ycc = cv2.cvtColor(RED_GREEN_BLUE[0], cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    ds.PixelData = np.ascontiguousarray(ycc).tobytes()
    ds.PhotometricInterpretation = "YBR_FULL"
    return ds


def as_ybr_422(ds: Dataset) -> Dataset:
    """Two luminances, then the chrominance that the two share (PS3.3 C.7.6.3.1.2)."""
    ycc = cv2.cvtColor(RED_GREEN_BLUE[0], cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    pairs = np.stack([ycc[:, 0::2, 0], ycc[:, 1::2, 0], ycc[:, 0::2, 1], ycc[:, 0::2, 2]], axis=-1)
    ds.PixelData = np.ascontiguousarray(pairs).tobytes()
    ds.PhotometricInterpretation = "YBR_FULL_422"
    return ds


def as_jpeg(ds: Dataset) -> Dataset:
    return compress_jpeg(ds, [cv2.cvtColor(RED_GREEN_BLUE[0], cv2.COLOR_RGB2BGR)])


def as_rle(ds: Dataset) -> Dataset:
    return compress_rle(ds)


@pytest.mark.parametrize("form", [as_rgb, as_planes, as_ybr_full, as_ybr_422, as_jpeg, as_rle])
def test_colours_are_the_same_in_every_form(tmp_path: Path, form: Any) -> None:
    shown = play(form(dicom(RED_GREEN_BLUE, photometric="RGB")), tmp_path)[0].pixels
    for column, colour in ((10, (20, 30, 200)), (30, (40, 180, 20)), (50, (220, 60, 10))):
        np.testing.assert_allclose(shown[24, column], colour, atol=6)


def test_rgb_inside_jpeg_is_not_taken_for_luminance(tmp_path: Path) -> None:
    """An Adobe marker with transform 0, and no JFIF marker, says that the three channels are plain RGB."""
    red_green_blue = (200, 120, 110)
    as_luminance = np.full((48, 64, 3), (200, 110, 120), np.uint8)  # Y, Cr, Cb of the same stored values
    coded = cv2.imencode(".jpg", cv2.cvtColor(as_luminance, cv2.COLOR_YCrCb2BGR))[1].tobytes()
    assert coded[2:4] == b"\xff\xe0"
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    ds = as_jpeg(dicom(RED_GREEN_BLUE))
    ds.PixelData = encapsulate([coded[:2] + adobe + coded[20:]])
    ds["PixelData"].is_undefined_length = True
    ds.PhotometricInterpretation = "RGB"
    shown = play(ds, tmp_path)[0].pixels
    np.testing.assert_allclose(shown[24, 32], red_green_blue[::-1], atol=3)


@pytest.mark.parametrize(("fragments", "table"), [(1, True), (1, False), (3, True), (3, False)])
def test_jpeg_frames_in_fragments_are_put_together(tmp_path: Path, fragments: int, table: bool) -> None:
    pictures = grey_frames(5)
    ds = compress_jpeg(dicom(np.stack(pictures)), pictures, fragments=fragments, table=table)
    frames = play(ds, tmp_path)
    assert [index_of(frame.pixels) for frame in frames] == list(range(5))


def test_grey_jpeg_and_rle_clips(tmp_path: Path) -> None:
    jpeg = compress_jpeg(dicom(grey_planes()), list(grey_planes()))
    assert [index_of(frame.pixels) for frame in play(jpeg, tmp_path)] == [0, 1, 2, 3]
    rle = play(compress_rle(dicom(grey_planes())), tmp_path)
    np.testing.assert_array_equal(np.stack([frame.pixels for frame in rle]), grey_planes())


def test_a_file_without_preamble_is_recognised(tmp_path: Path) -> None:
    for implicit in (True, False):
        ds = dicom(grey_planes(2))
        path = tmp_path / f"bare_{implicit}.img"
        del ds.file_meta
        ds.save_as(path, implicit_vr=implicit, little_endian=True)
        with open_source(str(path), fast=True) as source:
            assert source.info.kind == "dicom"
            assert [index_of(frame.pixels) for frame in iter(source.read, None)] == [0, 1]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_byte_orders(tmp_path: Path, syntax: str) -> None:
    ds = dicom((grey_planes(2).astype(np.uint16) * 16), bits_stored=12, WindowCenter=2048.5, WindowWidth=4096)
    ds.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").astype(">u2").tobytes()
    frames = play(ds, tmp_path)
    assert [index_of(frame.pixels) for frame in frames] == [0, 1]


# Real files


@pytest.mark.filterwarnings("ignore:Expected explicit VR")
def test_an_implicit_data_set_that_says_it_is_explicit_is_read() -> None:
    """A JPEG in a data set of implicit VR, which the standard forbids: pydicom reads it, so do we."""
    path = get_testdata_file("SC_rgb_jpeg.dcm", download=False)
    with open_source(str(path), fast=True) as source:
        frame = source.read()
        assert source.read() is None
    assert frame is not None
    expected = dcmread(path).pixel_array[..., ::-1].astype(np.int16)
    assert np.ptp(expected) > 100
    assert np.abs(frame.pixels - expected).max() <= 3


def test_real_dicom_files_play_as_they_say(clips: Path) -> None:
    expected = {
        "echo/a4c_sonosite_120f.dcm": (120, (640, 480), 0.5105, (84, 31, 595, 414)),
        "dicom/plax_colour_palette_rle_10f.dcm": (10, (600, 430), None, None),
        "dicom/colour_zoom_fragmented_jpeg_8f.dcm": (8, (320, 240), None, (0, 16, 319, 217)),
        "dicom/pelvis_dual_screen.dcm": (1, (640, 480), 0.3827, (32, 24, 335, 415)),
        "dicom/thyroid_ybr_full_rle.dcm": (1, (640, 480), 0.0954, (84, 48, 483, 415)),
    }
    for name, (count, size, mm, bounds) in expected.items():
        with open_source(str(clips / name), fast=True) as source:
            info = source.info
            frames = list(iter(source.read, None))
        assert (len(frames), info.frame_count, info.size, info.region) == (count, count, size, bounds), name
        assert (None if info.mm_per_px is None else round(info.mm_per_px[0], 4)) == mm, name
        assert all(40 > frame.pixels.std() / 3 > 1 for frame in frames), name


def test_the_colour_doppler_of_a_real_palette_is_red_and_blue(clips: Path) -> None:
    with open_source(str(clips / "dicom/plax_colour_palette_rle_10f.dcm"), fast=True) as source:
        frame = source.read()
    assert frame is not None
    blue, green, red = cv2.split(frame.pixels.astype(np.int16))
    assert np.count_nonzero(red - blue > 80) > 1000
    assert np.count_nonzero(blue - red > 80) > 1000
    assert np.count_nonzero((np.abs(red - blue) < 8) & (np.abs(red - green) < 8)) > 0.8 * red.size

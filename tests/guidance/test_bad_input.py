"""What cannot be used says so: one line that names the file and the fault, an InputError, and a silent stderr.

- Whatever is wrong with a file, a folder, an address or a device, opening it raises InputError with one line.
- Headers that promise huge pictures are refused before anything is allocated.
- Nothing that OpenCV, FFmpeg, libpng or pydicom has to say reaches stderr.
- Any damage to a file ends in frames and InputError, never in another exception.
"""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media import (
    compress_jpeg,
    compress_rle,
    dicom,
    grey_frames,
    index_of,
    png,
    save,
    write_gif,
    write_images,
    write_video,
)

from guidance.errors import InputError
from guidance.sources import open_source


def missing(folder: Path) -> str:
    return str(folder / "gone.mp4")


def empty_file(folder: Path) -> str:
    (folder / "a.mp4").write_bytes(b"")
    return str(folder / "a.mp4")


def text_named_mp4(folder: Path) -> str:
    (folder / "a.mp4").write_text("This is not a video.\n" * 200)
    return str(folder / "a.mp4")


def mp4_without_index(folder: Path) -> str:
    """A recording whose writer was killed: the sample table at the end was never written."""
    data = write_video(folder / "a.mp4", grey_frames(12)).read_bytes()
    assert data.rfind(b"moov") > data.rfind(b"mdat") > 0
    (folder / "a.mp4").write_bytes(data[: data.rfind(b"moov") - 4])
    return str(folder / "a.mp4")


def mp4_that_is_only_a_header(folder: Path) -> str:
    data = write_video(folder / "a.mp4", grey_frames(12)).read_bytes()
    (folder / "a.mp4").write_bytes(data[:32])
    return str(folder / "a.mp4")


def truncated_gif(folder: Path) -> str:
    data = write_gif(folder / "a.gif", grey_frames(3)).read_bytes()
    (folder / "a.gif").write_bytes(data[:14])
    return str(folder / "a.gif")


def truncated_jpeg(folder: Path) -> str:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), dtype=np.uint8)
    cv2.imwrite(str(folder / "a.jpg"), noise)
    (folder / "a.jpg").write_bytes((folder / "a.jpg").read_bytes()[:400])
    return str(folder / "a.jpg")


def truncated_png(folder: Path) -> str:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), dtype=np.uint8)
    cv2.imwrite(str(folder / "a.png"), noise)
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:5000])
    return str(folder / "a.png")


def huge_png(folder: Path) -> str:
    (folder / "a.png").write_bytes(png(60000, 60000) + bytes(100))
    return str(folder / "a.png")


def empty_folder(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def folder_of_text(folder: Path) -> str:
    (folder / "notes").mkdir()
    (folder / "notes" / "a.png").write_text("not a picture")
    return str(folder / "notes")


def mixed_sizes(folder: Path) -> str:
    frames = grey_frames(3)
    return str(write_images(folder / "mixed", [*frames[:2], frames[2][:40]], ["1.png", "2.png", "3.png"]))


def dicom_cut_in_its_header(folder: Path) -> str:
    path = save(dicom(np.zeros((2, 48, 64), np.uint8)), folder / "a.dcm")
    path.write_bytes(path.read_bytes()[:300])
    return str(path)


def dicom_cut_in_its_first_frame(folder: Path) -> str:
    path = save(dicom(np.zeros((2, 48, 64), np.uint8)), folder / "a.dcm")
    path.write_bytes(path.read_bytes()[: -48 * 64 - 500])
    return str(path)


def compressed_dicom_cut_in_its_first_frame(folder: Path) -> str:
    noise = [np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)]
    path = save(compress_jpeg(dicom(np.stack(noise)), noise), folder / "a.dcm")
    path.write_bytes(path.read_bytes()[:-1500])
    return str(path)


def dicom_without_pixels(folder: Path) -> str:
    return str(save(dicom(None, PatientName="Nobody"), folder / "a.dcm"))


def huge_dicom(folder: Path) -> str:
    ds = dicom(np.zeros((1, 48, 64), np.uint8))
    ds.Rows = ds.Columns = 65000
    return str(save(ds, folder / "a.dcm"))


def dicom_whose_jpeg_is_larger_than_it_says(folder: Path) -> str:
    small, large = grey_frames(1), grey_frames(1, (640, 480))
    return str(save(compress_jpeg(dicom(np.stack(small)), large), folder / "a.dcm"))


def dicom_of_strange_colours(folder: Path) -> str:
    return str(save(dicom(np.zeros((1, 48, 64), np.uint8), photometric="HSV"), folder / "a.dcm"))


def dicom_of_an_unknown_compression(folder: Path) -> str:
    ds = compress_jpeg(dicom(np.stack(grey_frames(1))), grey_frames(1))
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"  # MPEG-4
    return str(save(ds, folder / "a.dcm"))


def missing_camera(folder: Path) -> str:
    return "camera:97"


def unknown_scheme(folder: Path) -> str:
    return "floppy:a"


def dead_address(folder: Path) -> str:
    return "http://127.0.0.1:9/stream"


def impossible_name(folder: Path) -> str:
    return str(folder / ("x" * 5000))


CASES: dict[Callable[[Path], str], str] = {
    missing: "no such file or folder",
    empty_file: "the file is empty",
    text_named_mp4: "is not a video, an image or a DICOM file",
    mp4_without_index: "the video cannot be decoded; the file is cut short or damaged",
    mp4_that_is_only_a_header: "the video cannot be decoded; the file is cut short or damaged",
    truncated_gif: "the video cannot be decoded; the file is cut short or damaged|holds no picture|cut short",
    truncated_jpeg: "the image cannot be decoded; the file is damaged or cut short",
    truncated_png: "the image cannot be decoded; the file is damaged or cut short",
    huge_png: "60000 x 60000 pixels is too large",
    empty_folder: "the folder holds no images",
    folder_of_text: "the folder holds no images",
    mixed_sizes: r"must have one size, but 1.png is 64 x 48 and 3.png is 64 x 40",
    dicom_cut_in_its_header: "holds no picture|cannot be decoded",
    dicom_cut_in_its_first_frame: "cut short: not one of its 2 frames is whole",
    compressed_dicom_cut_in_its_first_frame: "cut short: not one of its 1 frames is whole",
    dicom_without_pixels: "the DICOM file holds no picture",
    huge_dicom: "65000 x 65000 pixels is too large",
    dicom_whose_jpeg_is_larger_than_it_says: "a frame is 640 x 480 where the header says 64 x 48",
    dicom_of_strange_colours: "colours 'HSV' are not supported",
    dicom_of_an_unknown_compression: "compression 'MPEG-4 .*' is not supported",
    missing_camera: "camera 97 gives no picture",
    unknown_scheme: "unknown kind of stream 'floppy:' .*camera:.*rtsp:",
    dead_address: "no video stream answers there",
    impossible_name: "no such file or folder",
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_opening_it_says_in_one_line_what_is_wrong(make: Callable[[Path], str], tmp_path: Path) -> None:
    uri = make(tmp_path)
    with pytest.raises(InputError, match=CASES[make]) as caught:
        open_source(uri, fast=True)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_libraries_underneath_write_nothing(tmp_path: Path) -> None:
    """In a process of its own: what FFmpeg and OpenCV say is set when they are first used."""
    uris = []
    for make in CASES:
        folder = tmp_path / make.__name__
        folder.mkdir()
        uris.append(make(folder))
    code = (
        "import sys\n"
        "from guidance.errors import InputError\n"
        "from guidance.sources import open_source\n"
        "for uri in sys.argv[1:]:\n"
        "    try:\n"
        "        open_source(uri, fast=True)\n"
        "    except InputError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *uris], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == len(CASES)


def test_a_video_cut_in_the_middle_gives_what_it_has_and_then_says_so(tmp_path: Path) -> None:
    """An AVI has its index at its end but can be read without."""
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(40)]
    path = write_video(tmp_path / "a.avi", frames, fourcc="MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    seen = []
    with (
        open_source(str(path), fast=True) as source,
        pytest.raises(InputError, match=r"cut short or damaged: \d+ of its 40 frames"),
    ):
        seen.extend(frame.index for frame in iter(source.read, None))
    assert len(seen) >= 10
    assert seen == list(range(len(seen)))


def test_sizes_that_only_decoding_shows_end_the_stream_with_the_same_line(tmp_path: Path) -> None:
    """A rotated photograph among others: its header has the size of the rest."""
    frames = grey_frames(2)
    folder = write_images(tmp_path / "images", frames, ["1.jpg", "2.jpg"])
    data = (folder / "2.jpg").read_bytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6: a quarter turn
    (folder / "2.jpg").write_bytes(
        data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:]
    )
    with open_source(str(folder), fast=True) as source:
        first = source.read()
        assert first is not None
        assert index_of(first.pixels) == 0
        with pytest.raises(InputError, match=r"1\.jpg is 64 x 48 and 2\.jpg is 48 x 64"):
            source.read()


def test_a_hostile_header_allocates_nothing(tmp_path: Path) -> None:
    uris = [huge_png(tmp_path), huge_dicom(tmp_path)]
    tracemalloc.start()
    try:
        for uri in uris:
            with pytest.raises(InputError):
                open_source(uri)
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


def samples() -> dict[str, Callable[[Path], Path]]:
    pictures = grey_frames(3)
    stack = np.stack(pictures)
    return {
        "jpeg": lambda folder: save(compress_jpeg(dicom(stack), pictures, fragments=2), folder / "a.dcm"),
        "rle": lambda folder: save(compress_rle(dicom(stack[..., 0])), folder / "a.dcm"),
        "native": lambda folder: save(dicom(stack[..., 0], FrameTimeVector=[0, 40, 40]), folder / "a.dcm"),
        "png": lambda folder: write_images(folder, pictures[:1], ["a.png"]) / "a.png",
        "bmp": lambda folder: write_images(folder, pictures[:1], ["a.bmp"]) / "a.bmp",
        "tiff": lambda folder: write_images(folder, pictures[:1], ["a.tiff"]) / "a.tiff",
    }


@pytest.mark.parametrize("kind", samples())
def test_any_damage_ends_in_frames_and_a_clear_error(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = samples()[kind](tmp_path_factory.mktemp(kind))
    original = path.read_bytes()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(
        cut=st.integers(0, len(original)),
        changes=st.lists(st.tuples(st.integers(0, len(original) - 1), st.integers(0, 255)), max_size=4),
    )
    def damaged(cut: int, changes: list[tuple[int, int]]) -> None:
        data = bytearray(original)
        for at, value in changes:
            data[at] = value
        path.write_bytes(bytes(data[:cut] if cut % 2 else data))
        count = 0
        try:
            with open_source(str(path), fast=True) as source:
                for frame in iter(source.read, None):
                    assert frame.pixels.dtype == np.uint8
                    count += 1
            complaint = None
        except InputError as error:
            complaint = str(error)
        assert count >= 1 if complaint is None else "\n" not in complaint

    damaged()

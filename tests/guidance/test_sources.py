"""Streams in: what open_source promises.

- A path is judged by its content, never by its name; a scheme forces a kind; plug-ins add schemes.
- Every kind gives all its frames in order, as grey or BGR uint8, with rising indices and media times.
- Image folders play in natural order.
- A recording keeps its own pace, or none with ``fast``; ``loop`` goes on rising; ``close`` wakes a sleeping read.
- A network stream is live, and its loss is a RuntimeFailure, not an end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import dicom, grey_frames, index_of, save, write_gif, write_images, write_video

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.sources import Source, known_schemes, open_source
from guidance.sources.camera import CameraOptions, parse_camera
from guidance.sources.images import natural_key
from guidance.sources.pacing import Pacer


def read_all(source: Source) -> list[Frame]:
    with source:
        return list(iter(source.read, None))


@pytest.mark.parametrize(
    ("name", "fourcc"),
    [("clip.mp4", "mp4v"), ("clip.avi", "MJPG"), ("clip.mov", "mp4v"), ("clip.mkv", "MJPG")],
)
def test_a_video_gives_every_frame_in_order_at_its_media_time(tmp_path: Path, name: str, fourcc: str) -> None:
    source = open_source(str(write_video(tmp_path / name, grey_frames(12), 20.0, fourcc)), fast=True)
    assert (source.info.kind, source.info.size, source.info.live) == ("video", (64, 48), False)
    assert source.info.fps == pytest.approx(20.0)
    assert source.info.frame_count == 12
    frames = read_all(source)
    assert [index_of(frame.pixels) for frame in frames] == list(range(12))
    assert [frame.index for frame in frames] == list(range(12))
    np.testing.assert_allclose([frame.t_stream_s for frame in frames], np.arange(12) / 20.0, atol=1e-3)
    assert all(frame.pixels.dtype == np.uint8 and frame.pixels.shape == (48, 64, 3) for frame in frames)


def test_a_gif_gives_every_frame(tmp_path: Path) -> None:
    source = open_source(str(write_gif(tmp_path / "clip.gif", grey_frames(6), 80)), fast=True)
    frames = read_all(source)
    assert [index_of(frame.pixels) for frame in frames] == list(range(6))
    assert frames[-1].t_stream_s == pytest.approx(5 * 0.08, abs=0.02)


def test_images_play_in_natural_order_and_other_files_are_ignored(tmp_path: Path) -> None:
    names = ["image_0.png", "image_5.jpg", "image_10.bmp", "image_15.tiff", "image_100.webp"]
    folder = write_images(tmp_path / "images", grey_frames(5), names)
    (folder / "VIEWS.csv").write_text("image,view\n")
    (folder / ".hidden.png").write_bytes((folder / "image_0.png").read_bytes())
    source = open_source(str(folder), fast=True)
    assert (source.info.kind, source.info.frame_count) == ("images", 5)
    frames = read_all(source)
    assert [index_of(frame.pixels) for frame in frames] == list(range(5))
    np.testing.assert_allclose([frame.t_stream_s for frame in frames], np.arange(5) / 10.0)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True))
def test_numbers_in_names_count_as_numbers(numbers: list[int]) -> None:
    names = sorted((f"Image_{number}.png" for number in numbers), key=natural_key)
    assert names == [f"Image_{number}.png" for number in sorted(numbers)]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    assert sorted(sorted(names, key=natural_key)) == sorted(names)


def test_a_still_image_is_one_frame_in_its_own_colours(tmp_path: Path) -> None:
    grey = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)
    cv2.imwrite(str(tmp_path / "deep.png"), grey * 20)
    frames = read_all(open_source(str(tmp_path / "deep.png"), fast=True))
    assert len(frames) == 1
    assert frames[0].pixels.shape == (48, 64)
    assert frames[0].pixels.dtype == np.uint8
    np.testing.assert_allclose(frames[0].pixels, grey * 20 / 257.0, atol=1.0)
    cv2.imwrite(str(tmp_path / "clear.png"), np.full((48, 64, 4), (10, 20, 30, 128), np.uint8))
    assert read_all(open_source(str(tmp_path / "clear.png"), fast=True))[0].pixels[0, 0].tolist() == [
        10,
        20,
        30,
    ]


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", grey_frames(3)).rename(tmp_path / "video.dcm")
    still = write_images(tmp_path / "i", grey_frames(1), ["a.png"]) / "a.png"
    image = still.rename(tmp_path / "image.mp4")
    clip = save(dicom(np.zeros((2, 48, 64), np.uint8)), tmp_path / "clip.png")
    assert [open_source(str(path), fast=True).info.kind for path in (video, image, clip)] == [
        "video",
        "image",
        "dicom",
    ]


def test_a_scheme_forces_a_kind_and_a_colon_in_a_name_is_no_scheme(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", grey_frames(3))
    assert open_source(f"video:{video}", fast=True).info.kind == "video"
    with pytest.raises(InputError, match="cannot be decoded"):
        open_source(f"image:{video}", fast=True)
    odd = video.rename(tmp_path / "take:2.mp4")
    assert len(read_all(open_source(str(odd), fast=True))) == 3


# Pace


class FakeTime:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_the_pacer_sleeps_until_a_frame_is_due_and_does_not_hurry_after_a_pause() -> None:
    fake = FakeTime()
    pacer = Pacer(clock=lambda: fake.now, sleep=fake.sleep)
    pacer.wait_until(0.0)
    assert fake.slept == []
    fake.now += 0.03  # decoding
    pacer.wait_until(0.1)
    assert fake.now == pytest.approx(100.1)
    fake.now += 0.15  # late by half a frame: the next is due on the old time line
    pacer.wait_until(0.2)
    pacer.wait_until(0.3)
    assert fake.now == pytest.approx(100.3)
    fake.now += 60.0  # paused: the recording goes on from here at its own pace
    pacer.wait_until(0.4)
    pacer.wait_until(0.5)
    assert fake.now == pytest.approx(160.4)


def test_the_pacer_never_waits_long_for_a_hostile_time_stamp() -> None:
    fake = FakeTime()
    pacer = Pacer(clock=lambda: fake.now, sleep=fake.sleep)
    for media_s in (0.0, 1e9, 1e9 + 0.1):
        pacer.wait_until(media_s)
    assert sum(fake.slept) < 11.0


def test_a_recording_keeps_its_pace_unless_fast(tmp_path: Path) -> None:
    path = str(write_video(tmp_path / "a.mp4", grey_frames(6), 20.0))
    with open_source(path) as source:
        stamps = [frame.t_capture_ns for frame in iter(source.read, None)]
    assert stamps[-1] - stamps[0] >= 0.24e9  # five periods of 50 ms, less what the sleep may wake early
    assert all(later > earlier for earlier, later in pairwise(stamps))


def test_loop_repeats_with_rising_indices_and_times(tmp_path: Path) -> None:
    path = str(write_video(tmp_path / "a.mp4", grey_frames(4), 20.0))
    with open_source(path, fast=True, loop=True) as source:
        frames = [frame for _ in range(10) if (frame := source.read()) is not None]
    assert [index_of(frame.pixels) for frame in frames] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [frame.index for frame in frames] == list(range(10))
    np.testing.assert_allclose([frame.t_stream_s for frame in frames], np.arange(10) / 20.0, atol=1e-3)


def test_a_looped_still_repeats(tmp_path: Path) -> None:
    write_images(tmp_path, grey_frames(1), ["a.png"])
    with open_source(str(tmp_path / "a.png"), fast=True, loop=True) as source:
        times = [frame.t_stream_s for _ in range(3) if (frame := source.read()) is not None]
    np.testing.assert_allclose(times, [0.0, 0.1, 0.2])


def test_close_wakes_a_sleeping_read_and_ends_the_stream(tmp_path: Path) -> None:
    source = open_source(str(write_gif(tmp_path / "slow.gif", grey_frames(3), 5000)))
    assert source.read() is not None
    woken = threading.Event()
    thread = threading.Thread(target=lambda: (source.read(), woken.set()))
    thread.start()
    time.sleep(0.05)
    assert not woken.is_set()
    source.close()
    assert woken.wait(2.0)
    thread.join()
    assert source.read() is None
    source.close()


# Cameras


def test_camera_options_are_read() -> None:
    assert parse_camera("0") == CameraOptions(0)
    assert parse_camera("/dev/video2, size=1280x720, fps=59.94, fourcc=yuyv") == CameraOptions(
        2, (1280, 720), 59.94, "YUYV"
    )


@pytest.mark.parametrize("text", ["", "front", "0,size=big", "0,fps=0", "0,fourcc=LONGER", "0,zoom=2", "-1"])
def test_camera_options_that_make_no_sense_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="camera:0,size=1280x720"):
        parse_camera(text)


# Network


class MjpegHandler(BaseHTTPRequestHandler):
    """Sends eight pictures as an HTTP camera does, then is silent until the test ends."""

    silent = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for frame in grey_frames(8, (320, 240)):
            data = cv2.imencode(".jpg", frame)[1].tobytes()
            self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n")
            self.wfile.write(f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")
            time.sleep(0.02)
        self.silent.wait(20.0)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def mjpeg_url() -> Iterator[str]:
    MjpegHandler.silent.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), MjpegHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/stream.mjpg"
    MjpegHandler.silent.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_network_stream_is_live_and_its_silence_is_a_loss(mjpeg_url: str) -> None:
    with open_source(mjpeg_url) as source:
        assert source.info.live
        assert source.info.size == (320, 240)
        frames: list[Frame] = []
        started = time.perf_counter()
        with pytest.raises(RuntimeFailure, match="is lost"):
            frames.extend(iter(source.read, None))
        assert time.perf_counter() - started < 15.0  # FFmpeg itself would wait for thirty
    levels = [index_of(frame.pixels) for frame in frames]
    assert len(levels) >= 6
    assert levels == sorted(levels)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    times = [frame.t_stream_s for frame in frames]
    assert times == sorted(times)


# Plug-ins

PLUGIN = """
from dataclasses import dataclass
from guidance.errors import InputError
from guidance.sources import SourceInfo

class Probe:
    def __init__(self, rest, fast):
        self.info = SourceInfo(uri=rest, kind="acme", live=not fast)
    def read(self): return None
    def close(self): pass
    def __enter__(self): return self
    def __exit__(self, *_): self.close()

def opened(rest, *, fast): return Probe(rest, fast)
def refusing(rest, *, fast): raise InputError(f"acme: no device {rest}")
def broken(rest, *, fast): raise KeyError(rest)
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real installed distribution with entry points, on the import path for one test."""
    (tmp_path / "acme_scanner.py").write_text(PLUGIN)
    info = tmp_path / "acme_scanner-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-scanner\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[sonoguide.sources]\n"
        "acme = acme_scanner:opened\nacme-no = acme_scanner:refusing\nacme-bad = acme_scanner:broken\n"
        "acme-gone = acme_scanner_missing:opened\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("plugins")
def test_an_installed_plugin_adds_its_scheme() -> None:
    assert "acme:" in known_schemes()
    source = open_source("acme:port=1", fast=True)
    assert (source.info.kind, source.info.uri, source.info.live) == ("acme", "port=1", False)


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("acme-no:7", "acme: no device 7"),
        ("acme-bad:7", "plug-in 'acme-bad' .* failed: KeyError"),
        ("acme-gone:7", "plug-in 'acme-gone' .* cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_whatever_a_plugin_raises_is_one_clear_line(uri: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        open_source(uri)
    assert "\n" not in str(caught.value)


# Real files


def test_every_real_recording_plays_to_its_end(clips: Path) -> None:
    expected = {
        "not_a_heart/eye_clarius.mp4": 50,
        "not_a_heart/liver_portal_long.gif": 28,
        "not_a_heart/lung_Reg_pat1Image_132943.mpeg": 280,
        "not_a_heart/lung_Reg_recommendations_alines_mov1.mov": 180,
        "echo/plax_ge_screen.jpg": 1,
        "echo/sequences/A_a4c_0020": 11,
    }
    for name, count in expected.items():
        frames = read_all(open_source(str(clips / name), fast=True))
        assert len(frames) == count, name
        assert all(later.t_stream_s > earlier.t_stream_s for earlier, later in pairwise(frames))

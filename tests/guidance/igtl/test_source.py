"""igtl:// as a stream, from pyigtl's own server and from servers that behave badly.

Promises:
- pictures come with their spacing, and with the probe's pose where a TRANSFORM of the same time, or the IMAGE's own
  place, tells it;
- other messages and other streams are left out; broken ones too, with a count, and the stream goes on;
- a server that goes away is a loss that the engine mends by itself; giants and half messages are a loss as well;
- an address that cannot be read, a silent or absent server and a missing package are one clear error;
- closing wakes a read that sleeps.
"""

from __future__ import annotations

import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted_igtl import ScriptedServer, image, string, transform
from served import until

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import InputError, RuntimeFailure
from guidance.grabber import GrabberSettings
from guidance.hint import Guidance, State
from guidance.model import Model
from guidance.probe import rotation_matrix
from guidance.sources import open_source
from guidance.sources.igtl_address import IgtlAddress, parse_igtl
from guidance.views import View

pyigtl = pytest.importorskip("pyigtl", reason="the extra igtl is not installed")

PICTURE = np.random.default_rng(5).integers(225, 255, (96, 128), np.uint8)
SCALE = np.diag([0.3, 0.2, 1.0, 1.0])


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(greeting=image(PICTURE, matrix=SCALE)) as one:
        yield one


@pytest.fixture
def pyigtl_server() -> Iterator[Any]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    one = pyigtl.OpenIGTLinkServer(port=0)
    one.real_port = one.server_address[1]
    try:
        yield one
    finally:
        one.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def test_pyigtls_own_server(pyigtl_server: Any) -> None:
    pose = np.eye(4)
    pose[:3, 3] = 1, 2, 3
    stop = threading.Event()

    def feed() -> None:
        index = 0
        while not stop.wait(0.02):
            t = time.time()
            pyigtl_server.send_message(
                pyigtl.TransformMessage(pose, timestamp=t, device_name="ProbeToReference"), wait=False
            )
            picture = pyigtl.ImageMessage(
                PICTURE[None] - index % 2, SCALE, timestamp=t, device_name="Image_Reference"
            )
            pyigtl_server.send_message(picture, wait=False)
            index += 1

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        with open_source(f"igtl://127.0.0.1:{pyigtl_server.real_port}") as source:
            assert source.info.live
            assert source.info.size == (128, 96)
            assert source.info.mm_per_px == pytest.approx((0.3, 0.2))
            frames = [source.read() for _ in range(6)]
    finally:
        stop.set()
        feeder.join()
    assert [frame.index for frame in frames if frame] == list(range(6))
    last = frames[-1]
    assert last is not None
    assert abs(last.pixels.astype(int) - PICTURE).max() <= 1
    assert last.mm_per_px == pytest.approx((0.3, 0.2))
    assert last.pose is not None
    assert np.allclose(last.pose.position, (1, 2, 3))
    assert last.t_capture_ns <= time.perf_counter_ns()


def test_a_pose_belongs_to_a_picture_of_its_time(server: ScriptedServer) -> None:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation_matrix([10, 20, 30]), (4, 5, 6)
    with open_source(server.uri) as source:
        assert source.read().pose is None
        for data, tracked in (
            (transform(pose, t=2000.0) + image(PICTURE, t=2000.02), True),
            (image(PICTURE, t=2001.0), False),  # too old
            (transform(pose, t=2002.0, TransformStatus="MISSING") + image(PICTURE, t=2002.0), False),
            (transform(pose, t=2003.0, TransformStatus="OK") + image(PICTURE, t=2003.0), True),
            (transform(np.diag([2.0, 2, 2, 1]), t=2004.0) + image(PICTURE, t=2004.0), False),  # not rigid
            (transform(pose, "StylusToReference", t=2005.0) + image(PICTURE, t=2005.0), False),
        ):
            server.send(data)
            frame = source.read()
            assert (frame.pose is not None) == tracked
            if frame.pose is not None:
                assert np.allclose(frame.pose.position, (4, 5, 6))


def test_the_images_own_place_is_a_pose_on_request(server: ScriptedServer) -> None:
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = (0.3, 0, 0), (0, 0, 0.2), (0, -1, 0)
    with open_source(server.uri + "?pose=image") as source:
        source.read()
        server.send(image(PICTURE, matrix=matrix))
        pose = source.read().pose
        assert np.allclose(pose.rotation, np.eye(3), atol=1e-5)
        assert np.allclose(pose.position, (0.3 * 63.5, 0, 0), atol=1e-4)


def test_other_streams_and_messages_are_left_out(server: ScriptedServer) -> None:
    other = np.zeros((50, 60), np.uint8)
    with open_source(server.uri) as source:
        source.read()
        server.send(string("hello") + image(other, "Other") + string("x" * 60_000) + image(PICTURE, "Image"))
        assert source.read().size == (128, 96)
    server.hang_up()
    named = threading.Timer(0.3, lambda: server.send(image(other, "Other")))
    named.start()
    with open_source(server.uri + "?image=Other") as source:
        assert source.info.size == (60, 50)
    named.join()


def test_broken_messages_are_counted_and_the_stream_goes_on(server: ScriptedServer) -> None:
    wrong = bytearray(image(PICTURE))
    wrong[-1] ^= 1
    with open_source(server.uri) as source:
        source.read()
        server.send(bytes(wrong) + image(PICTURE.astype(np.uint16)) + image(PICTURE))
        assert source.read().index == 1
        assert source.unusable == 2
        server.send(bytes(wrong) * 10)
        with pytest.raises(RuntimeFailure, match="checksum"):
            source.read()


def giant(kind: str, size: int) -> bytes:
    return struct.pack(">H12s20sIIQQ", 1, kind.encode(), b"x", 1, 0, size, 0)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (giant("IMAGE", 2**40), "too large"),
        (giant("TRANSFORM", 2**63), "too large"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 5, "not OpenIGTLink|version"),
    ],
)
def test_giants_and_strangers_are_a_loss(server: ScriptedServer, data: bytes, why: str) -> None:
    with open_source(server.uri) as source:
        source.read()
        server.send(data)
        with pytest.raises(RuntimeFailure, match=why):
            source.read()


def test_half_a_message_is_a_loss(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guidance.igtl.connection.MESSAGE_S", 0.3)
    with open_source(server.uri) as source:
        source.read()
        server.send(image(PICTURE)[:-100])
        with pytest.raises(RuntimeFailure, match="half"):
            source.read()


def test_silence_is_a_loss(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guidance.sources.igtl.SILENT_S", 0.3)
    with open_source(server.uri) as source:
        source.read()
        with pytest.raises(RuntimeFailure, match="sent nothing"):
            source.read()


def test_a_server_that_only_talks_is_no_stream(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guidance.sources.igtl.SILENT_S", 0.3)
    with open_source(server.uri) as source:
        source.read()
        stop = threading.Event()

        def chatter() -> None:
            while not stop.wait(0.02):
                server.send(string("hello"))

        talking = threading.Thread(target=chatter, daemon=True)
        talking.start()
        with pytest.raises(RuntimeFailure, match="sends no IMAGE or TRANSFORM"):
            source.read()
        stop.set()
        talking.join()


def test_the_engine_comes_back_by_itself(tiny_model_folder: Path) -> None:
    """Server away: NO_SIGNAL. Server back, on the same port: guidance again, of pictures with rising numbers."""
    first = ScriptedServer(greeting=image(PICTURE))
    uri, port = first.uri, first.port
    heard: list[Guidance] = []
    times = GrabberSettings(lost_after_s=0.3, first_retry_s=0.05, last_retry_s=0.2)
    with Model.load(tiny_model_folder) as model:
        engine = Engine(model, Coach(View.A4C, model.manifest.hints), listeners=[heard.append], grabber=times)
        with engine:
            engine.start(open_source(uri), reopen=lambda: open_source(uri))
            until(lambda: heard)
            first.send(image(PICTURE))
            first.close()
            until(lambda: heard[-1].advice.state is State.NO_SIGNAL)
            numbers = heard[-1].frame.index
            with ScriptedServer(port, greeting=image(PICTURE)) as second:
                until(lambda: second.accepted)
                stop = threading.Event()

                def feed() -> None:
                    while not stop.wait(0.05):
                        second.send(image(PICTURE))

                feeder = threading.Thread(target=feed, daemon=True)
                feeder.start()
                until(
                    lambda: heard[-1].advice.state is not State.NO_SIGNAL and heard[-1].frame.index > numbers
                )
                stop.set()
                feeder.join()
    assert engine.error is None


def test_closing_wakes_a_sleeping_read(server: ScriptedServer) -> None:
    with open_source(server.uri) as source:
        source.read()
        threading.Timer(0.2, source.close).start()
        assert source.read() is None
        assert source.read() is None


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("igtl://cart", IgtlAddress("cart")),
        ("igtl://10.0.0.5:18945/", IgtlAddress("10.0.0.5", 18945)),
        ("igtl://[::1]:1?image=US&transform=A", IgtlAddress("::1", 1, "US", "A")),
        ("igtl://cart?pose=image", IgtlAddress("cart", pose_in_image=True)),
    ],
)
def test_addresses(uri: str, address: IgtlAddress) -> None:
    assert parse_igtl(uri) == address


@pytest.mark.parametrize(
    "uri",
    ["igtl:", "igtl://", "igtl:cart", "igtl://cart:0", "igtl://cart:99999", "igtl://cart:x", "igtl://u@cart",
     "igtl://cart/path", "igtl://cart?images=US", "igtl://cart?image=", "igtl://cart?pose=x",
     "igtl://cart?pose=image&transform=A", "igtl://[::1"],
)  # fmt: skip
def test_addresses_that_are_none(uri: str) -> None:
    with pytest.raises(InputError, match="igtl://HOST"):
        open_source(uri)


def test_nobody_answers() -> None:
    with ScriptedServer() as gone:
        uri = gone.uri
    with pytest.raises(InputError, match="no OpenIGTLink server answers"):
        open_source(uri)


def test_no_picture_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guidance.sources.igtl.FIRST_PICTURE_S", 0.3)
    monkeypatch.setattr("guidance.sources.igtl.SILENT_S", 0.3)
    with ScriptedServer() as silent, pytest.raises(InputError, match="sent nothing"):
        open_source(silent.uri)
    with (
        ScriptedServer(greeting=image(PICTURE.astype(np.uint16)) * 10) as wrong,
        pytest.raises(InputError, match="uint16: let it send 8 bits"),
    ):
        open_source(wrong.uri)


def test_a_missing_package_is_one_clear_error(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyigtl", None)
    with pytest.raises(InputError, match=r"sonoguide\[igtl\]"):
        open_source("igtl://127.0.0.1:1")

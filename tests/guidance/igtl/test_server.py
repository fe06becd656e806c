"""The OpenIGTLink server, with pyigtl's own client and raw sockets.

Promises:
- a client gets hint, reason, state, quality, the JSON line and the target's pose; with pictures, the picture too;
- several clients are served at once; one that connects later, or again after the server was gone, is served as well;
- one that never reads holds up nobody, and what it reads later is the newest soon; in the end it is let go, and one
  that vanishes without a word is forgotten;
- what is no longer fresh is taken back, and the end is said;
- clients that send giants, half messages or no OpenIGTLink are let go, the others are served on;
- a port in use and a missing package are one clear error; closing frees the port and leaves no thread.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from scripted_igtl import image, string
from served import ADJUSTMENT, PROFILE, feeding, guidance, until

from guidance.errors import InputError
from guidance.igtl.header import SIZE, Header
from guidance.igtl.server import IgtlServer
from guidance.igtl.telling import target_to_probe
from guidance.serve.pictures import SectorPictures

pyigtl = pytest.importorskip("pyigtl", reason="the extra igtl is not installed")


@pytest.fixture
def server() -> Iterator[IgtlServer]:
    with IgtlServer("127.0.0.1", 0) as one:
        yield one


@contextmanager
def client(port: int) -> Iterator[Any]:
    one = pyigtl.OpenIGTLinkClient("127.0.0.1", port)
    try:
        yield one
    finally:
        one.stop()


def text(one: Any, name: str) -> str:
    message = one.wait_for_message(name, timeout=30)
    assert message is not None, f"no {name} came"
    return str(message.string)


@contextmanager
def raw_client(server: IgtlServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        one.settimeout(30)
        yield one


def next_message(raw: socket.socket) -> tuple[Header, bytes]:
    header = Header.parse(exactly(raw, SIZE))
    return header, exactly(raw, header.size)


def exactly(raw: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = raw.recv(size - len(data))
        assert part, "the server hung up"
        data += part
    return data


def until_text(raw: socket.socket, name: str, wanted: str) -> int:
    """Read until the STRING ``name`` says ``wanted``; returns how many bytes that took."""
    size = 0
    while True:
        header, body = next_message(raw)
        size += SIZE + len(body)
        if header.name == name and body[4:].decode() == wanted:
            return size


def hung_up(raw: socket.socket) -> bool:
    try:
        while raw.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def test_a_client_gets_everything(server: IgtlServer) -> None:
    with feeding(server.publish), client(server.port) as one:
        assert text(one, "SonoguideHint") == "Slide slightly towards the head"
        assert text(one, "SonoguideReason") == "The apex is cut off"
        assert text(one, "SonoguideState") == "ADJUSTING"
        assert text(one, "SonoguideQuality") == "0.42"
        assert set(json.loads(text(one, "SonoguideJson"))) == set(guidance().to_json())
        matrix = one.wait_for_message("TargetToProbe", timeout=30).matrix
        assert np.allclose(matrix, target_to_probe(ADJUSTMENT), atol=1e-5)
        assert one.wait_for_message("SonoguideImage", timeout=0.2) is None


def test_pictures_are_sent_on_demand() -> None:
    pictures = SectorPictures(lambda: PROFILE)
    with (
        IgtlServer("127.0.0.1", 0, image=lambda g: pictures.of(g.frame)) as server,
        feeding(server.publish),
        client(server.port) as one,
    ):
        message = one.wait_for_message("SonoguideImage", timeout=30)
        assert message.image.ndim == 3
        assert message.image.max() < 220  # what is written beside the sector is not in it
        assert np.allclose(np.diag(message.ijk_to_world_matrix)[:2], 0.4)


def test_a_picture_that_cannot_be_drawn_costs_no_hint() -> None:
    def broken(_: object) -> None:
        raise RuntimeError("no font")

    with (
        IgtlServer("127.0.0.1", 0, image=broken) as server,
        feeding(server.publish),
        client(server.port) as one,
    ):
        for _ in range(3):
            assert text(one, "SonoguideHint")


def test_several_clients_and_late_ones(server: IgtlServer) -> None:
    with feeding(server.publish), client(server.port) as first, client(server.port) as second:
        assert text(first, "SonoguideHint") == text(second, "SonoguideHint")
        until(lambda: server.clients == 2)
        with client(server.port) as third:
            assert text(third, "SonoguideHint")
        until(lambda: server.clients == 2)
        assert text(first, "SonoguideHint")


def test_a_client_comes_back_to_a_new_server() -> None:
    """pyigtl's client never sees a clean close: a real one opens a new socket, and so does this test."""
    with IgtlServer("127.0.0.1", 0) as first, feeding(first.publish), raw_client(first) as raw:
        until_text(raw, "SonoguideState", "ADJUSTING")
        port = first.port
        first.close()
        assert hung_up(raw)
    with IgtlServer("127.0.0.1", port) as second, feeding(second.publish), client(port) as one:
        assert text(one, "SonoguideHint")


def test_one_that_never_reads_holds_up_nobody(server: IgtlServer) -> None:
    with raw_client(server) as deaf:
        until(lambda: server.clients == 1)
        with client(server.port) as one:
            for index in range(4000):
                server.publish(guidance(index))
                if index % 200 == 0:
                    assert text(one, "SonoguideHint")
            with feeding(server.publish, rate=200.0, quality=0.99):
                while text(one, "SonoguideQuality") != "0.99":
                    pass
                size = until_text(deaf, "SonoguideQuality", "0.99")
        assert size < 3_000_000  # of 7 MB it reads what was in the buffers, then the newest


def test_what_is_no_longer_fresh_is_taken_back_and_the_end_is_said(server: IgtlServer) -> None:
    with raw_client(server) as raw:
        with feeding(server.publish):
            until_text(raw, "SonoguideHint", "Slide slightly towards the head")
        until_text(raw, "SonoguideHint", "Guidance paused")
        until_text(raw, "SonoguideState", "STALE")
        with feeding(server.publish):
            until_text(raw, "SonoguideState", "ADJUSTING")
        server.end()
        until_text(raw, "SonoguideState", "ENDED")
        while True:
            header, body = next_message(raw)
            if header.kind == "STATUS":
                assert struct.unpack(">H", body[:2])[0] == 19
                break


def giant(kind: str, size: int) -> bytes:
    return struct.pack(">H12s20sIIQQ", 1, kind.encode(), b"x", 1, 0, size, 0)


@pytest.mark.parametrize(
    "data",
    [giant("IMAGE", 2**40), giant("STRING", 2**63), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 4, b"\0" * 200],
)
def test_hostile_clients_are_let_go(server: IgtlServer, data: bytes) -> None:
    with feeding(server.publish), client(server.port) as good, raw_client(server) as raw:
        assert text(good, "SonoguideHint")
        raw.sendall(data)
        assert hung_up(raw)
        until(lambda: server.clients == 1)
        assert text(good, "SonoguideHint")


@pytest.mark.parametrize("part", [giant("IMAGE", 1000)[:20], giant("IMAGE", 1000) + b"half of it"])
def test_half_a_message_is_let_go_in_time(
    server: IgtlServer, part: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("guidance.igtl.server.MESSAGE_S", 0.3)
    with feeding(server.publish), client(server.port) as good, raw_client(server) as raw:
        raw.sendall(string("whole") + part)
        assert hung_up(raw)
        until(lambda: server.clients == 1)
        assert text(good, "SonoguideHint")
    assert "half a message" in caplog.text


def test_one_that_takes_nothing_is_let_go(server: IgtlServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guidance.igtl.server.READ_S", 0.3)
    with client(server.port) as good, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", server.port))
        until(lambda: server.clients == 2)
        with feeding(server.publish, rate=500.0):
            until(lambda: server.clients == 1)
            assert text(good, "SonoguideHint")


def test_one_that_vanishes_is_forgotten(server: IgtlServer) -> None:
    with feeding(server.publish), client(server.port) as good:
        for _ in range(3):
            with raw_client(server) as raw:
                until_text(raw, "SonoguideState", "ADJUSTING")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no farewell
        until(lambda: server.clients == 1)
        assert text(good, "SonoguideHint")


def test_clients_may_send_what_they_like_within_bounds(server: IgtlServer) -> None:
    with feeding(server.publish), raw_client(server) as raw:
        raw.sendall(string("GET_STATUS") + image(np.zeros((480, 640), np.uint8)))
        for _ in range(3):
            until_text(raw, "SonoguideState", "ADJUSTING")


def test_a_port_in_use_is_one_clear_error(server: IgtlServer) -> None:
    with pytest.raises(InputError, match=f"port {server.port} is in use"):
        IgtlServer("127.0.0.1", server.port)


def test_a_missing_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyigtl", None)
    with pytest.raises(InputError, match=r"sonoguide\[igtl\]"):
        IgtlServer("127.0.0.1", 0)


def test_closing_frees_port_and_thread(caplog: pytest.LogCaptureFixture) -> None:
    server = IgtlServer("127.0.0.1", 0)
    with feeding(server.publish), raw_client(server) as raw:
        until_text(raw, "SonoguideState", "ADJUSTING")
        server.close()
        server.close()
        assert hung_up(raw)
    server.publish(guidance())
    assert not [one for one in threading.enumerate() if one.name == "sonoguide-igtl"]
    with IgtlServer("127.0.0.1", server.port):
        pass
    assert not caplog.records

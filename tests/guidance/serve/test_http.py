"""The HTTP server, asked by real clients.

Promises:
- /guidance gives the newest JSON line and its age, /frame.jpg the newest picture, the sector alone; before the first
  guidance both answer 503;
- /stream sends the lines of run --json, one a frame and state; several clients may listen, and one that never reads
  holds up neither the engine nor the others, nor does it get old lines for ever after; one that takes nothing is let go
  in the end, one that vanishes is forgotten;
- the token is asked for on every route, the page's files and unknown ones included; a wrong one is 401;
- another site's page gets nothing (403), nor does a name that is made to point here;
- a port in use and a missing package are one clear error; closing frees the port and leaves no thread.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from served import PROFILE, feeding, guidance, until

from guidance.errors import InputError
from guidance.hint import State
from guidance.serve import Access, HttpServer, SectorPictures
from guidance.serve.listening import reachable_as

aiohttp = pytest.importorskip("aiohttp", reason="the extra serve is not installed")

TOKEN = "correct-horse"
ROUTES = (
    "/",
    "/page.css",
    "/page.js",
    "/guidance",
    "/frame.jpg",
    "/stream",
    "/watch",
    "/nothing",
    "/../http.py",
)


def opened(access: Access | None = None, port: int = 0, **options: object) -> HttpServer:
    return HttpServer("127.0.0.1", port, SectorPictures(lambda: PROFILE), access or Access(), **options)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with opened() as one:
        yield one


def ask(
    server: HttpServer, path: str, method: str = "GET", **options: object
) -> tuple[int, bytes, dict[str, str]]:
    async def asked() -> tuple[int, bytes, dict[str, str]]:
        async with aiohttp.ClientSession() as session:
            where = f"http://127.0.0.1:{server.port}{path}"
            async with session.request(method, where, allow_redirects=False, **options) as response:
                return response.status, await response.read(), dict(response.headers)

    return asyncio.run(asked())


async def lines(server: HttpServer, count: int, path: str = "/stream") -> list[dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{server.port}{path}") as ws,
    ):
        return [json.loads((await ws.receive(timeout=30)).data) for _ in range(count)]


def test_the_newest_guidance_and_picture(server: HttpServer) -> None:
    assert ask(server, "/guidance")[0] == 503
    assert ask(server, "/frame.jpg")[0] == 503
    newest = guidance(7)
    server.publish(guidance(6))
    server.publish(newest)
    status, body, headers = ask(server, "/guidance")
    assert status == 200
    assert json.loads(body) == newest.to_json()
    assert float(headers["X-Sonoguide-Age-Ms"]) >= 0
    assert headers["Cache-Control"] == "no-store"
    status, body, headers = ask(server, "/frame.jpg")
    assert (status, headers["Content-Type"], headers["X-Sonoguide-Frame"]) == (200, "image/jpeg", "7")
    pixels = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels.max() < 120  # the white text beside the sector stayed here
    assert abs(int(pixels[200, pixels.shape[1] // 2]) - 47) < 5


def test_age_tells_old_guidance(server: HttpServer) -> None:
    server.publish(guidance(0, now_ns=time.perf_counter_ns() - 3_000_000_000))
    assert float(ask(server, "/guidance")[2]["X-Sonoguide-Age-Ms"]) >= 3000


def test_a_picture_whose_sector_is_not_known_stays_here() -> None:
    with HttpServer("127.0.0.1", 0, SectorPictures(lambda: None), Access()) as server:
        server.publish(guidance())
        status, body, _ = ask(server, "/frame.jpg")
        assert status == 503
        assert b"--whole-picture" in body
    with HttpServer("127.0.0.1", 0, SectorPictures(lambda: None, whole=True), Access()) as server:
        server.publish(guidance())
        pixels = cv2.imdecode(np.frombuffer(ask(server, "/frame.jpg")[1], np.uint8), cv2.IMREAD_GRAYSCALE)
        assert pixels.shape == (480, 640)


def test_the_stream_has_the_lines_of_run(server: HttpServer) -> None:
    with feeding(server.publish):
        got = asyncio.run(lines(server, 10))
    assert set(got[0]) == set(guidance().to_json())
    numbers = [int(str(line["frame"])) for line in got]
    assert numbers == sorted(set(numbers))


def test_a_repeated_word_is_sent_once(server: HttpServer) -> None:
    async def heard() -> list[str]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{server.port}/stream") as ws,
        ):
            for one in (
                guidance(1),
                guidance(1),
                guidance(1, State.NO_SIGNAL),
                guidance(1, State.NO_SIGNAL),
                guidance(2),
            ):
                server.publish(one)
                await asyncio.sleep(0.1)
            return [json.loads((await ws.receive(timeout=30)).data)["state"] for _ in range(3)]

    assert asyncio.run(heard()) == ["ADJUSTING", "NO_SIGNAL", "ADJUSTING"]


def test_one_that_never_reads_holds_up_nobody(server: HttpServer) -> None:
    with listening(server, "/stream") as deaf:
        until(lambda: server.clients == 1)
        for index in range(
            4000
        ):  # far more than fits in any buffer; waiting for the deaf one would last for ever
            server.publish(guidance(index))
            if index % 100 == 0:
                assert ask(server, "/guidance")[0] == 200  # the loop takes them in between

        async def several() -> list[list[dict[str, object]]]:
            return await asyncio.gather(*(lines(server, 20) for _ in range(5)))

        with feeding(server.publish, rate=200.0):
            assert all(len(one) == 20 for one in asyncio.run(several()))
        server.publish(guidance(99_999))
        deaf.settimeout(30)
        got, pending = 0, b""
        while b'"frame": 99999,' not in pending:
            pending = pending[-20:] + deaf.recv(4096)
            got += 1
        assert got * 4096 < 1_500_000  # of 3.5 MB it reads what was in the buffers, then the newest
    until(lambda: server.clients == 0)


def test_a_page_gets_no_new_picture_before_it_has_shown_the_last(server: HttpServer) -> None:
    def frame_in(data: bytes) -> int:
        size = int.from_bytes(data[:4], "big")
        assert data[4 + size :].startswith(b"\xff\xd8")
        return int(json.loads(data[4 : 4 + size])["guidance"]["frame"])

    async def watched() -> list[int]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{server.port}/watch") as ws,
        ):
            frames = [frame_in((await ws.receive(timeout=30)).data) for _ in range(2)]
            with pytest.raises(TimeoutError):
                await ws.receive(timeout=0.7)
            await ws.send_str("shown")
            return [*frames, frame_in((await ws.receive(timeout=30)).data)]

    with feeding(server.publish, rate=100.0):
        _, second, third = asyncio.run(watched())
    assert third > second + 5  # the newest, not the one that came next


@pytest.mark.parametrize("path", ["/stream", "/watch"])
def test_one_that_takes_nothing_is_let_go(
    server: HttpServer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guidance.serve.streams.READY_S", 0.3)
    with listening(server, path):
        until(lambda: server.clients == 1)
        with feeding(server.publish, rate=500.0):
            until(lambda: server.clients == 0)
            assert ask(server, "/guidance")[0] == 200


def test_one_that_vanishes_is_forgotten(server: HttpServer) -> None:
    with feeding(server.publish):
        for _ in range(3):
            with listening(server, "/stream") as gone:
                assert gone.recv(4096)
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no farewell
        until(lambda: server.clients == 0)
        until(lambda: ask(server, "/guidance")[0] == 200)


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_asks_for_the_token(path: str) -> None:
    with opened(Access(TOKEN)) as server:
        server.publish(guidance())
        for options in (
            {},
            {"params": {"token": TOKEN[:-1]}},
            {"params": {"token": ""}},
            {"headers": {"Authorization": "Bearer " + TOKEN + "x"}},
            {"headers": {"Authorization": "Basic " + TOKEN}},
            {"cookies": {"sonoguide_token": "wrong"}},
        ):
            status, body, headers = ask(server, path, **options)
            assert status == 401, options
            assert TOKEN.encode() not in body
            assert headers["WWW-Authenticate"] == "Bearer"
        for options in (
            {"headers": {"Authorization": "Bearer " + TOKEN}},
            {"cookies": {"sonoguide_token": TOKEN}},
            {"params": {"token": TOKEN}},
        ):
            assert ask(server, path, **options)[0] != 401
        assert ask(server, path, "POST")[0] in (401, 405)


def test_the_token_opens_a_stream_and_becomes_a_cookie() -> None:
    with opened(Access(TOKEN)) as server, feeding(server.publish):
        assert asyncio.run(lines(server, 1, f"/stream?token={TOKEN}"))
        status, _, headers = ask(server, "/", params={"token": TOKEN})
        assert (status, headers["Location"]) == (303, "/")
        assert "HttpOnly" in headers["Set-Cookie"]
        assert "SameSite=Strict" in headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/guidance", "/frame.jpg", "/stream", "/watch"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_other_sites_get_nothing(server: HttpServer, path: str, headers: dict[str, str]) -> None:
    server.publish(guidance())
    assert ask(server, path, headers=headers)[0] == 403


def test_hostile_requests_are_answered_and_forgotten(server: HttpServer) -> None:
    for text in (
        b"\0\xff" * 600,
        b"GET / HTTP/1.1\r\nHost: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /stream HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(text)
            raw.settimeout(30)
            assert raw.recv(100).startswith(b"HTTP/1.") or raw.recv(1) == b""
    assert ask(server, "/guidance", "PUT", data=b"x" * 5000)[0] in (404, 405, 413)
    server.publish(guidance())
    assert ask(server, "/guidance")[0] == 200


def test_a_port_in_use_is_one_clear_error(server: HttpServer) -> None:
    with pytest.raises(InputError, match=f"port {server.port} is in use"):
        opened(port=server.port)
    with pytest.raises(InputError, match="no address of this computer"):
        HttpServer("no.such.host.invalid", 0, SectorPictures(lambda: None), Access())
    with pytest.raises(InputError, match=r"cannot listen on 192\.0\.2\.1"):
        HttpServer("192.0.2.1", 0, SectorPictures(lambda: None), Access())


def test_how_others_reach_it() -> None:
    assert reachable_as("10.0.0.5") == "10.0.0.5"
    assert reachable_as("::1") == "[::1]"
    for everywhere in ("0.0.0.0", "::"):
        assert reachable_as(everywhere) not in ("", everywhere)


def test_a_missing_package_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(InputError, match=r"sonoguide\[serve\]"):
        opened()


def test_closing_frees_port_and_thread(caplog: pytest.LogCaptureFixture) -> None:
    server = opened()
    with feeding(server.publish), listening(server, "/stream"), listening(server, "/watch"):
        until(lambda: server.clients == 2)
        until(lambda: ask(server, "/guidance")[0] == 200)
        server.close()
        server.close()
    server.publish(guidance())  # a listener that outlives its server does no harm
    assert not [one for one in threading.enumerate() if one.name == "sonoguide-http"]
    with opened(port=server.port):
        pass
    assert not caplog.records


@contextmanager
def listening(server: HttpServer, path: str) -> Iterator[socket.socket]:
    """A WebSocket that is open and never reads."""
    with socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        yield deaf

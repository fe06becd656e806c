"""``sonoguide serve`` as a process, with real clients, and the examples that listen to it.

Promises:
- it prints its addresses; HTTP and OpenIGTLink clients get guidance on the virtual patient and on a real clip,
  and Prometheus the stream's figures;
- the picture with guidance drawn in is the sector's, at its scale;
- opened wider it makes and prints a token; OpenIGTLink opens wider only when that is said;
- an igtl:// server is a stream for it, so that a chain runs: server, sonoguide, client;
- the end of a recording ends it with 0, Ctrl-C and SIGTERM with 130; clients hear the end;
- a port in use, nothing to serve, a bad token and a missing package are one line and exit code 2.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from commands import one_line, sonoguide
from scripted_igtl import ScriptedServer, image
from served import feeding, until

from guidance.igtl.server import IgtlServer
from guidance.serve import Access, HttpServer, SectorPictures

aiohttp = pytest.importorskip("aiohttp", reason="the extra serve is not installed")
pyigtl = pytest.importorskip("pyigtl", reason="the extra igtl is not installed")

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from ui.cli import main; main()", "serve"]
TOKEN = "correct-horse"


class Served:
    """A running ``sonoguide serve``: its process, and the ports and token that it printed."""

    def __init__(self, process: subprocess.Popen[str], expected: int) -> None:
        self.process = process
        self.printed = ""
        self.http = self.igtl = 0
        self.token = ""
        while expected:
            line = process.stderr.readline() if process.stderr else ""
            assert line, self.printed
            self.printed += line
            if found := re.search(r"page at http://\S+?:(\d+)/(?:\?token=(\S+))?", line):
                self.http, self.token, expected = int(found[1]), found[2] or "", expected - 1
            if found := re.search(r"OpenIGTLink server on \S+ port (\d+)", line):
                self.igtl, expected = int(found[1]), expected - 1

    def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def guidance(self, token: str = "") -> dict[str, Any]:
        until(lambda: self.get("/guidance", token)[0] == 200, 60.0)
        return dict(json.loads(self.get("/guidance", token)[1]))


@contextmanager
def serving(*arguments: object, servers: int = 1) -> Iterator[Served]:
    command = [*PROGRAM, *(str(a) for a in arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Served(process, servers)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def client(port: int) -> Iterator[Any]:
    one = pyigtl.OpenIGTLinkClient("127.0.0.1", port)
    try:
        yield one
    finally:
        one.stop()


def test_the_virtual_patient_for_both_kinds_of_clients() -> None:
    with serving("phantom:view=A4C,seed=3", "--http", 0, "--igtl", 0, "--igtl-image", servers=2) as served:
        assert served.guidance()["target"] == "A4C"
        status, page = served.get("/")
        assert status == 200
        assert b"Research use only" in page
        status, figures = served.get("/metrics")
        assert status == 200
        assert re.search(rb"^sonoguide_frames_total [1-9]", figures, re.MULTILINE)
        assert b'sonoguide_clients{kind="igtl"} 0.0' in figures
        assert b'sonoguide_stage_seconds_bucket{le="+Inf",stage="infer"}' in figures
        assert b"sonoguide_spool_files " in figures
        until(lambda: served.get("/frame.jpg")[0] == 200, 60.0)
        shown = cv2.imdecode(np.frombuffer(served.get("/frame.jpg")[1], np.uint8), cv2.IMREAD_COLOR)
        with client(served.igtl) as one:
            assert one.wait_for_message("SonoguideHint", timeout=60).string
            message = one.wait_for_message("SonoguideImage", timeout=60)
            sent = message.image[0]
            assert max(sent.shape[:2]) <= 960
            assert sent.shape[1] / sent.shape[0] == pytest.approx(shown.shape[1] / shown.shape[0], rel=0.01)
            assert 0.05 < message.ijk_to_world_matrix[0, 0] < 1.0
            assert len(np.unique(sent.reshape(-1, 3), axis=0)) > 300  # colours of the overlay over grey
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(60) == 130


def test_a_real_clip(clips: Path) -> None:
    with serving(
        clips / "echo" / "a4c_sonosite_120f.dcm", "--loop", "--http", 0, "--target", "A4C"
    ) as served:
        line = served.guidance()
        assert line["target"] == "A4C"
        until(lambda: served.get("/frame.jpg")[0] == 200, 60.0)
        picture = cv2.imdecode(np.frombuffer(served.get("/frame.jpg")[1], np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture.std() > 5
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(60) == 130


@pytest.mark.usefixtures("with_tiny_model")
def test_a_recording_ends_it_and_clients_hear_the_end(bright_folder: Path) -> None:
    with serving(bright_folder, "--igtl", 0) as served, client(served.igtl) as one:
        until(lambda: (m := one.wait_for_message("SonoguideState", 60)) is None or m.string == "ENDED", 60.0)
        assert served.process.wait(60) == 0
        assert served.process.stderr is not None
        assert re.search(r"frames +[1-9]\d* processed", served.process.stderr.read())


@pytest.mark.usefixtures("with_tiny_model")
def test_opened_wider_a_token_is_made(bright_folder: Path) -> None:
    with serving(bright_folder, "--loop", "--http", 0, "--host", "0.0.0.0") as served:
        assert len(served.token) >= 20
        assert served.get("/guidance")[0] == 401
        assert served.get("/guidance", "wrong-token")[0] == 401
        assert served.guidance(served.token)["target"] == "A4C"


@pytest.mark.usefixtures("with_tiny_model")
def test_a_token_of_ones_own_is_not_printed(bright_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONOGUIDE_TOKEN", TOKEN)
    with serving(bright_folder, "--loop", "--http", 0) as served:
        assert TOKEN not in served.printed
        assert served.get("/")[0] == 401
        assert served.guidance(TOKEN)


@pytest.mark.usefixtures("with_tiny_model")
def test_a_chain_of_openigtlink() -> None:
    picture = np.random.default_rng(2).integers(225, 255, (96, 128), np.uint8)
    with (
        ScriptedServer(greeting=image(picture)) as scanner,
        serving(scanner.uri, "--igtl", 0) as served,
        client(served.igtl) as one,
    ):
        states: set[str] = set()

        def heard(wanted: str) -> bool:
            scanner.send(image(picture))
            message = one.wait_for_message("SonoguideState", 0.05)
            states.add("" if message is None else message.string)
            return wanted in states

        until(lambda: heard("HOLD") or heard("CAPTURED") or heard("ADJUSTING"), 60.0)
        port = scanner.port
        scanner.close()
        states.clear()
        until(lambda: heard("NO_SIGNAL"), 60.0)
        with ScriptedServer(port, greeting=image(picture)) as scanner:
            states.clear()
            until(lambda: heard("HOLD") or heard("CAPTURED") or heard("ADJUSTING"), 60.0)


def test_what_cannot_be_served_is_one_line(
    bright_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--http", "--igtl"):
            assert sonoguide("serve", bright_folder, option, port) == 2
            assert f"port {port} is in use" in one_line(capsys)
    for arguments, why in (
        ((), "--http PORT, --igtl PORT"),
        (("--http", 0, "--token", "short"), "--token must have"),
        (("--igtl", 0, "--host", "0.0.0.0"), "--igtl-open"),
        (("--http", 0, "--host", "no.such.host.invalid"), "no address of this computer"),
        (("--http", 70_000), "65535"),
        (("--http", 0, "--target", "A9C"), "A9C"),
    ):
        assert sonoguide("serve", bright_folder, *arguments) == 2
        assert why in one_line(capsys)
    assert sonoguide("serve", "no_such_file.mp4", "--http", 0) == 2
    assert "no such file" in one_line(capsys)
    for module, option, extra in (("aiohttp", "--http", "serve"), ("pyigtl", "--igtl", "igtl")):
        monkeypatch.setitem(sys.modules, module, None)
        assert sonoguide("serve", bright_folder, option, 0) == 2
        assert f"sonoguide[{extra}]" in one_line(capsys)


def example(name: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "examples" / name), *(str(a) for a in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_the_example_of_openigtlink() -> None:
    with IgtlServer("127.0.0.1", 0) as server, feeding(server.publish):
        program = example("igtl_client.py", "--port", server.port, "--lines", 1)
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    assert out.startswith("ADJUSTING: Slide slightly towards the head")


def test_the_example_of_the_websocket_connects_again() -> None:
    pictures = SectorPictures(lambda: None)
    first = HttpServer("127.0.0.1", 0, pictures, Access(TOKEN))
    refused = example("web_client.py", f"http://127.0.0.1:{first.port}")
    assert "--token" in refused.communicate(timeout=60)[0]
    assert refused.returncode == 1
    program = example("web_client.py", f"http://127.0.0.1:{first.port}", "--token", TOKEN, "--lines", 2)
    with feeding(first.publish):
        until(lambda: first.clients == 1, 60.0)
        time.sleep(0.3)
    first.close()
    with (
        HttpServer("127.0.0.1", first.port, pictures, Access(TOKEN)) as second,
        feeding(second.publish, hint=None),
    ):
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    lines = out.splitlines()
    assert lines[0] == "ADJUSTING: Slide slightly towards the head (The apex is cut off)"
    assert lines[-1] == "ADJUSTING: no hint"
    assert "not connected: trying again" in lines

"""Peers side by side (``python -m bench.peers``): promises.

- a picture's number survives JPEG and is read by the harness; a picture without one is not misread;
- the sender gives every number out once, paced, knows when it sent each, and skips what a client does not take;
- figures are medians over the rounds; the tables show every peer that ran and the reason for every one that did not;
- a run that is interrupted keeps the figures that it has;
- the table is written between its two marks alone, and a document without them is refused;
- every peer of the catalogue has its harness and its requirements;
- a short run from stream to table works (slow).
"""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from bench.marked import write_between
from bench.peers.__main__ import main
from bench.peers.barcode import stamp
from bench.peers.catalogue import PEERS, chosen
from bench.peers.environments import HERE, Unavailable, python_of
from bench.peers.report import HEADS, markdown, medians, text
from bench.peers.sender import Sender
from guidance.errors import InputError

ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("peers_work", HERE / "harness" / "work.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("index", [0, 1, 2, 777, 65535])
def test_the_number_survives_jpeg(harness: ModuleType, index: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 120, (480, 640), dtype=np.uint8)
    stamp(pixels, index)
    again = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    assert harness.number_of(harness.grey_of(again)) == index


def test_a_picture_without_a_number_has_none(harness: ModuleType) -> None:
    assert harness.number_of(np.full((480, 640), 128, np.uint8)) is None


def receive(url: str, wanted: int, *, slow_s: float = 0.0) -> bytes:
    """What the sender sends until it holds ``wanted`` pictures."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    data = b""
    with socket.create_connection((host, int(port)), timeout=30.0) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while data.count(b"--frame") < wanted:
            time.sleep(slow_s)
            part = client.recv(65536)
            if not part:
                break
            data += part
    return data


def test_the_sender_paces_and_gives_each_number_once() -> None:
    with Sender([b"<%d>" % n for n in range(100)], rate=100.0) as sender:
        first, second = receive(sender.url, 10), receive(sender.url, 10)
    numbers = [n for n in range(100) if b"<%d>" % n in first + second]
    assert len(numbers) >= 18
    assert not {n for n in numbers if b"<%d>" % n in first and b"<%d>" % n in second}
    assert set(numbers) <= set(sender.sent_ns)
    times = [sender.sent_ns[n] for n in numbers[:9]]
    assert times == sorted(times)
    assert times[-1] - times[0] >= 0.9 * 8 * 10e6 - 10e6  # nanoseconds; never quicker than its rate


def test_what_a_client_does_not_take_is_skipped() -> None:
    large = bytes(1 << 20)
    with Sender([large] * 400, rate=400.0) as sender:
        host, port = sender.url.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port)), timeout=30.0) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            time.sleep(0.5)  # the socket fills, the sender waits
            deadline = time.monotonic() + 30.0
            while not sender.skipped:
                assert client.recv(1 << 22)
                assert time.monotonic() < deadline


def run_of(p50: float) -> dict[str, object]:
    return {
        "latency_ms": {"p50": p50, "p99": 9.0},
        "cpu_ms": 2.0,
        "floor_ms": 1.0,
        "versions": {"numpy": "2"},
    }


FIGURES = {
    "date": "2026-01-02",
    "environment": {"cpu": "some processor", "cores_usable": 2},
    "settings": {"rounds": 3, "rate": 30.0, "seconds": 5.0},
    "peers": {"cv2": {"live": medians([run_of(3.0), run_of(5.0), run_of(400.0)])}},
    "unavailable": {"vidgear": "not installed: no such thing"},
}


def test_figures_are_medians_and_the_tables_tell_what_is_missing() -> None:
    found = medians([run_of(3.0), run_of(400.0), run_of(5.0)])
    assert found["latency_ms"] == {"p50": 5.0, "p99": 9.0}
    assert found["versions"] == {"numpy": "2"}
    for lines in (text(FIGURES), markdown(FIGURES)):
        told = "\n".join(lines)
        assert "OpenCV loop" in told
        assert "5.00" in told
        assert "no such thing" in told
        assert all(head in told for head in HEADS)
        assert "sonoguide" not in told  # it did not run


def test_an_interrupted_run_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = iter([run_of(3.0), run_of(5.0), KeyboardInterrupt()])

    def run(*_: object) -> dict[str, object]:
        done = next(runs)
        if isinstance(done, BaseException):
            raise done
        return done

    monkeypatch.setattr("bench.peers.__main__.run", run)
    monkeypatch.setattr("bench.peers.__main__.make_assets", lambda *_, **__: None)
    monkeypatch.setattr("bench.peers.__main__.python_of", lambda *_, **__: Path(sys.executable))
    place = tmp_path / "peers.json"
    command = ["--only", "sonoguide,cv2", "--modes", "live", "--rounds", "4", "--json", str(place)]
    assert main(command) == 0
    assert "interrupted: figures of 1 rounds" in capsys.readouterr().err
    figures = json.loads(place.read_text())
    assert figures["settings"]["rounds"] == 1
    assert {name: modes["live"]["latency_ms"]["p50"] for name, modes in figures["peers"].items()} == {
        "sonoguide": 3.0,
        "cv2": 5.0,
    }


def test_the_table_goes_between_its_marks(tmp_path: Path) -> None:
    place = tmp_path / "a.md"
    place.write_text("before\n<!-- t -->\nold\n<!-- /t -->\nafter\n")
    write_between(place, "t", ["| new |"])
    write_between(place, "t", ["| newer |"])
    assert place.read_text() == "before\n<!-- t -->\n| newer |\n<!-- /t -->\nafter\n"
    for wrong in ("nothing", "<!-- t --> only", "<!-- /t --><!-- t -->", "<!-- t --><!-- t --><!-- /t -->"):
        place.write_text(wrong)
        with pytest.raises(InputError, match="put <!-- t -->"):
            write_between(place, "t", ["| new |"])
        assert place.read_text() == wrong


def test_every_peer_has_its_files() -> None:
    for peer in PEERS:
        assert (HERE / "harness" / f"{peer.harness}.py").is_file()
        assert peer.environment is None or (HERE / "requirements" / f"{peer.environment}.txt").is_file()
    assert [peer.name for peer in chosen("cv2,sonoguide")] == ["cv2", "sonoguide"]
    with pytest.raises(KeyError):
        chosen("cv2,abacus")


def test_a_peer_that_is_not_there_says_why(tmp_path: Path) -> None:
    (peer,) = chosen("vidgear")
    with pytest.raises(Unavailable, match="vidgear does not load: ModuleNotFoundError"):
        python_of(peer, tmp_path, here=True)


@pytest.mark.parametrize(("option", "name"), [("--modes", "file,nothing"), ("--only", "cv2,nobody")])
def test_a_peer_or_a_mode_that_is_unknown(option: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option, name]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "choose from" in line


@pytest.mark.slow
def test_a_short_run_ends_in_a_table(tmp_path: Path) -> None:
    place = tmp_path / "peers.json"
    names = "cv2,cv2_thread,cv2_dnn,sonoguide"
    command = [
        sys.executable,
        "-m",
        "bench.peers",
        "--quick",
        "--here",
        "--only",
        names,
        "--json",
        str(place),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(place.read_text())
    assert found["unavailable"] == {}
    assert set(found["peers"]) == set(names.split(","))
    for modes in found["peers"].values():
        assert set(modes) == {"file", "live", "overload"}
        assert modes["live"]["latency_ms"]["p50"] > modes["live"]["floor_ms"] / 2
        assert modes["overload"]["latency_ms"]["p50"] > 55.0
    queued, newest = (found["peers"][n]["overload"]["latency_last_ms"] for n in ("cv2", "sonoguide"))
    assert newest < queued  # a queue grows for as long as the network is too slow; a slot does not
    assert found["environment"]["cores_usable"] >= 1

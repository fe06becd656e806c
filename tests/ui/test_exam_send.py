"""``sonoguide exam send`` and ``exam spool``, with real archives on the loopback address.

Promises:
- send delivers clips and summary and says each answer; a second send says what the archive has already;
- an archive that is away leaves everything in the spool, exit code 1 and one line; spool lists why and until when,
  --retry sends what is due, --now all, --keep-trying until nothing waits, --drop forgets one;
- kill -9 at any write loses nothing, and the next start goes on;
- a wrong address, no exam, a missing package, a token in the clear: one line, exit code 2, and nothing is queued;
- no token is printed or written.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import dicom_archive, web_archive
from commands import one_line, sonoguide
from reviewed_exam import keep_exam

from guidance.exam import read_log
from guidance.pacs import Spool

pytest.importorskip("pynetdicom", reason="the extra pacs is not installed")

Capsys = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""pynetdicom leaves the socket of a connection that was refused to the garbage collector."""


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return keep_exam(tmp_path / "exams")


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SONOGUIDE_PACS_TOKEN", "SONOGUIDE_PACS_BASIC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SONOGUIDE_SPOOL", str(tmp_path / "spool"))
    return tmp_path / "spool"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Nobody listens there, and nobody else gets it meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def noted(exam: Path) -> list[tuple[str, str]]:
    return [(e["name"], e["answer"]) for e in read_log(exam / "log.jsonl") if e["event"] == "sent"]


def test_send_and_send_again(exam: Path, spool: Path, capsys: Capsys) -> None:
    with dicom_archive() as archive:
        address = f"dicom://ARCHIVE@localhost:{archive.port}"
        assert sonoguide("exam", "send", exam, "--to", address) == 0
        out = capsys.readouterr().out
        assert [line.split()[:2] for line in out.splitlines()] == [
            ["sent", "clips/0001-A4C-hold.dcm"],
            ["sent", "clips/0002-PLAX-hold.dcm"],
            ["sent", "summary"],
        ]
        assert out.count("0x0000 Success") == 3
        assert noted(exam)[0] == ("clips/0001-A4C-hold.dcm", "0x0000 Success")
        assert sonoguide("exam", "send", exam, "--to", address) == 0
        assert capsys.readouterr().out.count("before ") == 3
        assert len(archive.received) == 3
        assert sonoguide("exam", "send", exam, "--to", address, "--again") == 0
        assert len(archive.received) == 6
    assert len(Spool(spool)) == 0
    assert sonoguide("exam", "show", exam) == 0


def test_an_archive_that_comes_back(exam: Path, spool: Path, closed_port: int, capsys: Capsys) -> None:
    address = f"http://localhost:{closed_port}/dicom-web"
    assert sonoguide("exam", "send", exam, "--to", address) == 1
    out, err = capsys.readouterr()
    assert out.count("waits ") == 3
    assert err.count("\n") == 1
    assert "cannot be reached" in err
    assert "exam spool --retry" in err
    assert sonoguide("exam", "spool") == 0
    out = capsys.readouterr().out
    assert out.count("tried 1 x, next ") == 3
    assert sonoguide("exam", "spool", "--json") == 0
    items = json.loads(capsys.readouterr().out)
    assert [item["name"] for item in items][-1] == "summary"
    assert sonoguide("exam", "spool", "--retry") == 0  # nothing is due
    assert "3 not due yet" in capsys.readouterr().out
    assert sonoguide("exam", "spool", "--drop", items[0]["key"]) == 0
    assert sonoguide("exam", "spool", "--drop", items[0]["key"]) == 2
    with web_archive() as web:
        for item in items[1:]:
            file = spool / item["key"] / "item.json"
            file.write_text(file.read_text().replace(f":{closed_port}/", f":{web.port}/"))
        capsys.readouterr()
        assert sonoguide("exam", "spool", "--retry", "--now") == 0
        assert capsys.readouterr().out.count("sent ") == 2
        assert len(web.received) == 2
    assert sonoguide("exam", "spool") == 0
    assert "nothing waits" in capsys.readouterr().out


def test_keep_trying(exam: Path, spool: Path, capsys: Capsys) -> None:
    with dicom_archive(statuses=[0xA700] * 3) as archive:
        assert sonoguide("exam", "send", exam, "--to", f"dicom://ARCHIVE@localhost:{archive.port}") == 1
        for file in spool.glob("*/item.json"):
            item = json.loads(file.read_text())
            file.write_text(json.dumps({**item, "next_try": "2026-01-01T00:00:00+00:00"}))
        assert sonoguide("exam", "spool", "--keep-trying") == 0
    assert len(archive.received) == 3
    assert "0xA700" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("called", "calling", "words"),
    [("WRONG", "ECHO1", "is WRONG its AE title?"), ("ARCHIVE", "NOBODY", "told of NOBODY")],
)
def test_a_refused_association_is_one_line(
    called: str, calling: str, words: str, exam: Path, spool: Path, capsys: Capsys
) -> None:
    with dicom_archive(callers=["ECHO1"]) as archive:
        address = f"dicom://{called}@localhost:{archive.port}?calling={calling}"
        assert sonoguide("exam", "send", exam, "--to", address) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert words in err
    assert len(Spool(spool)) == 3


def test_wrong_input_queues_nothing(
    exam: Path, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    good = "dicom://ARCHIVE@localhost:1"
    for place, address in (
        (exam, "localhost:104"),
        (exam, "https://me:secret@localhost/dicom-web"),
        (tmp_path / "none", good),
    ):
        assert sonoguide("exam", "send", place, "--to", address) == 2
        assert "secret" not in one_line(capsys)
    assert sonoguide("exam", "spool", "--retry", "--keep-trying") == 2
    one_line(capsys)
    monkeypatch.setenv("SONOGUIDE_PACS_TOKEN", "secret-token")
    assert sonoguide("exam", "send", exam, "--to", "http://pacs.example/dicom-web") == 2
    assert "secret-token" not in one_line(capsys)
    monkeypatch.setitem(sys.modules, "pynetdicom", None)
    assert sonoguide("exam", "send", exam, "--to", good) == 2
    assert "pip install 'sonoguide[pacs]'" in one_line(capsys)
    assert len(Spool(spool)) == 0


def test_a_damaged_clip_is_said_and_the_others_go(exam: Path, spool: Path, capsys: Capsys) -> None:
    (exam / "clips" / "0001-A4C-hold.dcm").unlink()
    with dicom_archive() as archive:
        assert sonoguide("exam", "send", exam, "--to", f"dicom://ARCHIVE@localhost:{archive.port}") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "0001-A4C-hold.dcm" in err
    assert len(archive.received) == 2


def test_no_token_is_written(
    exam: Path, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setenv("SONOGUIDE_PACS_TOKEN", "secret-token")
    with web_archive(token="Bearer secret-token", statuses=[0xA700]) as web:
        assert sonoguide("exam", "send", exam, "--to", f"http://localhost:{web.port}/dicom-web") == 1
    assert len(web.received) == 2
    out, err = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"secret-token" not in written + (out + err).encode()


KILLED = """
import os, signal, sys
really, left = os.fsync, [int(sys.argv.pop(1))]
def fsync(handle):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    really(handle)
os.fsync = fsync
from ui.cli import main
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("at", [3, 6, 14, 16, 18, 19])
def test_kill_at_any_write_loses_nothing(at: int, exam: Path, spool: Path, capsys: Capsys) -> None:
    """5 writes queue a file (15 for the exam), and 4 of them take it out again."""
    with dicom_archive() as archive:
        address = f"dicom://ARCHIVE@localhost:{archive.port}"
        command = [sys.executable, "-c", KILLED, str(at), "exam", "send", str(exam), "--to", address]
        died = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        if at > 15:  # all was queued: the next start needs no exam
            assert sonoguide("exam", "spool", "--retry", "--now") == 0
        else:
            assert sonoguide("exam", "send", exam, "--to", address) == 0
        assert len(set(archive.instances)) == 3
        assert {name for name, _ in noted(exam)} == {
            "clips/0001-A4C-hold.dcm",
            "clips/0002-PLAX-hold.dcm",
            "summary",
        }
    assert [path.name for path in spool.iterdir()] == [".lock"]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_kill_while_the_archive_thinks(exam: Path, spool: Path, capsys: Capsys) -> None:
    hold = threading.Event()
    with dicom_archive(hold=hold) as archive:
        address = f"dicom://ARCHIVE@localhost:{archive.port}"
        command = [
            sys.executable,
            "-c",
            "from ui.cli import main; main()",
            "exam",
            "send",
            str(exam),
            "--to",
            address,
        ]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(Spool(spool)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert sonoguide("exam", "spool", "--retry") == 1  # one at a time
        assert "another sonoguide is sending" in one_line(capsys)
        process.kill()
        process.wait(30)
        hold.set()
        assert sonoguide("exam", "spool", "--retry", "--now") == 0
        assert len(set(archive.instances)) == 3

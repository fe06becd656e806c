"""STOW-RS to a real HTTP server that takes multipart/related apart and reads each part as DICOM.

Promises:
- files arrive byte for byte, with the token and what the standard asks for in the header;
- a transfer syntax that is refused, by HTTP status or failure reason, is sent again uncompressed, same pixels and UIDs;
- every refusal is a reason in words; a duplicate counts as delivered; nobody there, and a certificate that is not
  trusted, are Unreachable; an archive that hangs up or is silent is not waited for for ever.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
import pytest
from archives import web_archive
from exam_clips import clip, kept, new_exam
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from guidance.pacs import Answer, Credentials, SenderSettings, Unreachable, open_sender

SETTINGS = SenderSettings(connect_s=20.0, answer_s=20.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    exam = new_exam(tmp_path)
    record = exam.keep(kept(clip(3, colour=True)))
    exam.close()
    return exam.path / record.files["dicom"].name


def sent(
    port: int,
    file: Path,
    *,
    path: str = "/dicom-web",
    settings: SenderSettings = SETTINGS,
    scheme: str = "http",
) -> Answer:
    with open_sender(f"{scheme}://localhost:{port}{path}", (), settings) as sender:
        return sender.send(file)


def test_a_clip_arrives(file: Path) -> None:
    with web_archive(token="Bearer abc") as archive:
        settings = SenderSettings(credentials=Credentials("abc"))
        assert sent(archive.port, file, settings=settings) == Answer(True, "HTTP 200 OK")
        assert "SONOGUIDE_PACS_TOKEN" in sent(archive.port, file).text
    assert archive.received == [pydicom.dcmread(file)]
    assert archive.syntaxes == [RLELossless]
    assert archive.headers[0]["Accept"] == "application/dicom+json"


def test_a_user_and_a_password(file: Path) -> None:
    with web_archive(token="Basic bWU6c2VjcmV0") as archive:
        assert sent(
            archive.port, file, settings=SenderSettings(credentials=Credentials("", "me:secret"))
        ).delivered


@pytest.mark.parametrize("reason", [0x0122, 0xC122])
def test_what_is_refused_compressed_is_sent_uncompressed(reason: int, file: Path) -> None:
    with web_archive(uncompressed_only=reason) as archive:
        assert sent(archive.port, file).delivered
    original = pydicom.dcmread(file)
    assert archive.syntaxes == [ExplicitVRLittleEndian]
    assert archive.instances == [original.SOPInstanceUID]
    assert np.array_equal(archive.received[0].pixel_array, original.pixel_array)


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "SONOGUIDE_PACS_TOKEN"), (415, "HTTP 415"), (503, "HTTP 503"), (301, "another address")],
)
def test_what_http_refuses(status: int, words: str, file: Path) -> None:
    with web_archive(http_status=status) as archive:
        answer = sent(archive.port, file)
    assert not answer.delivered
    assert words in answer.text
    assert len(archive.headers) == (2 if status == 415 else 1)


def test_what_the_archive_refuses(file: Path) -> None:
    with web_archive(statuses=[0xA700, 0x0111]) as archive:
        full, duplicate = sent(archive.port, file), sent(archive.port, file)
        lost = sent(archive.port, file, path="/elsewhere")
    assert full == Answer(False, "HTTP 409 Conflict, failure reason 0xA700")
    assert duplicate.delivered
    assert "path" in lost.text


def test_nobody_is_there(file: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="cannot be reached"):
            sent(held.getsockname()[1], file)


@contextmanager
def rude(*, silent: bool) -> Iterator[int]:
    """A server that takes a connection and hangs up, or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            connection, _ = server.accept()
            held.append(connection)
            if not silent:
                connection.recv(100)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
        for connection in held:
            connection.close()


@pytest.mark.parametrize("silent", [False, True])
def test_a_rude_archive(silent: bool, file: Path) -> None:
    with rude(silent=silent) as port:
        answer = sent(port, file, settings=SenderSettings(connect_s=20.0, answer_s=0.5 if silent else 20.0))
    assert not answer.delivered
    assert ("no answer within 0.5 s" if silent else "hung up") in answer.text


def test_tls_needs_a_trusted_certificate(
    certificate: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    with web_archive(tls=server) as archive:
        with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
            sent(archive.port, file, scheme="https")
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
        assert sent(archive.port, file, scheme="https").delivered

"""C-STORE to a real storage provider on the loopback address.

Promises:
- clips arrive compressed as they lie on the disk; where the archive takes no RLE they arrive as Explicit or Implicit
  VR Little Endian with the same pixels and UIDs;
- an archive that takes no ultrasound, refuses, is full, hangs up or is silent is a reason in words, not an exception;
- a wrong AE title, an unknown caller, nobody there and something that is no archive are Unreachable, with what to do;
- warnings and a duplicate count as delivered; TLS checks the certificate.
"""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import numpy as np
import pydicom
import pytest
from archives import dicom_archive
from exam_clips import clip, kept, new_exam
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from guidance.pacs import Answer, SenderSettings, Unreachable, open_sender

pytest.importorskip("pynetdicom", reason="the extra pacs is not installed")

SETTINGS = SenderSettings(connect_s=20.0, answer_s=20.0)
US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.3.1"


@pytest.fixture(params=["grey", "colour"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return a_clip(tmp_path, colour=request.param == "colour")


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    return a_clip(tmp_path)


def a_clip(place: Path, *, colour: bool = False) -> Path:
    exam = new_exam(place)
    record = exam.keep(kept(clip(3, colour=colour)))
    exam.close()
    return exam.path / record.files["dicom"].name


def sent(
    port: int, *files: Path, query: str = "", settings: SenderSettings = SETTINGS, scheme: str = "dicom"
) -> list[Answer]:
    address = f"{scheme}://ARCHIVE@localhost:{port}{query}"
    with open_sender(address, {US_MULTIFRAME}, settings) as sender:
        return [sender.send(one) for one in files]


def test_a_clip_arrives_as_it_is(file: Path) -> None:
    with dicom_archive() as archive:
        (answer,) = sent(archive.port, file)
    assert answer == Answer(True, "0x0000 Success")
    assert archive.syntaxes == [RLELossless]
    assert archive.callers == ["SONOGUIDE"]
    assert archive.received[0] == pydicom.dcmread(file)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_it_is_written_anew_where_no_rle_is_taken(syntax: str, file: Path) -> None:
    with dicom_archive(syntaxes=[syntax]) as archive:
        (answer,) = sent(archive.port, file)
    assert answer.delivered
    original = pydicom.dcmread(file)
    assert archive.syntaxes == [syntax]
    assert archive.instances == [original.SOPInstanceUID]
    assert np.array_equal(archive.received[0].pixel_array, original.pixel_array)


def test_an_archive_that_takes_no_ultrasound(grey: Path) -> None:
    with dicom_archive(classes=["1.2.840.10008.5.1.4.1.1.88.33"]) as archive:
        address = f"dicom://ARCHIVE@localhost:{archive.port}"
        with open_sender(address, {US_MULTIFRAME, "1.2.840.10008.5.1.4.1.1.88.33"}, SETTINGS) as sender:
            answer = sender.send(grey)
    assert answer == Answer(False, "it takes no Ultrasound Multi-frame Image Storage, compressed or not")


@pytest.mark.parametrize(
    ("status", "delivered", "words"),
    [
        (0xA700, False, "0xA700 Failure"),
        (0xA900, False, "0xA900 Failure"),
        (0xC000, False, "0xC000 Failure"),
        (0x0124, False, "0x0124 Failure"),
        (0xB000, True, "0xB000 Warning"),
        (0x0111, True, "it has it already"),
    ],
)
def test_what_a_status_means(status: int, delivered: bool, words: str, grey: Path) -> None:
    with dicom_archive(statuses=[status]) as archive:
        first, second = sent(archive.port, grey, grey)
    assert (first.delivered, second.delivered) == (delivered, True)
    assert words in first.text


def test_who_is_called_and_who_calls(grey: Path) -> None:
    with dicom_archive(callers=["ECHO1"]) as archive:
        (answer,) = sent(archive.port, grey, query="?calling=ECHO1")
        assert answer.delivered
        with pytest.raises(Unreachable, match=r"must it be told of SONOGUIDE"):
            sent(archive.port, grey)
        with (
            open_sender(f"dicom://WRONG@localhost:{archive.port}", {US_MULTIFRAME}, SETTINGS) as sender,
            pytest.raises(Unreachable, match=r"refused the association .* is WRONG its AE title\?"),
        ):
            sender.send(grey)


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # pynetdicom leaves that socket open
def test_nobody_is_there(grey: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port meanwhile
        with pytest.raises(Unreachable, match=r"cannot be reached .*refused"):
            sent(held.getsockname()[1], grey)


def test_something_that_is_no_archive(grey: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="silent"):
        sent(silent.getsockname()[1], grey, settings=SenderSettings(connect_s=0.5, answer_s=0.5))


def test_a_silent_archive_is_not_waited_for_for_ever(grey: Path) -> None:
    with dicom_archive(hold=threading.Event()) as archive:
        (answer,) = sent(archive.port, grey, settings=SenderSettings(connect_s=20.0, answer_s=0.5))
    assert not answer.delivered
    assert "answer" in answer.text


def test_tls_checks_the_certificate(certificate: Path, grey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    with dicom_archive(tls=server) as archive:
        with pytest.raises(Unreachable, match="certificate"):
            sent(archive.port, grey, scheme="dicoms")
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
        (answer,) = sent(archive.port, grey, scheme="dicoms")
    assert answer.delivered

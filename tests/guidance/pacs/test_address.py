"""Addresses of archives and what is shown to them.

Promises:
- both kinds are read and written back the same; defaults are the standard's ports;
- what is no address, holds a password or an impossible AE title is one clear error;
- a token comes from the environment, travels only through TLS or to this computer, and is in no text that is printed.
"""

from __future__ import annotations

import pytest

from guidance.errors import InputError
from guidance.pacs import Credentials, DicomPeer, SenderSettings, WebPeer, open_sender, parse_peer


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("dicom://PACS@host:11112", DicomPeer("host", 11112, "PACS")),
        ("dicom://PACS@host", DicomPeer("host", 104, "PACS")),
        ("dicom://Pacs_1@[::1]:104?calling=ECHO1", DicomPeer("::1", 104, "Pacs_1", "ECHO1")),
        ("dicoms://PACS@host", DicomPeer("host", 2762, "PACS", tls=True)),
        ("https://host/dicom-web", WebPeer("host", 443, "/dicom-web", True)),
        ("http://host:8042/dicom-web/", WebPeer("host", 8042, "/dicom-web", False)),
        ("https://host/dicom-web/studies", WebPeer("host", 443, "/dicom-web", True)),
    ],
)
def test_an_address_is_read_and_written(address: str, peer: DicomPeer | WebPeer) -> None:
    assert parse_peer(address) == peer
    assert parse_peer(peer.address) == peer


@pytest.mark.parametrize(
    "address",
    ["", "host:104", "dicom://host:104", "dicom://A@host:99999", "dicom://A@host:0", "ftp://host", "dicom://A@:104",
     "dicom://ABCDEFGHIJKLMNOPQ@host", "dicom://A@host/path", "dicom://A@host?ca=x", "dicom://A:B@host",
     "https://user:secret@host/x", "https://user@host/x", "https://host/x?token=secret", "https://[::1"],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_peer(address)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_token_comes_from_the_environment() -> None:
    assert not Credentials.from_environment({})
    assert Credentials.from_environment({"SONOGUIDE_PACS_TOKEN": "abc\n"}).bearer == "abc"
    assert Credentials.from_environment({"SONOGUIDE_PACS_BASIC": "me:secret"}).basic == "me:secret"
    assert "secret" not in repr(SenderSettings(credentials=Credentials("", "me:secret")))
    for wrong in (
        {"SONOGUIDE_PACS_TOKEN": "a b"},
        {"SONOGUIDE_PACS_BASIC": "secret"},
        {"SONOGUIDE_PACS_TOKEN": "secret", "SONOGUIDE_PACS_BASIC": "me:secret"},
    ):
        with pytest.raises(InputError) as refused:
            Credentials.from_environment(wrong)
        assert "secret" not in str(refused.value)


def test_a_token_does_not_travel_in_the_clear() -> None:
    shown = SenderSettings(credentials=Credentials("abc"))
    with pytest.raises(InputError, match="https"):
        open_sender("http://pacs.example/dicom-web", (), shown)
    for address in ("https://pacs.example/dicom-web", "http://127.0.0.1:8042/dicom-web"):
        with open_sender(address, (), shown):
            pass


@pytest.mark.parametrize(
    "address", ["dicom://A:secret@h:99999", "https://h:x/?token=secret", "ftp://me:secret@h/"]
)
def test_no_error_repeats_a_secret(address: str) -> None:
    with pytest.raises(InputError) as told:
        parse_peer(address)
    assert "secret" not in str(told.value)

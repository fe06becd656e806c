"""Addresses of a Triton server.

Promises:
- host and port, with or without a model; nothing means this machine;
- anything else is one clear line; ``auto`` never asks a server, and an address goes with triton alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import write_tiny_model

from guidance.errors import InputError
from guidance.model import Model
from guidance.runtimes import runtime_names
from guidance.runtimes.triton_address import TritonAddress, parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TritonAddress("127.0.0.1:8001", "echo")),
        ("hub:8001", TritonAddress("hub:8001", "echo")),
        (" 10.0.0.7:9001/echo_int8 ", TritonAddress("10.0.0.7:9001", "echo_int8")),
        ("[::1]:8001/a.b", TritonAddress("[::1]:8001", "a.b")),
    ],
)
def test_an_address_is_read(text: str, expected: TritonAddress) -> None:
    assert parse_address(text, "echo") == expected


@pytest.mark.parametrize(
    "text", ["hub", "hub:", "hub:0", "hub:99999", ":8001", "http://hub:8001", "hub:8001/a b", "hub:8001/../x"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        parse_address(text, "echo")


def test_auto_asks_no_server_and_addresses_go_with_triton(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_model(tmp_path / "tiny")
    monkeypatch.setenv("SONOGUIDE_TRITON", "not an address")  # would be an error if anybody read it
    assert "triton" in runtime_names()
    with Model.load(folder) as model:
        assert model.runtime_name != "triton"
        assert not any("triton" in line for line in model.runtimes_passed_over)
    with pytest.raises(InputError, match="unknown runtime 'cpu=hub:8001'"):
        Model.load(folder, runtime="cpu=hub:8001")

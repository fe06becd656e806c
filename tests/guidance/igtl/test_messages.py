"""OpenIGTLink messages, beside pyigtl's own reading and writing of them.

Promises:
- what we pack, pyigtl reads: STRING (any text), TRANSFORM, IMAGE grey and in colour with its spacing; STATUS has the
  layout of the protocol;
- what pyigtl packs, we read; checksums are compared, and none (0) is believed;
- whatever bytes come, the answer is a header, a message, or Malformed; sizes are refused before anything is made;
- spacing, pose and pixels that make no sense are not used.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_igtl import image, string, transform

from guidance.igtl.codec import Codec, ReceivedImage
from guidance.igtl.header import LARGEST_IMAGE, LARGEST_OTHER, SIZE, Header, Malformed
from guidance.igtl.picture import pixels_of, pose_in_image, pose_in_transform, spacing_of
from guidance.igtl.telling import silence, target_to_probe, told
from guidance.probe import Adjustment, Pose, adjusted, rotation_matrix
from guidance.serve.page_message import plain_words

pyigtl = pytest.importorskip("pyigtl", reason="the extra igtl is not installed")
CODEC = Codec("a test") if pyigtl else None
T = 1_700_000_000.25


def read_by_pyigtl(data: bytes) -> Any:
    """The first message of ``data`` as pyigtl's client reads it."""
    base = pyigtl.messages.MessageBase
    fields = base.parse_header(data[:SIZE])
    body = data[SIZE : SIZE + fields["body_size"]]
    assert pyigtl.messages.CRC64(body) == struct.unpack(">Q", data[50:58])[0]
    message = base.create_message(fields["message_type"])
    message.unpack(fields, body)
    return message


def split(data: bytes) -> list[tuple[Header, bytes]]:
    found = []
    while data:
        header = Header.parse(data[:SIZE])
        found.append((header, data[SIZE : SIZE + header.size]))
        data = data[SIZE + header.size :]
    return found


@pytest.mark.parametrize(
    "text", ["", "Slide towards the head", "Zum Kopf schieben, größer 20°", "x" * 70_000, "é" * 40_000]
)
def test_a_string(text: str) -> None:
    message = read_by_pyigtl(CODEC.string("Hint", text, T))
    assert text.startswith(message.string)
    assert len(message.string) == len(text) or len(message.string.encode()) > 65_530
    assert (message.device_name, round(message.timestamp, 3)) == ("Hint", T)


def test_a_name_is_cut_not_refused() -> None:
    assert (
        read_by_pyigtl(CODEC.string("NameOfMoreThanTwentyCharacters", "", T)).device_name
        == "NameOfMoreThanTwenty"
    )


@pytest.mark.parametrize("colour", [False, True])
def test_an_image(colour: bool) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (48, 64, 3) if colour else (48, 64), np.uint8)
    message = read_by_pyigtl(CODEC.image("Picture", pixels, (0.3, 0.2), T))
    assert np.array_equal(message.image[0], pixels[..., ::-1] if colour else pixels)
    assert np.allclose(np.diag(message.ijk_to_world_matrix)[:2], (0.3, 0.2), atol=1e-6)


def test_a_large_image_has_the_same_checksum_in_steps() -> None:
    read_by_pyigtl(CODEC.image("Picture", np.zeros((700, 900, 3), np.uint8), None, T))  # it compares


def test_a_status_has_the_layout_of_the_protocol() -> None:
    (header, body), *rest = split(CODEC.status("State", 13, -7, "NOT_READY", "Wait.", T))
    assert not rest
    assert header.kind == "STATUS"
    code, subcode, name = struct.unpack(">Hq20s", body[:30])
    assert (code, subcode, name.rstrip(b"\0"), body[30:]) == (13, -7, b"NOT_READY", b"Wait.\0")


def test_the_target_is_the_pose_that_the_adjustment_leads_to() -> None:
    """The convention of docs/serve.md, against the algebra of poses: current pose x TargetToProbe = target pose."""
    adjustment = Adjustment(5.0, -8.0, 10.0, -6.0, 25.0)
    current = Pose(np.array([10.0, 20.0, 30.0]), rotation_matrix([20.0, -30.0, 40.0]))
    target = adjusted(current, adjustment)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = current.rotation, current.position
    reached = matrix @ target_to_probe(adjustment)
    assert np.allclose(reached[:3, :3], target.rotation)
    assert np.allclose(reached[:3, 3], target.position)


def test_what_is_told_of_a_guidance() -> None:
    from served import ADJUSTMENT, guidance

    messages = split(told(CODEC, guidance(3), plain_words, T))
    names = {header.name: header.kind for header, _ in messages}
    assert names == {
        "SonoguideHint": "STRING",
        "SonoguideReason": "STRING",
        "SonoguideState": "STRING",
        "SonoguideQuality": "STRING",
        "SonoguideJson": "STRING",
        "SonoguideStatus": "STATUS",
        "TargetToProbe": "TRANSFORM",
    }
    matrix = CODEC.unpack_transform(*messages[-1]).matrix
    assert np.allclose(matrix, target_to_probe(ADJUSTMENT), atol=1e-5)
    unsure = split(told(CODEC, guidance(3, adjustment=None, hint=None, quality=None), plain_words, T))
    assert "TargetToProbe" not in {header.name for header, _ in unsure}
    assert {header.name for header, _ in split(silence(CODEC, ended=False, t=T))} <= set(names)


def test_what_pyigtl_packs_is_read() -> None:
    pixels = np.arange(48 * 64, dtype=np.uint8).reshape(48, 64)
    for version in (1, 2):
        ((header, body),) = split(image(pixels, "US", T, np.diag([0.3, 0.2, 1.0, 1.0]), version))
        received = CODEC.unpack_image(header, body)
        assert (header.kind, header.name, round(header.t_epoch_s, 3)) == ("IMAGE", "US", T)
        assert np.array_equal(pixels_of(received), pixels)
        assert spacing_of(received) == pytest.approx((0.3, 0.2))
    ((header, body),) = split(transform(np.diag([1.0, 1.0, 1.0, 1.0]), TransformStatus="MISSING"))
    assert not CODEC.unpack_transform(header, body).valid


def test_checksums_are_compared() -> None:
    data = bytearray(image(np.zeros((8, 8), np.uint8)))
    data[-1] ^= 1
    ((header, body),) = split(bytes(data))
    with pytest.raises(Malformed, match="checksum"):
        CODEC.unpack_image(header, body)
    data[50:58] = bytes(8)
    ((header, body),) = split(bytes(data))
    assert CODEC.unpack_image(header, body).pixels.shape == (1, 8, 8)


@given(st.binary(min_size=SIZE, max_size=SIZE))
def test_any_bytes_are_a_header_or_malformed(raw: bytes) -> None:
    try:
        header = Header.parse(raw)
    except Malformed:
        return
    assert header.size <= LARGEST_IMAGE


@given(st.sampled_from(["IMAGE", "TRANSFORM"]), st.sampled_from([1, 2]), st.binary(max_size=300))
def test_any_body_is_a_message_or_malformed(kind: str, version: int, body: bytes) -> None:
    raw = struct.pack(">H12s20sIIQQ", version, kind.encode(), b"x", 1, 0, len(body), 0)
    header = Header.parse(raw)
    try:
        if kind == "IMAGE":
            pixels_of(CODEC.unpack_image(header, body))
        else:
            CODEC.unpack_transform(header, body)
    except Malformed:
        return


@pytest.mark.parametrize(
    ("kind", "size"),
    [("IMAGE", LARGEST_IMAGE + 1), ("IMAGE", 2**63), ("STRING", LARGEST_OTHER + 1), ("JUNK", 2**64 - 1)],
)
def test_a_giant_is_refused_by_its_header(kind: str, size: int) -> None:
    with pytest.raises(Malformed, match="too large"):
        Header.parse(struct.pack(">H12s20sIIQQ", 1, kind.encode(), b"x", 1, 0, size, 0))


def received(pixels: np.ndarray, matrix: np.ndarray | None = None) -> ReceivedImage:
    return ReceivedImage(pixels, np.eye(4) if matrix is None else matrix)


def test_pixels_in_every_usual_form() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    assert np.array_equal(pixels_of(received(grey)), grey[0])
    assert np.array_equal(pixels_of(received(grey[..., None])), grey[0])
    colour = np.zeros((1, 3, 4, 3), np.uint8)
    colour[..., 0] = 200  # red
    assert pixels_of(received(colour))[0, 0].tolist() == [0, 0, 200]
    alpha = np.concatenate([colour, np.full((1, 3, 4, 1), 255, np.uint8)], axis=-1)
    assert pixels_of(received(alpha))[0, 0].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    ("pixels", "why"),
    [
        (np.zeros((1, 3, 4), np.uint16), "uint16"),
        (np.zeros((5, 3, 4), np.uint8), "volume"),
        (np.zeros((1, 0, 4), np.uint8), "volume"),
        (np.zeros((1, 3, 4, 2), np.uint8), "2 channels"),
    ],
)
def test_pixels_that_are_no_picture(pixels: np.ndarray, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        pixels_of(received(pixels))


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.0, 0.3), (np.nan, 0.3), (np.inf, 0.3), (0.3, 90.0)])
def test_a_spacing_that_is_none(spacing: tuple[float, float]) -> None:
    assert spacing_of(received(np.zeros((1, 3, 4), np.uint8), np.diag([*spacing, 1.0, 1.0]))) is None


def test_poses() -> None:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation_matrix([10, 20, 30]), (1, 2, 3)
    pose = pose_in_transform(matrix)
    assert pose is not None
    assert np.allclose(pose.rotation, matrix[:3, :3])
    for wrong in (
        np.diag([2.0, 2, 2, 1]),
        np.diag([-1.0, 1, 1, 1]),
        np.full((4, 4), np.nan),
        np.zeros((4, 4)),
    ):
        assert pose_in_transform(wrong) is None


def test_the_pose_in_an_image() -> None:
    """Columns run to the marker, rows along the beam, and the face is the middle of the top row."""
    real = Pose(np.array([10.0, 20.0, 30.0]), rotation_matrix([20.0, -30.0, 40.0]))
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = 0.3 * real.rotation[:, 0], 0.2 * real.rotation[:, 2]
    matrix[:3, 2] = np.cross(real.rotation[:, 0], real.rotation[:, 2])
    matrix[:3, 3] = real.position - 0.3 * 50 * real.rotation[:, 0]
    found = pose_in_image(received(np.zeros((1, 80, 101), np.uint8), matrix))
    assert found is not None
    assert np.allclose(found.position, real.position)
    assert np.allclose(found.rotation, real.rotation)
    assert pose_in_image(received(np.zeros((1, 80, 101), np.uint8), np.zeros((4, 4)))) is None


def test_other_kinds_have_headers_too() -> None:
    ((header, _),) = split(string("hello", "Text"))
    assert (header.kind, header.name) == ("STRING", "Text")

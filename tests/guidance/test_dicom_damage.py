"""DICOM in: frames are decoded one by one.

- A long clip starts at once, and damage at its end does not spoil its beginning.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from media import compress_jpeg, dicom, grey_frames, grey_planes, index_of, level_of, save

from guidance.errors import InputError
from guidance.sources import open_source


def test_damage_at_the_end_does_not_spoil_the_beginning(tmp_path: Path) -> None:
    pictures = grey_frames(8)
    path = save(compress_jpeg(dicom(np.stack(pictures)), pictures), tmp_path / "clip.dcm")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.8)])
    seen = []
    with open_source(str(path), fast=True) as source:
        assert source.info.frame_count == 8
        with pytest.raises(InputError, match=r"cut short: [4-7] of its 8 frames could be read"):
            seen.extend(index_of(frame.pixels) for frame in iter(source.read, None))
        assert source.read() is None
    assert len(seen) >= 4
    assert seen == list(range(len(seen)))


def test_an_uncompressed_file_that_is_cut_short_gives_its_whole_frames(tmp_path: Path) -> None:
    path = save(dicom(grey_planes(8)), tmp_path / "clip.dcm")
    data = path.read_bytes()
    path.write_bytes(data[: -(48 * 64 * 3 + 100)])
    seen = []
    with (
        open_source(str(path), fast=True) as source,
        pytest.raises(InputError, match="4 of its 8 frames could be read"),
    ):
        seen.extend(float(frame.pixels.mean()) for frame in iter(source.read, None))
    assert seen == [level_of(index) for index in range(4)]


def test_a_long_clip_starts_without_decoding_all_of_it(tmp_path: Path) -> None:
    """Every frame but the first is damaged: opening and the first read must not notice."""
    pictures = grey_frames(10)
    ds = compress_jpeg(dicom(np.stack(pictures)), pictures)
    path = save(ds, tmp_path / "clip.dcm")
    data = path.read_bytes()
    starts = [at for at in range(len(data) - 3) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == 10
    broken = bytearray(data)
    for at in starts[1:]:
        broken[at + 20 : at + 60] = bytes(40)
    path.write_bytes(bytes(broken))
    with open_source(str(path), fast=True) as source:
        frame = source.read()
        assert frame is not None
        assert index_of(frame.pixels) == 0
        with pytest.raises(InputError, match="1 of its 10 frames could be read"):
            source.read()

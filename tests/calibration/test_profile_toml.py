"""Promises of writing a profile:

- it is readable, and there whole or not at all;
- an older file is kept under a name with a date; the latency that it holds goes on, on a screen of the same size.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.profile_toml import check_place, profile_text, write_profile
from guidance.device_latency import DeviceLatency, write_latency
from guidance.errors import InputError
from guidance.profile_file import ProfileFile, ScreenPart, read_profile, read_profile_file

FILE = ProfileFile.model_validate(
    {
        "schema": 1,
        "screen": {"width": 800, "height": 600},
        "picture": {"shape": "box", "window": (100, 50, 500, 500)},
    }
)


def test_every_line_that_a_hand_may_change_says_what_it_is() -> None:
    text = profile_text(FILE)
    assert text.startswith("# Where the ultrasound picture lies")
    for line in ("schema = 1", 'shape = "box"  # ', "window = [100, 50, 500, 500]  # ", 'side = "right"  # '):
        assert line in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_older_files_are_kept_with_a_date(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    assert write_profile(FILE, path, "2026-01-02") is None
    path.write_text(path.read_text(encoding="utf-8") + "# my remark\n", encoding="utf-8")
    first = write_profile(FILE, path, "2026-01-02")
    second = write_profile(FILE, path, "2026-01-02")
    assert first == tmp_path / "device.2026-01-02.toml"
    assert second == tmp_path / "device.2026-01-02-2.toml"
    assert "# my remark" in first.read_text(encoding="utf-8")
    assert read_profile_file(path) == FILE
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, first.name, second.name])


def test_a_measured_latency_goes_on(tmp_path: Path) -> None:
    path, late = tmp_path / "device.toml", DeviceLatency(41.25, 58.0, 17.8, "2026-01-02T03:04:05Z")
    write_profile(FILE, path, "2026-01-02")
    write_latency(path, late)
    write_profile(FILE, path, "2026-01-02")
    assert read_profile(path).latency == late
    assert read_profile_file(path) == FILE.model_copy(update={"latency": late})
    other = FILE.model_copy(update={"screen": ScreenPart(width=1280, height=720)})
    write_profile(other, path, "2026-01-02")
    assert read_profile(path).latency is None  # it was that of another resolution


def test_a_disk_that_refuses_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    write_profile(FILE, path, "2026-01-02")
    before = path.read_bytes()
    (tmp_path / ".device.toml.part").mkdir()  # the place where the new file would grow
    with pytest.raises(InputError, match="cannot be written"):
        write_profile(FILE, path, "2026-01-02")
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".device.toml.part", "device.toml"]


def test_a_broken_older_file_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text("schema = 1\n[this is no TOML", encoding="utf-8")
    kept = write_profile(FILE, path, "2026-01-02")
    assert kept is not None
    assert kept.read_text(encoding="utf-8") == "schema = 1\n[this is no TOML"


def test_a_file_that_never_was_a_profile_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("schema: none\n", encoding="utf-8")
    with pytest.raises(InputError, match="is no device profile"):
        write_profile(FILE, path, "2026-01-02")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    assert path.read_text(encoding="utf-8") == "schema: none\n"
    path.write_text("", encoding="utf-8")
    assert write_profile(FILE, path, "2026-01-02") is not None


def test_a_profile_of_a_later_schema_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text("schema = 99\n", encoding="utf-8")
    with pytest.raises(InputError, match="has schema 99"):
        write_profile(FILE, path, "2026-01-02")
    assert [p.name for p in tmp_path.iterdir()] == ["device.toml"]
    assert path.read_text(encoding="utf-8") == "schema = 99\n"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "device.toml"):
        with pytest.raises(InputError, match="cannot be written"):
            check_place(place)

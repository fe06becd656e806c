"""The table [latency] of a device profile.

Promises:
- writing it changes no other line, comments included, replaces an earlier one wherever it stands, and reads back;
- a profile is read with its latency; what is wrong with the table is one line;
- a file that is no profile is refused and left as it is.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.device_latency import DeviceLatency, with_latency, write_latency
from guidance.errors import InputError
from guidance.profile_file import read_profile

PROFILE = """# the scanner in room 3
schema = 1

[screen]
width = 640    # of the grabber
height = 480

[marker]
side = "left"

[picture]
shape = "sector"
apex_x = 320.0
apex_y = 20.0
angle_left = -45.0
angle_right = 45.0
r_min = 0.0
r_max = 420.0
"""
LATE_TABLE = """
[latency]
grabber_ms = { p50 = 1, p99 = 2 }
resolution_ms = 3
measured_at = "then"
"""
LATE = DeviceLatency(41.25, 58.0, 17.8, "2026-01-02T03:04:05Z")

numbers = st.floats(0.0, 9999.0)


def written(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return path


@settings(deadline=None)  # every file is synced to the disk
@given(p50=numbers, p99=numbers, resolution=numbers, where=st.sampled_from(["top", "middle", "end", "no"]))
def test_it_reads_back_and_the_rest_stays(
    tmp_path_factory: pytest.TempPathFactory, p50: float, p99: float, resolution: float, where: str
) -> None:
    old = '[latency]\ngrabber_ms = { p50 = 1.0, p99 = 2.0 }\nresolution_ms = 3\nmeasured_at = "then"\n\n'
    head, tail = PROFILE.split("[picture]")
    text = {
        "no": PROFILE, "end": PROFILE + "\n" + old, "middle": head + old + "[picture]" + tail,
        "top": head + old.rstrip() + "\n[picture]" + tail,
    }[where]  # fmt: skip
    path = written(tmp_path_factory.mktemp("profile"), text)
    latency = DeviceLatency(p50, p99, resolution, "2026-01-02T03:04:05Z")
    write_latency(path, latency)
    assert read_profile(path).latency == latency
    new = path.read_text(encoding="utf-8")
    assert new.count("[latency]") == 1
    assert [line for line in PROFILE.splitlines() if line] == [
        line for line in new.partition("[latency]")[0].splitlines() if line
    ]
    assert [file.name for file in path.parent.iterdir()] == ["profile.toml"]


def test_writing_twice_changes_nothing() -> None:
    once = with_latency(PROFILE, LATE)
    assert with_latency(once, LATE) == once


def test_a_profile_says_its_latency(tmp_path: Path) -> None:
    assert read_profile(written(tmp_path, PROFILE)).latency is None
    assert read_profile(written(tmp_path, PROFILE + LATE_TABLE)).latency == DeviceLatency(1, 2, 3, "then")
    stamp = LATE_TABLE.replace('"then"', "2026-01-02T03:04:05Z")  # TOML has times of its own
    late = read_profile(written(tmp_path, PROFILE + stamp)).latency
    assert late is not None
    assert late.measured_at == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[latency]\nresolution_ms = 3\n", "latency: is not whole ('grabber_ms')"),
        ("[[latency]]\nresolution_ms = 3\n", "latency: is not whole"),
        (LATE_TABLE.replace("p50 = 1", "p50 = 'x'"), "latency: is not whole"),
        (LATE_TABLE.replace("p50 = 1", "p50 = -1"), "latency: holds impossible delays"),
        (LATE_TABLE.replace("p50 = 1", "p50 = nan"), "latency: holds impossible delays"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_profile(written(tmp_path, f"{PROFILE}\n{table}"))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_profile_are_left_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="calibrate sector"):
        write_latency(tmp_path / "none.toml", LATE)
    odd = written(tmp_path, "latency.resolution_ms = 3\n")
    with pytest.raises(InputError, match=r"unusual|TOML"):
        write_latency(odd, LATE)
    assert odd.read_text() == "latency.resolution_ms = 3\n"
    picture = tmp_path / "a.toml"
    picture.write_bytes(b"\xff\xfe\x00" * 30)
    for call in (
        lambda: write_latency(picture, LATE),
        lambda: read_profile(picture),
        lambda: read_profile(tmp_path),
    ):
        with pytest.raises(InputError):
            call()
    assert picture.read_bytes() == b"\xff\xfe\x00" * 30

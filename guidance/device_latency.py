"""The table ``[latency]`` of a device profile: how late the device's pictures are. Read here, measured in calibration.

The rest of the file is somebody else's: writing leaves every other line as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.profile_text import parsed, read_text
from guidance.whole_file import write_whole


@dataclass(frozen=True, slots=True)
class DeviceLatency:
    """From a change on the device's screen to the picture of it in the program, in milliseconds.

    Attributes:
        grabber_p50_ms, grabber_p99_ms: median and 99th percentile; grabber, driver and the wait for the next picture.
        resolution_ms: no better is this known; the delays are so much too long at most.
        measured_at: when, ISO 8601 in UTC; for people.
    """

    grabber_p50_ms: float
    grabber_p99_ms: float
    resolution_ms: float
    measured_at: str


def latency_of(table: Any) -> DeviceLatency:
    """What the table ``[latency]`` of a parsed profile says.

    Raises:
        ValueError: it is not whole, or holds what no device has.
    """
    try:
        grabber = table["grabber_ms"]
        numbers = [float(grabber["p50"]), float(grabber["p99"]), float(table["resolution_ms"])]
        stamp = table["measured_at"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"is not whole ({' '.join(str(error).split())}): measure it again with sonoguide calibrate latency"
        ) from error
    if not all(0.0 <= number < 1e5 for number in numbers):
        raise ValueError("holds impossible delays: measure them with sonoguide calibrate latency")
    written = stamp.isoformat().replace("+00:00", "Z") if hasattr(stamp, "isoformat") else str(stamp)
    return DeviceLatency(numbers[0], numbers[1], numbers[2], written)


def write_latency(path: Path, latency: DeviceLatency) -> None:
    """Put ``latency`` into the profile at ``path``, in place of an earlier one; every other line stays.

    Raises:
        InputError: there is no such profile, or it cannot be written.
    """
    old = read_text(path)
    new = with_latency(old, latency)
    before, after = parsed(old, path), parsed(new, path)
    before.pop("latency", None)
    if latency_of(after.pop("latency")) != latency or after != before:
        raise InputError(f"{path}: [latency] stands in it in an unusual way: delete those lines first")
    try:
        write_whole(path, new.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from error


def with_latency(text: str, latency: DeviceLatency) -> str:
    """``text`` of a profile with the table ``[latency]`` at its end instead of where it was."""
    kept = re.sub(r"^\[latency\][^\n]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*", "", text, flags=re.MULTILINE).rstrip()
    table = (
        "[latency]\n"
        f"grabber_ms = {{ p50 = {latency.grabber_p50_ms!r}, p99 = {latency.grabber_p99_ms!r} }}\n"
        f"resolution_ms = {latency.resolution_ms!r}\n"
        f'measured_at = "{latency.measured_at}"\n'
    )
    return f"{kept}\n\n{table}" if kept else table

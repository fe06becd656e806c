"""The table ``[latency]`` of a device profile: how late the device's pictures are. Read here, measured in calibration.

The rest of the file is somebody else's: writing leaves every other line as it stands.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guidance.errors import InputError

MAX_BYTES = 1 << 20  # a profile is some hundred bytes; a wrong file of that name may be anything


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


def latency_of(content: dict[str, Any], name: str = "the profile") -> DeviceLatency | None:
    """What the table ``latency`` of a parsed profile says; None where there is none.

    Raises:
        InputError: the table is not whole.
    """
    table = content.get("latency")
    if table is None:
        return None
    try:
        grabber = table["grabber_ms"]
        numbers = [float(grabber["p50"]), float(grabber["p99"]), float(table["resolution_ms"])]
        stamp = table["measured_at"]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{name}: [latency] is not whole ({' '.join(str(error).split())}): measure it again with "
            "sonoguide calibrate latency"
        ) from error
    if not all(0.0 <= number < 1e5 for number in numbers):
        raise InputError(
            f"{name}: [latency] holds impossible delays: measure them with sonoguide calibrate latency"
        )
    written = stamp.isoformat().replace("+00:00", "Z") if hasattr(stamp, "isoformat") else str(stamp)
    return DeviceLatency(numbers[0], numbers[1], numbers[2], written)


def parsed_profile(path: Path) -> dict[str, Any]:
    """What stands in the TOML file at ``path``.

    Raises:
        InputError: it cannot be read.
    """
    return _parsed(_text(path), path)


def write_latency(path: Path, latency: DeviceLatency) -> None:
    """Put ``latency`` into the profile at ``path``, in place of an earlier one; every other line stays.

    The new file is complete before it takes the old one's place.

    Raises:
        InputError: there is no such profile, or it cannot be written.
    """
    old = _text(path)
    new = with_latency(old, latency)
    before, after = _parsed(old, path), _parsed(new, path)
    before.pop("latency", None)
    if latency_of(after) != latency or {k: v for k, v in after.items() if k != "latency"} != before:
        raise InputError(f"{path}: [latency] stands in it in an unusual way: delete those lines first")
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, path.stat().st_mode & 0o777)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
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


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: is far too large for a device profile")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path}: no device profile can be read there ({error.strerror}): make one with "
            "sonoguide calibrate sector"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no device profile: it is not text") from error


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: is not TOML ({error}): correct it, or make it again") from error

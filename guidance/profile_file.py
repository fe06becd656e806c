"""Reads a device profile from its TOML file: ``[screen]``, ``[picture]``, ``[marker]``, ``[scale]``, ``[latency]``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.device_latency import latency_of, parsed_profile
from guidance.errors import InputError

_PARTS = ("screen", "picture", "marker", "scale")


def read_profile(path: Path) -> DeviceProfile:
    """The device profile in the file at ``path``.

    Raises:
        InputError: there is none, or it is not whole.
    """
    content = parsed_profile(path)
    latency = latency_of(content, str(path))
    if content.get("schema") != 1:
        raise InputError(f"{path} is no device profile: it has no line 'schema = 1'")
    screen, picture, marker, scale = (content.get(part, {}) for part in _PARTS)
    try:
        size = TypeAdapter(tuple[int, int]).validate_python((screen["width"], screen["height"]))
        side = MarkerSide(marker.get("side", MarkerSide.RIGHT.value))
        profile = _pictured(size, picture, side, scale.get("mm_per_px"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: is no device profile: {place}: {first['msg']}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is no device profile: {' '.join(str(error).split())}") from error
    if min(size) < 1 or profile.box[2] <= 0 or profile.box[3] <= 0:
        raise InputError(f"{path}: is no device profile: its sizes are not positive")
    return replace(profile, latency=latency)


def _pictured(
    size: tuple[int, int], picture: dict[str, Any], side: MarkerSide, mm_per_px: float | None
) -> DeviceProfile:
    if picture["shape"] == "sector":
        sector = TypeAdapter(Sector).validate_python(picture)
        return DeviceProfile.from_sector(size, sector, side, mm_per_px)
    x0, y0, x1, y1 = TypeAdapter(tuple[int, int, int, int]).validate_python(picture["window"])
    return DeviceProfile(*size, (x0, y0, x1 - x0 + 1, y1 - y0 + 1), None, side, mm_per_px)

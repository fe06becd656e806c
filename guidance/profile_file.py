"""Reads a device profile from its TOML file: the fields of ``DeviceProfile`` by their names, tables for its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.device_latency import latency_of, parsed_profile
from guidance.errors import InputError


def read_profile(path: Path) -> DeviceProfile:
    """The profile at ``path``. ``box`` may be left out where there is a ``[sector]``.

    Raises:
        InputError: there is none, or it is not whole.
    """
    content: dict[str, Any] = parsed_profile(path)
    latency = latency_of(content, str(path))
    content.pop("latency", None)
    try:
        if "box" not in content and "sector" in content:
            sector = TypeAdapter(Sector).validate_python(content["sector"])
            size = int(content["width"]), int(content["height"])
            content["box"] = DeviceProfile.from_sector(size, sector).box
            content.setdefault("marker", MarkerSide.RIGHT.value)
        profile = TypeAdapter(DeviceProfile).validate_python({**content, "latency": latency})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: is no device profile: {place}: {first['msg']}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: is no device profile: it lacks width and height") from error
    if profile.width < 1 or profile.height < 1 or profile.box[2] <= 0 or profile.box[3] <= 0:
        raise InputError(f"{path}: is no device profile: its sizes are not positive")
    return profile

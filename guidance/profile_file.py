"""Device profiles as files: TOML that people read and edit. Made by ``sonoguide calibrate sector``, read here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.device_latency import DeviceLatency, latency_of
from guidance.errors import InputError
from guidance.profile_text import parsed, read_text

SCHEMA = 1
"""Version of the file's shape; a file of a later one is refused."""

_DEPTH_TOLERANCE = 0.02
_MARK_TOLERANCE = 0.05
_LEAST_SHOWN = 0.05
"""Share of a sector that its window must leave over."""

Origin = Literal["file", "ruler", "given", "hand"]
Positive = Annotated[float, Field(gt=0.0)]
Pixel = Annotated[float, Field(ge=-1e5, le=1e5)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ScreenPart(_Strict):
    """``[screen]``: the frame's size in pixels."""

    width: int = Field(ge=16, le=16384)
    height: int = Field(ge=16, le=16384)


class PicturePart(_Strict):
    """``[picture]``: a sector (:class:`guidance.device.Sector`), or a box that ``window`` gives.

    ``window`` is [x0, y0, x1, y1], inclusive. A sector may have one, too: it is cut off there.
    """

    shape: Literal["sector", "box"]
    apex_x: Pixel | None = None
    apex_y: Pixel | None = None
    angle_left: float | None = Field(default=None, ge=-89.0, le=89.0)
    angle_right: float | None = Field(default=None, ge=-89.0, le=89.0)
    r_min: float | None = Field(default=None, ge=0.0, le=1e5)
    r_max: float | None = Field(default=None, gt=0.0, le=1e5)
    stretch: float = Field(default=1.0, ge=0.25, le=4.0)
    window: tuple[int, int, int, int] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = ("apex_x", "apex_y", "angle_left", "angle_right", "r_min", "r_max")
        given = [name for name in names if getattr(self, name) is not None]
        if self.shape == "box":
            if given:
                raise ValueError(f'shape = "box" has no {given[0]}: make it a "sector", or remove that line')
            if self.window is None:
                raise ValueError('shape = "box" needs window = [x0, y0, x1, y1]')
        elif len(given) < len(names):
            missing = ", ".join(name for name in names if name not in given)
            raise ValueError(f'shape = "sector" also needs {missing}')
        else:
            assert self.angle_left is not None
            assert self.angle_right is not None
            assert self.r_min is not None
            assert self.r_max is not None
            if self.angle_right - self.angle_left < 5.0:
                raise ValueError(
                    f"angle_right ({self.angle_right:g}) must be at least 5 degrees right of angle_left "
                    f"({self.angle_left:g})"
                )
            if self.r_max <= self.r_min:
                raise ValueError(f"r_max ({self.r_max:g}) must be larger than r_min ({self.r_min:g})")
        if self.window is not None and (self.window[2] <= self.window[0] or self.window[3] <= self.window[1]):
            raise ValueError(f"window {list(self.window)} is empty: x1 and y1 must be larger than x0 and y0")
        return self

    @property
    def sector(self) -> Sector | None:
        """The sector, where there is one."""
        if self.apex_x is None or self.apex_y is None or self.angle_left is None or self.angle_right is None:
            return None
        if self.r_min is None or self.r_max is None:
            return None
        return Sector(
            self.apex_x, self.apex_y, self.angle_left, self.angle_right, self.r_min, self.r_max, self.stretch
        )


class MarkerPart(_Strict):
    """``[marker]``: the side of the screen that shows the marker, and how the probe is held.

    ``convention``: "emergency" holds the probe turned by 180 degrees, with the marker on the left of the screen; the
    picture then looks as a cardiologist's and is not mirrored.
    """

    side: Literal["left", "right"] = "right"
    convention: Literal["cardiology", "emergency"] = "cardiology"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.convention == "emergency" and self.side == "right":
            raise ValueError('convention = "emergency" goes with side = "left"')
        return self


class ScalePart(_Strict):
    """``[scale]``: height of a pixel in mm, the depth that makes of the picture, and who said so."""

    mm_per_px: Positive
    depth_mm: Positive | None = None
    origin: Origin = "hand"


class RulerPart(_Strict):
    """``[ruler]``: first and last mark of the depth ruler in pixels, rows from mark to mark, and what one is worth."""

    x0: Pixel
    y0: Pixel
    x1: Pixel
    y1: Pixel
    spacing: Positive
    mark_mm: Positive | None = None


def _latency(table: object) -> DeviceLatency | None:
    return table if table is None or isinstance(table, DeviceLatency) else latency_of(table)


class ProfileFile(_Strict):
    """A whole file. ``latency`` is the table ``[latency]``, which ``sonoguide calibrate latency`` adds."""

    schema_version: Literal[1] = Field(alias="schema")
    made: str = ""
    source: str = ""
    screen: ScreenPart
    picture: PicturePart
    marker: MarkerPart = MarkerPart()
    scale: ScalePart | None = None
    ruler: RulerPart | None = None
    latency: Annotated[DeviceLatency | None, BeforeValidator(_latency)] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        width, height = self.screen.width, self.screen.height
        window, sector = self.picture.window, self.picture.sector
        if window is not None and (
            window[0] < 0 or window[1] < 0 or window[2] >= width or window[3] >= height
        ):
            raise ValueError(f"picture.window {list(window)} reaches beyond the screen of {width} x {height}")
        if sector is not None and (
            sector.top >= height or sector.bottom <= 0 or not -width < sector.apex_x < 2 * width
        ):
            raise ValueError(f"the sector of [picture] lies outside the screen of {width} x {height}")
        if sector is not None and window is not None and _shown(sector, window) < _LEAST_SHOWN:
            raise ValueError(
                f"picture.window {list(window)} leaves nothing over of the sector: correct one, or remove window"
            )
        if self.ruler is not None:
            self._check_ruler(self.ruler)
        if self.scale is not None and self.scale.depth_mm is not None:
            self._check_depth(self.scale, self.scale.depth_mm)
        return self

    def _check_depth(self, scale: ScalePart, depth_mm: float) -> None:
        rows = self.profile().depth_rows
        from_px = rows * scale.mm_per_px
        if abs(from_px - depth_mm) > _DEPTH_TOLERANCE * depth_mm + scale.mm_per_px:
            raise ValueError(
                f"scale.depth_mm ({depth_mm:g}) contradicts scale.mm_per_px ({scale.mm_per_px:g}), which makes "
                f"{from_px:.0f} mm of the picture's {rows:.0f} rows: correct one, or remove depth_mm"
            )

    def _check_ruler(self, ruler: RulerPart) -> None:
        width, height = self.screen.width, self.screen.height
        slack = 0.02 * max(width, height)
        for name, value, end in (
            ("x0", ruler.x0, width), ("y0", ruler.y0, height), ("x1", ruler.x1, width), ("y1", ruler.y1, height)
        ):  # fmt: skip
            if not -slack <= value <= end + slack:
                raise ValueError(f"ruler.{name} ({value:g}) lies outside the screen of {width} x {height}")
        scale = self.scale
        if scale is None or ruler.mark_mm is None or scale.origin == "file":
            return  # a file is believed, whatever is drawn
        mark = ruler.spacing * scale.mm_per_px
        if abs(mark - ruler.mark_mm) > _MARK_TOLERANCE * ruler.mark_mm:
            raise ValueError(
                f"ruler.mark_mm ({ruler.mark_mm:g}) contradicts scale.mm_per_px ({scale.mm_per_px:g}), by which marks "
                f"{ruler.spacing:g} rows apart are worth {mark:.3g} mm: correct one, or remove mark_mm"
            )

    def profile(self) -> DeviceProfile:
        """What the engine reads."""
        size = self.screen.width, self.screen.height
        side = MarkerSide(self.marker.side)
        mm = None if self.scale is None else self.scale.mm_per_px
        ruler = None if self.ruler is None else (self.ruler.x0, self.ruler.y0, self.ruler.x1, self.ruler.y1)
        sector, window = self.picture.sector, self.picture.window
        if sector is not None:
            profile = DeviceProfile.from_sector(size, sector, side, mm, window)
        else:
            assert window is not None
            profile = DeviceProfile.from_window(size, window, side, mm)
        turned = self.marker.convention == "emergency"
        return replace(profile, ruler=ruler, turned=turned, latency=self.latency)


class LaterSchema(InputError):
    """The file was made by a later sonoguide, and is not to be replaced."""


def _shown(sector: Sector, window: tuple[int, int, int, int]) -> float:
    """Share of ``sector`` that lies within ``window``, roughly."""
    angle, radius = np.meshgrid(
        np.radians(np.linspace(sector.angle_left, sector.angle_right, 40)),
        np.sqrt(np.linspace(sector.r_min**2, sector.r_max**2, 40)),  # even in area
    )
    x = sector.apex_x + sector.stretch * radius * np.sin(angle)
    y = sector.apex_y + radius * np.cos(angle)
    return float(((x >= window[0]) & (x <= window[2]) & (y >= window[1]) & (y <= window[3])).mean())


def read_profile(path: Path) -> DeviceProfile:
    """The device profile in the file at ``path``.

    Raises:
        InputError: it cannot be read, is no profile, is of a later schema, or contradicts itself: which line, and why.
    """
    return read_profile_file(path).profile()


def read_profile_file(path: Path) -> ProfileFile:
    """Everything that the file at ``path`` says; raises as :func:`read_profile`."""
    data = parsed(read_text(path), path)
    schema = data.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise InputError(f"{path} is no device profile: it has no line 'schema = {SCHEMA}'")
    if schema > SCHEMA:
        raise LaterSchema(
            f"{path} has schema {schema}, but this sonoguide reads up to {SCHEMA}: update sonoguide, or calibrate "
            "to another file"
        )
    try:
        return ProfileFile.model_validate(data)
    except ValidationError as error:
        raise InputError(f"{path}: {_one_line(error)}") from error


def _one_line(error: ValidationError) -> str:
    # A name that is not known says more than the one that is missing for it.
    first, *others = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(str(part) for part in first["loc"])
    what = " ".join(first["msg"].removeprefix("Value error, ").split())
    if first["type"] == "extra_forbidden":
        what = "no such name in a device profile: check its spelling, or remove that line"
    more = f" (and {len(others)} more)" if others else ""
    return f"{field}: {what}{more}" if field else f"{what}{more}"

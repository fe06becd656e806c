"""What was found on a scanner's screen, drawn over the picture: to look at before it is used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.screen_reading import ScreenReading
from guidance.errors import InputError
from guidance.preprocess import picture_mask

_OUTLINE = (80, 230, 255)
_RULER = (255, 200, 60)
_MARKER = (120, 255, 120)
_TEXT = (235, 235, 235)
_LEAST_WIDTH = 900


def draw_reading(reading: ScreenReading, picture: NDArray[np.uint8], title: str) -> NDArray[np.uint8]:
    """(H, W, 3) BGR: ``picture`` dimmed outside what was found, with outline, apex, ruler, marker and figures.

    ``picture`` is a frame (H, W[, 3]) uint8 of the profile's size; a small one is enlarged.
    """
    p = reading.profile
    colour = picture if picture.ndim == 3 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    inside = picture_mask(p)
    levels = 255.0 * (np.arange(256) / 255.0) ** 0.75  # the dim flanks are what one looks for here
    canvas = np.asarray(cv2.LUT(colour, levels.astype(np.uint8)), dtype=np.uint8)
    canvas[~inside] = (0.55 * canvas[~inside]).astype(np.uint8)
    k = max(1.0, _LEAST_WIDTH / p.width)
    canvas = np.asarray(cv2.resize(canvas, None, fx=k, fy=k, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    line = max(1, round(canvas.shape[0] / 600))

    def at(x: float, y: float) -> tuple[int, int]:
        limit = 30000.0
        return (
            round(float(np.clip((x + 0.5) * k - 0.5, -limit, limit))),
            round(float(np.clip((y + 0.5) * k - 0.5, -limit, limit))),
        )

    large = cv2.resize(inside.astype(np.uint8), canvas.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    outline, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, outline, -1, _OUTLINE, line, cv2.LINE_AA)
    s = p.sector
    if s is not None:
        for angle in (s.angle_left, s.angle_right):
            a = np.radians(angle)
            end = at(s.apex_x + s.stretch * s.r_max * np.sin(a), s.apex_y + s.r_max * np.cos(a))
            cv2.line(canvas, at(s.apex_x, s.apex_y), end, _OUTLINE, 1, cv2.LINE_AA)
        cv2.drawMarker(canvas, at(s.apex_x, s.apex_y), _OUTLINE, cv2.MARKER_CROSS, 14 * line, line)
    r = reading.ruler
    if r is not None:
        for mark in range(r.count):
            part = mark / max(r.count - 1, 1)
            place = at(r.x0 + part * (r.x1 - r.x0), r.y0 + part * (r.y1 - r.y0))
            cv2.circle(canvas, place, 3 * line, _RULER, line, cv2.LINE_AA)
    if reading.marker_at is not None:
        place = at(*reading.marker_at)
        size = round(0.03 * canvas.shape[0])
        cv2.rectangle(
            canvas, (place[0] - size, place[1] - size), (place[0] + size, place[1] + size), _MARKER, line
        )
    return _with_legend(canvas, reading, title)


def summary_lines(reading: ScreenReading) -> list[str]:
    """What was found, for people, one fact a line."""
    p, s = reading.profile, reading.profile.sector
    lines = [f"screen   {p.width} x {p.height}"]
    if s is not None:
        lines.append(
            f"sector   apex ({s.apex_x:.0f}, {s.apex_y:.0f}), {s.angle_left:.1f} to {s.angle_right:.1f} degrees, "
            f"radius {s.r_min:.0f} to {s.r_max:.0f} px"
            + (f", stretched {s.stretch:.2f}" if s.stretch != 1 else "")
        )
    if s is None or p.window is not None:
        x0, y0, x1, y1 = p.window or (0, 0, p.width - 1, p.height - 1)
        lines.append(f"{'box' if s is None else 'cut off':<8} ({x0}, {y0}) to ({x1}, {y1})")
    how = "seen" if reading.marker_at is not None else "not seen"
    lines.append(f"marker   {p.marker.value} ({how})" + (", probe turned by 180 degrees" if p.turned else ""))
    if p.mm_per_px is not None:
        depth = p.depth_rows * p.mm_per_px
        who = {"file": "says the file", "ruler": "by the ruler", "given": "by the depth given"}
        by = who.get(reading.scale_origin or "", "")
        lines.append(f"scale    {p.mm_per_px:.4f} mm per pixel, {depth:.0f} mm deep ({by})")
    if reading.ruler is not None:
        r = reading.ruler
        worth = "" if reading.mark_mm is None else f", {reading.mark_mm:.3g} mm each"
        lines.append(f"ruler    {r.count} marks, {r.spacing:.1f} px apart{worth}")
    lines.append(
        f"picture  {reading.state.value.lower() if reading.moves else 'one moment only: not known if it moves'}"
    )
    return lines


def write_figure(figure: NDArray[np.uint8], path: Path) -> None:
    """Write ``figure`` as a PNG.

    Raises:
        InputError: it cannot be written.
    """
    ok, data = cv2.imencode(".png", figure)
    try:
        if not ok:
            raise OSError(0, "the picture cannot be coded")
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another --figure") from error


def _with_legend(canvas: NDArray[np.uint8], reading: ScreenReading, title: str) -> NDArray[np.uint8]:
    lines = [title, *summary_lines(reading), *(f"note     {note}" for note in reading.notes)]
    scale = max(0.42, canvas.shape[1] / 2400)
    step = round(36 * scale)
    room = canvas.shape[1] - 24
    wrapped = [part for line in lines for part in _wrap(line, scale, room)]
    legend = np.full((step * len(wrapped) + step, canvas.shape[1], 3), 24, np.uint8)
    for i, line in enumerate(wrapped):
        place = (12, round((i + 1) * step))
        cv2.putText(legend, line, place, cv2.FONT_HERSHEY_SIMPLEX, scale, _TEXT, 1, cv2.LINE_AA)
    return np.concatenate([canvas, legend])


def _wrap(line: str, scale: float, room: int) -> list[str]:
    """``line`` in parts that fit into ``room`` pixels; ASCII, which is all that this font has."""
    plain = line.encode("ascii", "replace").decode("ascii")
    parts = [""]
    for word in plain.split(" "):
        longer = f"{parts[-1]} {word}" if parts[-1] or not word else word
        wide = cv2.getTextSize(longer, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0]
        if wide > room and parts[-1]:
            parts.append(f"         {word}")
        else:
            parts[-1] = longer
    return parts

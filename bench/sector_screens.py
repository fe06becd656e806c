"""How well screens are read whose geometry is known: ``python -m bench.sector_screens --screens 500``.

Each is a virtual patient's picture amid a scanner's furniture (models/phantom/furniture.py). Says how many are found
with an overlap (intersection over union) of at least 0.97, by all of ``calibrate sector`` and by the live finder alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from calibration.screen_reading import read_screen
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.preprocess import picture_overlap
from guidance.sector import find_sector
from models.phantom.furniture import furnished_screen


def screen_row(seed: int) -> dict[str, Any]:
    """What is found on the screen number ``seed``, beside what is true of it."""
    screen = furnished_screen(seed)
    true = screen.profile
    frames = [Frame(picture, i, 0, 0.2 * i) for i, picture in enumerate(screen.pictures)]
    began = time.perf_counter()
    alone = find_sector(screen.pictures)
    found_s = time.perf_counter() - began
    row: dict[str, Any] = {
        "seed": seed,
        "finder": 0.0,
        "iou": 0.0,
        "find_ms": 1e3 * found_s,
        "dual": screen.dual,
    }
    if alone is not None:
        row["finder"] = picture_overlap(alone, true)
    try:
        reading = read_screen(frames)
    except InputError as error:
        return {**row, "refused": str(error)}
    found = reading.profile
    row["iou"] = picture_overlap(found, true)
    if found.sector is not None and true.sector is not None:
        off = found.sector.apex_x - true.sector.apex_x, found.sector.apex_y - true.sector.apex_y
        row["apex"] = float(np.hypot(*off)) / true.width
    if screen.logo:
        row["marker_right"] = found.marker is true.marker
    if screen.ruler is not None and true.mm_per_px is not None:
        mm = reading.profile.mm_per_px
        row["scale_error"] = None if mm is None else abs(mm / true.mm_per_px - 1.0)
    return row


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all ``rows``."""
    scaled = [row["scale_error"] for row in rows if "scale_error" in row]
    marked = [row["marker_right"] for row in rows if "marker_right" in row]
    apexes = [row["apex"] for row in rows if "apex" in row]
    return {
        "screens": len(rows),
        "iou_097": _share([row["iou"] >= 0.97 for row in rows]),
        "iou_095": _share([row["iou"] >= 0.95 for row in rows]),
        "finder_iou_097": _share([row["finder"] >= 0.97 for row in rows]),
        "iou_median": float(np.median([row["iou"] for row in rows])),
        "apex_002": _share([apex <= 0.02 for apex in apexes]),
        "marker_right": _share(marked),
        "scale_within_2_percent": _share([error is not None and error < 0.02 for error in scaled]),
        "scale_missing": sum(error is None for error in scaled),
        "find_ms_median": float(np.median([row["find_ms"] for row in rows])),
        "failed": [row["seed"] for row in rows if row["iou"] < 0.97],
    }


def _share(good: list[bool]) -> float | None:
    return float(np.mean(good)) if good else None


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--screens", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="seed of the first screen")
    parser.add_argument("--json", type=Path, help="every screen, as JSON lines")
    options = parser.parse_args()
    rows = []
    for seed in range(options.first, options.first + options.screens):
        rows.append(screen_row(seed))
        if sys.stderr.isatty():
            print(f"\r{len(rows)} of {options.screens}", end="", file=sys.stderr)
    if options.json is not None:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(json.dumps(summary(rows), indent=2))


if __name__ == "__main__":
    main()

"""Contact sheet: some imported pictures with their labels and outlines, for a person to look whether all lies right."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.frames import SIZE
from models.phantom.tissue import STRUCTURES
from models.real.clip import label_of
from models.real.shards import ALL_VIEWS, RealFrames

COLUMNS, ROWS = 6, 4
_TEXT = 22
_COLOURS = (
    (80, 80, 255), (80, 220, 80), (255, 160, 60), (60, 220, 255),
    (255, 90, 220), (200, 200, 60), (180, 120, 255), (120, 200, 160),
)  # fmt: skip
"""BGR of each structure."""


def contact_sheet(frames: RealFrames) -> NDArray[np.uint8]:
    """(H, W, 3) BGR: pictures evenly spread over ``frames``, outlines in colour, label and quality below each."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, COLUMNS * ROWS).round().astype(np.int64))
    tiles = [_tile(row) for row in frames.take(chosen)]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[i : i + COLUMNS]) for i in range(0, len(tiles), COLUMNS)])


def _tile(row: Any) -> NDArray[np.uint8]:
    picture = np.repeat(row["image"][..., None], 3, axis=2)
    for n in range(len(STRUCTURES)):
        mask = (row["structures"] == n + 1).astype(np.uint8)
        large = cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
        edges, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(picture, edges, -1, _COLOURS[n], 1)
    tile = np.zeros((SIZE + _TEXT, SIZE, 3), np.uint8)
    tile[:SIZE] = picture
    words = label_of(v for v, yes in zip(ALL_VIEWS, row["views"], strict=True) if yes) or "no view"
    if not np.isnan(row["quality"]):
        words += f"  {float(row['quality']):.2f}"
    cv2.putText(
        tile, words, (3, SIZE + _TEXT - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA
    )
    return tile

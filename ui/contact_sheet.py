"""A contact sheet: many screenshots in one picture, each with its name, to look over at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

COLUMNS, WIDTH, CAPTION = 4, 360, 22


def contact_sheet(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """(H, W, 3) BGR: the pictures at ``paths`` row by row, all equally wide.

    Raises:
        ValueError: there are none.
    """
    tiles = [_tile(path) for path in paths]
    if not tiles:
        raise ValueError("a contact sheet needs pictures")
    rows = []
    for first in range(0, len(tiles), COLUMNS):
        row = tiles[first : first + COLUMNS]
        height = max(tile.shape[0] for tile in row)
        row += [np.zeros((height, WIDTH, 3), np.uint8)] * (COLUMNS - len(row))
        rows.append(np.hstack([_padded(tile, height) for tile in row]))
    return np.vstack(rows)


def _tile(path: Path) -> NDArray[np.uint8]:
    picture = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
    size = (WIDTH - 8, round((WIDTH - 8) * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    tile = np.full((size[1] + CAPTION + 8, WIDTH, 3), 40, np.uint8)
    tile[CAPTION : CAPTION + size[1], 4 : WIDTH - 4] = small
    name = path.stem.replace("_1280x720", "").replace("_", " ")
    cv2.putText(tile, name, (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return tile


def _padded(tile: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    padded = np.zeros((height, tile.shape[1], 3), np.uint8)
    padded[: tile.shape[0]] = tile
    return padded

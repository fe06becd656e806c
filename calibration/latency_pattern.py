"""The test pattern: where its markers and cells lie, and its picture. Pure; what reads it is ``latency_reader``.

A white panel of 32 x 20 units. A marker in each corner says where the panel is, at any angle. Between them lie six
rows of cells: a reference at each end, eight bits between. The upper three rows hold the code's 24 bits, the lower
three the same bits inverted and in reverse order. So a torn picture has two codes, and a cell that is a mixture of
black and white is as bright in both copies, whatever the camera's gamma.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.latency_code import WORD_BITS, encode

WIDTH, HEIGHT = 32.0, 20.0
"""The panel, in units."""

MARKER = 5.0
MARKERS = ((1.0, 1.0), (26.0, 1.0), (26.0, 14.0), (1.0, 14.0))
"""Upper left corner of each marker, in units; a marker's number is its place here, clockwise."""

ROWS, COLUMNS = 6, 10
CELLS_LEFT, CELLS_TOP = 7.0, 1.0
CELL_WIDTH, CELL_HEIGHT = 1.8, 3.0

DICTIONARY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
MARKER_MODULES = 6

SMALLEST = (96, 60)
"""Fewest pixels (width, height) of the panel that are worth drawing."""


def cells_of(code: int) -> NDArray[np.bool_]:
    """(ROWS, COLUMNS) True where the pattern of ``code`` is white.

    Raises:
        ValueError: no such code.
    """
    word = np.array(encode(code))
    cells = np.zeros((ROWS, COLUMNS), bool)
    half = ROWS // 2
    cells[:half, 1:-1] = word.reshape(half, -1)
    cells[half:, 1:-1] = ~word[::-1].reshape(half, -1)
    cells[:, 0] = np.arange(ROWS) % 2 == 0
    cells[:, -1] = ~cells[:, 0]
    return cells


def words_in(cells: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The bits of both copies in ``cells`` (as :func:`cells_of` gives them), each (WORD_BITS,), both upright."""
    half = ROWS // 2
    return cells[:half, 1:-1].reshape(WORD_BITS), ~cells[half:, 1:-1].reshape(WORD_BITS)[::-1]


def draw_pattern(code: int, width: int, height: int) -> NDArray[np.uint8]:
    """The panel with ``code`` as (height, width) uint8 grey. Use about 16 to 10 for square markers.

    Raises:
        ValueError: no such code, or smaller than :data:`SMALLEST`.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise ValueError(f"a pattern of {width} x {height} pixels cannot be read")
    panel = np.full((height, width), 255, np.uint8)
    scale = width / WIDTH, height / HEIGHT
    for number, (left, top) in enumerate(MARKERS):
        marker = cv2.aruco.generateImageMarker(DICTIONARY, number, MARKER_MODULES)
        x0, y0, x1, y1 = _pixels(left, top, MARKER, MARKER, scale)
        panel[y0:y1, x0:x1] = cv2.resize(marker, (x1 - x0, y1 - y0), interpolation=cv2.INTER_NEAREST)
    for (row, column), white in np.ndenumerate(cells_of(code)):
        x0, y0, x1, y1 = _pixels(*cell_corner(row, column), CELL_WIDTH, CELL_HEIGHT, scale)
        panel[y0:y1, x0:x1] = 255 if white else 0
    return panel


def cell_corner(row: int, column: int) -> tuple[float, float]:
    """Upper left corner of a cell, in units."""
    return CELLS_LEFT + column * CELL_WIDTH, CELLS_TOP + row * CELL_HEIGHT


def _pixels(
    left: float, top: float, width: float, height: float, scale: tuple[float, float]
) -> tuple[int, int, int, int]:
    return (
        round(left * scale[0]),
        round(top * scale[1]),
        round((left + width) * scale[0]),
        round((top + height) * scale[1]),
    )

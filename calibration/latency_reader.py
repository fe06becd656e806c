"""Reads the test pattern from a camera's picture: noisy, rescaled, blurred, cropped, at an angle, compressed.

A picture that cannot be read for certain is refused, with the reason: a wrong code would be a wrong delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.latency_code import decode
from calibration.latency_pattern import (
    CELL_HEIGHT,
    CELL_WIDTH,
    COLUMNS,
    DICTIONARY,
    HEIGHT,
    MARKER,
    MARKERS,
    ROWS,
    WIDTH,
    cell_corner,
    words_in,
)

Grey = NDArray[np.uint8]
Plane = NDArray[np.float64]
"""(3, 3) homography from units of the panel to pixels."""

SEARCH_WIDTH = 960
"""Markers are looked for in a picture of about this width: larger ones only cost time."""

SMALL_WIDTH = 480
"""Smaller pictures are enlarged for the search."""

LEAST_CONTRAST = 20.0
"""Grey levels between the black and the white reference below which nothing is read."""

SURE = 0.3
"""A cell is black below this share of the way from black to white, and white above one minus it."""

_PATIENCE = 4
_POINTS = 6
_MIDDLE = 0.5


class Verdict(StrEnum):
    """What came of reading a picture."""

    READ = "read"
    UNSEEN = "unseen"
    """No pattern is in the picture."""
    FAINT = "faint"
    """Black and white of the pattern hardly differ."""
    BLENDED = "blended"
    """Cells are neither black nor white: two codes in one exposure, or a screen between them."""
    TORN = "torn"
    """Both copies of the code are clear and do not agree, or fail their check sum."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One pattern in one picture; ``code`` only where the verdict is READ. ``centre`` (x, y) in pixels."""

    verdict: Verdict
    code: int | None = None
    centre: tuple[float, float] | None = None


class PatternReader:
    """Reads one pattern, the largest, in pictures of one camera. It remembers where the pattern was.

    A camera that moves costs a new search, nothing else. Not for several threads.
    """

    def __init__(self) -> None:
        self._plane: Plane | None = None
        self._size = (0, 0)
        self._detector = _new_detector()

    def read(self, pixels: Grey) -> Reading:
        """What ``pixels``, (H, W) grey or (H, W, 3) BGR uint8, show."""
        grey = _grey(pixels)
        if grey.shape != self._size:
            self._plane, self._size = None, (grey.shape[0], grey.shape[1])
        if self._plane is not None:
            found = _read_at(grey, self._plane)
            if found.verdict is Verdict.READ:
                return found
        planes = _find(grey, self._detector)
        if not planes:
            return Reading(Verdict.UNSEEN)
        self._plane = planes[0]
        return _read_at(grey, self._plane)


class PairReader:
    """Reads every pattern in the pictures of a film, with two screens. Not for several threads.

    It remembers where both were: looking for them takes far longer than reading. A camera that moves costs the few
    pictures until it looks again.
    """

    def __init__(self) -> None:
        self._detector = _new_detector()
        self._planes: list[Plane] = []
        self._size = (0, 0)
        self._unread = 0

    def read(self, pixels: Grey) -> list[Reading]:
        """One reading for each pattern in ``pixels``, the largest first."""
        grey = _grey(pixels)
        size = grey.shape[0], grey.shape[1]
        if len(self._planes) == 2 and size == self._size:
            found = [_read_at(grey, plane) for plane in self._planes]
            whole = all(reading.verdict is Verdict.READ for reading in found)
            self._unread = 0 if whole else self._unread + 1
            if self._unread <= _PATIENCE:  # between two codes nothing can be read: no reason to look again
                return found
        self._planes, self._size, self._unread = _find(grey, self._detector, whole=True)[:2], size, 0
        return [_read_at(grey, plane) for plane in self._planes]


def _new_detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.minMarkerPerimeterRate = 0.02
    parameters.perspectiveRemoveIgnoredMarginPerCell = 0.3  # blur and gamma swell the white of a module
    return cv2.aruco.ArucoDetector(DICTIONARY, parameters)


def _grey(pixels: Grey) -> Grey:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def _find(grey: Grey, detector: cv2.aruco.ArucoDetector, *, whole: bool = False) -> list[Plane]:
    """Where patterns lie, the largest first; ``whole`` looks at full size, for small ones."""
    small = grey
    if not whole and (step := max(1, round(grey.shape[1] / SEARCH_WIDTH))) > 1:
        size = grey.shape[1] // step, grey.shape[0] // step
        small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    elif grey.shape[1] < SMALL_WIDTH:  # the detector wants several pixels for a module
        small = np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    corners, numbers, _ = detector.detectMarkers(small)
    if numbers is None:
        return []
    scale = grey.shape[1] / small.shape[1]
    markers = [
        # Pixel centres at whole numbers on both sides.
        (int(number), (corner.reshape(4, 2) + 0.5) * scale - 0.5)
        for number, corner in zip(np.ravel(numbers), corners, strict=True)
        if number < len(MARKERS)
    ]
    planes: list[Plane] = []
    while markers:
        together = _together(markers[0], markers)
        plane = _plane(together) if len(together) > 1 else None
        if plane is None:
            markers.pop(0)
            continue
        planes.append(plane)
        taken = {id(corner) for _, corner in together}
        markers = [marker for marker in markers if id(marker[1]) not in taken]
    return sorted(planes, key=_area, reverse=True)


Marker = tuple[int, NDArray[np.float64]]


def _together(first: Marker, markers: list[Marker]) -> list[Marker]:
    """The markers of the panel that ``first`` is of: those that lie where it says that they should."""
    plane = _plane([first])
    if plane is None:
        return [first]
    side = float(np.linalg.norm(first[1][0] - first[1][2])) / np.sqrt(2.0)
    found = [first]
    for number in range(len(MARKERS)):
        if number == first[0]:
            continue
        expected = _project(plane, _marker_corners(number))
        near = [
            (float(np.abs(corner - expected).mean()), corner) for other, corner in markers if other == number
        ]
        if near and (best := min(near, key=lambda pair: pair[0]))[0] < 1.5 * side:  # far extrapolation errs
            found.append((number, best[1]))
    return found


def _plane(markers: list[Marker]) -> Plane | None:
    units = np.concatenate([_marker_corners(number) for number, _ in markers])
    pixels = np.concatenate([corner for _, corner in markers])
    plane, _ = cv2.findHomography(units, pixels)
    return None if plane is None else np.asarray(plane, np.float64)


def _marker_corners(number: int) -> NDArray[np.float64]:
    left, top = MARKERS[number]
    return np.array([(left, top), (left + MARKER, top), (left + MARKER, top + MARKER), (left, top + MARKER)])


def _project(plane: Plane, points: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ plane.T
    return np.asarray(found[:, :2] / found[:, 2:])


def _area(plane: Plane) -> float:
    outline = _project(plane, np.array([(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT)]))
    return float(cv2.contourArea(outline.astype(np.float32)))


def _sample_points() -> NDArray[np.float64]:
    """(ROWS * COLUMNS * points, 2) units: a lattice in the middle of every cell, away from blurred edges."""
    offsets = (1.0 - _MIDDLE) / 2.0 + _MIDDLE * (np.arange(_POINTS) + 0.5) / _POINTS
    dx, dy = np.meshgrid(offsets * CELL_WIDTH, offsets * CELL_HEIGHT)
    lattice = np.stack([dx.ravel(), dy.ravel()], axis=1)
    corners = [cell_corner(row, column) for row in range(ROWS) for column in range(COLUMNS)]
    return np.concatenate([np.array(corner) + lattice for corner in corners])


_SAMPLES = _sample_points()


def _read_at(grey: Grey, plane: Plane) -> Reading:
    points = _project(plane, _SAMPLES).astype(np.float32)
    x, y = float(points[:, 0].mean()), float(points[:, 1].mean())
    limit = np.array([grey.shape[1], grey.shape[0]])
    if not np.isfinite(points).all() or (points < -0.5).any() or (points > limit - 0.5).any():
        return Reading(Verdict.UNSEEN)  # the cells are not all in the picture
    samples = cv2.remap(
        grey, points[None, :, 0], points[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    levels = samples.reshape(ROWS, COLUMNS, -1).mean(axis=2)
    return _judge(levels, (x, y))


def _judge(levels: NDArray[np.floating], centre: tuple[float, float]) -> Reading:
    shares = np.zeros_like(levels)
    for rows in (slice(0, ROWS // 2), slice(ROWS // 2, ROWS)):  # each copy by references of its own
        ends = levels[rows][:, [0, -1]]
        white_left = np.arange(rows.start, rows.stop) % 2 == 0
        white = np.where(white_left, ends[:, 0], ends[:, 1]).mean()
        black = np.where(white_left, ends[:, 1], ends[:, 0]).mean()
        if white - black < LEAST_CONTRAST:
            return Reading(Verdict.FAINT, centre=centre)
        shares[rows] = (levels[rows] - black) / (white - black)
    if ((shares > SURE) & (shares < 1.0 - SURE)).any():
        return Reading(Verdict.BLENDED, centre=centre)
    upper, lower = (decode([bool(b) for b in bits]) for bits in words_in(shares > 0.5))
    if upper is None or upper != lower:
        return Reading(Verdict.TORN, centre=centre)
    return Reading(Verdict.READ, upper, centre)

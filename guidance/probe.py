"""Probe axes, poses, and the five movements that lead from one pose to another.

Probe frame (right-handed): ``z`` central beam into the body, ``x`` lateral towards the index marker (image right),
``y = z x x`` elevation. Thorax frame: ``x`` patient left, ``y`` cranial, ``z`` anterior. Millimetres and degrees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

AXES: tuple[str, ...] = ("slide_x", "slide_y", "tilt", "rock", "rotate")
"""Degrees of freedom in the order of every adjustment array: two in mm, three in degrees."""


class Manoeuvre(StrEnum):
    """A movement a hint can ask for (ASE terms)."""

    SLIDE = "slide"
    ROTATE = "rotate"
    TILT = "tilt"
    ROCK = "rock"
    PRESS = "press"


class PoseFrame(StrEnum):
    """What a pose is measured in, and so what it can be used for.

    ``THORAX``: the patient's axes; it says where on the patient a movement leads. ``TRACKER``: other axes, that stand
    still: it tells how far the probe has moved. ``SENSOR``: not even the probe's own axes are known, only those of a
    sensor on it: for the record alone.
    """

    THORAX = "thorax"
    TRACKER = "tracker"
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Position and orientation of the probe face in the thorax frame, or in ``frame``.

    Attributes:
        position: (3,) float64, mm: centre of the probe's face.
        rotation: (3, 3) float64: columns are the probe's x, y, z axes in the thorax frame.
        frame: what it is measured in.
    """

    position: FloatArray
    rotation: FloatArray
    frame: PoseFrame = PoseFrame.THORAX

    @classmethod
    def looking(cls, position: ArrayLike, beam: ArrayLike, marker: ArrayLike) -> Pose:
        """Pose at ``position`` whose z is along ``beam`` and whose x is ``marker`` made perpendicular to it."""
        z = unit(beam)
        marker_v = np.asarray(marker, dtype=np.float64)
        x = unit(marker_v - (marker_v @ z) * z)
        return cls(np.asarray(position, dtype=np.float64), np.stack([x, cross(z, x), z], axis=1))

    def to_probe(self, points: ArrayLike) -> FloatArray:
        """Points (..., 3) of the thorax frame, in this probe's frame (mm)."""
        return np.asarray((np.asarray(points, dtype=np.float64) - self.position) @ self.rotation)

    def to_thorax(self, points: ArrayLike) -> FloatArray:
        """Points (..., 3) of this probe's frame, in the thorax frame (mm)."""
        return np.asarray(np.asarray(points, dtype=np.float64) @ self.rotation.T + self.position)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The target pose seen from the current probe frame.

    ``slide_x``, ``slide_y`` in mm along the probe's x (marker) and y (elevation); ``tilt``, ``rock``, ``rotate`` in
    degrees: the rotation vector of R_current^T R_target about x, y, z. Signs: + tilt swings the beam towards -y (the
    handle's tail towards +y); + rock swings the beam towards the marker (the tail away from it); + rotate is clockwise
    seen from behind the probe looking along the beam. The skin constrains movement along z.
    """

    slide_x: float
    slide_y: float
    tilt: float
    rock: float
    rotate: float

    @classmethod
    def from_array(cls, values: ArrayLike) -> Adjustment:
        """From five numbers in the order of :data:`AXES`."""
        a = np.asarray(values, dtype=np.float64).reshape(5)
        return cls(*(float(v) for v in a))

    def as_array(self) -> FloatArray:
        """(5,) float64 in the order of :data:`AXES`."""
        return np.array((self.slide_x, self.slide_y, self.tilt, self.rock, self.rotate), dtype=np.float64)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Vector product of two vectors (3,): many times faster than numpy's for arrays of any shape."""
    (ax, ay, az), (bx, by, bz) = a.tolist(), b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def unit(v: ArrayLike) -> FloatArray:
    """The vector ``v`` (n,) scaled to length one.

    Raises:
        ValueError: ``v`` has no direction.
    """
    a = np.asarray(v, dtype=np.float64)
    n = math.sqrt(a @ a)
    if not n > 0.0:
        raise ValueError("a zero vector has no direction")
    return a / n


def rotation_vector(rotation: ArrayLike) -> FloatArray:
    """Axis-angle vector (3,), degrees, of a rotation matrix (3, 3)."""
    vector, _ = cv2.Rodrigues(np.ascontiguousarray(rotation, dtype=np.float64))
    return np.asarray(np.degrees(vector.ravel()), dtype=np.float64)


def rotation_matrix(vector_deg: ArrayLike) -> FloatArray:
    """Rotation matrix (3, 3) of an axis-angle vector (3,) in degrees."""
    matrix, _ = cv2.Rodrigues(np.radians(np.asarray(vector_deg, dtype=np.float64)).reshape(3, 1))
    return np.asarray(matrix, dtype=np.float64)


def adjustment_between(current: Pose, target: Pose) -> Adjustment:
    """The adjustment that leads from ``current`` to ``target``, seen from ``current``."""
    shift = current.to_probe(target.position)
    turn = rotation_vector(current.rotation.T @ target.rotation)
    return Adjustment(float(shift[0]), float(shift[1]), float(turn[0]), float(turn[1]), float(turn[2]))


def adjusted(pose: Pose, adjustment: Adjustment) -> Pose:
    """``pose`` after ``adjustment``, in the plane of the probe's face: putting it back on the skin is the caller's."""
    shift = np.array([adjustment.slide_x, adjustment.slide_y, 0.0])
    turn = rotation_matrix([adjustment.tilt, adjustment.rock, adjustment.rotate])
    return Pose(pose.to_thorax(shift), pose.rotation @ turn)


def pose_distance(a: Pose, b: Pose) -> tuple[float, float]:
    """Distance between two poses: millimetres between the faces, degrees of the rotation between the axes."""
    turn = rotation_vector(a.rotation.T @ b.rotation)
    return float(np.linalg.norm(a.position - b.position)), float(np.linalg.norm(turn))

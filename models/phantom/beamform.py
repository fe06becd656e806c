"""From tissue to a B-mode picture in polar form (beams x samples): speckle, interfaces, shadows, artefacts, display.

The model is a convolution of scatterers and interfaces with a depth-dependent point spread function (as in Meunier and
Bertrand 1995, IEEE Trans Biomed Eng 42:1293-1300), with shadowing, lung and chest-wall artefacts drawn on top. It is
made to look right and to be fast, not to be a physical simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose
from models.phantom.anatomy import Body, Inside, Points, beam_points, chest_only, look_inside
from models.phantom.beam_grid import NEAR_STEP_MM, NEAR_STEPS, BeamGrid
from models.phantom.contact import ELEMENTS, element_contact, pressed_in
from models.phantom.majority import majority
from models.phantom.organs import Organ, look_at_organ
from models.phantom.patient import Patient
from models.phantom.style import MachineStyle
from models.phantom.texture import SPECKLE_MM, index_at, volumes
from models.phantom.tissue import (
    ATTENUATION,
    BLOCKING,
    FIBROUS,
    GASSY,
    IMPEDANCE,
    TEXTURE,
    echo_amplitudes,
)

Float32 = NDArray[np.float32]

DB_TO_NEPER = math.log(10.0) / 20.0
FIBRE_MEAN = 0.7
"""Squared cosine between beam and wall normal at which myocardium has its table's echo level (a choice)."""
LUNG_LINE_MM = 3.0
"""Half thickness (sigma) of the A-lines behind lung (a choice)."""


@dataclass(frozen=True, slots=True, eq=False)
class PolarImage:
    """One picture before scan conversion.

    Attributes:
        grey: (beams, samples) uint8.
        label: (beams, samples) int32 tissue.
        transmission: (beams, samples) float32, 0..1: how much sound gets there and back, past ribs, lung and
            lost contact.
        contact: (9,) float32 coupling of the aperture.
    """

    grey: NDArray[np.uint8]
    label: NDArray[np.int32]
    transmission: Float32
    contact: Float32


class Beamformer:
    """Draws polar pictures for one machine style. Holds grids and filters; no state from frame to frame."""

    def __init__(self, style: MachineStyle, beams: int = 128, samples: int = 448) -> None:
        grid = BeamGrid.of(style, beams, samples)
        self.grid, self.style = grid, style
        self.angles, self.ranges, self.step = grid.angles, grid.ranges, grid.step
        radius, half = style.curve_mm, math.radians(style.half_angle_deg)
        sin, cos = np.sin(self.angles)[:, None], np.cos(self.angles)[:, None]
        self._sin, self._cos = sin, cos
        along = self.ranges[None, :] + np.float32(radius)
        self._lateral, self._axial = along * sin, along * cos - np.float32(radius * math.cos(half))

    def draw(
        self, body: Body, pose: Pose, rng: np.random.Generator, *, press: float = 0.7, gel: float = 1.0
    ) -> PolarImage:
        """The picture of ``body`` from ``pose`` (on the skin); ``rng`` drives electronic noise only."""
        patient = body.patient
        coupling = element_contact(patient, pose, press, gel)
        pressed = pressed_in(patient, pose, press)
        points = beam_points(pressed, self._lateral, self._axial, self.grid.elevation)
        ex, ez = pressed.rotation[:, 0].astype(np.float32), pressed.rotation[:, 2].astype(np.float32)
        direction = Points(*(self._sin * ex[i] + self._cos * ez[i] for i in range(3)))
        inside = look_inside(body, points, direction)

        return self._picture(inside, self._near_transmission(body, pressed, coupling), coupling, patient, rng)

    def draw_organ(self, organ: Organ, patient: Patient, rng: np.random.Generator) -> PolarImage:
        """The picture of another organ of ``patient`` (:mod:`models.phantom.organs`); ``rng`` decides what is shown."""
        inside = look_at_organ(organ, rng, self._lateral, self._axial, patient.texture_seed)
        coupling = np.ones(len(ELEMENTS), dtype=np.float32)
        blocked = np.cumsum(BLOCKING[inside.label], axis=1) * np.float32(-2.0 * DB_TO_NEPER * self.step)
        # What stands before the aperture shades as many beams as see through it.
        near = np.maximum(cv2.blur(np.exp(blocked), (1, 9), borderType=cv2.BORDER_REPLICATE), 0.0)
        return self._picture(inside, np.asarray(near, dtype=np.float32), coupling, patient, rng)

    def _picture(
        self, inside: Inside, near: Float32, coupling: Float32, patient: Patient, rng: np.random.Generator
    ) -> PolarImage:
        """From tissue to grey levels; ``near`` (beams, samples) is the share of the aperture that sees each sample."""
        s = self.style
        transmission = self._transmission(inside, near, patient.attenuation)
        real, imag = self._echoes(inside, patient)
        blurred = self._point_spread(real * transmission), self._point_spread(imag * transmission)
        envelope = np.asarray(cv2.magnitude(*blurred), dtype=np.float32) * self.grid.sensitivity
        envelope += cv2.blur(envelope, (3, 33)) * np.float32(s.side_lobe * (1.0 + patient.clutter))
        noise = self._noise(rng)
        envelope = self._gas(inside.label, envelope, transmission)
        mean_contact = np.float32(coupling.mean())
        clutter = np.float32(0.05 * patient.clutter + 0.09 * s.haze) * (0.3 + 0.7 * mean_contact)
        filling = (mean_contact - near) * np.float32(s.shadow_fill)
        envelope += (clutter * self.grid.near_field + np.maximum(filling, 0.0)) * self.grid.haze
        envelope += (self.grid.floor + self.grid.ring_down(1.0 - float(mean_contact))) * noise
        return PolarImage(self._display(envelope), majority(inside.label), transmission, coupling)

    def _near_transmission(self, body: Body, pose: Pose, coupling: Float32) -> Float32:
        """(beams, samples) share of the aperture that sees past the chest wall.

        Rays run from nine elements to the focus; a point source would black out all behind a rib.
        """
        half_beams = self.angles[::3]
        focus = 75.0 + self.style.curve_mm
        fx = focus * np.sin(half_beams)[:, None, None]
        fz = focus * np.cos(half_beams)[:, None, None] - self.style.curve_mm
        sx = ELEMENTS.astype(np.float32)[None, :, None]
        dx, dz = fx - sx, fz
        length = np.sqrt(dx * dx + dz * dz)
        t = (np.arange(NEAR_STEPS, dtype=np.float32) + 0.5) * NEAR_STEP_MM
        p = beam_points(pose, sx + t * dx / length, t * dz / length)
        blocked = BLOCKING[chest_only(np, body.heart, body.thorax, p)]
        # Two ways: the same wall is crossed again by the echo.
        open_ = np.exp(np.cumsum(blocked, axis=2) * np.float32(-2.0 * DB_TO_NEPER * NEAR_STEP_MM))
        share = (open_ * coupling[None, :, None]).mean(axis=1, dtype=np.float32)
        full = cv2.resize(share, (NEAR_STEPS, len(self.angles)), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[:, self.grid.near_index], dtype=np.float32)

    def _transmission(self, inside: Inside, near: Float32, patient_attenuation: float) -> Float32:
        attenuation = ATTENUATION[inside.label]
        # Ribs and lung in the near field act through the aperture (above), not ray by ray.
        in_near = self.ranges[None, :] < NEAR_STEP_MM * NEAR_STEPS
        attenuation = np.where(in_near & (attenuation > 0.3), np.float32(0.02), attenuation)
        path = np.cumsum(attenuation, axis=1, dtype=np.float32) * np.float32(self.step * patient_attenuation)
        path += self.ranges * np.float32(self.style.residual_db_mm * patient_attenuation)
        return np.asarray(np.exp(path * np.float32(-DB_TO_NEPER)) * near, dtype=np.float32)

    def _echoes(self, inside: Inside, patient: Patient) -> tuple[Float32, Float32]:
        """Real and imaginary scatter per sample, interfaces included."""
        s = self.style
        amplitude = echo_amplitudes(patient)[inside.label]
        amplitude *= np.exp(inside.slow * (TEXTURE * np.float32(s.texture))[inside.label])
        # Fibres run along the wall: they scatter back most when the beam crosses the wall, and drop out along it.
        # Pericardium is a mirror, and drops out likewise.
        wall = FIBROUS[inside.label]
        amplitude[wall] *= np.exp(
            (inside.wall_cos2[wall] - FIBRE_MEAN) * np.float32(s.fibre_db * DB_TO_NEPER)
        )
        m = inside.material
        scatter = volumes().scatter[index_at(m.x, m.y, m.z, SPECKLE_MM, patient.texture_seed)]

        smooth = cv2.GaussianBlur(IMPEDANCE[inside.label], (0, 0), sigmaX=1.2, sigmaY=0.8)
        axial = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3) * np.float32(1 / 8 / self.step)
        spacing = (self.ranges[None, :] + self.style.curve_mm) * (self.angles[1] - self.angles[0]) + 1e-3
        lateral = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) * np.float32(1 / 8) / spacing
        square = axial * axial + lateral * lateral + np.float32(1e-9)
        cos2 = axial * axial / square
        interface = np.sqrt(square) * (0.06 + 0.94 * cos2 * cos2 * cos2) * np.float32(1.1 * s.specular)
        interface *= np.exp(0.35 * inside.slow)
        return amplitude * scatter[..., 0] + 0.9 * interface, amplitude * scatter[..., 1] + 0.25 * interface

    def _point_spread(self, a: Float32) -> Float32:
        """Axial blur, and a lateral blur that widens away from the focus; scaled to keep speckle's brightness."""
        grid = self.grid

        def blurred(lateral: float) -> Any:
            return cv2.GaussianBlur(
                a, (0, 0), sigmaX=grid.axial_sigma, sigmaY=lateral, borderType=cv2.BORDER_REPLICATE
            )

        near, far = (np.float32(gain) for gain in grid.focus_gain)
        share = grid.far[None, :]
        mixed = blurred(grid.narrow) * (near * (1.0 - share)) + blurred(grid.wide) * (far * share)
        return np.asarray(mixed, dtype=np.float32)

    def _noise(self, rng: np.random.Generator) -> Float32:
        shape = (len(self.angles), len(self.ranges))
        white = rng.standard_normal((2, *shape), dtype=np.float32)
        rayleigh = np.sqrt(white[0] ** 2 + white[1] ** 2)
        axial, lateral = self.grid.noise_sigma
        return np.asarray(cv2.GaussianBlur(rayleigh, (0, 0), sigmaX=axial, sigmaY=lateral), dtype=np.float32)

    def _gas(self, label: NDArray[np.int32], envelope: Float32, transmission: Float32) -> Float32:
        """Dirty shadow, haze and A-lines behind lung and gas."""
        gas: NDArray[np.bool_] = GASSY[label]
        any_gas = np.asarray(gas.any(axis=1), dtype=bool)
        if not any_gas.any():
            return envelope
        first = np.where(any_gas, gas.argmax(axis=1), len(self.ranges) - 1)
        depth = cv2.blur(self.ranges[first][:, None], (1, 5))
        behind = (self.ranges[None, :] - depth) * any_gas[:, None]
        # Lung that covers part of the aperture blocks the heart, but sends its own haze back.
        entering = np.sqrt(np.take_along_axis(transmission, np.maximum(first - 2, 0)[:, None], axis=1))
        flat = np.exp(-((np.gradient(depth[:, 0]) / 1.0) ** 2))[:, None].astype(np.float32)
        s = self.style
        glow = np.float32(s.lung_haze) * np.exp(np.maximum(behind, 0.0) * np.float32(-1.0 / s.lung_haze_mm))
        for k in (2, 3):
            line = (self.ranges[None, :] - k * depth) * np.float32(1.0 / LUNG_LINE_MM)
            glow += np.exp(-0.5 * line * line) * (flat * np.float32(s.lung_lines / k))
        on = cv2.GaussianBlur((behind > 0).astype(np.float32), (0, 0), sigmaX=3.0, sigmaY=4.0)
        return np.asarray(
            envelope * (1.0 - 0.6 * on) + glow * entering * self.grid.haze * on, dtype=np.float32
        )

    def _display(self, envelope: Float32) -> NDArray[np.uint8]:
        s = self.style
        db = 20.0 * np.log10(envelope + 1e-6) + (s.gain_db + self.grid.tgc[None, :])
        shown = np.clip(
            (db + np.float32(s.dynamic_range_db - 5.0)) * np.float32(1.0 / s.dynamic_range_db), 0.0, 1.0
        )
        return np.asarray(self.grid.grey_table[(shown * 255.0).astype(np.uint8)])

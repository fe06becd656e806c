"""From tissue to a B-mode picture in polar form (beams x samples): speckle, interfaces, shadows, artefacts, display.

The model is a convolution of scatterers and interfaces with a depth-dependent point spread function (as in Meunier and
Bertrand 1995, IEEE Trans Biomed Eng 42:1293-1300), with shadowing, lung and chest-wall artefacts drawn on top. It is
made to look right and to be fast, not to be a physical simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.probe import Pose
from models.phantom.anatomy import Body, Inside, Points, beam_points, chest_only, look_inside
from models.phantom.contact import ELEMENTS, element_contact, pressed_in
from models.phantom.style import MachineStyle
from models.phantom.texture import SPECKLE_MM, index_at, volumes
from models.phantom.tissue import ATTENUATION, ECHO_DB, IMPEDANCE, TEXTURE, Tissue, echo_differences

Float32 = NDArray[np.float32]

_DB_TO_NEPER = math.log(10.0) / 20.0
_NEAR_STEP_MM = 1.5
_NEAR_STEPS = 32
_MYOCARDIUM = (Tissue.LV_WALL, Tissue.RV_WALL, Tissue.ATRIAL_WALL)
_GASSY = np.isin(np.arange(len(Tissue)), (Tissue.LUNG, Tissue.GAS))
_BLOCKING = np.array(
    [
        {Tissue.BONE: 2.2, Tissue.LUNG: 1.5, Tissue.GAS: 1.5, Tissue.CARTILAGE: 0.30}.get(t, 0.0)
        for t in Tissue
    ],
    dtype=np.float32,
)


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
        self.style = style
        half = math.radians(style.half_angle_deg)
        self.angles = np.linspace(-half, half, beams, dtype=np.float32)
        self.ranges = np.linspace(0.5, style.depth_mm, samples, dtype=np.float32)
        """Distance (mm) along the beam from the probe's face."""
        self.step = float(self.ranges[1] - self.ranges[0])
        radius = style.curve_mm
        sin, cos = np.sin(self.angles)[:, None], np.cos(self.angles)[:, None]
        self._sin, self._cos = sin, cos
        along = self.ranges[None, :] + np.float32(radius)
        self._lateral, self._axial = along * sin, along * cos - np.float32(radius * math.cos(half))
        beam_deg = math.degrees(2 * half) / (beams - 1)
        self._narrow, self._wide = style.lateral_deg / beam_deg, style.lateral_far_deg / beam_deg
        self._axial_sigma = max(0.35, style.axial_mm / self.step)
        far = np.clip(np.abs(self.ranges - style.focus_mm) / 85.0, 0.0, 1.0) ** 1.2
        self._far = far.astype(np.float32)[None, :]
        self._near_index = np.minimum((self.ranges / _NEAR_STEP_MM).astype(np.int32), _NEAR_STEPS - 1)
        knots = np.interp(self.ranges, np.linspace(0, style.depth_mm, 4), style.tgc_db)
        self._tgc = knots.astype(np.float32)[None, :]
        self._near_field = np.exp(-self.ranges / 20.0)[None, :].astype(np.float32)

    def draw(
        self, body: Body, pose: Pose, rng: np.random.Generator, *, press: float = 0.7, gel: float = 1.0
    ) -> PolarImage:
        """The picture of ``body`` from ``pose`` (on the skin); ``rng`` drives electronic noise only."""
        s, patient = self.style, body.patient
        coupling = element_contact(patient, pose, press, gel)
        pressed = pressed_in(patient, pose, press)
        points = beam_points(pressed, self._lateral, self._axial)
        ex, ez = pressed.rotation[:, 0].astype(np.float32), pressed.rotation[:, 2].astype(np.float32)
        direction = Points(*(self._sin * ex[i] + self._cos * ez[i] for i in range(3)))
        inside = look_inside(body, points, direction)

        near = self._near_transmission(body, pressed, coupling)
        transmission = self._transmission(inside, near, patient.attenuation)
        real, imag = self._echoes(inside, body)
        blurred = self._point_spread(real * transmission), self._point_spread(imag * transmission)
        envelope = np.sqrt(blurred[0] ** 2 + blurred[1] ** 2)
        envelope += cv2.blur(envelope, (3, 33)) * np.float32(s.side_lobe * (1.0 + patient.clutter))
        noise = self._noise(rng)
        envelope = self._gas(inside.label, envelope, transmission, noise)
        clutter = np.float32(0.05 * patient.clutter + 0.09 * s.haze)
        mean_contact = np.float32(coupling.mean())
        floor = np.exp(self.ranges / 75.0)[None, :] * np.float32(10.0 ** (s.noise_db / 20.0))
        envelope += (clutter * self._near_field * (0.3 + 0.7 * mean_contact) + floor) * noise
        envelope += self._ring_down(1.0 - float(mean_contact)) * noise
        return PolarImage(self._display(envelope), inside.label, transmission, coupling)

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
        t = (np.arange(_NEAR_STEPS, dtype=np.float32) + 0.5) * _NEAR_STEP_MM
        p = beam_points(pose, sx + t * dx / length, t * dz / length)
        blocked = _BLOCKING[chest_only(body, p)]
        # Two ways: the same wall is crossed again by the echo.
        open_ = np.exp(np.cumsum(blocked, axis=2) * np.float32(-2.0 * _DB_TO_NEPER * _NEAR_STEP_MM))
        share = (open_ * coupling[None, :, None]).mean(axis=1, dtype=np.float32)
        full = cv2.resize(share, (_NEAR_STEPS, len(self.angles)), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[:, self._near_index], dtype=np.float32)

    def _transmission(self, inside: Inside, near: Float32, patient_attenuation: float) -> Float32:
        attenuation = ATTENUATION[inside.label]
        # Ribs and lung in the near field act through the aperture (above), not ray by ray.
        in_near = self.ranges[None, :] < _NEAR_STEP_MM * _NEAR_STEPS
        attenuation = np.where(in_near & (attenuation > 0.3), np.float32(0.02), attenuation)
        path = np.cumsum(attenuation, axis=1, dtype=np.float32) * np.float32(self.step * patient_attenuation)
        path += self.ranges[None, :] * np.float32(0.030 * patient_attenuation)
        return np.asarray(np.exp(path * np.float32(-_DB_TO_NEPER)) * near, dtype=np.float32)

    def _echoes(self, inside: Inside, body: Body) -> tuple[Float32, Float32]:
        """Real and imaginary scatter per sample, interfaces included."""
        patient, s = body.patient, self.style
        level = ECHO_DB + echo_differences(patient.texture_seed)
        level[list(_MYOCARDIUM)] += patient.myocardium_db
        level[Tissue.PERICARDIUM] += patient.pericardium_db
        level[Tissue.LV : Tissue.IVC + 1] += patient.blood_db
        amplitude = (10.0 ** (level / 20.0)).astype(np.float32)[inside.label]
        amplitude *= np.exp(inside.slow * (TEXTURE * np.float32(s.texture))[inside.label])
        # Fibres run along the wall: they scatter back most when the beam crosses the wall, and drop out along it.
        wall = inside.label == int(Tissue.LV_WALL)
        amplitude = np.where(wall, amplitude * (0.38 + 0.85 * inside.wall_cos2), amplitude)
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
        narrow = cv2.GaussianBlur(
            a, (0, 0), sigmaX=self._axial_sigma, sigmaY=self._narrow, borderType=cv2.BORDER_REPLICATE
        )
        wide = cv2.GaussianBlur(
            a, (0, 0), sigmaX=self._axial_sigma, sigmaY=self._wide, borderType=cv2.BORDER_REPLICATE
        )

        def keep(sigma: float) -> float:
            return math.sqrt(max(1.0, sigma * 2.0 * math.sqrt(math.pi)))

        k = 0.75 * keep(self._axial_sigma)
        near, far = np.float32(k * keep(self._narrow)), np.float32(k * keep(self._wide))
        return np.asarray(narrow * (near * (1.0 - self._far)) + wide * (far * self._far), dtype=np.float32)

    def _noise(self, rng: np.random.Generator) -> Float32:
        shape = (len(self.angles), len(self.ranges))
        white = rng.standard_normal((2, *shape), dtype=np.float32)
        rayleigh = np.sqrt(white[0] ** 2 + white[1] ** 2)
        sigma = max(0.5, 0.8 * self._axial_sigma)
        return np.asarray(
            cv2.GaussianBlur(rayleigh, (0, 0), sigmaX=sigma, sigmaY=0.8 * self._narrow), dtype=np.float32
        )

    def _gas(
        self, label: NDArray[np.int32], envelope: Float32, transmission: Float32, noise: Float32
    ) -> Float32:
        """Dirty shadow, haze and A-lines behind lung and gas."""
        gas: NDArray[np.bool_] = _GASSY[label]
        any_gas = np.asarray(gas.any(axis=1), dtype=bool)
        if not any_gas.any():
            return envelope
        first = np.where(any_gas, gas.argmax(axis=1), len(self.ranges) - 1)
        depth = cv2.blur(self.ranges[first][:, None], (1, 5))
        behind = (self.ranges[None, :] - depth) * any_gas[:, None]
        entering = np.take_along_axis(transmission, np.maximum(first - 2, 0)[:, None], axis=1)
        flat = np.exp(-((np.gradient(depth[:, 0]) / 1.0) ** 2))[:, None].astype(np.float32)
        glow = 0.035 * np.exp(-np.maximum(behind, 0.0) / 30.0) * entering
        for k in (2, 3, 4):
            glow = (
                glow
                + 0.05 / k * np.exp(-0.5 * ((self.ranges[None, :] - k * depth) / 2.0) ** 2) * entering * flat
            )
        on = cv2.GaussianBlur((behind > 0).astype(np.float32), (0, 0), sigmaX=2.0, sigmaY=2.5)
        return np.asarray(envelope * (1.0 - 0.6 * on) + glow * noise * on, dtype=np.float32)

    def _ring_down(self, lost: float) -> Float32:
        """Bands that a probe without contact shows: reverberation between lens and crystal, fading with depth."""
        bands = 0.5 + 0.5 * np.cos(self.ranges * (2 * math.pi / 3.1))
        return np.asarray(0.5 * lost * np.exp(-self.ranges / 7.0) * bands, dtype=np.float32)[None, :]

    def _display(self, envelope: Float32) -> NDArray[np.uint8]:
        s = self.style
        db = 20.0 * np.log10(envelope + 1e-6) + (s.gain_db + self._tgc)
        shown = np.clip(
            (db + np.float32(s.dynamic_range_db - 5.0)) * np.float32(1.0 / s.dynamic_range_db), 0.0, 1.0
        )
        levels = np.linspace(0.0, 1.0, 256) ** s.gamma
        levels = levels + s.contrast * 0.7 * (levels * levels * (3.0 - 2.0 * levels) - levels)
        table = np.clip(levels * 255.0, 0, 255).astype(np.uint8)
        return np.asarray(table[(shown * 255.0).astype(np.uint8)])

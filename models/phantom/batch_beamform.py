"""Batched counterpart of :mod:`models.phantom.beamform` on torch: many patients, poses and machines in one pass.

The same model, step by step, on the CPU or a GPU; pictures differ from the numpy path's by float error only (given the
same noise). OpenCV's blurs are matrix products here (:mod:`models.phantom.batch_filters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from guidance.probe import Pose
from models.phantom import torch_namespace as xp
from models.phantom.anatomy import Body, chest_only
from models.phantom.batch_anatomy import BatchBody, BatchInside, BatchPose, Noise, look_inside
from models.phantom.batch_filters import filter_matrix, gaussian_kernel, upsampling_matrix
from models.phantom.batch_grid import BatchGrid
from models.phantom.beam_grid import NEAR_STEP_MM, NEAR_STEPS, BeamGrid
from models.phantom.beamform import DB_TO_NEPER, FIBRE_MEAN, LUNG_LINE_MM, PolarImage
from models.phantom.contact import ELEMENTS, element_contact, pressed_in
from models.phantom.majority import ACROSS, ALONG
from models.phantom.style import MachineStyle
from models.phantom.tissue import (
    ATTENUATION,
    BLOCKING,
    FIBROUS,
    GASSY,
    IMPEDANCE,
    TEXTURE,
    Tissue,
    echo_amplitudes,
)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What one picture is of: ``body`` from ``pose`` on the skin, with the machine, the force and the gel."""

    body: Body
    pose: Pose
    style: MachineStyle
    press: float = 0.7
    gel: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class BatchPolar:
    """B pictures before scan conversion, as tensors on the renderer's device.

    Attributes:
        grids: the beams and samples of each picture.
        grey, label: (B, beams, samples) uint8. transmission: (B, beams, samples) float32. contact: (B, 9) float32.
    """

    grids: tuple[BeamGrid, ...]
    grey: Tensor
    label: Tensor
    transmission: Tensor
    contact: Tensor

    def images(self) -> list[PolarImage]:
        """Each picture as the numpy renderer gives it."""
        grey, label, transmission, contact = (
            t.cpu().numpy() for t in (self.grey, self.label, self.transmission, self.contact)
        )
        return [
            PolarImage(g, found.astype(np.int32), passed, c)
            for g, found, passed, c in zip(grey, label, transmission, contact, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """The shots of one pass, on the device. ``contact`` is (B, 9); ``amplitude`` (B, tissues); the others (B, 1, 1)."""

    grid: BatchGrid
    body: BatchBody
    pose: BatchPose
    contact: Tensor
    ring: Tensor
    amplitude: Tensor
    attenuation: Tensor
    clutter: Tensor


class BatchBeamformer:
    """Draws batches of polar pictures on ``device``. Holds noise volumes and filters; no state from call to call."""

    def __init__(self, beams: int, samples: int, device: str | torch.device = "cpu") -> None:
        self.beams, self.samples = beams, samples
        self.device = torch.device(device)
        self._volumes = Noise(self.device)
        difference, mean = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 1.0]) / 8.0
        # Sobel of the slightly smoothed impedance, along the beam and across.
        soft_s = filter_matrix(samples, gaussian_kernel(1.2))
        soft_b = filter_matrix(beams, gaussian_kernel(0.8))
        self._axial_edge = (
            self._put(filter_matrix(beams, mean) @ soft_b),
            self._put(filter_matrix(samples, difference) @ soft_s),
        )
        self._lateral_edge = (
            self._put(filter_matrix(beams, difference) @ soft_b),
            self._put(filter_matrix(samples, mean) @ soft_s),
        )
        self._lobes = (
            self._put(filter_matrix(beams, np.full(33, 1 / 33))),
            self._put(filter_matrix(samples, np.full(3, 1 / 3))),
        )
        self._gas_soft = (
            self._put(filter_matrix(beams, gaussian_kernel(4.0))),
            self._put(filter_matrix(samples, gaussian_kernel(3.0))),
        )
        # In double precision: gas begins where its mean depth does, to the sample.
        self._gas_depth = self._put(filter_matrix(beams, np.ones(5)).astype(np.float64) / 5.0)
        self._around = (
            self._put(filter_matrix(beams, np.ones(ACROSS))),
            self._put(filter_matrix(samples, np.ones(ALONG))),
        )
        self._upsample = self._put(upsampling_matrix(beams, len(range(0, beams, 3))))
        self._attenuation, self._blocking, self._impedance, self._texture, self._gassy, self._fibrous = (
            self._put(a) for a in (ATTENUATION, BLOCKING, IMPEDANCE, TEXTURE, GASSY, FIBROUS)
        )

    def _put(self, a: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(a)).to(self.device)

    def draw(self, shots: Sequence[Shot], noise: torch.Generator | Tensor) -> BatchPolar:
        """The pictures of ``shots``.

        ``noise`` drives electronic noise only: a generator on the renderer's device, or the standard normal noise
        itself, (B, 2, beams, samples) float32.
        """
        if isinstance(noise, torch.Generator):
            shape = (len(shots), 2, self.beams, self.samples)
            white = torch.randn(shape, generator=noise, device=self.device)
        else:
            white = noise.to(self.device)
        grids = tuple(BeamGrid.of(s.style, self.beams, self.samples) for s in shots)
        b = self._gather(shots, grids)
        g = b.grid
        along = g.ranges + g.curve
        points = b.pose.points(along * g.sin, along * g.cos - g.top, g.elevation)
        inside = look_inside(b.body, points, b.pose.directions(g.sin, g.cos), self._volumes)

        near = self._near_transmission(b)
        transmission = self._transmission(inside, near, b)
        blurred = self._point_spread(self._echoes(inside, b) * transmission[:, None], g)
        envelope = torch.sqrt(blurred[:, 0] ** 2 + blurred[:, 1] ** 2) * g.sensitivity
        side_lobe = g.side_lobe * (1.0 + b.clutter)
        envelope = envelope + _filtered(self._lobes, envelope) * side_lobe
        speckle = g.noise_lateral @ torch.sqrt(white[:, 0] ** 2 + white[:, 1] ** 2) @ g.noise_axial.mT
        envelope = self._gas(inside.label, envelope, transmission, g)
        touching = b.contact.mean(1)[:, None, None]
        clutter = (0.05 * b.clutter + 0.09 * g.haze_level) * (0.3 + 0.7 * touching)
        filling = ((touching - near) * g.shadow_fill).clamp(min=0.0)
        envelope = envelope + (clutter * g.near_field + filling) * g.haze + (g.floor + b.ring) * speckle
        return BatchPolar(
            grids, self._display(envelope, g), self._majority(inside.label), transmission, b.contact
        )

    def _majority(self, label: Tensor) -> Tensor:
        """As :func:`models.phantom.majority.majority`; counts are whole numbers, so the votes are the same."""
        best, most = torch.zeros_like(label), torch.zeros_like(label, dtype=torch.float32)
        for tissue in Tissue:
            votes = _filtered(self._around, (label == int(tissue)).to(torch.float32)).round()
            best = torch.where(votes > most, int(tissue), best)
            most = torch.maximum(votes, most)
        return best

    def _gather(self, shots: Sequence[Shot], grids: Sequence[BeamGrid]) -> _Batch:
        patients = [s.body.patient for s in shots]
        contact = np.stack([element_contact(s.body.patient, s.pose, s.press, s.gel) for s in shots])
        ring = [g.ring_down(1.0 - float(c.mean())) for g, c in zip(grids, contact, strict=True)]
        pressed = [pressed_in(s.body.patient, s.pose, s.press) for s in shots]

        def numbers(values: list[float]) -> Tensor:
            return self._put(np.array(values, dtype=np.float32))[:, None, None]

        return _Batch(
            grid=BatchGrid.of(grids, self.device),
            body=BatchBody.of([s.body for s in shots], self.device),
            pose=BatchPose.of(pressed, self.device),
            contact=self._put(contact),
            ring=self._put(np.stack(ring))[:, None],
            amplitude=self._put(np.stack([echo_amplitudes(p) for p in patients])),
            attenuation=numbers([p.attenuation for p in patients]),
            clutter=numbers([p.clutter for p in patients]),
        )

    def _near_transmission(self, b: _Batch) -> Tensor:
        """(B, beams, samples) share of the aperture that sees past the chest wall."""
        g = b.grid
        focus = 75.0 + g.curve
        sx = self._put(ELEMENTS.astype(np.float32))
        dx = (focus * g.sin[:, ::3] - sx)[..., None]
        dz = (focus * g.cos[:, ::3] - g.curve)[..., None]
        length = torch.sqrt(dx * dx + dz * dz)
        t = (torch.arange(NEAR_STEPS, device=self.device, dtype=torch.float32) + 0.5) * NEAR_STEP_MM
        lateral, axial = sx[:, None] + t * dx / length, t * dz / length
        p = b.pose.points(lateral.flatten(1, 2), axial.flatten(1, 2))
        blocked = _look_up(self._blocking, chest_only(xp, b.body.heart, b.body.thorax, p)).view_as(lateral)
        passed = torch.exp(blocked.cumsum(3) * (-2.0 * DB_TO_NEPER * NEAR_STEP_MM))
        share = (passed * b.contact[:, None, :, None]).mean(2)
        return (self._upsample @ share).gather(2, g.near_index.expand(-1, self.beams, -1))

    def _transmission(self, inside: BatchInside, near: Tensor, b: _Batch) -> Tensor:
        ranges = b.grid.ranges
        attenuation = _look_up(self._attenuation, inside.label)
        in_near = ranges < NEAR_STEP_MM * NEAR_STEPS
        attenuation = torch.where(in_near & (attenuation > 0.3), 0.02, attenuation)
        path = attenuation.cumsum(2) * (b.grid.step * b.attenuation) + ranges * (
            b.grid.residual_db_mm * b.attenuation
        )
        return torch.exp(path * -DB_TO_NEPER) * near

    def _echoes(self, inside: BatchInside, b: _Batch) -> Tensor:
        """(B, 2, beams, samples): real and imaginary scatter, interfaces included."""
        g, label = b.grid, inside.label
        tissues = b.amplitude.shape[1]
        first = torch.arange(0, b.amplitude.numel(), tissues, device=self.device, dtype=torch.int32)
        amplitude = _look_up(b.amplitude.flatten(), label + first[:, None, None])
        amplitude = amplitude * torch.exp(inside.slow * g.texture * _look_up(self._texture, label))
        wall = _look_up(self._fibrous, label)
        fibres = torch.exp((inside.wall_cos2 - FIBRE_MEAN) * (g.fibre_db * DB_TO_NEPER))
        amplitude = torch.where(wall, amplitude * fibres, amplitude)
        scatter = self._volumes.scatter(inside.material, b.body.shift)

        impedance = _look_up(self._impedance, label)
        axial = _filtered(self._axial_edge, impedance) / g.step
        spacing = (g.ranges + g.curve) * (g.angles[:, 1:2] - g.angles[:, :1]) + 1e-3
        lateral = _filtered(self._lateral_edge, impedance) / spacing
        square = axial * axial + lateral * lateral + 1e-9
        cos2 = axial * axial / square
        interface = torch.sqrt(square) * (0.06 + 0.94 * cos2 * cos2 * cos2) * (1.1 * g.specular)
        interface = interface * torch.exp(0.35 * inside.slow)
        shares = torch.tensor([0.9, 0.25], device=self.device)[:, None, None]
        return amplitude[:, None] * scatter + interface[:, None] * shares

    def _point_spread(self, a: Tensor, g: BatchGrid) -> Tensor:
        """Axial blur, and a lateral blur that widens away from the focus; ``a`` is (B, 2, beams, samples)."""
        along = a @ g.axial[:, None].mT
        near, far = (gain[:, None] for gain in g.focus_gain)
        share = g.far[:, None]
        narrow, wide = g.narrow[:, None] @ along, g.wide[:, None] @ along
        return narrow * (near * (1.0 - share)) + wide * (far * share)

    def _gas(self, label: Tensor, envelope: Tensor, transmission: Tensor, g: BatchGrid) -> Tensor:
        """Dirty shadow, haze and A-lines behind lung and gas."""
        gas = _look_up(self._gassy, label)
        any_gas = gas.any(2, keepdim=True)
        first = torch.where(any_gas, gas.to(torch.uint8).argmax(2, keepdim=True), self.samples - 1)
        begin = g.ranges.expand_as(envelope).gather(2, first)
        depth = (self._gas_depth @ begin.double()).float()
        behind = (g.ranges - depth) * any_gas
        entering = transmission.gather(2, (first - 2).clamp(min=0)).sqrt()
        flat = torch.exp(-(torch.gradient(depth, dim=1)[0] ** 2))
        glow = g.lung_haze * torch.exp(-behind.clamp(min=0.0) / g.lung_haze_mm)
        for k in (2, 3):
            line = torch.exp(-0.5 * ((g.ranges - k * depth) / LUNG_LINE_MM) ** 2)
            glow = glow + g.lung_lines / k * line * flat
        on = _filtered(self._gas_soft, (behind > 0).to(envelope.dtype))
        return envelope * (1.0 - 0.6 * on) + glow * entering * g.haze * on

    def _display(self, envelope: Tensor, g: BatchGrid) -> Tensor:
        db = 20.0 * torch.log10(envelope + 1e-6) + g.gain_db
        shown = ((db + (g.range_db - 5.0)) / g.range_db).clamp(0.0, 1.0)
        level = (shown * 255.0).to(torch.int64)
        return g.grey_table.gather(1, level.flatten(1)).view_as(level)


def _look_up(table: Tensor, index: Tensor) -> Tensor:
    """``table`` (K,) at each ``index``."""
    return table.index_select(0, index.flatten().to(torch.int32)).view(index.shape)


def _filtered(matrices: tuple[Tensor, Tensor], a: Tensor) -> Tensor:
    """``a`` (B, beams, samples) filtered across the beams by the first matrix and along them by the second."""
    return matrices[0] @ a @ matrices[1].mT

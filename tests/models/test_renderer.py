"""Promises of the renderer:

- the same inputs give the same picture; a beating heart changes it; noise alone does not change labels;
- at the target of A4C the picture shows the left ventricle dark and its wall brighter, where the geometry says;
- lateral slide, rotation and missing contact do to the picture what they do on a patient;
- ribs and lung shadow; more gain is brighter; the sector lies where the device profile says;
- speckle rides with the tissue;
- a thick slice changes the picture and leaves the outlines clean; what stands still in a picture is the machine's own;
- near-field haze veils the cavity, a blind near field dims it; far gain and lung haze turn black into grey; walls along
  the beam drop out.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from guidance.probe import Adjustment, Pose, adjusted
from guidance.views import View
from models.phantom.anatomy import Body
from models.phantom.beamform import Beamformer, PolarImage
from models.phantom.cycle import heart_phase
from models.phantom.heart import to_material
from models.phantom.heart_geometry import heart_geometry
from models.phantom.machine_noise import elevation_noise, gain_patches, haze_texture
from models.phantom.majority import ACROSS, ALONG, majority
from models.phantom.patient import Patient
from models.phantom.scan_convert import ScanConverter
from models.phantom.scanner import VirtualScanner
from models.phantom.style import MachineStyle
from models.phantom.targets import view_targets
from models.phantom.tissue import Tissue

MEAN = Patient.mean()
A4C = view_targets(MEAN)[View.A4C].pose


def scanner(**style: float) -> VirtualScanner:
    return VirtualScanner(MEAN, style=replace(MachineStyle(persistence=0.0), **style), beams=96, samples=256)


def tissue_mean(former: Beamformer, pose: Pose, tissue: Tissue, phase: float = 0.7) -> float:
    image = former.draw(Body.at(MEAN, phase, 0.0), pose, np.random.default_rng(0))
    return float(image.grey[image.label == int(tissue)].mean())


def test_rendering_is_reproducible() -> None:
    first, again = scanner().render(A4C, 0.4), scanner().render(A4C, 0.4)
    np.testing.assert_array_equal(first, again)
    later = scanner().render(A4C, 0.7)
    assert np.abs(first.astype(int) - later).mean() > 1.0


def test_the_ventricle_is_dark_within_its_wall() -> None:
    former = Beamformer(MachineStyle(), 96, 256)
    blood, wall = tissue_mean(former, A4C, Tissue.LV), tissue_mean(former, A4C, Tissue.LV_WALL)
    assert wall > blood + 25


def test_four_chambers_in_a4c_two_in_a2c() -> None:
    former = Beamformer(MachineStyle(), 96, 256)
    targets = view_targets(MEAN)

    def shares(view: View) -> dict[Tissue, float]:
        image = former.draw(Body.at(MEAN, 0.7, 0.0), targets[view].pose, np.random.default_rng(0))
        return {
            t: float((image.label == int(t)).mean()) for t in (Tissue.LV, Tissue.RV, Tissue.LA, Tissue.RA)
        }

    four, two = shares(View.A4C), shares(View.A2C)
    assert all(share > 0.01 for share in four.values())
    assert two[Tissue.LV] > 0.03
    assert two[Tissue.RA] < 0.002


def test_sliding_towards_the_marker_moves_the_heart_left_on_screen() -> None:
    former = Beamformer(MachineStyle(), 96, 256)

    def centre(pose: Pose) -> float:
        image = former.draw(Body.at(MEAN, 0.7, 0.0), pose, np.random.default_rng(0))
        lv = image.label == int(Tissue.LV)
        return float((former.angles[:, None] * lv).sum() / lv.sum())

    moved = adjusted(A4C, Adjustment(15.0, 0.0, 0.0, 0.0, 0.0))
    assert centre(moved) < centre(A4C) - 0.05


def test_without_contact_there_is_no_heart() -> None:
    image = scanner().polar(A4C, 0.4, press=0.0)
    coupled = scanner().polar(A4C, 0.4, press=0.8)
    assert image.contact.mean() < 0.3
    assert coupled.contact.mean() > 0.7
    deep = slice(100, 220)
    assert image.grey[:, deep].mean() < 0.6 * coupled.grey[:, deep].mean()


def test_ribs_shadow() -> None:
    """Over the nearest rib much less sound gets through than in the window."""
    over_rib = min(
        scanner().polar(adjusted(A4C, Adjustment(0.0, dy, 0, 0, 0)), 0.4).transmission[:, 150].mean()
        for dy in range(-16, 17, 4)
    )
    assert over_rib < 0.6 * scanner().polar(A4C, 0.4).transmission[:, 150].mean()


def test_gain_brightens() -> None:
    low, high = scanner(gain_db=-8.0).render(A4C, 0.4), scanner(gain_db=8.0).render(A4C, 0.4)
    assert high.mean() > 1.2 * low.mean()


@pytest.mark.parametrize(("half_angle", "curve"), [(45.0, 0.0), (35.0, 10.0)])
def test_the_picture_lies_where_the_profile_says(half_angle: float, curve: float) -> None:
    one = scanner(half_angle_deg=half_angle, curve_mm=curve, gain_db=12.0, noise_db=-45.0)
    picture = one.render(A4C, 0.4)
    x0, y0, width, height = one.profile.box
    lit = np.argwhere(picture > 20)
    assert abs(lit[:, 0].min() - y0) <= 4
    assert abs(lit[:, 0].max() - (y0 + height)) <= 4
    assert abs(lit[:, 1].mean() - (x0 + width / 2)) < 0.2 * width
    assert one.profile.sector is not None
    assert one.profile.mm_per_px is not None
    assert (one.profile.sector.r_max - one.profile.sector.r_min) * one.profile.mm_per_px == pytest.approx(
        160, abs=1
    )


def test_canonical_crop_is_the_screen_crop() -> None:
    """The training picture equals the preprocessed screen, up to interpolation."""
    from guidance.manifest import InputSpec
    from guidance.preprocess import Preprocessor

    former = Beamformer(MachineStyle(), 96, 256)
    polar = former.draw(Body.at(MEAN, 0.4, 0.0), A4C, np.random.default_rng(0))
    direct = ScanConverter.canonical(former, 192).picture(polar.grey).astype(float)
    one = VirtualScanner(MEAN, size=(800, 600), beams=96, samples=256)
    assert one.profile.sector is not None
    screen = ScanConverter(former, (800, 600), one.profile.sector).picture(polar.grey)
    tensor = Preprocessor(one.profile, InputSpec(size=192))(screen)[0, 0] * 255.0
    assert np.corrcoef(direct.ravel(), tensor.ravel())[0, 1] > 0.98


def test_speckle_rides_with_the_tissue() -> None:
    """At end-systole the annulus has descended and the wall thickened; both map back to where they were."""
    systole = heart_geometry(MEAN, heart_phase(0.36))
    descended = np.float32(float(systole.z_base))
    assert -16.0 < descended < -10.0
    _, _, z = to_material(np, np.float32(20.0), np.float32(0.0), descended, systole)
    assert float(z) == pytest.approx(0.0, abs=0.1)

    def cavity_radius(phase: float) -> float:
        """Radius at mid-ventricle whose material point lies on the end-diastolic endocardium."""
        g = heart_geometry(MEAN, heart_phase(phase))
        r = np.linspace(4.0, 30.0, 521, dtype=np.float32)
        mx, my, mz = to_material(np, r, np.zeros_like(r), np.full_like(r, -30.0), g)
        q = (mz - g.lv_centre) / g.lv_half
        endo = g.lv_radius * np.sqrt(1.0 - q * q)
        return float(r[np.argmin(np.abs(np.hypot(mx, my) - endo))])

    assert cavity_radius(0.36) < 0.75 * cavity_radius(0.0)


@pytest.mark.slow
def test_fast_enough_to_watch() -> None:
    """Half of the render time of one thread must leave room for thirty frames a second on two cores."""
    import time

    one = VirtualScanner(MEAN)
    one.render(A4C, 0.0)
    times = []
    for k in range(20):
        begin = time.perf_counter()
        one.render(A4C, k / 30)
        times.append(time.perf_counter() - begin)
    print(f"render p50 {1e3 * float(np.median(times)):.1f} ms")
    assert np.isfinite(times).all()


def drawn(view: View = View.A4C, seed: int = 0, **style: float) -> PolarImage:
    former = Beamformer(replace(MachineStyle(), **style), 96, 256)
    pose = view_targets(MEAN)[view].pose
    return former.draw(Body.at(MEAN, 0.7, 0.0), pose, np.random.default_rng(seed))


def test_the_slice_has_a_thickness_and_outlines_stay_clean() -> None:
    thin, thick, again = drawn(slice_mm=0.0), drawn(slice_mm=1.0), drawn(slice_mm=1.0)
    np.testing.assert_array_equal(thick.grey, again.grey)
    assert np.abs(thin.grey.astype(int) - thick.grey).mean() > 2.0
    assert (thin.label == thick.label).mean() > 0.93

    def specks(label: NDArray[np.int32]) -> int:
        """Pieces of the left ventricle's cavity besides the largest."""
        return int(cv2.connectedComponents((label == int(Tissue.LV)).astype(np.uint8))[0]) - 2

    ragged = np.where(np.random.default_rng(1).random(thick.label.shape) < 0.04, int(Tissue.LV), thick.label)
    assert specks(ragged) > 20 * max(specks(thick.label), 1)
    assert specks(majority(ragged)) <= specks(thick.label) + 5


def test_the_majority_is_a_vote_of_the_neighbours() -> None:
    label = np.random.default_rng(0).integers(8, 12, (40, 60)).astype(np.int32)
    counts = [
        cv2.boxFilter((label == t).astype(np.float32), -1, (ALONG, ACROSS), normalize=False)
        for t in range(26)
    ]
    np.testing.assert_array_equal(majority(label), np.argmax(counts, axis=0))


def test_noise_that_stands_still_is_the_machines_own() -> None:
    first, again, other = (haze_texture(96, 256, look) for look in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.mean() == pytest.approx(1.0, abs=1e-3)
    assert first.min() >= 0.0
    assert gain_patches(96, 256, 5).std() == pytest.approx(1.0, abs=1e-3)
    assert np.abs(elevation_noise(96, 256)).max() <= 2.0


def cavity(image: PolarImage, samples: slice) -> float:
    within = np.zeros(image.label.shape, dtype=bool)
    within[:, samples] = image.label[:, samples] == int(Tissue.LV)
    return float(image.grey[within].mean())


def test_haze_veils_the_near_cavity_most() -> None:
    near, far = slice(0, 75), slice(110, 170)
    clear, veiled = drawn(haze=0.0), drawn(haze=3.0)
    risen = cavity(veiled, near) - cavity(clear, near)
    assert risen > 30
    assert cavity(veiled, far) - cavity(clear, far) < 0.5 * risen


def test_a_blind_near_field_dims_the_near_field() -> None:
    top = (slice(None), slice(8, 40))
    assert drawn(near_loss=0.8).grey[top].mean() < drawn(near_loss=0.0).grey[top].mean() - 20


def test_far_gain_and_lung_haze_turn_black_into_grey() -> None:
    far = (slice(None), slice(170, 256))

    def black(image: PolarImage) -> float:
        return float((image.grey[far] < 30).mean())

    old = drawn(lung_haze=0.0, shadow_fill=0.0, residual_db_mm=0.03)
    assert black(drawn()) < 0.3 * black(old)
    assert drawn().grey[far].mean() > 1.2 * old.grey[far].mean()


def test_walls_along_the_beam_drop_out() -> None:
    def wall(fibre_db: float) -> float:
        image = drawn(fibre_db=fibre_db)
        return float(image.grey[image.label == int(Tissue.LV_WALL)].mean())

    assert wall(17.0) < wall(3.0) - 10

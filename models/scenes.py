"""Scene: what a training frame is to show, drawn at random: a machine, a crop, and a probe on a chest at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.probe import Adjustment, Pose, adjusted
from guidance.views import STANDARD_VIEWS, View, Window, window_of
from models.phantom.anatomy import Body
from models.phantom.heart_geometry import landmarks
from models.phantom.organs import HELD_OUT, KNOWN, Organ
from models.phantom.patient import Patient
from models.phantom.style import Machines, MachineStyle, cleared, focused, sample_style, set_up
from models.phantom.targets import Target, on_skin, view_targets
from models.phantom.thorax import skin_normal


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A probe on the chest of ``patient`` at one moment.

    Attributes:
        breath_mm: the breath. targets: of the patient at this breath. phase: of the heart, cycles.
        pose: of the probe, on the skin. press, gel: 0..1, force and coupling.
    """

    patient: Patient
    breath_mm: float
    targets: Mapping[View, Target]
    pose: Pose
    phase: float
    press: float
    gel: float

    def body(self) -> Body:
        """The patient at this moment."""
        return Body.at(self.patient, self.phase, self.breath_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What one frame shows.

    Attributes:
        style: the machine. scale, shift: those of the crop.
        scan: None for a picture that is not of a heart. organ: then what it is of, None: drawn, not scanned.
        careful: whether the picture is taken with care (:attr:`FrameMix.clear_share`).
    """

    style: MachineStyle
    scale: float
    shift: tuple[float, float]
    scan: Scan | None
    organ: Organ | None = None
    careful: bool = False


@dataclass(frozen=True, slots=True)
class FrameMix:
    """What frames are drawn of.

    Attributes:
        a4c_share: extra share of frames round the four chamber view, the first that anybody is guided to.
        border_share: extra share of frames at the border of the right picture, up to some tolerances off: where a
            hold is decided.
        clear_share: share of the chest's frames that are taken with care: on a machine set for the view, with contact
            and gel, up to :data:`CAREFUL_SPREAD` of the usual way off.
        focus_share: share of those that show little more than the view's own structures
            (:func:`models.phantom.style.focused`).
        machines: the machine styles, and with them the other organs; those of training and of tests differ.
    """

    a4c_share: float = 0.0
    border_share: float = 0.0
    clear_share: float = 0.0
    focus_share: float = 0.0
    machines: Machines = Machines.KNOWN


EVEN = FrameMix()
"""All views alike, on machines of the kind that training knows: for calibration."""
TRAINING = FrameMix(a4c_share=0.25, border_share=0.2, clear_share=0.65, focus_share=0.3)
"""Most frames are clear: on which side of the plane a picture lies is learnt from them (docs/training.md)."""
CLEAR = FrameMix(a4c_share=0.25, clear_share=1.0)
TEST = FrameMix(machines=Machines.HELD_OUT)
"""All views alike, on machines of families that training never draws from."""


OUTLIERS = 0.14
"""Share of frames that are not of a heart."""
ORGANS = 0.65
"""Share of those that show another organ; the rest is drawn by hand (screens, spectra, noise)."""


def random_pose(patient: Patient, home: Pose, rng: np.random.Generator, border_share: float = 0.0) -> Pose:
    """A pose round ``home``: often near, sometimes far, seldom anywhere on the chest.

    An extra share ``border_share`` is up to 6 to 20 mm and 5 to 16 degrees off.
    """
    if border_share > 0.0 and rng.random() < border_share:
        return beside(patient, home, float(rng.uniform(0.12, 0.4)), rng)
    u = rng.random()
    if u < 0.06:
        x, y = rng.uniform(-80, 140), rng.uniform(-110, 115)
        there = on_skin(patient, Pose(np.array([x, y, 0.0]), home.rotation))
        inwards = -skin_normal(patient, float(there.position[0]), float(there.position[1]))
        turned = Pose.looking(there.position, inwards + rng.normal(0, 0.35, 3), rng.normal(0, 1, 3))
        return turned
    spread = 0.12 if u < 0.30 else 0.4 if u < 0.70 else 1.0
    return beside(patient, home, spread, rng)


def beside(patient: Patient, home: Pose, spread: float, rng: np.random.Generator) -> Pose:
    """A pose up to 50 mm, 40 degrees (tilt, rock) and 60 degrees (rotate) from ``home``, times ``spread``."""
    offset = np.concatenate([rng.uniform(-50, 50, 2), rng.uniform(-40, 40, 2), rng.uniform(-60, 60, 1)])
    return on_skin(patient, adjusted(home, Adjustment.from_array(offset * spread)))


def home_view(rng: np.random.Generator, a4c_share: float) -> View:
    """A view drawn at random; A4C for an extra share ``a4c_share``."""
    if a4c_share > 0.0 and rng.random() < a4c_share:
        return View.A4C
    return STANDARD_VIEWS[int(rng.integers(len(STANDARD_VIEWS)))]


def draw_scene(patient: Patient, rng: np.random.Generator, mix: FrameMix = EVEN) -> Scene:
    """A scene with ``patient``, round a view drawn at random: one in seven is not of a heart at all."""
    if rng.random() < OUTLIERS:
        style, scale, shift = _machine_and_crop(rng, mix)
        kinds = KNOWN if mix.machines is Machines.KNOWN else HELD_OUT
        organ = kinds[int(rng.integers(len(kinds)))] if rng.random() < ORGANS else None
        return Scene(style, scale, shift, None, organ)
    return draw_view_scene(patient, home_view(rng, mix.a4c_share), rng, mix)


def draw_view_scene(patient: Patient, view: View, rng: np.random.Generator, mix: FrameMix = EVEN) -> Scene:
    """A scene with ``patient``, round ``view``; its ``scan`` is never None."""
    if mix.clear_share > 0.0 and rng.random() < mix.clear_share:
        return _clear_scene(patient, view, rng, mix)
    style, scale, shift = _machine_and_crop(rng, mix)
    breath_mm = float(rng.uniform(-6, 6))
    targets = view_targets(patient, breath_mm)
    pose = random_pose(patient, targets[view].pose, rng, mix.border_share)
    phase = float(rng.random())
    press = float(rng.uniform(0.45, 1.0)) if rng.random() < 0.88 else float(rng.uniform(0.0, 0.45))
    gel = 1.0 if rng.random() < 0.95 else float(rng.uniform(0.0, 0.6))
    return Scene(style, scale, shift, Scan(patient, breath_mm, targets, pose, phase, press, gel))


CAREFUL_SPREAD = (0.12, 0.4)
"""How far off a careful picture is at most, half of them each: 6 or 20 mm, 5 or 16 degrees, 7 or 24 of rotation."""


def _clear_scene(patient: Patient, view: View, rng: np.random.Generator, mix: FrameMix) -> Scene:
    """As :func:`draw_view_scene`, taken with care."""
    style, scale, shift = _machine_and_crop(rng, mix)
    breath_mm = float(rng.uniform(-6, 6))
    targets = view_targets(patient, breath_mm)
    goal = targets[view]
    reach_mm = float(np.linalg.norm(goal.pose.to_probe(goal.anchors), axis=1).max())
    style = cleared(set_up(style, reach_mm * float(rng.uniform(0.9, 1.15))))
    pose = beside(patient, goal.pose, CAREFUL_SPREAD[int(rng.integers(2))], rng)
    if mix.focus_share > 0.0 and rng.random() < mix.focus_share:
        style = focused(style, reach_mm, rng)
        apical = window_of(view) is Window.APICAL
        shown_mid = landmarks(patient, breath_mm).lv_mid if apical else goal.anchors.mean(0)
        pose = centred(patient, pose, shown_mid, float(rng.uniform(0.0, 1.0)))
    scan = Scan(patient, breath_mm, targets, pose, float(rng.random()), float(rng.uniform(0.55, 1.0)), 1.0)
    return Scene(style, scale, shift, scan, careful=True)


def centred(patient: Patient, pose: Pose, point: NDArray[np.float64], share: float) -> Pose:
    """``pose`` rocked so that ``point`` (3,) mm, thorax, lies nearer to the middle of the picture by ``share``."""
    x, _, z = pose.to_probe(point[None])[0]
    off = float(np.degrees(np.arctan2(x, z)))
    return on_skin(patient, adjusted(pose, Adjustment.from_array([0.0, 0.0, 0.0, share * off, 0.0])))


def _machine_and_crop(
    rng: np.random.Generator, mix: FrameMix
) -> tuple[MachineStyle, float, tuple[float, float]]:
    style = sample_style(rng, mix.machines)
    zoomed = rng.random() < 0.2
    scale = rng.uniform(1.05, 1.35) if zoomed else float(np.clip(rng.normal(1.0, 0.04), 0.88, 1.12))
    down = rng.uniform(-0.02, 0.10) if zoomed else rng.normal(0.0, 0.015)
    return style, scale, (float(rng.normal(0, 0.02)), float(down))

"""Promises of the in-silico trial:

- both arms share patient, machine and start; the same settings give the same runs;
- shares come with Wilson's interval; views that a patient cannot give are counted apart;
- the worst group is the worst, and no tiny group is called so; wrong-way hints count confident ones only.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from guidance.hint import Hint, ReasonCode
from guidance.probe import Adjustment, Manoeuvre
from guidance.views import View
from models.closed_loop import LoopSettings, VirtualExam
from models.figures.statistics import wilson95
from models.phantom.patient import Patient
from models.phantom.style import MachineStyle
from models.trial import (
    GROUPS,
    TrialRun,
    TrialSettings,
    groups_of,
    patient_runs,
    points_away,
    run_trial,
    true_labels,
)
from models.trial_summary import MIN_GROUP, summarise

RUN = TrialRun(
    seed=1, view=View.A4C, guided=True, sex="male", bmi="BMI < 25", age="age < 40", function="EF >= 50 %",
    position="supine", chest="usual", machine="handheld", possible=True, held=True, reached=True, strict=False,
    seconds=30.0, moves=9, path=120.0, direct=80.0, plane_mm=2.0, in_plane_deg=3.0, pose_mm=4.0, pose_deg=5.0,
    quality=0.9, hints=6, confident=4, wrong_way=0,
)  # fmt: skip


def exam(seed: int = 5) -> VirtualExam:
    return VirtualExam(LoopSettings(seed=seed, start_mm=20.0, start_deg=15.0, any_machine=True))


def test_wilson_interval_of_known_counts() -> None:
    assert wilson95(0, 0) is None
    assert wilson95(10, 20) == (0.2993, 0.7007)  # by hand from the formula
    assert wilson95(0, 20) == (0.0, 0.1611)
    assert wilson95(20, 20) == (0.8389, 1.0)


def test_shares_leave_out_what_is_not_possible() -> None:
    runs = [RUN, replace(RUN, seed=2, reached=False), replace(RUN, seed=3, possible=False, reached=False)]
    figures = summarise(runs)
    assert figures["runs"] == 2
    assert figures["held"] == 0.5
    assert figures["not_possible"] == 1
    assert figures["by_view"]["A4C"]["not_possible"] == 1
    assert figures["by_view"]["A4C"]["runs"] == 2
    assert figures["unguided_held"] is None
    json.dumps(figures, allow_nan=False)


def test_the_worst_group_is_named_but_no_tiny_one() -> None:
    good = [replace(RUN, seed=k) for k in range(MIN_GROUP)]
    poor = [replace(RUN, seed=100 + k, bmi="BMI >= 30", reached=k == 0) for k in range(MIN_GROUP)]
    tiny = [replace(RUN, seed=200, chest="barrel chest", reached=False)]
    worst = summarise(good + poor + tiny)["worst_group"]
    assert (worst["of"], worst["group"]) == ("bmi", "BMI >= 30")
    assert worst["held"] == 0.1
    assert summarise(tiny)["worst_group"] is None


def test_wrong_way_is_a_share_of_confident_hints() -> None:
    figures = summarise([RUN, replace(RUN, seed=2, confident=6, wrong_way=1)])
    assert figures["wrong_way"] == 0.1
    assert summarise([replace(RUN, confident=0)])["wrong_way"] is None


def test_groups_cover_every_kind() -> None:
    assert set(groups_of(Patient.mean(), MachineStyle())) == set(GROUPS)
    assert (
        groups_of(replace(Patient.mean(), ejection_fraction=0.3), MachineStyle())["function"] == "EF < 50 %"
    )


def test_a_hint_points_away_only_where_it_matters() -> None:
    there = exam()
    there.frame(0)
    target = there.targets[View.A4C].pose
    there.pose = there.scanner.move(target, Adjustment(0.0, 0.0, 12.0, 0.0, 0.0))

    def hint(sign: int) -> Hint:
        return Hint(Manoeuvre.TILT, "", "", "", "", ReasonCode.OFF_AXIS, "tilt", sign)

    assert points_away(there, hint(1))
    assert not points_away(there, hint(-1))
    there.pose = target
    assert not points_away(there, hint(1))
    assert not points_away(there, hint(-1))


def test_the_target_pose_is_better_than_elsewhere() -> None:
    there = exam()
    there.frame(0)
    at = list(View).index(View.A4C)
    there.pose = there.scanner.move(there.targets[View.A4C].pose, Adjustment(0.0, 0.0, 25.0, 0.0, 0.0))
    assert true_labels(there, at_target=True).quality[at] > true_labels(there).quality[at]


@pytest.mark.slow
def test_arms_share_patient_and_start_and_runs_repeat(tiny_model_folder: Path) -> None:
    settings = TrialSettings(patients=2, views=(View.A4C,), first_seed=7, fps=2.0, max_moves=4)
    guided, unguided = patient_runs(settings, 7, tiny_model_folder, "cpu")
    assert (guided.guided, unguided.guided) == (True, False)
    assert [getattr(guided, g) for g in GROUPS] == [getattr(unguided, g) for g in GROUPS]
    assert guided.direct == unguided.direct > 10.0
    assert patient_runs(settings, 7, tiny_model_folder, "cpu") == [guided, unguided]
    found = [r for runs in run_trial(settings, tiny_model_folder, "cpu", 2) for r in runs]
    assert {r.seed for r in found} == {7, 8}
    assert [r for r in found if r.seed == 7] == [guided, unguided]


def test_the_machine_is_set_for_the_view() -> None:
    """What a view needs differs in depth; a wrong depth or gain is not the patient's doing."""
    depths = set()
    for view in (View.PLAX, View.A4C, View.SC_IVC, View.SSN):
        for seed in range(1000, 1004):
            run = VirtualExam(LoopSettings(view, seed, start_mm=20.0, start_deg=15.0, any_machine=True))
            assert true_labels(run, at_target=True).facets[3] > 0.85, (view, seed)
            depths.add(round(run.scanner.style.depth_mm))
    assert len(depths) > 8


def test_any_machine_is_drawn_with_the_seed() -> None:
    assert exam(5).scanner.style == exam(5).scanner.style
    assert exam(5).scanner.style != exam(6).scanner.style

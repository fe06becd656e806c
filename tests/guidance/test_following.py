"""Promises of the coach as a whole, closed through an operator who knows the words only:

- from anywhere around any view, doing what line one says (slide to the place, tail to the place, clockwise) leads to
  the view and to CAPTURED, although a place is known to an eighth of a circle only, and the model errs;
- with tracked poses just so;
- an operator who does the opposite does not arrive (so this could fail).
"""

from __future__ import annotations

import numpy as np
import pytest
from scripted import FPS, prediction

from guidance.coach import Coach, CoachSettings
from guidance.directions import landmark_vector, nominal_rotation
from guidance.hint import Hint, State
from guidance.prediction import Prediction
from guidance.probe import Adjustment, Manoeuvre, Pose, adjusted, adjustment_between, rotation_matrix
from guidance.views import STANDARD_VIEWS, View, window_of

TOLERANCE = np.array(CoachSettings().tolerance)
SPEED = {"slightly": 0.5, "": 1.0, "a lot": 2.0}
MM_PER_S, DEG_PER_S, REACTION_S = 8.0, 8.0, 0.3


def follow(pose: Pose, hint: Hint, view: View, share: float) -> Pose:
    """``pose`` after obeying ``hint`` for one frame: uses its words (move, place, turn, amount), not its axis."""
    pace = share * SPEED[hint.amount]
    x, y, beam = pose.rotation.T
    if hint.move is Manoeuvre.ROTATE:
        turn = DEG_PER_S * pace * (1 if hint.direction == "clockwise" else -1)
        return adjusted(pose, Adjustment(0.0, 0.0, 0.0, 0.0, turn))
    window = window_of(view)
    assert hint.place is not None
    assert window is not None
    way = landmark_vector(hint.place, window)
    if hint.move is Manoeuvre.SLIDE:
        return Pose(pose.position + MM_PER_S * pace * way, pose.rotation)
    # The tail goes the way; tilting turns about x, rocking about y, whichever sense takes the tail there.
    about = x if hint.move is Manoeuvre.TILT else y
    sense = np.sign(np.cross(about, -beam) @ way)
    return Pose(pose.position, rotation_matrix(DEG_PER_S * pace * sense * about) @ pose.rotation)


def judge(view: View, now: Pose, target: Pose, rng: np.random.Generator, bias: np.ndarray) -> Prediction:
    """A model that errs: a constant bias, noise, an honest interval, and a quality that falls with the error."""
    truth = adjustment_between(now, target).as_array()
    ratio = float(np.abs(truth / TOLERANCE).max())
    return prediction(
        view,
        quality=float(np.clip(1.15 - 0.35 * ratio, 0.0, 1.0)),
        adjustment=truth + bias + rng.normal(0.0, 2.0, 5),
        half_width90=5.0,
    )


def loop(
    view: View, seed: int, *, tracked: bool = False, sense: float = 1.0, seconds: float = 60.0
) -> tuple[bool, Adjustment]:
    """Whether the loop ended in CAPTURED, and the adjustment that was left."""
    rng = np.random.default_rng(seed)
    patient = Adjustment(0.0, 0.0, *rng.uniform(-10.0, 10.0, 3))  # hearts do not lie as on the card
    target = adjusted(Pose(np.zeros(3), nominal_rotation(view)), patient)
    bias = rng.uniform(-1.5, 1.5, 5)
    now = adjusted(target, Adjustment.from_array(rng.uniform(-1.0, 1.0, 5) * (25.0, 25.0, 20.0, 20.0, 40.0)))
    coach = Coach(view)
    hint: Hint | None = None
    since = 0.0
    for i in range(round(seconds * FPS)):
        t = i / FPS
        advice = coach.advise(t, judge(view, now, target, rng, bias), pose=now if tracked else None)
        if advice.state is State.CAPTURED:
            return True, adjustment_between(now, target)
        if advice.hint != hint:
            hint, since = advice.hint, t
        if hint is not None and t - since >= REACTION_S:
            now = follow(now, hint, view, sense / FPS)
    return False, adjustment_between(now, target)


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_following_the_words_leads_to_the_view(view: View, tracked: bool) -> None:
    reached, rest = loop(view, seed=STANDARD_VIEWS.index(view), tracked=tracked)
    assert reached
    assert np.all(np.abs(rest.as_array()) <= 1.5 * TOLERANCE)


def test_doing_the_opposite_does_not() -> None:
    assert not loop(View.A4C, seed=0, sense=-1.0, seconds=30.0)[0]

"""Fusion: many noisy predictions become one calm estimate, weighted by age and by each axis's stated
uncertainty.

No numpy arithmetic per frame: the vectors are short, and plain floats are several times faster.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guidance.coach_settings import CoachSettings
from guidance.prediction import Facets, Prediction
from guidance.probe import Adjustment, Pose, PoseFrame, adjusted, adjustment_between
from guidance.views import View, Window, window_of

LN10 = math.log(10.0)
"""Half width of a Laplace distribution's central 90 % interval, in units of its scale b."""

_MIN_HALF_WIDTH = 1e-3


@dataclass(frozen=True, slots=True)
class Fused:
    """What the predictions so far say together.

    Attributes:
        views: the model's views, V of them.
        probabilities: V + 1 floats, the last is OTHER.
        windows: summed probability of each acoustic window that has a view.
        quality: of the target view, 0..1, or None.
        facets, novelty, foreshortening: or None.
        adjustment: five floats (mm, mm, degrees x 3), to the target view; None where the model cannot say.
        half_width90: five floats, half widths of the 90 % intervals.
    """

    views: tuple[View, ...]
    probabilities: tuple[float, ...]
    windows: dict[Window, float]
    quality: float | None
    facets: Facets | None
    novelty: float | None
    adjustment: tuple[float, ...] | None
    half_width90: tuple[float, ...] | None
    foreshortening: float | None = None

    def probability_of(self, view: View) -> float:
        """Fused probability of ``view``; 0 where the model does not know it."""
        if view is View.OTHER:
            return self.probabilities[-1]
        return self.probabilities[self.views.index(view)] if view in self.views else 0.0

    @property
    def best(self) -> View:
        """The most probable view."""
        top = max(range(len(self.probabilities)), key=self.probabilities.__getitem__)
        return self.views[top] if top < len(self.views) else View.OTHER


class _AxisFusion:
    """Running inverse-variance mean of the five adjustments, with an honest width.

    Errors of successive frames have a common cause (the same anatomy from the same pose), so averaging does not make
    them smaller: the fused variance is the weighted (harmonic) mean of the frames' variances, not that divided by
    their number. The scatter between frames is extra, and does average out.
    """

    def __init__(self) -> None:
        self.mean = [0.0] * 5
        self.scale = [0.0] * 5  # Laplace b
        self._weight = [0.0] * 5  # sum of w, w = 1 / variance
        self._weight2 = [0.0] * 5  # sum of w^2
        self._scatter = [0.0] * 5  # sum of w (e - mean)^2
        self._count = 0.0

    def update(self, decay: float, errors: list[float], scales: list[float]) -> None:
        self._count = self._count * decay + 1.0
        for k in range(5):
            w = 0.5 / (scales[k] * scales[k])  # variance of a Laplace distribution is 2 b^2
            total = self._weight[k] * decay + w
            before = errors[k] - self.mean[k]
            self.mean[k] += before * w / total
            self._weight[k] = total
            self._weight2[k] = self._weight2[k] * decay * decay + w * w
            self._scatter[k] = self._scatter[k] * decay + w * before * (errors[k] - self.mean[k])
            variance = self._count / total + self._scatter[k] * self._weight2[k] / (total * total * total)
            self.scale[k] = math.sqrt(0.5 * variance)

    def jumps(self, errors: list[float], scales: list[float], limit: float) -> bool:
        """Whether ``errors`` are further from the mean than ``limit`` times both scales explain."""
        return any(abs(errors[k] - self.mean[k]) > limit * (self.scale[k] + scales[k]) for k in range(5))

    def carry(self, old: Pose, new: Pose) -> None:
        """Move the mean, seen from ``old``, into the probe frame of ``new``."""
        target = adjusted(old, Adjustment.from_array(self.mean))
        self.mean = [float(v) for v in adjustment_between(new, target).as_array()]


class Fusion:
    """Fuses predictions over time. Weights halve every ``0.69 * fusion_s``; faster while the picture is
    another one.

    A change is seen in the predictions themselves: two in a row whose window probabilities, novelty or
    adjustments are too far from the fused ones. (Windows, not views: neighbouring views swap names with the
    heartbeat.)
    """

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._t: float | None = None
        self._layout: object = None
        self._values: list[float] = []
        self._weight = 0.0
        self._groups: list[tuple[Window, list[int]]] = []
        self._jumps = 0
        self.forget_adjustment()

    def forget_adjustment(self) -> None:
        """Forget the adjustment only (another target was chosen)."""
        self._axes: _AxisFusion | None = None
        self._axes_t = 0.0
        self._pose: Pose | None = None

    def update(
        self, t_s: float, prediction: Prediction, target: View, pose: Pose | None = None
    ) -> Fused | None:
        """Take in the ``prediction`` for the frame at ``t_s``; None until one held finite numbers.

        Args:
            t_s: seconds on the stream's time line; going back, or further than ``gap_s``, starts afresh.
            prediction: what the model said.
            target: view whose adjustment is fused.
            pose: tracked probe pose of that frame; earlier adjustments are carried along with its movement.
        """
        s = self._settings
        layout = (
            prediction.views,
            prediction.quality is None,
            prediction.facets is None,
            prediction.novelty is None,
            prediction.foreshortening is None,
        )
        dt = 0.0 if self._t is None else t_s - self._t
        if dt < 0.0 or dt > s.gap_s or layout != self._layout:
            self.reset()
            dt = 0.0
            self._layout = layout
            self._groups = _window_groups(prediction.views)
        self._t = t_s

        values = _flatten(prediction)
        errors, scales = _errors(prediction, target)
        if pose is not None and pose.frame is PoseFrame.SENSOR:
            pose = None  # how the probe moved cannot be told in its own axes
        if self._axes is not None and pose is not None and self._pose is not None and pose is not self._pose:
            self._axes.carry(self._pose, pose)
        self._pose = pose

        if self._weight > 0.0 and self._differs(values, errors, scales, prediction):
            self._jumps += 1
        else:
            self._jumps = 0
        decay = math.exp(-dt / (s.fusion_fast_s if self._jumps >= 2 else s.fusion_s))

        self._weight *= decay
        if all(map(math.isfinite, values)):
            self._weight += 1.0
            gain = 1.0 / self._weight
            if self._values:
                self._values = [
                    old + gain * (new - old) for old, new in zip(self._values, values, strict=True)
                ]
            else:
                self._values = values
        elif not self._values:
            return None
        if errors is not None and scales is not None:
            if self._axes is None:
                self._axes = _AxisFusion()
            self._axes.update(decay, errors, scales)
            self._axes_t = t_s
        elif t_s - self._axes_t > s.gap_s:
            self._axes = None
        return self._snapshot(prediction, target)

    def _differs(
        self,
        values: list[float],
        errors: list[float] | None,
        scales: list[float] | None,
        prediction: Prediction,
    ) -> bool:
        s = self._settings
        fused, other = self._values, len(prediction.views)
        moved = abs(values[other] - fused[other])
        for _, members in self._groups:
            moved += abs(sum(values[i] - fused[i] for i in members))
        if 0.5 * moved > s.picture_jump:
            return True
        if prediction.novelty is not None and abs(values[-1] - fused[-1]) > s.picture_jump:
            return True
        return (
            errors is not None
            and scales is not None
            and self._axes is not None
            and self._axes.jumps(errors, scales, s.axis_jump)
        )

    def _snapshot(self, prediction: Prediction, target: View) -> Fused:
        v, n = self._values, len(prediction.views)
        at = n + 1
        quality = None
        if prediction.quality is not None:
            if target in prediction.views:
                quality = v[at + prediction.views.index(target)]
            at += n
        facets = None
        if prediction.facets is not None:
            facets = Facets(v[at], v[at + 1], v[at + 2], v[at + 3])
            at += 4
        foreshortening = None if prediction.foreshortening is None else v[at]
        return Fused(
            views=prediction.views,
            probabilities=tuple(v[: n + 1]),
            windows={window: sum(v[i] for i in members) for window, members in self._groups},
            quality=quality,
            facets=facets,
            novelty=None if prediction.novelty is None else v[-1],
            adjustment=None if self._axes is None else tuple(self._axes.mean),
            half_width90=None if self._axes is None else tuple(b * LN10 for b in self._axes.scale),
            foreshortening=foreshortening,
        )


def _window_groups(views: tuple[View, ...]) -> list[tuple[Window, list[int]]]:
    groups: dict[Window, list[int]] = {}
    for i, view in enumerate(views):
        window = window_of(view)
        if window is not None:
            groups.setdefault(window, []).append(i)
    return list(groups.items())


def _flatten(p: Prediction) -> list[float]:
    values: list[float] = p.view_probabilities.tolist()
    if p.quality is not None:
        values = values + p.quality.tolist()
    if p.facets is not None:
        f = p.facets
        values = [*values, f.structures, f.on_axis, f.window, f.gain_depth]
    if p.foreshortening is not None:
        values = [*values, p.foreshortening]
    if p.novelty is not None:
        values = [*values, p.novelty]
    return values


def _errors(p: Prediction, target: View) -> tuple[list[float] | None, list[float] | None]:
    """Errors and Laplace scales to ``target``; None where the model gives none, or none that is a number."""
    if p.adjustment is None or p.half_width90 is None or target not in p.views:
        return None, None
    k = p.views.index(target)
    errors: list[float] = p.adjustment[k].tolist()
    half: list[float] = p.half_width90[k].tolist()
    if not (all(map(math.isfinite, errors)) and all(map(math.isfinite, half))):
        return None, None
    return errors, [max(h, _MIN_HALF_WIDTH) / LN10 for h in half]

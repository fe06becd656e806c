"""What led to a clip, on the stream's own time line: hints with their reasons, quality, the probe's path.

Pure: made from the clip's record and the events of the log. An exam may hold several runs, and a run may play its
stream again; each is a time line of its own, and a clip belongs to one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from guidance.exam.poses import pose_in
from guidance.exam.records import ClipRecord
from guidance.hint import State
from guidance.prediction import Facets
from guidance.probe import Pose
from guidance.views import View

LEAD_S = 120.0
"""At most so much before a clip belongs to its way."""


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch in which the coach said one thing.

    Attributes:
        t_s, until_s: on the stream's time line, in seconds.
        state: the coach's state.
        view: what it saw on screen.
        quality: of the target when the stretch began, 0 to 1; None where it was not judged.
        hint: line one; None where no hint was given.
        reason: line two.
        reason_code: the same as a code; without a hint, why there was none.
    """

    t_s: float
    until_s: float
    state: State
    view: View
    quality: float | None = None
    hint: str | None = None
    reason: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Quality (0 to 1), pose and facets at an instant of the stream, in seconds; None: not judged, not known."""

    t_s: float
    quality: float | None
    pose: Pose | None
    facets: Facets | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The way to a clip, and the clip.

    Attributes:
        start_s: where the way begins: its target was aimed at, or the stream began; at most :data:`LEAD_S` before.
        clip_start_s, end_s: the clip's own stretch; all in seconds of the stream.
        said: what the coach said from ``start_s`` to ``end_s``, without gaps where the log has none.
        samples: oldest first.
        capture_quality: from which quality the coach held the view; None where the log does not say.
    """

    start_s: float
    clip_start_s: float
    end_s: float
    said: tuple[Said, ...] = ()
    samples: tuple[Sample, ...] = ()
    capture_quality: float | None = None

    @property
    def hints(self) -> tuple[Said, ...]:
        """The stretches with a hint."""
        return tuple(one for one in self.said if one.hint is not None)

    @property
    def path(self) -> tuple[tuple[float, Pose], ...]:
        """Instants and poses, where the probe was tracked."""
        return tuple((one.t_s, one.pose) for one in self.samples if one.pose is not None)

    def at(self, t_s: float) -> Said | None:
        """What the coach said at ``t_s``."""
        begun = [one for one in self.said if one.t_s <= t_s]
        return begun[-1] if begun and (t_s < begun[-1].until_s or begun[-1].until_s >= self.end_s) else None

    def pose_at(self, t_s: float) -> Pose | None:
        """The pose noted nearest to ``t_s``, within half a second."""
        near = min(self.path, key=lambda one: abs(one[0] - t_s), default=None)
        return near[1] if near is not None and abs(near[0] - t_s) <= 0.5 else None


@dataclass(slots=True)
class _Stretch:
    """Events of one run between two beginnings of its stream."""

    run: int
    capture_quality: float | None
    events: list[Mapping[str, Any]]

    @property
    def begins_s(self) -> float:
        return _number(self.events[0].get("t_s")) or 0.0

    @property
    def ends_s(self) -> float:
        return _number(self.events[-1].get("t_s")) or 0.0


def timeline_of(clip: ClipRecord, events: Iterable[Mapping[str, Any]]) -> Timeline:
    """The time line of ``clip`` from the ``events`` of its exam's log; the clip alone where the log knows no more."""
    bare = Timeline(clip.t_start_s, clip.t_start_s, clip.t_end_s)
    stretch = _stretch_of(clip, events)
    if stretch is None:
        return bare
    said = _said(stretch.events, clip)
    start_s = max(
        min([one.t_s for one in said], default=clip.t_start_s),
        clip.t_start_s - LEAD_S,
    )
    start_s = min(start_s, clip.t_start_s)
    samples = [
        Sample(t_s, _share(event.get("quality")), pose_in(event), _facets(event.get("facets")))
        for event in stretch.events
        if event.get("event") == "track"
        and (t_s := _number(event.get("t_s"))) is not None
        and start_s <= t_s <= clip.t_end_s
    ]
    return Timeline(
        start_s,
        clip.t_start_s,
        clip.t_end_s,
        tuple(one for one in said if one.until_s > start_s),
        tuple(samples),
        stretch.capture_quality,
    )


def _stretch_of(clip: ClipRecord, events: Iterable[Mapping[str, Any]]) -> _Stretch | None:
    """Where ``clip`` was taken: in the run that says it kept it, else by the wall clock; the last that reaches it."""
    stretches: list[_Stretch] = []
    kept_in: tuple[int, int] | None = None  # the run, and how many stretches there were then
    run = 0
    threshold: float | None = None
    last_s: float | None = None
    for event in events:
        name = event.get("event")
        if name == "opened":
            run, threshold, last_s = run + 1, _share(event.get("capture_quality")), None
        elif name == "kept" and event.get("clip") == clip.number:
            kept_in = run, len(stretches)
        elif name in ("advice", "track") and (t_s := _number(event.get("t_s"))) is not None:
            if last_s is None or t_s < last_s - 1e-3:
                stretches.append(_Stretch(run, threshold, []))
            stretches[-1].events.append(event)
            last_s = t_s
    if kept_in is not None:
        found = [one for one in stretches[: kept_in[1]] if one.run == kept_in[0]]
    else:  # killed before the log had it
        found = [one for one in stretches if str(one.events[0].get("at", "")) <= clip.kept_at]
    reaching = [
        one for one in found if one.begins_s <= clip.t_end_s and one.ends_s >= clip.t_start_s - LEAD_S
    ]
    return reaching[-1] if reaching else None


def _said(events: Sequence[Mapping[str, Any]], clip: ClipRecord) -> list[Said]:
    """What was said while ``clip``'s target was aimed at, up to its end."""
    advice = [event for event in events if event.get("event") == "advice"]
    said: list[Said] = []
    for index, event in enumerate(advice):
        t_s = _number(event.get("t_s"))
        if t_s is None or t_s > clip.t_end_s:
            break
        if event.get("target") != clip.target.value:
            said.clear()  # another view was aimed at: the way to this one begins after it
            continue
        following = _number(advice[index + 1].get("t_s")) if index + 1 < len(advice) else None
        until_s = clip.t_end_s if following is None else min(following, clip.t_end_s)
        try:
            state = State(str(event.get("state")))
        except ValueError:
            continue
        seen = str(event.get("view"))
        said.append(
            Said(
                t_s,
                until_s,
                state,
                View(seen) if seen in View.__members__ else View.OTHER,
                _share(event.get("quality")),
                _text(event.get("hint")),
                _text(event.get("reason")),
                _text(event.get("reason_code")),
            )
        )
    return said


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _share(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and 0.0 <= number <= 1.0 else None


def _facets(value: object) -> Facets | None:
    if not isinstance(value, Mapping):
        return None
    shares = [_share(value.get(field.name)) for field in fields(Facets)]
    known = [share for share in shares if share is not None]
    return Facets(*known) if len(known) == len(shares) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

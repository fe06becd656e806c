"""What a chart of a review shows, and where each instant lies in it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from guidance.exam.clip_pictures import ClipPictures
from guidance.exam.timeline import Said, Timeline
from ui.layout import Box

Points = tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """What one chart shows.

    Attributes:
        title: its heading.
        start_s, end_s: its ends, in seconds of the stream.
        zero_s: what its time axis counts from: the clip's beginning.
        points: (seconds, quality or None where it was not judged), oldest first.
        said: what the coach said in it.
        numbers: the number of each hint, by when it began.
        capture_quality: the threshold; None where it is not known.
        clip: the clip's stretch where the chart shows more; else None.
        empty: what to say where there are no points.
    """

    title: str
    start_s: float
    end_s: float
    zero_s: float
    points: Points
    said: tuple[Said, ...]
    numbers: dict[float, int]
    capture_quality: float | None
    clip: tuple[float, float] | None = None
    empty: str = "Quality was not judged here"


def strip_of_clip(timeline: Timeline, pictures: ClipPictures | None) -> Strip:
    """The clip alone, with the quality of each picture."""
    points: Points = () if pictures is None else tuple(zip(pictures.times_s, pictures.qualities, strict=True))
    start_s, end_s = timeline.clip_start_s, timeline.end_s
    said = tuple(one for one in timeline.said if one.until_s > start_s or one.t_s >= start_s)
    return Strip(
        "This clip",
        start_s,
        max(end_s, start_s + 0.1),
        start_s,
        points,
        said,
        numbers_of(timeline),
        timeline.capture_quality,
        empty="Quality was not judged here" if pictures is not None else "No pictures, no quality",
    )


def strip_of_way(timeline: Timeline) -> Strip | None:
    """The way to the clip, and the clip at its end; None where nothing is known of it."""
    if timeline.clip_start_s - timeline.start_s < 0.5:
        return None
    points: Points = tuple((one.t_s, one.quality) for one in timeline.samples)
    if not any(quality is not None for _, quality in points):  # an older log has only the changes
        points = tuple((one.t_s, one.quality) for one in timeline.said)
    return Strip(
        "On the way to it",
        timeline.start_s,
        timeline.end_s,
        timeline.clip_start_s,
        points,
        timeline.said,
        numbers_of(timeline),
        timeline.capture_quality,
        (timeline.clip_start_s, timeline.end_s),
    )


def numbers_of(timeline: Timeline) -> dict[float, int]:
    """From 1, in the order in which the hints were given."""
    return {one.t_s: number for number, one in enumerate(timeline.hints, 1)}


def clock_text(seconds: float) -> str:
    """Seconds from the clip's beginning, for people: ``-12.4 s``, ``+0.8 s``."""
    rounded = round(seconds, 1)
    sign = "−" if rounded < 0 else "+" if rounded > 0 else ""
    return f"{sign}{abs(rounded):.1f} s"


@dataclass(frozen=True, slots=True)
class StripPlan:
    """Where the parts of a chart lie in ``box``, and which instant is where."""

    strip: Strip
    title: Box
    plot: Box
    lane: Box
    axis: Box

    @classmethod
    def of(cls, strip: Strip, box: Box, unit: float) -> StripPlan:
        """The plan of ``strip`` in ``box``."""
        inner = box.inset(12 * unit, 8 * unit)
        title = Box(inner.x, inner.y, inner.w, 18 * unit)
        axis = Box(inner.x + 34 * unit, inner.bottom - 15 * unit, inner.w - 44 * unit, 15 * unit)
        lane_h = 24 * unit
        lane = Box(axis.x, axis.y - lane_h - 3 * unit, axis.w, lane_h)
        plot = Box(axis.x, title.bottom + 5 * unit, axis.w, lane.y - title.bottom - 11 * unit)
        return cls(strip, title, plot, lane, axis)

    def x(self, t_s: float) -> float:
        """Where ``t_s`` lies."""
        share = (t_s - self.strip.start_s) / (self.strip.end_s - self.strip.start_s)
        return self.plot.x + min(1.0, max(0.0, share)) * self.plot.w

    def y(self, quality: float) -> float:
        """Where ``quality`` lies."""
        return self.plot.bottom - quality * self.plot.h

    def t_s(self, x: float) -> float:
        """The instant at ``x``, within the chart's ends."""
        share = min(1.0, max(0.0, (x - self.plot.x) / max(1.0, self.plot.w)))
        return self.strip.start_s + share * (self.strip.end_s - self.strip.start_s)

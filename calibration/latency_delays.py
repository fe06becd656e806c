"""From what was shown, seen, guided and painted to delays: pure arithmetic on time stamps of one monotonic clock.

A code is *shown* when its picture was handed to the display. It is *seen* when the first picture that shows it is in
the program. The light leaves the screen up to one refresh after the code was shown: no delay is known better than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.latency_reader import Verdict
from guidance.latency import percentiles

LONGEST_S = 5.0
"""No grabber is slower: an older code is one of an earlier run, or a misread picture."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code on the screen: painting began at ``began_ns``, and at ``at_ns`` it was handed to the display.

    The display may show it, and a thread may have to wait, between the two.
    """

    code: int
    began_ns: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A captured picture, number ``index`` of its stream, and what it showed.

    ``arrived_ns``: the program had it. ``driver_ns``: the driver's own stamp, where it gives one.
    """

    index: int
    arrived_ns: int
    verdict: Verdict
    code: int | None = None
    driver_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Guided:
    """The engine's answer to picture ``index``: ready at ``ready_ns``, painted and swapped at ``swapped_ns``."""

    index: int
    ready_ns: int
    latency_ms: Mapping[str, float]
    swapped_ns: int | None = None


Values = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds of every code or picture by part, and what became of codes and pictures.

    Attributes:
        values: part -> one value a code or picture, in the order of time. ``grabber``: shown to the driver's stamp
            (where the driver has none: to the picture in the program); ``driver``: from there to the picture in the
            program; ``capture``: both; ``engine``: picture to guidance; ``paint``: guidance to swapped;
            ``total``: shown to swapped.
        at_s: when the code of each ``capture`` was shown, in seconds from the first.
        shown, missed: codes; missed ones came in no picture.
        verdicts: pictures by what came of reading them.
        repeated: pictures that showed the same code as the one before.
        impossible: pictures whose code was not on the screen, or longer ago than :data:`LONGEST_S`.
    """

    values: Values
    at_s: list[float]
    shown: int
    missed: int
    verdicts: dict[str, int]
    repeated: int
    impossible: int

    def summary(self) -> dict[str, dict[str, float] | None]:
        """Part -> count, min and percentiles in ms; None where nothing was measured."""
        return {part: _places(values) for part, values in self.values.items()}


def delays_of(
    shown: Sequence[Shown], seen: Sequence[Seen], guided: Sequence[Guided], *, from_ns: int, until_ns: int
) -> Delays:
    """Join the three lists, each in the order of time.

    Args:
        shown, seen, guided: stamps of one run; codes may be many, but the same one only once in :data:`LONGEST_S`.
        from_ns, until_ns: only codes shown, and pictures that arrived, between them count.
    """
    when = {s.code: s for s in shown}
    by_index = {g.index: g for g in guided}
    counted = [s for s in shown if from_ns <= s.at_ns < until_ns]
    first_ns = counted[0].at_ns if counted else from_ns
    first_seen: dict[int, Seen] = {}
    first_swapped: dict[int, int] = {}
    verdicts = {verdict.value: 0 for verdict in Verdict}
    repeated = impossible = 0
    before: int | None = None
    for picture in seen:
        inside = from_ns <= picture.arrived_ns < until_ns
        verdicts[picture.verdict.value] += inside
        code = picture.code
        if code is None:
            continue
        source = when.get(code)
        if source is None or not 0 <= picture.arrived_ns - source.began_ns < LONGEST_S * 1e9:
            impossible += inside
            continue
        repeated += inside and code == before
        before = code
        first_seen.setdefault(code, picture)
        answer = by_index.get(picture.index)
        if answer is not None and answer.swapped_ns is not None:
            first_swapped.setdefault(code, answer.swapped_ns)
    values: Values = {part: [] for part in ("grabber", "driver", "capture", "engine", "paint", "total")}
    at_s: list[float] = []
    missed = 0
    for code_shown in counted:
        found = first_seen.get(code_shown.code)
        if found is None:
            missed += 1
            continue
        at_s.append((code_shown.at_ns - first_ns) / 1e9)
        capture = (found.arrived_ns - code_shown.at_ns) / 1e6
        values["capture"].append(capture)
        if found.driver_ns is None:
            values["grabber"].append(capture)
        else:
            values["grabber"].append((found.driver_ns - code_shown.at_ns) / 1e6)
            values["driver"].append((found.arrived_ns - found.driver_ns) / 1e6)
        swapped = first_swapped.get(code_shown.code)
        if swapped is not None:
            values["total"].append((swapped - code_shown.at_ns) / 1e6)
    for answer in guided:
        if from_ns <= answer.ready_ns < until_ns:
            values["engine"].append(answer.latency_ms["total"])
            if answer.swapped_ns is not None:
                values["paint"].append((answer.swapped_ns - answer.ready_ns) / 1e6)
    return Delays(values, at_s, len(counted), missed, verdicts, repeated, impossible)


def _places(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    found = percentiles(np.asarray(values))
    return {"count": len(values), "min": min(values), **found}

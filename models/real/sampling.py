"""Sampling: some pictures of a recording, spread over all of it, without holding it in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.sources import Source, SourceInfo, open_source

Pixels = NDArray[np.uint8]


def spread(pictures: Iterable[Pixels], count: int) -> list[Pixels]:
    """At most ``count`` of ``pictures``, evenly spread; never more than twice as many are held."""
    kept: list[Pixels] = []
    step = 1
    for n, picture in enumerate(pictures):
        if n % step == 0:
            kept.append(picture)
            if len(kept) >= 2 * count:
                kept, step = kept[::2], 2 * step
    if len(kept) <= count:
        return kept
    return [kept[i] for i in np.linspace(0, len(kept) - 1, count).round().astype(int)]


def spread_clip(path: Path, count: int) -> tuple[list[Pixels], SourceInfo]:
    """At most ``count`` pictures of the recording at ``path``, of the size of its first.

    Raises:
        InputError: it cannot be read at all; where it is cut short, what came before counts.
    """
    with open_source(str(path), fast=True) as source:
        found = spread(_frames(source, ()), count)
        info = source.info
    if not found:
        raise InputError(f"{path}: has no pictures")
    return found, info


def numbered(path: Path, wanted: Collection[int]) -> dict[int, Pixels]:
    """The pictures ``wanted`` of the recording at ``path``, by number from 0; those beyond its end are left out.

    Raises:
        InputError: it cannot be read at all.
    """
    last = max(wanted, default=-1)
    found: dict[int, Pixels] = {}
    with open_source(str(path), fast=True) as source:
        for n, picture in enumerate(_frames(source, wanted)):
            if n in wanted:
                found[n] = picture
            if n >= last:
                break
    return found


def _frames(source: Source, wanted: Collection[int]) -> Iterator[Pixels]:
    """Pixels, copied where they are kept: a source may use its buffer again."""
    size: tuple[int, ...] | None = None
    n = 0
    while True:
        try:
            frame = source.read()
        except InputError:
            if size is None:
                raise
            return
        if frame is None:
            return
        size = size or frame.pixels.shape
        if frame.pixels.shape == size:
            yield frame.pixels.copy() if not wanted or n in wanted else frame.pixels
        n += 1

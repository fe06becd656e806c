"""RealClip: what a reader finds in a data set: one labelled clip or picture, whose pixels are read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.sector_find import Region
from guidance.views import STANDARD_VIEWS, View
from models.real.parts import Split

PSAX: tuple[View, ...] = (View.PSAX_AV, View.PSAX_MV, View.PSAX_PM, View.PSAX_APEX)
"""What "parasternal short axis" may mean where the level is not said."""


@dataclass(frozen=True, slots=True, eq=False)
class RealPicture:
    """One picture and what is outlined in it.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) BGR uint8, pixels as high as wide.
        mask: (H, W) uint8, 0 or the number of a structure + 1 (:data:`models.phantom.tissue.STRUCTURES`); None:
            nothing is outlined.
        known: the structures that are outlined wherever they are; of every other structure nothing is known.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The pictures of one clip, all of one size, and where its file says that the ultrasound picture lies."""

    pictures: tuple[RealPicture, ...]
    region: Region | None = None
    profile: DeviceProfile | None = None


@dataclass(frozen=True, slots=True)
class RealClip:
    """One clip of a data set.

    Attributes:
        name: for messages.
        patient: who is shown; patients are never split between training and test.
        load: reads the pictures; it can be sent to another process. Raises InputError.
        views: what its label allows: one view, or several where the label is coarser; none: no label.
        quality: 0..1, would a reader accept it as a diagnostic example of its view; None: not said.
        split: the part that its makers put it in; None: they did not say.
    """

    name: str
    patient: str
    load: Callable[[], Loaded]
    views: tuple[View, ...] = ()
    quality: float | None = None
    split: Split | None = None


def label_of(views: Iterable[View]) -> str:
    """The label of a set of views for people: ``A4C``, ``PSAX``, ``apical``, ``not PLAX, PSAX``; empty for none."""
    found = frozenset(views)
    if len(found) == 1:
        return next(iter(found)).value
    if found == frozenset(PSAX):
        return "PSAX"
    missing = [v for v in STANDARD_VIEWS if v not in found]
    if View.OTHER in found and len(missing) < len(STANDARD_VIEWS):
        short = ["PSAX" if v in PSAX and set(PSAX) <= set(missing) else v.value for v in missing]
        return "not " + ", ".join(dict.fromkeys(short)) if short else "any"
    return " or ".join(v.value for v in (*STANDARD_VIEWS, View.OTHER) if v in found)


def views_of(label: str) -> tuple[View, ...]:
    """The views that a person's label allows (:func:`models.clip_votes.is_label`); ``PSAX`` is every short axis."""
    spelt = label.strip().upper().replace("-", "_")
    return PSAX if spelt == "PSAX" else (View(spelt),)

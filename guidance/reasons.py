"""Reasons: why a hint is given, from the evidence that led to it, and nothing the evidence does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guidance.fusion import Fused
from guidance.hint import ReasonCode
from guidance.prediction import Prediction
from guidance.probe import AXES
from guidance.views import View, Window, window_of

EXPECTED_STRUCTURES: Mapping[View, tuple[str, ...]] = MappingProxyType(
    {
        View.PLAX: ("lv", "la", "aorta"),
        View.PSAX_AV: ("aorta", "ra", "rv"),
        View.PSAX_MV: ("lv", "rv"),
        View.PSAX_PM: ("lv",),
        View.A4C: ("lv", "rv", "la", "ra"),
        View.A5C: ("lv", "rv", "la", "ra", "aorta"),
        View.A2C: ("lv", "la"),
        View.A3C: ("lv", "la", "aorta"),
        View.SC4C: ("lv", "rv", "la", "ra"),
        View.SC_IVC: ("ivc",),
        View.PSAX_APEX: ("lv",),
        View.SSN: ("aorta",),
    }
)
"""Structures that a diagnostic example of each view must show (Mitchell et al. 2019), most telling first."""

_ALIASES = {
    "aortic_root": "aorta",
    "ascending_aorta": "aorta",
    "left_ventricle": "lv",
    "right_ventricle": "rv",
    "left_atrium": "la",
    "right_atrium": "ra",
    "inferior_vena_cava": "ivc",
}

_MIN_AREA = 0.002
"""Share of the input square that a structure covers before it counts as seen (70 px of 192 x 192)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as data: the catalogue makes the words.

    Attributes:
        code: the reason.
        seen: the view on screen (WRONG_VIEW).
        structure: key of the missing structure (MISSING_STRUCTURE), "" if it has no name.
        axis: the axis at fault, "" if none.
        size: its error, mm or degrees.
    """

    code: ReasonCode
    seen: View = View.OTHER
    structure: str = ""
    axis: str = ""
    size: float = 0.0


def structure_key(name: str) -> str:
    """Key of a structure's name in a manifest: ``"LV"`` -> ``"lv"``, ``"aortic root"`` -> ``"aorta"``."""
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    return _ALIASES.get(key, key)


def missing_structure(prediction: Prediction, view: View) -> str:
    """Key of the first structure that ``view`` must show and the masks do not; "" if none is known."""
    if prediction.structures is None:
        return ""
    keys = [structure_key(name) for name in prediction.structure_names]
    for expected in EXPECTED_STRUCTURES[view]:
        if expected in keys:
            mask = prediction.structures[keys.index(expected)]
            if int((mask > 0.5).sum()) < _MIN_AREA * mask.size:
                return expected
    return ""


def reason_for(
    axis: int, fused: Fused, prediction: Prediction, target: View, seen: View, facet_low: float
) -> Reason:
    """The reason for correcting ``axis`` (index into ``AXES``) towards ``target`` while ``seen`` is on
    screen.

    Another view on screen is the reason by itself. Otherwise the worst facet that is low and that this movement can
    mend: on axis, structures, or, for a slide, the window. A slide or tilt also mends a foreshortened ventricle in an
    apical view; a model that does not tell it apart has only the axis to say so. Where nothing is low, the error is.
    """
    name = AXES[axis]
    size = abs(fused.adjustment[axis]) if fused.adjustment is not None else 0.0
    if seen is not target and seen is not View.OTHER:
        return Reason(ReasonCode.WRONG_VIEW, seen=seen, axis=name, size=size)
    off_axis = Reason(ReasonCode.OFF_AXIS, axis=name, size=size)
    if fused.facets is None or seen is not target:
        return off_axis
    mends_length = window_of(target) is Window.APICAL and name in ("slide_x", "slide_y", "tilt")
    low = {"on_axis": fused.facets.on_axis, "structures": fused.facets.structures}
    if mends_length:
        low["length"] = low["on_axis"] if fused.foreshortening is None else 1.0 - fused.foreshortening
    if name.startswith("slide"):
        low["window"] = fused.facets.window
    worst = min(low, key=low.__getitem__)
    if worst == "on_axis" and mends_length and low["length"] < facet_low:
        worst = "length"  # the more telling of the two
    if low[worst] >= facet_low:
        return off_axis
    if worst == "window":
        return Reason(ReasonCode.POOR_WINDOW, axis=name, size=size)
    if worst == "structures":
        missing = missing_structure(prediction, target)
        return Reason(ReasonCode.MISSING_STRUCTURE, structure=missing, axis=name, size=size)
    if worst == "length":
        return Reason(ReasonCode.FORESHORTENED, axis=name, size=size)
    return off_axis

"""Standard echocardiographic views by their ASE names, the windows they are taken from, and ordered lists of them.

Names follow the ASE guideline for comprehensive transthoracic echocardiography (Mitchell et al. 2019,
J Am Soc Echocardiogr 32:1-64). The nominal poses are the mean target poses of the virtual patient; the clock
positions agree with the guideline's start positions to the nearest half hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from guidance.errors import InputError


class View(StrEnum):
    """A standard view, or OTHER for any picture that is none of them."""

    PLAX = "PLAX"
    PSAX_AV = "PSAX_AV"
    PSAX_MV = "PSAX_MV"
    PSAX_PM = "PSAX_PM"
    A4C = "A4C"
    A5C = "A5C"
    A2C = "A2C"
    A3C = "A3C"
    SC4C = "SC4C"
    SC_IVC = "SC_IVC"
    PSAX_APEX = "PSAX_APEX"
    SSN = "SSN"
    OTHER = "OTHER"


class Window(StrEnum):
    """Acoustic window: the region of the chest that a view is taken from."""

    PARASTERNAL = "parasternal"
    APICAL = "apical"
    SUBCOSTAL = "subcostal"
    SUPRASTERNAL = "suprasternal"


STANDARD_VIEWS: tuple[View, ...] = tuple(view for view in View if view is not View.OTHER)
"""Every view that can be a target, in the order used by models and files."""

_WINDOWS = {"PL": Window.PARASTERNAL, "PS": Window.PARASTERNAL, "A": Window.APICAL, "SC": Window.SUBCOSTAL}


def window_of(view: View) -> Window | None:
    """Acoustic window of ``view``; None for OTHER."""
    if view is View.OTHER:
        return None
    if view is View.SSN:
        return Window.SUPRASTERNAL
    return _WINDOWS.get(view.value[:2]) or _WINDOWS[view.value[:1]]


@dataclass(frozen=True, slots=True)
class StartCard:
    """Where to begin: how the patient lies, where the probe goes, where its marker points, what to aim at.

    ``marker_clock_deg`` is the direction of the index marker on the skin: 0 = patient's head, positive towards the
    patient's left, 30 degrees an hour. ``beam`` is the nominal unit vector of the central beam in the thorax frame
    (x patient left, y cranial, z anterior).
    """

    title: str
    position: str
    placement: str
    aim: str
    marker_clock_deg: float
    beam: tuple[float, float, float]

    @property
    def marker_hour(self) -> str:
        """The marker direction as the hour on a clock face whose 12 is the patient's head, e.g. ``"2:30"``."""
        hour, minute = divmod(self.marker_minutes, 60)
        return f"{hour}:{minute}" if minute else f"{hour} o'clock"

    @property
    def marker_minutes(self) -> int:
        """The marker direction as minutes after twelve o'clock, to the half hour: 60 to 750."""
        half_hours = round((self.marker_clock_deg % 360.0) / 15.0) % 24
        return 30 * half_hours if half_hours >= 2 else 720 + 30 * half_hours


_LEFT = "on the left side, left arm up"
_SUPINE = "on the back, knees bent"
_PARASTERNAL = "left of the breastbone, 3rd-4th space"
_APICAL = "at the apex beat, 5th space"
_SUBCOSTAL = "below the breastbone, probe nearly flat"

START_CARDS: Mapping[View, StartCard] = MappingProxyType(
    {
        View.PLAX: StartCard("Parasternal long axis", _LEFT, _PARASTERNAL, "straight down to the mitral and aortic valves", -47.0, (0.10, -0.16, -0.98)),
        View.PSAX_AV: StartCard("Parasternal short axis, aortic valve", _LEFT, _PARASTERNAL, "towards the right shoulder blade", 46.0, (-0.14, 0.08, -0.99)),
        View.PSAX_MV: StartCard("Parasternal short axis, mitral valve", _LEFT, _PARASTERNAL, "straight down to the mitral valve", 41.0, (0.12, -0.19, -0.97)),
        View.PSAX_PM: StartCard("Parasternal short axis, papillary muscles", _LEFT, "left of the breastbone, 4th space", "down and towards the left hip", 45.0, (0.29, -0.45, -0.84)),
        View.A4C: StartCard("Apical four chamber", _LEFT, _APICAL, "towards the right shoulder", 66.0, (-0.71, 0.47, -0.52)),
        View.A5C: StartCard("Apical five chamber", _LEFT, _APICAL, "towards the right shoulder, a little to the front", 67.0, (-0.68, 0.56, -0.47)),
        View.A2C: StartCard("Apical two chamber", _LEFT, _APICAL, "towards the right shoulder", 13.0, (-0.61, 0.50, -0.61)),
        View.A3C: StartCard("Apical three chamber", _LEFT, _APICAL, "towards the right shoulder", -59.0, (-0.65, 0.55, -0.52)),
        View.SC4C: StartCard("Subcostal four chamber", _SUPINE, _SUBCOSTAL, "up towards the left shoulder", 97.0, (0.30, 0.73, -0.62)),
        View.SC_IVC: StartCard("Subcostal inferior vena cava", _SUPINE, _SUBCOSTAL, "to the right of the spine, towards the head", 5.0, (-0.30, 0.50, -0.81)),
        View.PSAX_APEX: StartCard("Parasternal short axis, apex", _LEFT, "between breastbone and apex beat, 5th space", "down and towards the left hip", 45.0, (0.35, -0.45, -0.82)),
        View.SSN: StartCard("Suprasternal notch", "on the back, head tilted back", "in the notch above the breastbone", "down behind the breastbone", 40.0, (0.10, -0.38, -0.92)),
    }
)  # fmt: skip
"""Start card of every standard view."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """An ordered list of target views."""

    name: str
    title: str
    views: tuple[View, ...]


PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        p.name: p
        for p in (
            Protocol("focus", "Focused cardiac ultrasound", (View.PLAX, View.PSAX_PM, View.A4C, View.SC4C, View.SC_IVC)),
            Protocol("limited-tte", "Limited transthoracic echocardiogram", STANDARD_VIEWS[:10]),
        )
    }
)  # fmt: skip
"""Built-in protocols by name."""


def parse_view(text: str) -> View:
    """The target view named ``text`` in any case, with ``-`` or ``_``.

    Raises:
        InputError: no standard view has this name.
    """
    name = text.strip().upper().replace("-", "_")
    if name in STANDARD_VIEWS:
        return View(name)
    raise InputError(f"unknown view '{text}': choose one of {', '.join(STANDARD_VIEWS)}")


def parse_protocol(text: str) -> Protocol:
    """The protocol named ``text``, built in or of an installed package.

    Raises:
        InputError: no protocol has this name, or it cannot be loaded.
    """
    found = PROTOCOLS.get(text.strip().lower())
    if found is not None:
        return found
    from guidance import plugins  # only now: it needs this module

    added = plugins.points(plugins.PROTOCOLS)
    if text.strip() in added:
        return plugins.protocol_named(text.strip())
    raise InputError(f"unknown protocol '{text}': choose one of {', '.join((*PROTOCOLS, *sorted(added)))}")

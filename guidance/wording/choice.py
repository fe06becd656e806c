"""Which catalogue: built in, or a plug-in's."""

from __future__ import annotations

from guidance.errors import InputError
from guidance.plugins import WORDING, catalogue_named, points
from guidance.wording import Catalogue
from guidance.wording.de import GERMAN
from guidance.wording.en import ENGLISH

BUILT_IN = {"en": ENGLISH, "de": GERMAN}
"""Catalogues by name."""


def catalogue_of(name: str) -> Catalogue:
    """The catalogue ``name``: ``en``, ``de``, or what an installed package calls its own (``sonoguide.wording``).

    Raises:
        InputError: there is none, or it cannot be loaded.
    """
    wanted = name.strip()
    if wanted.lower() in BUILT_IN:
        return BUILT_IN[wanted.lower()]
    if wanted in points(WORDING):
        return catalogue_named(wanted)
    known = ", ".join((*BUILT_IN, *sorted(points(WORDING))))
    raise InputError(f"unknown language '{name}': choose one of {known}")

"""Promises of guidance.views:

- OTHER is no standard view, has no window, no start card, and is no protocol's target;
- every standard view has a window and a start card whose beam is a unit vector into the body;
- windows follow the ASE names;
- marker hours read as on a clock face, to the half hour;
- names are parsed in any case and with hyphens; unknown ones give a clear InputError that lists the choices.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from guidance.errors import InputError
from guidance.views import (
    PROTOCOLS,
    STANDARD_VIEWS,
    START_CARDS,
    View,
    Window,
    parse_protocol,
    parse_view,
    window_of,
)


def test_other_is_no_target() -> None:
    assert View.OTHER not in STANDARD_VIEWS
    assert window_of(View.OTHER) is None
    assert View.OTHER not in START_CARDS
    assert all(View.OTHER not in p.views for p in PROTOCOLS.values())


def test_every_standard_view_has_a_start_card_that_looks_into_the_body() -> None:
    assert set(START_CARDS) == set(STANDARD_VIEWS)
    for card in START_CARDS.values():
        assert np.linalg.norm(card.beam) == pytest.approx(1.0, abs=0.02)
        assert card.beam[2] < 0.0
        assert all((card.title, card.position, card.placement, card.aim))


@pytest.mark.parametrize(
    ("view", "window"),
    [
        (View.PLAX, Window.PARASTERNAL),
        (View.PSAX_AV, Window.PARASTERNAL),
        (View.PSAX_APEX, Window.PARASTERNAL),
        (View.A4C, Window.APICAL),
        (View.A3C, Window.APICAL),
        (View.SC4C, Window.SUBCOSTAL),
        (View.SC_IVC, Window.SUBCOSTAL),
        (View.SSN, Window.SUPRASTERNAL),
    ],
)
def test_windows_follow_the_names(view: View, window: Window) -> None:
    assert window_of(view) is window


@pytest.mark.parametrize(
    ("degrees", "hour"),
    [(0.0, "12 o'clock"), (30.0, "1 o'clock"), (75.0, "2:30"), (-60.0, "10 o'clock"), (359.0, "12 o'clock"),
    (185.0, "6 o'clock")],
)  # fmt: skip
def test_marker_hours(degrees: float, hour: str) -> None:
    card = dataclasses.replace(START_CARDS[View.A4C], marker_clock_deg=degrees)
    assert card.marker_hour == hour


@pytest.mark.parametrize("text", ["A4C", "a4c", " a4c "])
def test_view_names_in_any_case(text: str) -> None:
    assert parse_view(text) is View.A4C
    assert parse_view("psax-pm") is View.PSAX_PM


@pytest.mark.parametrize("text", ["", "OTHER", "A6C", "ＡＡ"])
def test_unknown_view_is_an_input_error_that_lists_the_choices(text: str) -> None:
    with pytest.raises(InputError, match=r"PLAX.*SSN") as caught:
        parse_view(text)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_protocols_by_name() -> None:
    assert parse_protocol("FOCUS").views == (View.PLAX, View.PSAX_PM, View.A4C, View.SC4C, View.SC_IVC)
    assert len(parse_protocol("limited-tte").views) == 10
    with pytest.raises(InputError, match="focus"):
        parse_protocol("everything")

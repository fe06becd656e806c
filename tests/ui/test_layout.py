"""Where the parts of the display go.

Promises:
- at any size, in both modes, with details and larger text parts lie inside and do not overlap (over a host, all but
  the picture);
- the picture is the largest part, and takes more than a third of a 16:9 or 4:3 display;
- details do not move the picture; larger text has wider boxes;
- the layout scales: twice the size gives the same layout, twice as large.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.layout import TEXT_SCALES, Box, Mode, arrange

widths, heights = st.integers(320, 4000), st.integers(240, 3000)


@given(widths, heights, st.sampled_from(Mode), st.booleans(), st.sampled_from(TEXT_SCALES))
def test_parts_are_inside_and_apart(width: int, height: int, mode: Mode, details: bool, scale: float) -> None:
    rect = Box(0, 0, width, height)
    parts = arrange(rect, mode, details=details, text_scale=scale).parts()
    assert ("details" in parts) == details
    for name, box in parts.items():
        assert min(box.w, box.h) > 0, name
        assert rect.contains(box), name
    if mode is Mode.OVER:
        assert parts.pop("picture") == rect
    for (one, a), (two, b) in combinations(parts.items(), 2):
        assert not a.overlaps(b), f"{one} and {two}"


@pytest.mark.parametrize(
    "size", [(640, 480), (1024, 768), (1280, 720), (1280, 800), (1920, 1080), (3840, 2160)]
)
def test_the_picture_is_large(size: tuple[int, int]) -> None:
    parts = arrange(Box(0, 0, *size)).parts()
    picture = parts.pop("picture")
    assert all(picture.w * picture.h > box.w * box.h for box in parts.values())
    scale = min(picture.w / 4, picture.h / 3)  # of a 4:3 picture inside it
    assert 12 * scale**2 > size[0] * size[1] / 3


@given(widths, heights, st.sampled_from(TEXT_SCALES))
def test_details_do_not_move_the_picture(width: int, height: int, scale: float) -> None:
    rect = Box(0, 0, width, height)
    plain, detailed = (arrange(rect, details=wanted, text_scale=scale) for wanted in (False, True))
    assert plain.picture == detailed.picture
    assert arrange(rect, text_scale=TEXT_SCALES[-1]).text > plain.text or scale == TEXT_SCALES[-1]


def test_larger_text_has_more_room_beside_the_picture() -> None:
    rect = Box(0, 0, 1280, 720)
    widths = [arrange(rect, text_scale=scale).line_one.w for scale in TEXT_SCALES]
    assert widths == sorted(set(widths))


@given(st.integers(640, 2000), st.integers(480, 1500), st.sampled_from(Mode))
def test_layout_scales(width: int, height: int, mode: Mode) -> None:
    once = arrange(Box(0, 0, width, height), mode).parts()
    twice = arrange(Box(0, 0, 2 * width, 2 * height), mode).parts()
    for name, box in once.items():
        assert twice[name] == pytest.approx([2 * v for v in box])


def test_layout_starts_where_the_rectangle_does() -> None:
    here, there = arrange(Box(0, 0, 1280, 720)).parts(), arrange(Box(100, 50, 1280, 720)).parts()
    for name, box in here.items():
        assert there[name] == pytest.approx((box.x + 100, box.y + 50, box.w, box.h))

"""Promises of reading ahead: same items, same order, some made beforehand, and errors in their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from models.ahead import ahead


def test_the_same_items_in_the_same_order() -> None:
    assert list(ahead(iter(range(50)))) == list(range(50))
    assert list(ahead(iter([]))) == []
    assert list(ahead(iter([1]), depth=5)) == [1]


def test_the_next_ones_are_made_while_one_is_used() -> None:
    third = threading.Event()

    def items() -> Iterator[int]:
        for k in range(4):
            if k == 2:
                third.set()
            yield k

    following = ahead(items())
    assert next(following) == 0
    assert third.wait(10.0)
    assert list(following) == [1, 2, 3]


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    following = ahead(items())
    assert next(following) == 1
    with pytest.raises(ValueError, match="broken"):
        next(following)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    following = ahead(iter(range(10)))
    next(following)
    following.close()
    assert threading.active_count() == before

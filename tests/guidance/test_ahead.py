"""Promises of guidance.ahead:

- the items come in order, none left out, whatever the depth; what the iterator raises comes after the last of them;
- at most ``depth`` finished items wait; one other thread makes the next item while the caller is busy;
- closing ends the thread and closes the iterator on it, also while items are left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.ahead import ahead


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 30), st.integers(1, 5), st.booleans())
def test_the_same_items_in_order_then_the_error(count: int, depth: int, fails: bool) -> None:
    def items() -> Iterator[int]:
        yield from range(count)
        if fails:
            raise ValueError("the end is damaged")

    found: list[int] = []
    if fails:
        with pytest.raises(ValueError, match="the end is damaged"):
            found.extend(ahead(items(), depth))
    else:
        found.extend(ahead(items(), depth))
    assert found == list(range(count))


def test_a_few_ahead_on_one_other_thread() -> None:
    made: list[tuple[int, str]] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append((number, threading.current_thread().name))
            yield number

    work = ahead(items(), depth=3, name="worker")
    for number in range(20):
        assert next(work) == number
        deadline = time.monotonic() + 5.0
        while len(made) < number + 4 and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(made) in (number + 4, number + 5)  # three wait, one is under way or was just taken
    work.close()
    assert {name for _, name in made} == {"worker"}


def test_closing_ends_the_thread_and_closes_the_iterator_there() -> None:
    closed_on: list[str] = []

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed_on.append(threading.current_thread().name)

    work = ahead(items(), name="worker")
    assert next(work) == 0
    work.close()
    assert closed_on == ["worker"]
    assert "worker" not in [t.name for t in threading.enumerate()]


def test_two_in_a_row_work_at_the_same_time() -> None:
    """Three stages that each wait 10 ms give an item every 10 ms, not every 30."""

    def slowly(items: Iterator[int]) -> Iterator[int]:
        for item in items:
            time.sleep(0.01)
            yield item

    def seconds(chain: Iterator[int]) -> float:
        began = time.perf_counter()
        for _ in chain:
            time.sleep(0.01)
        return time.perf_counter() - began

    one_thread = seconds(slowly(slowly(iter(range(20)))))
    assert seconds(ahead(slowly(ahead(slowly(iter(range(20))))))) < 0.7 * one_thread

"""Ahead: the next items of an iterator are made on a thread of their own while the last one is used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], depth: int = 2) -> Iterator[T]:
    """The items of ``items`` in their order, ``depth`` of them made beforehand.

    An exception of ``items`` is raised here, in place of the item. ``items`` is never asked by two threads at once.
    """

    def one() -> list[T]:
        return list(islice(items, 1))

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as maker:
        waiting = deque(maker.submit(one) for _ in range(depth))
        while made := waiting.popleft().result():
            waiting.append(maker.submit(one))
            yield made[0]

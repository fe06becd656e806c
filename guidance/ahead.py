"""Ahead: an iterator worked on a thread of its own, a few items before they are asked for; in order, none left out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Generic, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], depth: int = 2, name: str = "sonoguide-ahead") -> Generator[T, None, None]:
    """The ``items``, each made while the caller is still busy with the ones before.

    What ``items`` raises comes after the last item, on the caller's thread. Closing the generator waits for the item
    under way and closes ``items``, on the thread that worked it.

    Args:
        items: worked on one other thread, from the first item asked for; never by two threads at once.
        depth: so many finished items wait at most.
        name: of the thread.
    """
    work = _Ahead(items, depth, name)
    with closing(work):
        yield from work


class _Ahead(Generic[T]):
    """The thread, and what it has finished."""

    def __init__(self, items: Iterator[T], depth: int, name: str):
        self._items = items
        self._depth = depth
        self._finished: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._finished or self._ended)
                if not self._finished:
                    break
                item = self._finished.popleft()
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            for item in self._items:
                with self._changed:
                    self._finished.append(item)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: len(self._finished) < self._depth or self._closed)
                    if self._closed:
                        break
        except BaseException as error:  # it belongs to whoever asks for the items
            self._error = error
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

"""Promises of worker processes:

- they begin as they are told, work side by side, and their errors arrive;
- where the work is broken off (an error, an interrupt, a generator that is closed), nobody waits for what still runs
  or is queued, and no process is left behind.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from concurrent.futures import as_completed

import pytest

from models.processes import processes

LONG_S = 120.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asks for a process by a signal")


def _begun(value: str) -> None:
    os.environ["SONOGUIDE_TEST_BEGUN"] = value


def _what_began(_: int) -> str | None:
    return os.environ.get("SONOGUIDE_TEST_BEGUN")


def _fails(number: int) -> int:
    if number == 3:
        raise ValueError("the third")
    return number


def _sleeps(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_begin_as_they_are_told() -> None:
    with processes(2, _begun, "yes") as pool:
        assert set(pool.map(_what_began, range(4))) == {"yes"}


def test_an_error_in_a_worker_arrives() -> None:
    with pytest.raises(ValueError, match="the third"), processes(1) as pool:
        list(pool.map(_fails, range(6)))


@pytest.mark.parametrize("reason", [KeyboardInterrupt, ValueError])
def test_nobody_waits_for_work_that_is_broken_off(reason: type[BaseException]) -> None:
    workers: list[int] = []

    def broken_off() -> None:
        with processes(2) as pool:
            workers.append(pool.submit(_sleeps, 0.0).result())
            for _ in range(6):
                pool.submit(_sleeps, LONG_S)
            raise reason

    begun = time.monotonic()
    with pytest.raises(reason):
        broken_off()
    assert time.monotonic() - begun < LONG_S
    assert not any(map(_is_there, workers))


def test_a_generator_that_is_closed_ends_its_workers() -> None:
    def results() -> Generator[int, None, None]:
        with processes(1) as pool:
            for job in as_completed([pool.submit(_sleeps, s) for s in (0.0, LONG_S, LONG_S)]):
                yield job.result()

    begun = time.monotonic()
    running = results()
    worker = next(running)
    running.close()
    assert time.monotonic() - begun < LONG_S
    assert not _is_there(worker)

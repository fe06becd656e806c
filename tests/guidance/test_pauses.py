"""What a program can do against pauses of the interpreter:

- inside ``quiet_gc`` nothing that lived before is looked at by the collector; afterwards all is as before;
- inside ``quick_switches`` a thread that needs the interpreter gets it soon from one that keeps it busy; afterwards the
  interval is what it was, and a shorter one is never made longer;
- ``real_time`` is both.
"""

from __future__ import annotations

import gc
import sys
import threading
import time

import pytest

from guidance import quick_switches, quiet_gc, real_time
from guidance.pauses import SWITCH_S


@pytest.fixture(autouse=True)
def usual_interval() -> None:
    """What Python begins with, whatever other tests did."""
    assert sys.getswitchinterval() == pytest.approx(0.005, abs=2e-6)


def test_quiet_gc_spares_what_lives_and_still_collects_what_comes() -> None:
    before = gc.get_freeze_count()

    class Node:
        def __init__(self) -> None:
            self.me = self

    with quiet_gc():
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
        Node()
        assert gc.collect() > 0
    assert gc.get_freeze_count() == 0


def waits_beside_a_busy_thread(rounds: int) -> float:
    """Median seconds until a thread has the interpreter again after a moment's sleep, beside one that counts."""
    done = threading.Event()

    def count() -> None:
        n = 0
        while not done.is_set():
            n += 1

    busy = threading.Thread(target=count)
    busy.start()
    try:
        waits = []
        for _ in range(rounds):
            began = time.perf_counter()
            time.sleep(1e-4)
            waits.append(time.perf_counter() - began - 1e-4)
    finally:
        done.set()
        busy.join()
    return sorted(waits)[rounds // 2]


def test_a_thread_gets_the_interpreter_sooner() -> None:
    for _ in range(8):
        usual = waits_beside_a_busy_thread(40)
        if usual > 0.5 * sys.getswitchinterval():  # else the busy thread had no core to be busy on
            with quick_switches():
                quick = waits_beside_a_busy_thread(40)
            if quick < 0.5 * usual:
                return
    pytest.fail("a busy thread keeps the interpreter as long inside quick_switches as outside")


def test_the_interval_is_restored_and_never_made_longer() -> None:
    with quick_switches():
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S, abs=2e-6)
        with quick_switches(1e-5):
            assert sys.getswitchinterval() == pytest.approx(1e-5, abs=2e-6)
            with quick_switches():
                assert sys.getswitchinterval() == pytest.approx(1e-5, abs=2e-6)
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S, abs=2e-6)
    with pytest.raises(RuntimeError), quick_switches():
        raise RuntimeError
    assert sys.getswitchinterval() == pytest.approx(0.005, abs=2e-6)


def test_real_time_is_both() -> None:
    frozen = gc.get_freeze_count()
    with real_time():
        assert gc.get_freeze_count() > frozen
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S, abs=2e-6)
    assert sys.getswitchinterval() == pytest.approx(0.005, abs=2e-6)

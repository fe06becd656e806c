"""A virtual X display, for tests of what needs a real one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def virtual_display(size: str) -> Iterator[str]:
    """An X server without a screen, of ``size`` such as ``"1280x800x24"``; its name, ``:N``. Needs Xvfb."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        # Without -noreset it begins anew when its last client leaves, and refuses whoever comes in that moment.
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)

"""Start-up: what a user waits from typing ``sonoguide run`` to the first guidance, measured on a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

LIMIT_S = 60.0
_PROGRAM = "from ui.cli import main; main()"


def startup_s(source: str, *, model: Path | None = None, runtime: str = "auto") -> float | None:
    """Seconds from the start of a process to its first line of guidance on ``source``, a recording.

    Python, the libraries and the network are loaded anew; files may lie in the system's cache, as on a second start.
    None where no guidance came within :data:`LIMIT_S`.
    """
    command = [
        sys.executable,
        "-c",
        _PROGRAM,
        "run",
        source,
        "--headless",
        "--json",
        "-",
        "--max-frames",
        "1",
    ]
    command += ["--runtime", runtime] + ([] if model is None else ["--model", str(model)])
    root = str(Path(__file__).resolve().parents[1])  # this very program, wherever another one is installed
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    ) as process:
        guard = threading.Timer(LIMIT_S, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            took = time.perf_counter() - began
        except BaseException:
            process.kill()
            raise
        finally:
            guard.cancel()
        process.stdout.read()
    return took if line.startswith(b"{") else None

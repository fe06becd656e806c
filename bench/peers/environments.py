"""A virtual environment for each kind of peer, made once from ``requirements/NAME.txt`` and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.peers.catalogue import Peer

HERE = Path(__file__).resolve().parent
INSTALL_S = 900.0
IMPORT_S = 120.0
SYSTEM_PYTHON = "/usr/bin/python3"


class Unavailable(Exception):
    """A peer cannot run here; the message is the reason, in one line."""


def python_of(peer: Peer, folder: Path, *, here: bool = False) -> Path:
    """The Python that runs ``peer``: of its environment in ``folder``, made where it is missing or outdated.

    Args:
        peer: which one.
        folder: holds the environments.
        here: take the Python that runs this, whatever it has installed.

    Raises:
        Unavailable: it cannot be installed or imported.
    """
    if peer.environment is None or here:
        python = Path(sys.executable)
    else:
        python = _environment(peer.environment, folder, system=peer.system)
    _try_import(python, peer.imports)
    return python


def _environment(name: str, folder: Path, *, system: bool) -> Path:
    wanted = (HERE / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    home = folder / name
    python, stamp = home / "bin" / "python", home / "requirements.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(home, ignore_errors=True)
    base = SYSTEM_PYTHON if system else sys.executable
    print(f"{name}: making {home}", file=sys.stderr)
    _run(
        [base, "-m", "venv", *(["--system-site-packages"] if system else []), str(home)],
        f"{name}: no environment",
    )
    listed = HERE / "requirements" / f"{name}.txt"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--prefer-binary", "--disable-pip-version-check"]
    try:
        _run([*pip, "-r", str(listed)], "not installed")
    except Unavailable:
        shutil.rmtree(home, ignore_errors=True)
        raise
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _try_import(python: Path, modules: Sequence[str]) -> None:
    for module in modules:
        package, _, last = module.rpartition(".")
        code = f"from {package} import {last}" if package else f"import {module}"
        if last == "Gst":
            code = f"import gi; gi.require_version('Gst', '1.0'); {code}"
        _run([str(python), "-c", code], f"{module} does not load", IMPORT_S)


def _run(command: list[str], what: str, timeout_s: float = INSTALL_S) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{what}: {type(error).__name__}") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise Unavailable(f"{what}: {lines[-1].strip()[:200] if lines else f'exit code {done.returncode}'}")

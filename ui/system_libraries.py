"""Checks the system libraries that Qt needs and its wheel does not bundle; installs or names what is missing.

The one list of them. Looks for the libraries themselves, by loading them, and not for packages: any Linux will do.
As a script it exits 0 when the project can run here (without a window, at least) and 2 when it cannot;
`make install` runs it before anything is installed: standard library only, and nothing of this project.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping

# Shared library -> the Debian packages that may hold it, the newest name first.
OFFSCREEN: Mapping[str, tuple[str, ...]] = {
    "libEGL.so.1": ("libegl1",),
    "libGL.so.1": ("libgl1",),
    "libglib-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libgthread-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libdbus-1.so.3": ("libdbus-1-3",),
    "libfontconfig.so.1": ("libfontconfig1",),
    "libxkbcommon.so.0": ("libxkbcommon0",),
}
WINDOW_ON_X11: Mapping[str, tuple[str, ...]] = {
    "libxcb-cursor.so.0": ("libxcb-cursor0",),
    "libxcb-icccm.so.4": ("libxcb-icccm4",),
    "libxcb-image.so.0": ("libxcb-image0",),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1",),
    "libxcb-randr.so.0": ("libxcb-randr0",),
    "libxcb-render-util.so.0": ("libxcb-render-util0",),
    "libxcb-shape.so.0": ("libxcb-shape0",),
    "libxcb-xkb.so.1": ("libxcb-xkb1",),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0",),
}
DEBIAN: Mapping[str, tuple[str, ...]] = {**OFFSCREEN, **WINDOW_ON_X11}


def missing_libraries(names: Iterable[str]) -> list[str]:
    """Return those of the shared libraries that the loader does not find."""
    missing = []
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def debian_packages(missing: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the packages that hold the missing libraries, each once.

    `known` are the package names that apt has heard of. Of several names the first known one counts; failing
    that the last, the traditional one, which newer releases still provide.
    """
    names = (DEBIAN[library] for library in missing)
    return list(dict.fromkeys(next((n for n in some if n in known), some[-1]) for some in names))


def known_to_apt() -> set[str]:
    """Return every package name in apt's lists; empty on a machine whose lists were never fetched."""
    command = ["apt-cache", "pkgnames"]
    found = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return set(found.stdout.split())


def install(missing: list[str]) -> None:
    """Install the libraries with apt, as root; fetches apt's lists when they do not serve."""

    def apt(*arguments: str) -> bool:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "-qq", "-y", *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr)
        return done.returncode == 0

    for _ in range(2):
        known = known_to_apt()
        packages = debian_packages(missing, known)
        if known.issuperset(packages) and apt("install", "--no-install-recommends", *packages):
            return
        apt("update")


def install_command(missing: Iterable[str]) -> str | None:
    """Return the one command that installs the libraries, or None on a machine without apt."""
    if shutil.which("apt-get") is None:
        return None
    known = known_to_apt()
    packages = debian_packages(missing, known)
    update = "" if known.issuperset(packages) else "sudo apt-get update && "
    return f"{update}sudo apt-get install --no-install-recommends {' '.join(packages)}"


def how_to_install(missing: Iterable[str]) -> str:
    """Return, in one line, what to do about the missing libraries."""
    missing = list(missing)
    command = install_command(missing)
    return command or f"install {', '.join(missing)} with your system's package manager"


def advice(missing: list[str], what_for: str) -> str:
    """Return what to tell a person who has to install the libraries: the command is on a line of its own."""
    command = install_command(missing)
    if command is None:
        return f"Missing {what_for}: {', '.join(missing)}. Install them with your system's package manager."
    return f"Missing {what_for}. Install with:\n  {command}"


def main() -> int:
    """Check, install where possible, and say what is left to do."""
    if sys.platform != "linux":
        return 0
    missing = missing_libraries([*OFFSCREEN, *(WINDOW_ON_X11 if os.environ.get("DISPLAY") else ())])
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing system libraries that Qt needs: {', '.join(missing)}", flush=True)
        install(missing)
        missing = missing_libraries(missing)
    needed = [library for library in missing if library in OFFSCREEN]
    if needed:
        print(advice(missing, "system libraries that Qt needs"), file=sys.stderr)
        return 2
    if missing:
        print(advice(missing, "system libraries for a window on this display"), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

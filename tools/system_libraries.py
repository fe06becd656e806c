"""Checks the system libraries that Qt needs and its wheel does not bundle; installs them where it may, else names the one command.

Looks for the libraries themselves, by loading them, and not for packages: any Linux will do. Exits 0 when the project can run here
(without a window, at least) and 2 when it cannot. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping

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


def missing_libraries(names: Iterable[str]) -> list[str]:
    """Return those of the shared libraries that the loader does not find."""
    missing = []
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def debian_packages(missing: Iterable[str], known: Iterable[str] | None = None) -> list[str]:
    """Return the packages to install for the missing libraries, each once; `known` are the names that apt has heard of.

    Of several names the first that apt knows counts; with no list to look in, the last, which newer releases still provide.
    """
    libraries = {**OFFSCREEN, **WINDOW_ON_X11}
    heard_of = set(known or ())
    chosen = (next((p for p in libraries[name] if p in heard_of), libraries[name][-1]) for name in missing)
    return list(dict.fromkeys(chosen))


def known_to_apt(names: Iterable[str]) -> set[str]:
    """Return those package names that apt's lists hold as real packages."""
    found = subprocess.run(
        ["apt-cache", "pkgnames"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    return set(names) & set(found.stdout.split())


def install(missing: list[str]) -> None:
    """Install the libraries with apt, as root; fetches apt's lists first when it does not know the packages yet."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    candidates = {package for name in missing for package in {**OFFSCREEN, **WINDOW_ON_X11}[name]}

    def apt(*arguments: str) -> bool:
        command = ["apt-get", "-q", "-y", *arguments]
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0

    def try_once() -> bool:
        return apt("install", "--no-install-recommends", *debian_packages(missing, known_to_apt(candidates)))

    if not (known_to_apt(candidates) and try_once()):
        apt("update")
        try_once()


def advice(missing: list[str], what_for: str) -> str:
    """Return what to tell a person who has to install the libraries: the apt line where there is apt, else the names."""
    if shutil.which("apt-get") is None:
        return f"System libraries are missing {what_for}: {', '.join(missing)}. Install them with your system's package manager."
    candidates = {package for name in missing for package in {**OFFSCREEN, **WINDOW_ON_X11}[name]}
    packages = " ".join(debian_packages(missing, known_to_apt(candidates)))
    return f"System libraries are missing {what_for}. Install them with:\n  sudo apt-get install --no-install-recommends {packages}"


def main() -> int:
    """Check, install where possible, and say what is left to do."""
    if sys.platform != "linux":
        return 0
    wanted = [*OFFSCREEN, *(WINDOW_ON_X11 if os.environ.get("DISPLAY") else ())]
    missing = missing_libraries(wanted)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing system libraries that Qt needs: {', '.join(missing)}", flush=True)
        install(missing)
        missing = missing_libraries(missing)
    needed = [name for name in missing if name in OFFSCREEN]
    if needed:
        print(advice(missing, "that Qt needs"), file=sys.stderr)
        return 2
    if missing:
        print(
            advice(missing, "for a window on this display; everything still works without one"),
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

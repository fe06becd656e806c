"""The scripts behind `make install`.

Promises:
- a library that the loader does not find is reported, one that it finds is not;
- each library has a Debian package, named once; the name that apt knows wins, else the traditional one;
- the advice is one command with every missing package, and updates apt's lists first where they are empty;
- the list of them stands once, where nothing but the standard library is needed to read it;
- without a fit Python the installer says so and exits with 2, and makes nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui import system_libraries

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="library names of Linux")
def test_only_missing_libraries_are_reported() -> None:
    assert system_libraries.missing_libraries(["libc.so.6", "libno-such-thing.so.9"]) == [
        "libno-such-thing.so.9"
    ]


def test_packages_are_named_once_and_by_the_name_that_apt_knows() -> None:
    both = ["libglib-2.0.so.0", "libgthread-2.0.so.0", "libEGL.so.1"]
    assert system_libraries.debian_packages(both, {"libglib2.0-0t64", "libegl1"}) == [
        "libglib2.0-0t64",
        "libegl1",
    ]
    assert system_libraries.debian_packages(both, {"libglib2.0-0", "libegl1"}) == ["libglib2.0-0", "libegl1"]
    assert system_libraries.debian_packages(both, set()) == ["libglib2.0-0", "libegl1"]


def test_every_library_has_a_package() -> None:
    assert not set(system_libraries.OFFSCREEN) & set(system_libraries.WINDOW_ON_X11)
    packages = system_libraries.debian_packages(system_libraries.DEBIAN, set())
    assert len(packages) == len(system_libraries.DEBIAN) - 1  # GLib holds two of them
    assert all(package.startswith("lib") for package in packages)


def test_the_advice_is_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system_libraries, "known_to_apt", lambda: {"libegl1", "libgl1"})
    (command,) = system_libraries.advice(["libEGL.so.1", "libGL.so.1"], "libraries").splitlines()[1:]
    assert command.split() == ["sudo", "apt-get", "install", "--no-install-recommends", "libegl1", "libgl1"]
    monkeypatch.setattr(system_libraries, "known_to_apt", set)
    (command,) = system_libraries.advice(["libEGL.so.1"], "libraries").splitlines()[1:]
    assert command.split("&&")[0].split() == ["sudo", "apt-get", "update"]


def test_without_apt_the_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_libraries.shutil, "which", lambda name: None)
    assert "libEGL.so.1" in system_libraries.advice(["libEGL.so.1"], "libraries")
    one_line = system_libraries.how_to_install(["libEGL.so.1"])
    assert "libEGL.so.1" in one_line
    assert "\n" not in one_line


def test_the_list_is_read_without_anything_installed() -> None:
    """No site-packages, and no package of this project on the path; not as a script, which might install."""
    code = "import runpy, sys; print(*runpy.run_path(sys.argv[1])['DEBIAN'])"
    place = ROOT / "ui" / "system_libraries.py"
    command = [sys.executable, "-I", "-S", "-c", code, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == list(system_libraries.DEBIAN)
    assert str(place.relative_to(ROOT)) in (ROOT / "tools" / "install.sh").read_text()


def test_the_list_stands_once() -> None:
    files = [
        p for folder in ("ui", "guidance", "models", "tools") for p in (ROOT / folder).rglob("*.[ps][yh]")
    ]
    assert [p.name for p in files if "libxcb-cursor" in p.read_text()] == ["system_libraries.py"]


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_without_python_nothing_is_made(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(ROOT / "tools" / "install.sh"), str(tmp_path / "venv")],
        env={**os.environ, "PYTHON": str(tmp_path / "no-python")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr
    assert not (tmp_path / "venv").exists()

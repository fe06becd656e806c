"""The scripts behind `make install`.

Promises:
- a library that the loader does not find is reported, one that it finds is not;
- each library has a Debian package, named once; the name that apt knows wins, else the traditional one;
- the advice is one command with every missing package, and updates apt's lists first where they are empty;
- without a fit Python the installer says so and exits with 2, and makes nothing.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def libraries() -> ModuleType:
    spec = importlib.util.spec_from_file_location("system_libraries", ROOT / "tools" / "system_libraries.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="library names of Linux")
def test_only_missing_libraries_are_reported(libraries: ModuleType) -> None:
    assert libraries.missing_libraries(["libc.so.6", "libno-such-thing.so.9"]) == ["libno-such-thing.so.9"]


def test_packages_are_named_once_and_by_the_name_that_apt_knows(libraries: ModuleType) -> None:
    both = ["libglib-2.0.so.0", "libgthread-2.0.so.0", "libEGL.so.1"]
    assert libraries.debian_packages(both, {"libglib2.0-0t64", "libegl1"}) == ["libglib2.0-0t64", "libegl1"]
    assert libraries.debian_packages(both, {"libglib2.0-0", "libegl1"}) == ["libglib2.0-0", "libegl1"]
    assert libraries.debian_packages(both, set()) == ["libglib2.0-0", "libegl1"]


def test_every_library_has_a_package(libraries: ModuleType) -> None:
    assert not set(libraries.OFFSCREEN) & set(libraries.WINDOW_ON_X11)
    packages = libraries.debian_packages(libraries.DEBIAN, set())
    assert len(packages) == len(libraries.DEBIAN) - 1  # GLib holds two of them
    assert all(package.startswith("lib") for package in packages)


def test_the_advice_is_one_command(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(libraries, "known_to_apt", lambda: {"libegl1", "libgl1"})
    (command,) = libraries.advice(["libEGL.so.1", "libGL.so.1"], "libraries").splitlines()[1:]
    assert command.split() == ["sudo", "apt-get", "install", "--no-install-recommends", "libegl1", "libgl1"]
    monkeypatch.setattr(libraries, "known_to_apt", set)
    (command,) = libraries.advice(["libEGL.so.1"], "libraries").splitlines()[1:]
    assert command.split("&&")[0].split() == ["sudo", "apt-get", "update"]


def test_without_apt_the_libraries_are_named(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda name: None)
    assert "libEGL.so.1" in libraries.advice(["libEGL.so.1"], "libraries")


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

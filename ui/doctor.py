"""Examines the machine: each check says what it found, and what to do when that is not good."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from guidance.errors import SonoguideError
from guidance.model import default_model_folder
from guidance.runtimes import check_installation
from guidance.sources import list_cameras
from ui.doctor_check import Check, Grade
from ui.doctor_stream import examine_stream
from ui.model_check import check_model
from ui.qt import has_display
from ui.system_libraries import OFFSCREEN, WINDOW_ON_X11, how_to_install, missing_libraries

OLDEST_PYTHON = (3, 11)
LIBRARIES = ("numpy", "opencv-python-headless", "pydicom", "pydantic", "typer", "rich")
SLOW_MS = 33.0
NVIDIA_DRIVER = Path("/proc/driver/nvidia")
LOW_DISK_BYTES = 2 << 30
QT_PROBE = (
    "from qtpy.QtGui import QGuiApplication, QFontDatabase; import qtpy; app = QGuiApplication([]); "
    "print(qtpy.API_NAME, qtpy.QT_VERSION, len(QFontDatabase.families()))"
)


def examine(
    model: Path | None = None, *, source: str | None = None, profile: Path | None = None
) -> Iterator[Check]:
    """Every check, in the order of the report.

    Args:
        model: its folder; default the one that comes along.
        source: a stream to look at, and to time guidance on.
        profile: a device profile, compared with the picture of ``source``.
    """
    yield _python()
    yield from _libraries()
    yield _runtime_packages()
    yield from _model(model or default_model_folder())
    yield _qt()
    yield _display()
    yield _cameras()
    yield from examine_stream(model or default_model_folder(), source, profile)
    yield _disk(Path.cwd())


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    if sys.version_info >= OLDEST_PYTHON:
        return Check("Python", Grade.OK, found)
    return Check("Python", Grade.BAD, found, "install Python 3.11 or newer")


def _libraries() -> Iterator[Check]:
    missing = [name for name in LIBRARIES if _version(name) is None]
    found = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES if name not in missing)
    if missing:
        yield Check(
            "libraries", Grade.BAD, f"missing: {', '.join(missing)}", "install sonoguide again: make install"
        )
    else:
        yield Check("libraries", Grade.OK, found)
    with_gui = _version("opencv-python")
    if with_gui is not None:
        yield Check(
            "OpenCV", Grade.HINT, f"opencv-python {with_gui} beside opencv-python-headless",
            "it brings a Qt 5 of its own that can break the window: pip uninstall opencv-python",
        )  # fmt: skip


def _runtime_packages() -> Check:
    both = [f"{name} {v}" for name in ("onnxruntime", "onnxruntime-gpu") if (v := _version(name)) is not None]
    if not both:
        return Check(
            "ONNX Runtime", Grade.BAD, "not installed", "pip install 'sonoguide[cpu]' or 'sonoguide[gpu]'"
        )
    try:
        check_installation()
    except SonoguideError as error:
        return Check("ONNX Runtime", Grade.BAD, " and ".join(both), str(error))
    import onnxruntime

    providers = ", ".join(p.removesuffix("ExecutionProvider") for p in onnxruntime.get_available_providers())
    return Check("ONNX Runtime", Grade.OK, f"{' and '.join(both)}: {providers}")


def _model(folder: Path) -> Iterator[Check]:
    """The model on the runtime that ``auto`` takes, then each runtime that it did not take, and why."""
    try:
        report = check_model(folder)
    except SonoguideError as error:
        yield Check("model", Grade.BAD, "cannot be used", str(error))
        return
    yield _speed(report)
    yield from (_passed_over(line) for line in report["passed_over"])


def _passed_over(line: str) -> Check:
    name, _, reason = line.partition(": ")
    if reason.startswith("slower") or not NVIDIA_DRIVER.exists():
        return Check(name, Grade.OK, f"not taken: {reason}")
    return Check(name, Grade.HINT, f"not taken: {reason}", "docs/runtimes.md says what a GPU needs")


def _speed(report: dict[str, Any]) -> Check:
    times = report["ms"]
    speed = f"{times['p50']:.1f} ms, p99 {times['p99']:.1f} ms"
    found = f"{report['name']} {report['version']} on {report['runtime']}: {speed}"
    if not report["answers_vary"]:
        return Check("model", Grade.BAD, f"{found}; its answers do not vary", "export the model again")
    if times["p99"] > SLOW_MS:
        return Check("model", Grade.HINT, found, "slower than 30 pictures a second: frames will be dropped")
    return Check("model", Grade.OK, found)


def _qt() -> Check:
    """Qt is tried in a process of its own: a missing library may abort rather than raise."""
    if sys.platform == "linux":
        missing = missing_libraries(OFFSCREEN)
        if missing:
            found = f"system libraries missing: {', '.join(missing)}"
            return Check("Qt", Grade.HINT, found, how_to_install(missing))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", QT_PROBE]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("Qt", Grade.HINT, f"cannot start ({error})", "run with --headless")
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["it aborted"])[-1]
        return Check("Qt", Grade.HINT, reason, "pip install 'sonoguide[ui]', or run with --headless")
    binding, number, families = done.stdout.split()
    if int(families) == 0:
        return Check(
            "Qt",
            Grade.HINT,
            f"{binding} {number}, no fonts",
            "install a font: apt-get install -y fonts-dejavu-core",
        )
    return Check("Qt", Grade.OK, f"{binding} {number}, {families} font families")


def _display() -> Check:
    if not has_display():
        return Check(
            "display", Grade.HINT, "none", "run with --headless (and --record FILE.mp4 to see the guidance)"
        )
    if sys.platform == "linux":
        missing = missing_libraries(WINDOW_ON_X11)
        if missing and not os.environ.get("WAYLAND_DISPLAY"):
            found = f"libraries missing: {', '.join(missing)}"
            return Check("display", Grade.HINT, found, how_to_install(missing))
    return Check(
        "display", Grade.OK, os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "present"
    )


def _cameras() -> Check:
    cameras = list_cameras()
    if cameras:
        return Check("cameras", Grade.OK, ", ".join(f"camera:{index} {name}" for index, name in cameras))
    return Check("cameras", Grade.OK, "none listed (recordings and network streams need none)")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    found = f"{free / (1 << 30):.1f} GiB free in {folder}"
    if free < LOW_DISK_BYTES:
        return Check("disk", Grade.HINT, found, "free some space before you record")
    return Check("disk", Grade.OK, found)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

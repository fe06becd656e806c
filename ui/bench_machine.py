"""What a benchmark ran on: processor, memory, energy, libraries, network. Only what the system tells for free."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from guidance.model import Model

_LIBRARIES = (
    "sonoguide", "numpy", "opencv-python-headless", "onnxruntime", "onnxruntime-gpu", "tensorrt", "tensorrt-cu13",
    "tensorrt-rtx", "cuda-bindings", "PyQt6", "PySide6-Essentials", "pyqtgraph",
)  # fmt: skip
_POWERCAP = Path("/sys/class/powercap")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_NVIDIA = Path("/proc/driver/nvidia")


def environment(model: Model) -> dict[str, Any]:
    """Machine, system, libraries and network, as plain values; None where the system does not tell."""
    runtime, manifest = model.runtime, model.manifest
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "cores_usable": usable_cores(),
        "governor": _text(_GOVERNOR),
        "load_1min": _load(),
        "gpu": getattr(runtime, "device_name", None) or _nvidia_gpus(),
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: v for name in _LIBRARIES if (v := _version(name)) is not None},
        "runtime": runtime.name,
        "runtime_details": dict(getattr(runtime, "details", {})),
        "runtimes_passed_over": list(model.runtimes_passed_over),
        "model": f"{manifest.name} {manifest.version}",
        "model_sha256": manifest.sha256,
        "memory_sha256": None if manifest.memory is None else manifest.memory.sha256,
        "model_input": manifest.input.size,
    }


def cpu_model() -> str | None:
    """Name of the processor."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in ("model name", "Model") and value.strip():
                return value.strip()
    return platform.processor() or None


def usable_cores() -> int | None:
    """Cores that this process may use; fewer than the machine has in a container that is bound to some."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def rss_mb() -> float | None:
    """Resident memory of this process in MiB; None where the system does not tell (it needs /proc)."""
    text = _text(Path("/proc/self/statm"))
    if text is None:
        return None
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class EnergyMeter:
    """Energy of the processor packages since it was made, from Intel's and AMD's RAPL counters.

    Args:
        folder: where Linux shows the counters; mostly only root may read them.
    """

    def __init__(self, folder: Path = _POWERCAP):
        self._packages = sorted(folder.glob("intel-rapl:?")) if folder.is_dir() else []
        self._began = [_number(p / "energy_uj") for p in self._packages]

    def joules(self) -> float | None:
        """Energy until now; None where it cannot be read. Right as long as no counter wraps twice."""
        total = 0.0
        for package, began in zip(self._packages, self._began, strict=True):
            now, span = _number(package / "energy_uj"), _number(package / "max_energy_range_uj")
            if now is None or began is None:
                return None
            total += now - began if now >= began else now - began + (span or 0)
        return total / 1e6 if self._packages else None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text is not None and text.isdigit() else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if sys.platform != "win32" else None


def _nvidia_gpus() -> str | None:
    names = [
        line.partition(":")[2].strip()
        for file in sorted(_NVIDIA.glob("gpus/*/information"))
        for line in (_text(file) or "").splitlines()
        if line.startswith("Model:")
    ]
    return ", ".join(names) or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

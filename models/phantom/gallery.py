"""The virtual patient's pictures side by side, for the documentation: ``python -m models.phantom.gallery FILE.png``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.views import STANDARD_VIEWS
from models.phantom.patient import Patient, sample_patient
from models.phantom.scanner import VirtualScanner
from models.phantom.style import MachineStyle, sample_style

Grey = NDArray[np.uint8]
TILE = (400, 300)
MOMENT_S = 0.53
"""At 70 beats a minute after early filling: the mitral valve half open, the aortic valve shut."""


def _tile(scanner: VirtualScanner, view: str, title: str, t_s: float) -> Grey:
    pose = next(target.pose for name, target in scanner.targets.items() if name == view)
    small = cv2.resize(scanner.render(pose, t_s), TILE, interpolation=cv2.INTER_AREA)
    cv2.putText(small, title, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1, cv2.LINE_AA)
    return np.asarray(small, dtype=np.uint8)


def _grid(tiles: Iterable[Grey], columns: int = 4) -> Grey:
    row = list(tiles)
    rows = [np.hstack(row[i : i + columns]) for i in range(0, len(row), columns)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def all_views(t_s: float = MOMENT_S) -> Grey:
    """(900, 1600) uint8: the mean patient's twelve views."""
    scanner = VirtualScanner(Patient.mean(), style=MachineStyle(persistence=0.0))
    return _grid(_tile(scanner, view, f"{view} (virtual)", t_s) for view in STANDARD_VIEWS)


def patients(view: str = "A4C", first_seed: int = 100, t_s: float = MOMENT_S) -> Grey:
    """(600, 1600) uint8: one view of eight patients on eight machines."""
    tiles = []
    for seed in range(first_seed, first_seed + 8):
        rng = np.random.default_rng(seed)
        patient, style = sample_patient(rng), sample_style(rng)
        tiles.append(
            _tile(VirtualScanner(patient, style=style), view, f"virtual {seed}: {patient.condition}", t_s)
        )
    return _grid(tiles)


def main() -> None:
    """Write both grids, one above the other."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "virtual_patient.png")
    if not cv2.imwrite(str(path), np.vstack([all_views(), patients()])):
        raise SystemExit(f"{path} cannot be written")


if __name__ == "__main__":
    main()

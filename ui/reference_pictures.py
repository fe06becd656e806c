"""Example pictures of every view, of the mean virtual patient: ``python -m ui.reference_pictures`` draws them anew.

They are drawn once and kept beside this module, so that showing one costs nothing. Nobody was scanned for them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.views import STANDARD_VIEWS, View

ASSET = Path(__file__).parent / "assets" / "reference_views.jpg"
TILE = (240, 180)
"""Width and height of one picture; the file holds one below the other, in the order of ``STANDARD_VIEWS``."""

MOMENT_S = 0.53
"""At 70 beats a minute after early filling: the mitral valve half open."""


@cache
def _sheet() -> NDArray[np.uint8] | None:
    sheet = cv2.imread(str(ASSET), cv2.IMREAD_GRAYSCALE)
    if sheet is None or sheet.shape != (TILE[1] * len(STANDARD_VIEWS), TILE[0]):
        return None
    return np.asarray(sheet, dtype=np.uint8)


def reference_picture(view: View) -> NDArray[np.uint8] | None:
    """(180, 240) uint8: how a good ``view`` looks; None for OTHER, or where the file is missing."""
    sheet = _sheet()
    if sheet is None or view not in STANDARD_VIEWS:
        return None
    top = STANDARD_VIEWS.index(view) * TILE[1]
    return sheet[top : top + TILE[1]]


def draw_reference(view: View) -> NDArray[np.uint8]:
    """(180, 240) uint8: the same picture, drawn anew."""
    from models.phantom.patient import Patient
    from models.phantom.scanner import VirtualScanner
    from models.phantom.style import MachineStyle

    scanner = VirtualScanner(Patient.mean(), style=MachineStyle(persistence=0.0), breath_mm=0.0)
    whole = scanner.render(scanner.targets[view].pose, MOMENT_S)
    return np.asarray(cv2.resize(whole, TILE, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def main() -> None:
    """Draw every view and replace the file."""
    sheet = np.vstack([draw_reference(view) for view in STANDARD_VIEWS])
    ASSET.parent.mkdir(exist_ok=True)
    if not cv2.imwrite(str(ASSET), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88]):
        raise SystemExit(f"{ASSET} cannot be written")


if __name__ == "__main__":
    main()

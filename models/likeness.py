"""How like real pictures the virtual ones look, in numbers and side by side: ``python -m models.likeness CLIPS DIR``.

For looking and for measuring; nothing here feeds the training. Real pictures stay where the user's clips are: only DIR
gets the comparison.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import SonoguideError
from guidance.manifest import InputSpec
from guidance.preprocess import Preprocessor
from guidance.sector import AutoProfile
from guidance.sources import open_source
from guidance.views import STANDARD_VIEWS, View
from models.clips import read_labels
from models.dataset import TEST_SEED
from models.frames import SIZE, frames

Grey = NDArray[np.uint8]
BLACK = 10
_TILE = 288


def statistics(picture: Grey) -> dict[str, float]:
    """What machines differ in, of one picture (S, S) uint8 in the network's crop; black outside its sector.

    Returns:
        ``black``: share of the sector under grey level 10. ``p25`` .. ``p95``: quantiles of grey (0..1). ``near``,
        ``far``: mean grey of the upper and the lower third, relative to the middle one. ``sides``: mean grey of the
        outer thirds of the width, relative to the middle. ``speckle_x``, ``speckle_y``: half width at half maximum of
        the fine texture's autocorrelation (pixels). ``slope``: exponent of the radial power spectrum between 0.05 and
        0.4 cycles a pixel (-2 is typical of edges).

    Raises:
        ValueError: nothing in it.
    """
    size = picture.shape[0]
    closed = cv2.morphologyEx((picture > 3).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    inside = closed > 0
    if inside.sum() < 0.02 * size * size:
        raise ValueError("nothing in the picture")
    x = picture.astype(np.float32) / 255.0
    values = x[inside]
    rows, columns = np.nonzero(inside)
    top, height = int(rows.min()), int(np.ptp(rows)) + 1
    middle, width = float(columns.mean()), float(columns.std())
    grid_y, grid_x = np.mgrid[0:size, 0:size]
    third = np.clip((grid_y - top) * 3 // height, 0, 2)
    aside = np.abs(grid_x - middle) > 0.9 * width

    def mean(where: NDArray[np.bool_]) -> float:
        return float(x[where & inside].mean()) if (where & inside).any() else 0.0

    centre = max(mean(third == 1), 1e-3)
    found = {
        "black": float((values * 255.0 < BLACK).mean()),
        **{f"p{q}": float(np.percentile(values, q)) for q in (25, 50, 75, 95)},
        "near": mean(third == 0) / centre,
        "far": mean(third == 2) / centre,
        "sides": mean(aside) / max(mean(~aside), 1e-3),
    }
    fine = (x - cv2.GaussianBlur(x, (0, 0), 5.0)) * inside
    power = np.abs(np.fft.fft2(fine)) ** 2
    correlation = np.fft.ifft2(power).real
    correlation /= max(correlation[0, 0], 1e-9)
    found["speckle_x"], found["speckle_y"] = half_width(correlation[0]), half_width(correlation[:, 0])
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :])
    bins = np.linspace(0.05, 0.4, 12)
    ring = np.digitize(f, bins)
    whole = np.abs(np.fft.fft2(x * inside)) ** 2
    levels = [float(np.log(whole[ring == k].mean() + 1e-9)) for k in range(1, len(bins))]
    found["slope"] = float(np.polyfit(np.log(0.5 * (bins[1:] + bins[:-1])), levels, 1)[0])
    return found


def half_width(correlation: NDArray[np.float64]) -> float:
    """Lag (pixels) at which a correlation that begins at 1 first falls below a half, between samples."""
    below = int(np.argmax(correlation < 0.5))
    if below == 0:
        return float(len(correlation))
    high, low = float(correlation[below - 1]), float(correlation[below])
    return below - 1 + (high - 0.5) / max(high - low, 1e-9)


def summary(pictures: Sequence[Grey]) -> dict[str, tuple[float, float, float]]:
    """Lower quartile, median and upper quartile of each of :func:`statistics`; pictures with nothing left out."""
    rows: list[dict[str, float]] = []
    for picture in pictures:
        try:
            rows.append(statistics(picture))
        except ValueError:
            continue
    if not rows:
        return {}
    quartiles = {
        key: np.percentile([r[key] for r in rows], (25, 50, 75)).round(3).tolist() for key in rows[0]
    }
    return {key: (q[0], q[1], q[2]) for key, q in quartiles.items()}


def real_pictures(clips: Path) -> Iterator[tuple[str, Grey]]:
    """(view, picture): the 12th frame of every clip that ``clips/VIEWS.csv`` names, in the network's crop."""
    for name, view in read_labels(clips / "VIEWS.csv").items():
        found = _picture(clips / name)
        if found is not None:
            yield view, found


def _picture(clip: Path) -> Grey | None:
    try:
        with open_source(str(clip), fast=True) as source:
            auto = AutoProfile(region=source.info.region)
            last = None
            for _ in range(12):
                frame = source.read()
                if frame is None:
                    break
                profile, last = auto.see(frame), frame
    except SonoguideError:
        return None
    if last is None:
        return None
    tensor = Preprocessor(profile, InputSpec(size=SIZE))(last.pixels)[0, 0]
    return np.asarray(np.clip(tensor * 255.0, 0, 255), dtype=np.uint8)


def virtual_pictures(count: int) -> Iterator[tuple[str, Grey]]:
    """(view, picture) of virtual test patients, those that show a view well enough to carry its name."""
    for frame in frames(TEST_SEED, count):
        best = int(frame.labels.distance.argmin())
        if frame.labels.novelty < 0.5 and frame.labels.distance[best] < 1.5 and frame.labels.view[-1] < 0.5:
            yield STANDARD_VIEWS[best].value, frame.image


def side_by_side(real: Sequence[tuple[str, Grey]], virtual: Sequence[tuple[str, Grey]]) -> Grey:
    """One row a view that both have: two real pictures, then two virtual ones."""
    rows = []
    for view in [v.value for v in View]:
        pair = [p for v, p in real if v == view][:2] + [p for v, p in virtual if v == view][:2]
        if len(pair) < 4:
            continue
        tiles = [cv2.resize(p, (_TILE, _TILE), interpolation=cv2.INTER_LINEAR) for p in pair]
        for k, tile in enumerate(tiles):
            words = f"{view} {'real' if k < 2 else 'virtual'}"
            cv2.putText(tile, words, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1, cv2.LINE_AA)
        rows.append(np.hstack(tiles))
    return np.asarray(np.vstack(rows) if rows else np.zeros((1, 4 * _TILE)), dtype=np.uint8)


def main() -> None:
    """Compare, print the medians, write ``likeness.json`` and ``likeness.png``."""
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m models.likeness CLIPS DIR (CLIPS with a VIEWS.csv)")
    clips, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    real, virtual = list(real_pictures(clips)), list(virtual_pictures(1500))
    found = {"real": summary([p for _, p in real]), "virtual": summary([p for _, p in virtual])}
    (out / "likeness.json").write_text(json.dumps(found, indent=2) + "\n")
    cv2.imwrite(str(out / "likeness.png"), side_by_side(real, virtual))
    print(f"{'':<10} {'real (quartiles)':>26} {'virtual (quartiles)':>26}")
    for key, value in found["virtual"].items():
        rows = ("  ".join(f"{v:6.2f}" for v in row) for row in (found["real"].get(key, ()), value))
        print(f"{key:<10} {next(rows):>26} {next(rows):>26}")


if __name__ == "__main__":
    main()

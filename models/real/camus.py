"""CAMUS: apical two and four chamber views of 500 patients, outlined, with a grade of each picture's quality.

Source: Leclerc et al. 2019, IEEE Trans Med Imaging 38:2198-2210;
https://www.creatis.insa-lyon.fr/Challenge/camus/ (asks for a registration and has terms of use of its own). Layout, in
NIfTI (the release on Girder, ``database_nifti``) or MetaImage (the challenge's first release)::

    patient0001/
      patient0001_2CH_ED.nii.gz  patient0001_2CH_ED_gt.nii.gz   also _ES, _half_sequence; 4CH; .mhd with .raw or .zraw
      Info_2CH.cfg  Info_4CH.cfg                                lines "ImageQuality: Good", ...

beside ``database_split/subgroup_training.txt``, ``..._validation.txt`` and ``..._testing.txt``, one patient a line. An
outline's pixels are 0 (nothing), 1 (left ventricle), 2 (its wall) and 3 (left atrium). Arrays go across the picture
first and then down; their pixels are not square and are made so here.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.views import View
from models.phantom.tissue import STRUCTURES
from models.real.clip import Loaded, RealClip, RealPicture
from models.real.parts import Split
from models.real.volumes import Volume, read_volume

VIEWS = {"2CH": View.A2C, "4CH": View.A4C}
PHASES = ("ED", "ES")
SEQUENCE = "half_sequence"
OUTLINED = ("LV", "LV_wall", "LA")
"""What the numbers 1, 2 and 3 of an outline are."""
QUALITY = {"good": 0.95, "medium": 0.75, "poor": 0.15}
"""Our reading of the three grades: the makers left pictures of poor quality out of their clinical indices, so a reader
would not accept them, and the two other grades would be."""
_SPLITS = {"training": Split.TRAIN, "validation": Split.VALIDATION, "testing": Split.TEST}
_NUMBERS = np.zeros(256, np.uint8)
for _n, _name in enumerate(OUTLINED):
    _NUMBERS[_n + 1] = STRUCTURES.index(_name) + 1


def camus_clips(folder: Path, per_clip: int) -> list[RealClip]:
    """Each patient's two views below ``folder``; ``per_clip`` pictures of a sequence, besides the two outlined phases.

    Raises:
        InputError: there is no patient's folder.
    """
    splits = _splits(folder)
    clips = []
    for place in sorted(p for p in folder.rglob("patient*") if p.is_dir()):
        for chambers, view in VIEWS.items():
            stem = f"{place.name}_{chambers}"
            files = {phase: _file(place / f"{stem}_{phase}") for phase in (*PHASES, SEQUENCE)}
            present = {phase: path for phase, path in files.items() if path is not None}
            if not present:
                continue
            clips.append(
                RealClip(
                    stem,
                    place.name,
                    partial(_load, place / stem, present, per_clip),
                    (view,),
                    _quality(place / f"Info_{chambers}.cfg"),
                    splits.get(place.name),
                )
            )
    if not clips:
        raise InputError(
            f"{folder}: no folders patientXXXX with patientXXXX_2CH_ED.nii.gz or .mhd in it: give CAMUS's folder"
        )
    return clips


def _file(stem: Path) -> Path | None:
    for ending in (".nii.gz", ".nii", ".mhd"):
        path = stem.with_name(stem.name + ending)
        if path.is_file():
            return path
    return None


def _quality(path: Path) -> float | None:
    """From the line ``ImageQuality: Good``; None where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    said = {key.strip().lower(): value.strip().lower() for key, _, value in (x.partition(":") for x in lines)}
    return QUALITY.get(said.get("imagequality", ""))


def _splits(folder: Path) -> dict[str, Split]:
    """Patient -> part, by the lists beside the patients; empty without any."""
    found: dict[str, Split] = {}
    for name, split in _SPLITS.items():
        for path in (*folder.rglob(f"subgroup_{name}.txt"), *folder.parent.glob(f"*/subgroup_{name}.txt")):
            found |= dict.fromkeys(path.read_text(encoding="utf-8", errors="replace").split(), split)
    return found


def _load(stem: Path, files: dict[str, Path], per_clip: int) -> Loaded:
    pictures: list[RealPicture] = []
    for phase, path in files.items():
        volume = read_volume(path)
        outlines = _file(stem.with_name(f"{stem.name}_{phase}_gt"))
        masks = None if outlines is None else read_volume(outlines)
        if masks is not None and masks.frames.shape != volume.frames.shape:
            raise InputError(f"{outlines}: is of another size than {path.name}")
        count = len(volume.frames)
        chosen = sorted({int(n) for n in np.linspace(0, count - 1, min(per_clip, count)).round()})
        pictures += [_picture(volume, masks, n) for n in (chosen if phase == SEQUENCE else range(count))]
    smallest = pictures[0].pixels.shape
    return Loaded(tuple(p for p in pictures if p.pixels.shape == smallest))


def _picture(volume: Volume, masks: Volume | None, n: int) -> RealPicture:
    across, down = volume.spacing
    grey = volume.frames[n]
    height, width = grey.shape
    size = (max(1, round(width * across / down)), height)
    square = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR)
    pixels = np.asarray(square, np.uint8)
    if masks is None:
        return RealPicture(pixels)
    numbers: NDArray[np.uint8] = _NUMBERS[masks.frames[n]]
    mask = np.asarray(cv2.resize(numbers, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return RealPicture(pixels, mask, OUTLINED)

"""EchoNet-Dynamic: 10,030 videos of the apical four chamber view with outlines of the left ventricle.

Source: Ouyang et al. 2020, Nature 580:252-256; https://echonet.github.io/dynamic/ (asks for a registration and has
terms of use of its own). Layout::

    EchoNet-Dynamic/
      FileList.csv        FileName (without .avi),EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split
      VolumeTracings.csv  FileName (with .avi),X1,Y1,X2,Y2,Frame
      Videos/*.avi        112 x 112 pixels, masked to the sector

Split is TRAIN, VAL or TEST, each video of another patient. The tracings of one frame begin with the long axis from
the apex; the rows after it are chords across the ventricle, from which the outline goes down one side and up the
other (as in the authors' own code, https://github.com/echonet/dynamic).
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
from models.real.sampling import numbered
from models.real.tables import read_table

LV = "LV"
_SPLITS = {"TRAIN": Split.TRAIN, "VAL": Split.VALIDATION, "TEST": Split.TEST}
Chords = list[tuple[float, float, float, float]]


def echonet_clips(folder: Path, per_clip: int) -> list[RealClip]:
    """The videos that FileList.csv names and that are there.

    Args:
        folder: holds FileList.csv.
        per_clip: pictures of a video, besides those with an outline.

    Raises:
        InputError: it is another layout.
    """
    rows = read_table(folder / "FileList.csv", ("FileName", "NumberOfFrames", "Split"))
    tracings = _tracings(folder / "VolumeTracings.csv")
    clips = []
    for row in rows:
        name = row["FileName"].removesuffix(".avi")
        path = folder / "Videos" / f"{name}.avi"
        if not path.is_file():
            continue
        traced = tracings.get(name, {})
        count = int(row["NumberOfFrames"]) if row["NumberOfFrames"].isdecimal() else 0
        others = np.linspace(0, max(0, count - 1), per_clip).round().astype(int).tolist()
        load = partial(_load, path, traced, frozenset(others))
        split = _SPLITS.get(row["Split"].upper())
        clips.append(RealClip(name, name, load, (View.A4C,), split=split))
    if not clips:
        raise InputError(f"{folder / 'Videos'}: holds none of the {len(rows)} videos that FileList.csv names")
    return clips


def _tracings(path: Path) -> dict[str, dict[int, Chords]]:
    """Video -> frame -> its rows; empty where the file is not there."""
    if not path.is_file():
        return {}
    found: dict[str, dict[int, Chords]] = {}
    for row in read_table(path, ("FileName", "X1", "Y1", "X2", "Y2", "Frame")):
        try:
            x1, y1, x2, y2 = (float(row[key]) for key in ("X1", "Y1", "X2", "Y2"))
            frame = int(row["Frame"])
        except ValueError:
            continue  # a row that was never filled in
        chords = found.setdefault(row["FileName"].removesuffix(".avi"), {}).setdefault(frame, [])
        chords.append((x1, y1, x2, y2))
    return found


def _load(path: Path, traced: dict[int, Chords], others: frozenset[int]) -> Loaded:
    pictures = []
    for n, pixels in sorted(numbered(path, others | traced.keys()).items()):
        chords = traced.get(n, [])
        if len(chords) < 4:
            pictures.append(RealPicture(pixels))
        else:
            pictures.append(RealPicture(pixels, outline(chords, pixels.shape[:2]), (LV,)))
    if not pictures:
        raise InputError(f"{path}: has no pictures")
    return Loaded(tuple(pictures))


def outline(chords: Chords, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(H, W) mask of the left ventricle from the long axis and the chords of one frame."""
    across = np.array(chords[1:], np.float32)
    points = np.concatenate([across[:, :2], across[::-1, 2:]])
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], STRUCTURES.index(LV) + 1)
    return mask

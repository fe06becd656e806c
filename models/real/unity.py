"""Unity Imaging: frames of echocardiograms with points and curves that experts set.

Source: Howard et al. 2021, Circ Cardiovasc Imaging 14:e011951, and the Unity Imaging Collaborative,
https://data.unityimaging.net (terms of use of its own, not for trade). Layout::

    labels/labels-all.json  or  labels-train.json, labels-tune.json
    png-cache/01/4d/44/01-4d44...-0000.png     class, 64 hexadecimal digits of the DICOM file, number of the frame

A table's keys are file names, its values ``{"labels": {"curve-lv-endo": {"type": "curve", "x": "1.5 2 ...",
"y": "..."}, "lv-apex-endo": {"type": "point", ...}}}`` (or a list of such); ``type`` is ``off`` where the thing is not
in the picture and ``blurred`` where it could not be set.

The files do not name the view, so it is inferred from what was asked for, and only as far as that goes: walls of the
parasternal measurements make it PLAX, a curve round the right heart beside the left ventricle A4C or A5C, the left
ventricle's curve or apex any apical view. A curve from hinge to hinge is closed by a straight line: the chamber.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.views import View
from models.phantom.tissue import STRUCTURES
from models.real.clip import Loaded, RealClip, RealPicture
from models.real.parts import Split
from models.real.tmed2 import read_grey

CHAMBERS = {"curve-lv-endo": "LV", "curve-rv-endo": "RV", "curve-la-endo": "LA", "curve-ra-endo": "RA"}
PARASTERNAL = ("curve-lv-antsep-endo", "curve-lv-antsep-rv", "curve-lv-post-endo", "lv-ivs-top", "lv-pw-top")
APICAL = ("curve-lv-endo", "lv-apex-endo")
RIGHT_HEART = ("curve-rv-endo", "curve-ra-endo")
_TABLES = (
    ("labels-train.json", Split.TRAIN),
    ("labels-tune.json", Split.VALIDATION),
    ("labels-val.json", Split.TEST),
)
_ALL = "labels-all.json"
Points = NDArray[np.float32]


def unity_clips(folder: Path) -> list[RealClip]:
    """The labelled frames below ``folder``, each a clip of one picture; frames of one DICOM file are one patient.

    Raises:
        InputError: it is another layout.
    """
    by_name = {path.name.removeprefix("01-"): path for path in folder.rglob("*.png")}
    clips: dict[str, RealClip] = {}
    tables = [(path, split) for name, split in _TABLES for path in sorted(folder.rglob(name))]
    for path, split in [*tables, *((path, None) for path in sorted(folder.rglob(_ALL)))]:
        for name, labels in _entries(path).items():
            place = by_name.get(Path(name).name.removeprefix("01-"))
            if place is None or name in clips:
                continue
            curves = {key: _curve(labels[key]) for key in CHAMBERS if key in labels}
            known = {CHAMBERS[key]: curve for key, curve in curves.items() if curve is not None}
            digits = re.match(r"(?:\d\d-)?([0-9a-f]{64})", place.name)
            patient = digits[1] if digits else place.stem
            clips[name] = RealClip(
                place.name, patient, partial(_load, place, known), _views(labels), split=split
            )
    if not clips:
        raise InputError(
            f"{folder}: no labels-all.json or labels-train.json whose pictures lie below it: give Unity's folder"
        )
    return list(clips.values())


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """File name -> label -> what is said of it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: is no table of file names")
    found = {}
    for name, entry in content.items():
        labels = entry.get("labels") if isinstance(entry, dict) else None
        if isinstance(labels, dict):
            firsts = {
                key: value[0] if isinstance(value, list) and value else value for key, value in labels.items()
            }
            found[name] = {key: value for key, value in firsts.items() if isinstance(value, dict)}
    return found


def _is_there(labels: Mapping[str, Any], *names: str) -> bool:
    return any(labels.get(name, {}).get("type") in ("point", "curve") for name in names)


def _views(labels: Mapping[str, Any]) -> tuple[View, ...]:
    if _is_there(labels, *PARASTERNAL):
        return (View.PLAX,)
    if not _is_there(labels, *APICAL):
        return ()
    if _is_there(labels, *RIGHT_HEART):
        return (View.A4C, View.A5C)
    return (View.A4C, View.A5C, View.A2C, View.A3C)


def _curve(label: Mapping[str, Any]) -> Points | None:
    """(n, 2) points of a chamber's outline; empty where it is not in the picture; None where nothing is known."""
    if label.get("type") == "off":
        return np.zeros((0, 2), np.float32)
    try:
        xs, ys = (np.array([float(w) for w in str(label.get(axis, "")).split()], np.float32) for axis in "xy")
    except ValueError:
        return None
    if label.get("type") != "curve" or len(xs) != len(ys) or len(xs) < 3:
        return None
    return np.stack([xs, ys], 1)


def _load(path: Path, curves: dict[str, Points]) -> Loaded:
    pixels = read_grey(path)
    if not curves:
        return Loaded((RealPicture(pixels),))
    mask = np.zeros(pixels.shape, np.uint8)
    for name, points in curves.items():
        if len(points):
            cv2.fillPoly(mask, [np.round(points).astype(np.int32)], STRUCTURES.index(name) + 1)
    return Loaded((RealPicture(pixels, mask, tuple(curves)),))

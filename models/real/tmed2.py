"""TMED-2: single pictures, labelled PLAX, PSAX, A4C, A2C, or with A4CorA2CorOther.

Source: Huang, Long, Wessler, Hughes 2021 (TMED, MLHC, PMLR 149) and 2022 (TMED 2, DataPerf at ICML);
https://tmed.cs.tufts.edu (asks for an application and has terms of use of its own). Layout::

    approved_users_only/
      labels_per_image.csv                       query_key,SourceFolder,view_label,diagnosis_label
      DEV479/TMED2_fold0_labeledpart.csv         the same and view_classifier_split (train, val, test)
      view_and_diagnosis_labeled_set/labeled/    PNG of 112 x 112 pixels; 123s1_45.png: patient 123, study 1, no. 45
      view_labeled_set/labeled/

A4CorA2CorOther says no more than that the picture is neither PLAX nor PSAX; PSAX does not say at which level.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from guidance.errors import InputError
from guidance.views import View
from models.real.clip import PSAX, Loaded, RealClip, RealPicture
from models.real.parts import Split
from models.real.tables import read_table

LABELS = "labels_per_image.csv"
VIEWS: dict[str, tuple[View, ...]] = {
    "PLAX": (View.PLAX,),
    "PSAX": PSAX,
    "A4C": (View.A4C,),
    "A2C": (View.A2C,),
    "A4CorA2CorOther": tuple(v for v in View if v is not View.PLAX and v not in PSAX),
}
_SPLITS = {"train": Split.TRAIN, "val": Split.VALIDATION, "test": Split.TEST}


def tmed2_clips(folder: Path, labels: Path | None = None) -> list[RealClip]:
    """The labelled pictures below ``folder``, each a clip of one picture.

    Args:
        folder: ``approved_users_only``.
        labels: the table; None: ``labels_per_image.csv`` in ``folder``. That of a fold has the makers' split, too.

    Raises:
        InputError: it is another layout.
    """
    table = labels or folder / LABELS
    rows = read_table(table, ("query_key", "view_label"))
    by_name = {path.name: path for path in folder.rglob("*.png")}
    clips = []
    for row in rows:
        views, key = VIEWS.get(row["view_label"]), row["query_key"]
        path = folder / row.get("SourceFolder", "") / key
        place = path if path.is_file() else by_name.get(Path(key).name)
        if views is None or place is None:
            continue
        study = re.match(r"([^_]+?)s\d+_", place.name)
        patient = study[1] if study else place.stem
        split = _SPLITS.get(row.get("view_classifier_split", ""))
        clips.append(RealClip(place.name, patient, partial(load_picture, place), views, split=split))
    if not clips:
        raise InputError(f"{folder}: holds none of the {len(rows)} pictures that {table.name} names")
    return clips


def load_picture(path: Path) -> Loaded:
    """The picture at ``path``.

    Raises:
        InputError: it cannot be read.
    """
    return Loaded((RealPicture(read_grey(path)),))


def read_grey(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(H, W) uint8: the picture at ``path``.

    Raises:
        InputError: it cannot be read.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if pixels is None:
        raise InputError(f"{path}: is no picture that can be read")
    return np.asarray(pixels, np.uint8)

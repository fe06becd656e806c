"""Shards of real, labelled pictures on disk: ``train``, ``validation`` and ``test`` beside the note ``real.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.views import STANDARD_VIEWS, View
from models.frames import MASK_SIZE, SIZE
from models.phantom.tissue import STRUCTURES
from models.real.parts import Split

NOTE = "real.json"
FORMAT = 1
SHARD = 1024
"""Pictures a shard, at most."""
ALL_VIEWS = (*STANDARD_VIEWS, View.OTHER)

REAL_RECORD = np.dtype(
    [
        ("image", np.uint8, (SIZE, SIZE)),
        ("structures", np.uint8, (MASK_SIZE, MASK_SIZE)),
        ("known", np.bool_, (len(STRUCTURES),)),
        ("views", np.bool_, (len(ALL_VIEWS),)),
        ("quality", np.float16),
        ("patient", np.int64),
    ]
)
"""One picture: the crop; 0 or channel + 1 of the structures that are ``known`` (nothing is said of the others); the
views that its label allows, OTHER last (none: no label); quality of its view, 0..1, or nan."""


def read_note(folder: Path) -> dict[str, Any] | None:
    """What the import in ``folder`` says of itself; None: there is no import.

    Raises:
        InputError: it is of another version, or damaged.
    """
    path = folder / NOTE
    if not path.is_file():
        return None
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is damaged: import the data again") from error
    if not isinstance(note, dict) or note.get("format") != FORMAT:
        raise InputError(f"{path}: was written by another version: import the data again")
    return note


@dataclass(frozen=True, slots=True)
class RealFrames:
    """Memory-mapped pictures of one part of one or several imports, indexed as one long array.

    Attributes:
        arrays: of :data:`REAL_RECORD`. notes: what each import says of itself.
    """

    arrays: tuple[NDArray[Any], ...]
    notes: tuple[dict[str, Any], ...]

    @classmethod
    def open(cls, folders: Sequence[Path], split: Split) -> RealFrames:
        """The part ``split`` of the imports in ``folders``.

        Raises:
            InputError: a folder holds no import, one of another layout, or nothing in this part.
        """
        arrays: list[NDArray[Any]] = []
        notes: list[dict[str, Any]] = []
        for folder in folders:
            note = read_note(folder)
            if note is None:
                raise InputError(
                    f"{folder}: holds no imported pictures: sonoguide data import writes such a folder"
                )
            paths = sorted((folder / split).glob("shard_*.npy"))
            if not paths:
                raise InputError(
                    f"{folder}: has no pictures for {split} (it has {note['patients']} patients): import more, say the "
                    "part in the column 'split' of the labels, or choose another"
                )
            found = [np.load(p, mmap_mode="r", allow_pickle=False) for p in paths]
            for path, a in zip(paths, found, strict=True):
                if a.dtype != REAL_RECORD or a.ndim != 1:
                    raise InputError(f"{path}: was written by another version: import the data again")
            arrays += found
            notes.append(note)
        return cls(tuple(arrays), tuple(notes))

    def __len__(self) -> int:
        return sum(len(a) for a in self.arrays)

    def field(self, name: str) -> NDArray[Any]:
        """One field of every picture."""
        return np.concatenate([np.asarray(a[name]) for a in self.arrays])

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> NDArray[Any]:
        """(n,) array of :data:`REAL_RECORD` at ``indices``."""
        ends = np.cumsum([len(a) for a in self.arrays])
        out = np.empty(len(indices), dtype=REAL_RECORD)
        for k, i in enumerate(indices):
            shard = int(np.searchsorted(ends, i, side="right"))
            out[k] = self.arrays[shard][int(i) - (int(ends[shard - 1]) if shard else 0)]
        return out

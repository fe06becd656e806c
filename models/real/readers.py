"""Readers: every kind of data set by name, behind one call."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from guidance.errors import InputError
from models.real.camus import camus_clips
from models.real.clip import RealClip
from models.real.echonet import echonet_clips
from models.real.labelled_folder import folder_clips
from models.real.tmed2 import tmed2_clips
from models.real.unity import unity_clips


class Kind(StrEnum):
    """Kinds of data sets; each module ``models.real.<kind>`` describes its layout and names its source."""

    ECHONET = "echonet"
    CAMUS = "camus"
    TMED2 = "tmed2"
    UNITY = "unity"
    FOLDER = "folder"


TITLES = {
    Kind.ECHONET: "EchoNet-Dynamic",
    Kind.CAMUS: "CAMUS",
    Kind.TMED2: "TMED-2",
    Kind.UNITY: "Unity Imaging",
    Kind.FOLDER: "clips of the user's own",
}


def read_clips(
    kind: Kind, source: Path, *, per_clip: int = 8, labels: Path | None = None
) -> Sequence[RealClip]:
    """The labelled clips of the data set in ``source``.

    Args:
        kind: its layout.
        source: its folder.
        per_clip: pictures to take of a recording.
        labels: a table, for the kinds that may have one (tmed2, folder).

    Raises:
        InputError: it is not there or of another layout, or a table is given for a kind that has its own.
    """
    if not source.is_dir():
        raise InputError(f"{source}: is no folder: give that of the data set")
    if labels is not None and kind not in (Kind.TMED2, Kind.FOLDER):
        raise InputError(f"--labels goes with tmed2 and folder: {TITLES[kind]} brings its own labels")
    match kind:
        case Kind.ECHONET:
            return echonet_clips(source, per_clip)
        case Kind.CAMUS:
            return camus_clips(source, per_clip)
        case Kind.TMED2:
            return tmed2_clips(source, labels)
        case Kind.UNITY:
            return unity_clips(source)
        case Kind.FOLDER:
            return folder_clips(source, per_clip, labels)

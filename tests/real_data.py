"""Tiny data sets in the layouts of the public ones, drawn by the tests themselves: no patient is in them."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import cv2
import nibabel
import numpy as np
from media import write_video
from numpy.typing import NDArray

from guidance.device import Sector
from guidance.preprocess import sector_mask

Grey = NDArray[np.uint8]
CHAMBER = (60, 30, 16, 40)
"""x, y, width, height of the dark chamber in every picture of 112 x 112 pixels."""


def sector_picture(seed: int, level: int = 120) -> Grey:
    """(112, 112): speckle in a sector with a dark chamber right of its middle."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(112.0), np.arange(112.0))
    inside = sector_mask(Sector(55.5, 2.0, -42.0, 42.0, 0.0, 106.0), x, y)
    grey = rng.normal(level, 30, (112, 112))
    cx, cy, w, h = CHAMBER
    grey[cy : cy + h, cx : cx + w] = rng.normal(25, 6, (h, w))
    return np.where(inside, np.clip(grey, 12, 255), 0).astype(np.uint8)


def colour(grey: Grey) -> Grey:
    return np.repeat(grey[..., None], 3, axis=2)


def write_rows(path: Path, header: str, rows: list[list[Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def write_echonet(folder: Path, videos: int = 4, frames: int = 12) -> Path:
    """Videos 0X0..., the last of which is named but not there; frames 2 and 7 are traced."""
    rows, traced = [], []
    cx, cy, w, h = CHAMBER
    for n in range(videos):
        name = f"0X{n:015X}"
        split = ("TRAIN", "TRAIN", "VAL", "TEST")[n % 4]
        rows.append([name, 55.0, 40.0, 90.0, 112, 112, 50, frames, split])
        (folder / "Videos").mkdir(parents=True, exist_ok=True)
        pictures = [colour(sector_picture(100 * n + i)) for i in range(frames)]
        write_video(folder / "Videos" / f"{name}.avi", pictures, 50, "MJPG")
        for frame in (2, 7):
            middle = cx + w / 2
            traced.append([f"{name}.avi", middle, cy, middle, cy + h - 1, frame])
            chords = np.linspace(cy, cy + h - 1, 20)
            traced += [[f"{name}.avi", cx, y, cx + w - 1, y, frame] for y in chords]
    rows.append(["0XGONE", 50.0, 40.0, 80.0, 112, 112, 50, frames, "TRAIN"])
    write_rows(
        folder / "FileList.csv", "FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split", rows
    )
    write_rows(folder / "VolumeTracings.csv", "FileName,X1,Y1,X2,Y2,Frame", traced)
    return folder


def camus_mask() -> Grey:
    """(112, 112): 1 chamber, 2 its wall, 3 atrium below it."""
    cx, cy, w, h = CHAMBER
    mask = np.zeros((112, 112), np.uint8)
    mask[cy - 4 : cy + h, cx - 4 : cx + w + 4] = 2
    mask[cy : cy + h, cx : cx + w] = 1
    mask[cy + h : cy + h + 14, cx : cx + w] = 3
    return mask


def write_camus(folder: Path, patients: int = 4, *, meta_image: bool = False) -> Path:
    """Pixels twice as wide as high, as the originals' are not square either; quality Good, Medium, Poor in turn."""
    for n in range(1, patients + 1):
        name = f"patient{n:04d}"
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for chambers in ("2CH", "4CH"):
            grade = ("Good", "Medium", "Poor")[n % 3]
            (place / f"Info_{chambers}.cfg").write_text(
                f"ED: 1\nES: 3\nNbFrame: 3\nImageQuality: {grade}\nEF: 54\n"
            )
            for phase in ("ED", "ES"):
                grey = cv2.resize(sector_picture(n), (56, 112), interpolation=cv2.INTER_AREA)
                mask = camus_mask()[:, ::2]
                for ending, pixels in (("", grey), ("_gt", mask)):
                    stem = place / f"{name}_{chambers}_{phase}{ending}"
                    (write_mhd if meta_image else write_nifti)(stem, np.ascontiguousarray(pixels))
    return folder


def write_nifti(stem: Path, pixels: Grey) -> None:
    """(H, W) or (T, H, W) as CAMUS stores it: across, down(, time)."""
    array = pixels.T if pixels.ndim == 2 else pixels.transpose(2, 1, 0)
    image = nibabel.Nifti1Image(np.ascontiguousarray(array), np.diag([-0.308, -0.154, 1.0, 1.0]))
    nibabel.save(image, stem.with_name(stem.name + ".nii.gz"))


def write_mhd(stem: Path, pixels: Grey) -> None:
    height, width = pixels.shape
    stem.with_name(stem.name + ".raw").write_bytes(pixels.tobytes())
    stem.with_name(stem.name + ".mhd").write_text(
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nCompressedData = False\nElementSpacing = 0.308 0.154 1\n"
        f"DimSize = {width} {height} 1\nElementType = MET_UCHAR\nElementDataFile = {stem.name}.raw\n"
    )


TMED2_LABELS = ("PLAX", "PSAX", "A4C", "A2C", "A4CorA2CorOther")


def write_tmed2(folder: Path, patients: int = 5) -> Path:
    """Each patient has a picture of every label; one row's picture is not there."""
    rows = []
    for n in range(1, patients + 1):
        for k, label in enumerate(TMED2_LABELS):
            source = "view_labeled_set/labeled/" if k % 2 else "view_and_diagnosis_labeled_set/labeled/"
            key = f"{n}s1_{k}.png"
            (folder / source).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / source / key), sector_picture(10 * n + k))
            rows.append([key, source, label, "Not_Provided", ("train", "train", "val", "test")[n % 4]])
    rows.append(["99s1_0.png", "view_labeled_set/labeled/", "PLAX", "no_AS", "train"])
    write_rows(
        folder / "labels_per_image.csv",
        "query_key,SourceFolder,view_label,diagnosis_label",
        [r[:4] for r in rows],
    )
    write_rows(
        folder / "DEV479" / "TMED2_fold0_labeledpart.csv",
        "query_key,SourceFolder,view_label,diagnosis_label,view_classifier_split",
        rows,
    )
    return folder


def unity_labels(kind: str) -> dict[str, Any]:
    cx, cy, w, h = CHAMBER
    xs, ys = f"{cx} {cx} {cx + w - 1} {cx + w - 1}", f"{cy + h - 1}.0 {cy} {cy} {cy + h - 1}"
    curve = {"type": "curve", "x": xs, "y": ys}
    point = {"type": "point", "x": str(cx + w / 2), "y": str(cy)}
    off, blurred = ({"type": kind, "x": "", "y": ""} for kind in ("off", "blurred"))
    return {
        "plax": {"curve-lv-antsep-endo": curve, "lv-ivs-top": point, "lv-apex-endo": off},
        "apical": {"curve-lv-endo": curve, "lv-apex-endo": point, "mv-ant-hinge": point, "curve-ra-endo": off},
        "a4c": {"curve-lv-endo": [curve], "curve-rv-endo": blurred, "curve-ra-endo": curve},
        "none": {"mv-ant-hinge": blurred},
    }[kind]  # fmt: skip


UNITY_KINDS = ("plax", "apical", "a4c", "none")


def write_unity(folder: Path, files: int = 8) -> Path:
    tables: dict[str, dict[str, Any]] = {
        "labels-train.json": {},
        "labels-tune.json": {},
        "labels-all.json": {},
    }
    for n in range(files):
        digits = f"{n:02x}" * 32
        name = f"01-{digits}-{n:04d}.png"
        place = folder / "png-cache" / "01" / digits[:2] / digits[2:4] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place), sector_picture(n))
        entry = {"labels": unity_labels(UNITY_KINDS[n % 4])}
        tables["labels-all.json"][name] = entry
        if n < files - 1:
            tables["labels-tune.json" if n == files - 2 else "labels-train.json"][name] = entry
    tables["labels-all.json"]["01-" + "f" * 64 + "-0000.png"] = {"labels": {}}
    for name, content in tables.items():
        (folder / "labels").mkdir(parents=True, exist_ok=True)
        (folder / "labels" / name).write_text(json.dumps(content))
    return folder


def write_clips(folder: Path, patients: int = 5) -> Path:
    """Two clips of each patient and VIEWS.csv; one clip's view is in its name alone, one has none."""
    rows = []
    for n in range(patients):
        for view, quality in (("A4C", "good"), ("PSAX", "0.2")):
            path = folder / f"person{n}" / f"clip_{view.lower()}.avi"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_video(path, [colour(sector_picture(10 * n + i)) for i in range(6)], 25, "MJPG")
            rows.append([path.relative_to(folder).as_posix(), view, quality])
    write_video(folder / "person0" / "plax_1.avi", [colour(sector_picture(i)) for i in range(4)], 25, "MJPG")
    write_video(folder / "person0" / "unnamed.avi", [colour(sector_picture(i)) for i in range(4)], 25, "MJPG")
    write_rows(folder / "VIEWS.csv", "clip,view,quality", rows)
    return folder


def damage(path: Path) -> None:
    """What a broken download leaves: half a file, or half a gzip stream."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if path.suffix != ".gz" else gzip.compress(b"\0" * 400))

"""What is kept of a hint that the operator called wrong: pictures and context, in a local folder, once they agreed.

One folder a hint, ``NAME/feedback.json`` and ``NAME/000.png`` and so on; it is there whole or not at all. Nothing
here sends anything anywhere.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from guidance.errors import InputError
from guidance.exam.clip_pictures import ClipPictures
from guidance.exam.poses import logged_pose
from guidance.exam.records import NOTICE, SCHEMA_VERSION, ClipRecord, ExamHead, Record, checked, to_bytes
from guidance.exam.timeline import Said, Timeline
from guidance.whole_file import PART, sync_folder

FEEDBACK = "feedback"
"""The folder in the exam, where no other was named."""

FEEDBACK_FILE = "feedback.json"
BEFORE_S, AFTER_S = 1.0, 1.0
"""Pictures from so long before the hint to so long after it."""

AROUND_S = 10.0
"""Context from so long before the hint to so long after it."""

MAX_FRAMES = 60


class FeedbackFrame(Record):
    """A picture: its file, time on the stream's line, quality, and the probe's pose where that is known."""

    file: str
    t_s: float
    quality: float | None = None
    pose: dict[str, list[float]] | None = None


class FeedbackFile(Record):
    """All of ``feedback.json``.

    Attributes:
        exam: its name, study UID, model, source, and whether the patient was virtual.
        clip: number, target, why it was kept, size, mm per pixel, and whether only the sector is in the pictures.
        hint: what was said and why, from ``t_s`` to ``until_s``; the coach's state, the view it saw, the quality.
        note: the operator's, of the clip.
        capture_quality: from which quality the coach held the view.
        frames: the pictures of the clip that lie near the hint; none where the clip began later.
        around: what else was said near it, and samples of quality and pose.
    """

    schema_version: int = SCHEMA_VERSION
    notice: str = NOTICE
    at: str
    exam: dict[str, Any]
    clip: dict[str, Any]
    hint: dict[str, Any]
    note: str = ""
    capture_quality: float | None = None
    frames: tuple[FeedbackFrame, ...] = ()
    around: dict[str, list[dict[str, Any]]]


def keep_feedback(
    place: Path,
    head: ExamHead,
    clip: ClipRecord,
    timeline: Timeline,
    said: Said,
    pictures: ClipPictures | None,
    *,
    note: str,
    at: str,
) -> tuple[str, int]:
    """Keep ``said`` in the folder ``place``, which is made where it is missing.

    Args:
        place: the folder of feedback.
        head, clip, timeline: where the hint was given.
        said: the hint.
        pictures: the clip's; None where they cannot be read.
        note: the operator's.
        at: wall clock, ISO 8601.

    Returns:
        The name of its own folder in ``place``, and how many pictures were kept.

    Raises:
        OSError: it could not be written; nothing unfinished stays.
    """
    name = f"{_safe(head.name)}-clip{clip.number:04d}-{round(max(0.0, said.t_s) * 1000):08d}ms"
    chosen = [] if pictures is None else _near(pictures, said)
    frames = tuple(
        FeedbackFrame(
            file=f"{place_of:03d}.png",
            t_s=round(pictures.times_s[index], 4),
            quality=pictures.qualities[index],
            pose=None if (pose := timeline.pose_at(pictures.times_s[index])) is None else logged_pose(pose),
        )
        for place_of, index in enumerate(chosen)
        if pictures is not None
    )
    record = FeedbackFile(
        at=at,
        exam=head.model_dump(mode="json", include={"name", "study_uid", "model", "source", "virtual"}),
        clip=clip.model_dump(
            mode="json", include={"number", "target", "reason", "size", "mm_per_px", "sector_only"}
        ),
        hint=_plain(said),
        note=note,
        capture_quality=timeline.capture_quality,
        frames=frames,
        around=_around(timeline, said),
    )
    place.mkdir(parents=True, exist_ok=True)
    name = _free(place, name, record)
    part, final = place / f".{name}{PART}", place / name
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        for frame, index in zip(frames, chosen, strict=True):
            assert pictures is not None
            ok, data = cv2.imencode(".png", pictures.pixels[index])
            if not ok:
                raise OSError(0, "a picture cannot be encoded")
            _write(part / frame.file, data.tobytes())
        _write(part / FEEDBACK_FILE, to_bytes(record))
        sync_folder(part)
        if final.exists():  # of a run that was killed before the review had it
            shutil.rmtree(final)
        part.replace(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(place)
    return name, len(frames)


def withdraw_feedback(place: Path, name: str) -> None:
    """Remove what was kept as ``name``; harmless where it is gone.

    Raises:
        OSError: it could not be removed.
    """
    kept, part = place / name, place / f".{name}{PART}"
    if not (kept / FEEDBACK_FILE).is_file():
        return  # not one of ours
    shutil.rmtree(part, ignore_errors=True)
    kept.replace(part)  # in one step: half of it never looks whole
    shutil.rmtree(part)


def read_feedback(folder: Path) -> FeedbackFile:
    """``feedback.json`` of one kept hint.

    Raises:
        NewerSchema, Damaged: as :func:`guidance.exam.records.read_exam_file`.
    """
    return FeedbackFile.model_validate(checked(folder / FEEDBACK_FILE, FeedbackFile))


def _free(place: Path, name: str, record: FeedbackFile) -> str:
    """``name``, or with a number where another exam of that name keeps its feedback in ``place`` too."""
    for again in range(1, 1000):
        tried = name if again == 1 else f"{name}-{again}"
        if not (place / tried).exists():
            return tried
        try:
            there = read_feedback(place / tried)
        except InputError:
            continue  # somebody else's, or damaged: it is left alone
        if there.exam.get("study_uid") == record.exam["study_uid"]:
            return tried
    raise OSError(0, f"too many folders named {name}")


def _near(pictures: ClipPictures, said: Said) -> list[int]:
    """Indices of the pictures near ``said``, evenly thinned to :data:`MAX_FRAMES`."""
    first_s, last_s = said.t_s - BEFORE_S, said.until_s + AFTER_S
    near = [index for index, t_s in enumerate(pictures.times_s) if first_s <= t_s <= last_s]
    if len(near) <= MAX_FRAMES:
        return near
    return [near[round(k * (len(near) - 1) / (MAX_FRAMES - 1))] for k in range(MAX_FRAMES)]


def _around(timeline: Timeline, said: Said) -> dict[str, list[dict[str, Any]]]:
    first_s, last_s = said.t_s - AROUND_S, said.until_s + AROUND_S
    samples = [one for one in timeline.samples if first_s <= one.t_s <= last_s]
    return {
        "said": [_plain(one) for one in timeline.said if one.until_s >= first_s and one.t_s <= last_s],
        "samples": [
            {
                "t_s": one.t_s,
                "quality": one.quality,
                **({} if one.pose is None else logged_pose(one.pose)),
            }
            for one in samples
        ],
    }


def _plain(said: Said) -> dict[str, Any]:
    return asdict(said) | {"state": said.state.value, "view": said.view.value}


def _safe(name: str) -> str:
    """``name`` without what a file's name should not have."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)
    return kept.lstrip("-")[:64] or "exam"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

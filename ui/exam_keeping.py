"""What ``run`` and ``demo`` need to keep an exam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from guidance.capture import CaptureReason, ClipBuffer
from guidance.device import DeviceProfile
from guidance.exam import ExamFolder, ExamInfo, ExamRecorder
from guidance.hint import Guidance
from guidance.manifest import Manifest
from guidance.probe import Pose
from guidance.views import View
from ui.exam_video import write_video

LOSSY_KINDS = frozenset({"video", "rtsp", "rtsps", "http", "https", "rtmp", "udp"})
"""Kinds of stream whose pictures went through a lossy compression."""


def open_exam(
    place: Path,
    *,
    source: str,
    kind: str,
    targets: tuple[View, ...],
    manifest: Manifest,
    profile: Callable[[], DeviceProfile | None],
    buffer: ClipBuffer | None = None,
    wait: bool = False,
    pose: Callable[[Guidance], Pose | None] | None = None,
) -> ExamRecorder:
    """A recorder that keeps an exam at ``place``; see :class:`guidance.exam.ExamRecorder`.

    Raises:
        InputError: it cannot be kept there.
    """
    info = ExamInfo(
        source,
        targets,
        f"{manifest.name} {manifest.version}",
        virtual=kind == "phantom",
        capture_quality=manifest.hints.hold_quality,
    )
    folder = ExamFolder(place, info, lossy=kind in LOSSY_KINDS, video=write_video)
    return ExamRecorder(folder, targets[0], profile, buffer=buffer, wait=wait, pose=pose)


def views_kept(exam: ExamRecorder | None, views: Sequence[View]) -> tuple[View, ...]:
    """Those of ``views`` of which ``exam`` holds a clip that is more than the best of what was given up."""
    clips = () if exam is None else exam.folder.record.clips
    real = {clip.target for clip in clips if clip.reason is not CaptureReason.BEST and not clip.abstained}
    return tuple(view for view in views if view in real)


def kept_lines(exam: ExamRecorder) -> list[str]:
    """Lines about what was kept, for people."""
    count = len(exam.folder.record.clips)
    return [f"exam         {exam.folder.path} ({count} clip{'' if count == 1 else 's'})"]

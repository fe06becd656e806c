"""Writes device profiles: TOML with a comment on each line that a hand may want to change; an older file is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

from guidance.device_latency import with_latency
from guidance.errors import InputError
from guidance.profile_file import SCHEMA, LaterSchema, ProfileFile, read_profile_file
from guidance.whole_file import write_whole

_HEAD = """\
# Where the ultrasound picture lies on this scanner's screen, for sonoguide run --device-profile.
# Made by sonoguide calibrate sector. Edit it by hand at will: sonoguide says what contradicts itself.
# Pixels of the whole frame, from its upper left corner; angles in degrees from straight down, negative to the left.
"""


def profile_text(file: ProfileFile) -> str:
    """``file`` as TOML, with comments; :func:`guidance.profile_file.read_profile_file` reads it back."""
    lines = [_HEAD.rstrip(), "", f"schema = {SCHEMA}"]
    if file.made:
        lines.append(f"made = {_string(file.made)}")
    if file.source:
        lines.append(f"source = {_string(file.source)}")
    screen, picture, marker = file.screen, file.picture, file.marker
    lines += ["", "[screen]  # a stream of another size needs a profile of its own"]
    lines += [f"width = {screen.width}", f"height = {screen.height}"]
    lines += ["", "[picture]", f'shape = "{picture.shape}"  # sector (phased, convex) or box (linear)']
    comments = {
        "apex_x": "where the two edges meet",
        "apex_y": "may lie above the picture",
        "angle_left": "",
        "angle_right": "",
        "r_min": "from the apex to where the picture begins",
        "r_max": "from the apex to the lowest arc",
    }
    for name, comment in comments.items():
        value = getattr(picture, name)
        if value is not None:
            lines.append(f"{name} = {value:.1f}" + (f"  # {comment}" if comment else ""))
    if picture.stretch != 1.0:
        lines.append(f"stretch = {picture.stretch:.4f}  # columns as long as one row: a widened screen")
    if picture.window is not None:
        what = "x0, y0, x1, y1: the picture" if picture.shape == "box" else "x0, y0, x1, y1: cut off there"
        lines.append(f"window = {list(picture.window)}  # {what}")
    lines += [
        "",
        "[marker]",
        f'side = "{marker.side}"  # left or right: where the screen shows the logo or dot',
        f'convention = "{marker.convention}"  # emergency: marker left, probe turned by 180 degrees',
    ]
    if file.scale is not None:
        lines += ["", "[scale]", f"mm_per_px = {file.scale.mm_per_px:.5f}"]
        if file.scale.depth_mm is not None:
            lines.append(f"depth_mm = {file.scale.depth_mm:.1f}  # compare with the depth on the screen")
        lines.append(f'origin = "{file.scale.origin}"  # file, ruler, given or hand: who said so')
    if file.ruler is not None:
        ruler = file.ruler
        lines += ["", "[ruler]  # first and last mark of the depth ruler; watched live for a changed depth"]
        lines += [f"{name} = {getattr(ruler, name):.1f}" for name in ("x0", "y0", "x1", "y1")]
        lines.append(f"spacing = {ruler.spacing:.2f}")
        if ruler.mark_mm is not None:
            lines.append(f"mark_mm = {ruler.mark_mm:g}  # what one mark is worth; change mm_per_px with it")
    text = "\n".join(lines) + "\n"
    return text if file.latency is None else with_latency(text, file.latency)


def _string(text: str) -> str:
    # A JSON string is a TOML basic string, but for the one control character that JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def check_place(path: Path) -> None:
    """Make sure that a profile may be written to ``path``.

    Raises:
        InputError: there is no such folder, or what lies there is no profile, or was made by a later sonoguide.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: give --out a file in a folder that exists")
    if _older(path) is None and _is_foreign(path):
        raise InputError(f"{path} is no device profile, and is left as it is: give --out another name")


def write_profile(file: ProfileFile, path: Path, date: str) -> Path | None:
    """Write ``file`` to ``path``; what lay there is kept beside it, with ``date`` in its name.

    A measured latency goes on from the older profile, if that was for a screen of the same size: the delay is the
    device's, not the picture's.

    Returns:
        Where the older file is kept; None where there was none.

    Raises:
        InputError: as :func:`check_place`, or the disk refuses.
    """
    check_place(path)
    older = _older(path)
    if older is not None and file.latency is None and older.screen == file.screen:
        file = file.model_copy(update={"latency": older.latency})
    kept: Path | None = None
    try:
        kept = _keep(path, date)
        write_whole(path, profile_text(file).encode())
    except OSError as error:
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from error
    return kept


def _older(path: Path) -> ProfileFile | None:
    """The profile at ``path``; None where there is none, or one that no longer reads.

    Raises:
        InputError: a later sonoguide made it.
    """
    try:
        return read_profile_file(path)
    except LaterSchema:
        raise
    except InputError:
        return None


def _is_foreign(path: Path) -> bool:
    """Something lies at ``path`` that never was a profile; one that a hand has broken still has its schema."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return bool(content.strip()) and re.search(rb"^\s*schema\s*=", content, re.MULTILINE) is None


def _keep(path: Path, date: str) -> Path | None:
    """Copy what lies at ``path`` to a name with ``date``, one that nothing has."""
    if not path.exists():
        return None
    content = path.read_bytes()
    for number in range(1, 1000):
        tail = date if number == 1 else f"{date}-{number}"
        kept = path.with_name(f"{path.stem}.{tail}{path.suffix}")
        if not kept.exists():
            write_whole(kept, content)
            return kept
    raise InputError(f"{path} has a thousand older versions beside it: move them away")

"""``sonoguide devices``: the cameras that are there, and every kind of stream that ``run`` takes."""

from __future__ import annotations

import json as jsonlib
from typing import Annotated

import typer

SCHEMES = {
    "camera:": "capture card or webcam, such as camera:0,size=1280x720,fps=60",
    "screen:": "screen of this computer, such as screen:1,region=800x600+40+20,fps=30",
    "window:": "one window on X11, whatever lies over it, such as window:0x1400007,fps=30 (xwininfo tells the ID)",
    "video:": "video file (a bare path does, too)",
    "images:": "folder of pictures",
    "image:": "one picture",
    "dicom:": "DICOM file",
    "sequence:": "recording of PLUS or 3D Slicer with the probe's poses (.igs.mha, .seq.mha)",
    "rtsp:": "network stream",
    "rtsps:": "network stream",
    "http:": "network stream (MJPEG, HLS)",
    "https:": "network stream (MJPEG, HLS)",
    "rtmp:": "network stream",
    "udp:": "network stream (MPEG-TS)",
    "phantom:": "virtual patient, such as phantom:view=A4C,seed=3",
}
"""What each built-in kind of stream is."""


def devices(
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """List cameras and kinds of stream.

    \b
    Example:
      sonoguide devices
    """
    from guidance.sources import known_schemes, list_cameras

    cameras = list_cameras()
    schemes = known_schemes()
    if json:
        found = {
            "cameras": [{"uri": f"camera:{index}", "name": name} for index, name in cameras],
            "schemes": list(schemes),
        }
        print(jsonlib.dumps(found, indent=2))
        return
    print("Cameras")
    for index, name in cameras:
        print(f"  camera:{index:<4} {name}")
    if not cameras:
        print("  none found (Linux lists them; on Windows and macOS try camera:0)")
    print("Kinds of stream")
    for scheme in schemes:
        print(f"  {scheme:<11} {SCHEMES.get(scheme, 'from an installed plug-in')}")

"""The peers, and which environment and harness each has."""

from __future__ import annotations

from dataclasses import dataclass

SONOGUIDE = "sonoguide"


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to bring a network to a stream.

    Attributes:
        name: as on the command line.
        title: as in the table.
        harness: file in ``harness/``, without its ending.
        environment: file in ``requirements/``, without its ending; None: this very environment.
        variant: told to the harness.
        imports: modules without which it cannot run.
        system: wants the system's own Python, whose packages no index has (GStreamer's bindings).
    """

    name: str
    title: str
    harness: str
    environment: str | None
    variant: str = ""
    imports: tuple[str, ...] = ("cv2", "onnxruntime")
    system: bool = False


PEERS = (
    Peer(SONOGUIDE, "**sonoguide**, newest frame", "sonoguide_engine", None),
    Peer("sonoguide_fresh", "**sonoguide**, next frame", "sonoguide_engine", None, "fresh"),
    Peer("cv2", "OpenCV loop", "opencv_capture", "cv2"),
    Peer("cv2_thread", "OpenCV, grabber thread", "opencv_capture", "cv2", "thread"),
    Peer("cv2_dnn", "OpenCV loop, network in cv2.dnn", "opencv_capture", "cv2", "dnn"),
    Peer("vidgear", "VidGear", "vidgear_camgear", "vidgear", imports=("vidgear",)),
    Peer("pyav", "PyAV", "av_frames", "pyav", imports=("av",)),
    Peer("gstreamer", "GStreamer appsink", "gstreamer", "gstreamer", imports=("gi.repository.Gst",), system=True),
    Peer("gstreamer_drop", "GStreamer appsink, one buffer", "gstreamer", "gstreamer", "drop",
         ("gi.repository.Gst",), system=True),
    Peer("roboflow", "Roboflow InferencePipeline", "roboflow_pipeline", "roboflow", imports=("inference",)),
    Peer("pyfast", "FAST (network), OpenCV loop", "fast_network", "pyfast", imports=("fast",)),
    Peer("supervision", "supervision", "supervision_frames", "supervision", imports=("supervision",)),
)  # fmt: skip
"""OpenCV loops run ONNX Runtime unless told otherwise, as all others do."""


def chosen(names: str | None) -> list[Peer]:
    """The peers in ``names``, separated by commas; all of them for None.

    Raises:
        KeyError: one is unknown.
    """
    known = {peer.name: peer for peer in PEERS}
    return list(PEERS) if names is None else [known[name.strip()] for name in names.split(",")]

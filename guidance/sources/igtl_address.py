"""The address of an OpenIGTLink server: ``igtl://HOST[:PORT][?image=NAME&transform=NAME&pose=image]``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from guidance.errors import InputError

DEFAULT_PORT = 18944
DEFAULT_TRANSFORM = "ProbeToReference"
USAGE = "write igtl://HOST[:PORT][?image=NAME][&transform=NAME or &pose=image], for example igtl://127.0.0.1:18944"


@dataclass(frozen=True, slots=True)
class IgtlAddress:
    """Where to connect, and what to take of what comes.

    Attributes:
        host, port: of the server.
        image: name of the IMAGE stream; None: the first that comes.
        transform: name of the TRANSFORM that is the probe's pose.
        pose_in_image: the pose is the IMAGE's own matrix, not a TRANSFORM.
    """

    host: str
    port: int = DEFAULT_PORT
    image: str | None = None
    transform: str = DEFAULT_TRANSFORM
    pose_in_image: bool = False


def parse_igtl(uri: str) -> IgtlAddress:
    """Read ``uri``.

    Raises:
        InputError: it cannot be understood.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise InputError(f"'{uri}' is no OpenIGTLink address: {USAGE}") from error
    if not parts.hostname or parts.path not in ("", "/") or parts.username is not None or port == 0:
        raise InputError(f"'{uri}' is no OpenIGTLink address: {USAGE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    image, transform, pose = (
        options.pop("image", None),
        options.pop("transform", None),
        options.pop("pose", None),
    )
    if options:
        raise InputError(f"option '{next(iter(options))}' of '{uri}' is not known: {USAGE}")
    if image == "" or transform == "" or pose not in (None, "image") or (pose and transform):
        raise InputError(f"an option of '{uri}' is not understood: {USAGE}")
    return IgtlAddress(
        parts.hostname, port or DEFAULT_PORT, image, transform or DEFAULT_TRANSFORM, pose == "image"
    )

"""Pictures from an OpenIGTLink server (PLUS, 3D Slicer, a device) as a live stream, tracked where it tracks.

The engine opens it anew, waiting longer each time, when the server goes away.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.igtl.codec import Codec, ReceivedImage, ReceivedTransform
from guidance.igtl.connection import Connection, Lost
from guidance.igtl.header import Header, Malformed
from guidance.igtl.picture import pixels_of, pose_in_image, pose_in_transform, spacing_of
from guidance.probe import Pose
from guidance.sources.base import SourceInfo, check_size
from guidance.sources.igtl_address import IgtlAddress, parse_igtl

CONNECT_S = 5.0
FIRST_PICTURE_S = 5.0
SILENT_S = 5.0
"""A server that sends nothing at all for so long is taken for lost: a pulled cable says nothing either."""

POSE_WITHIN_S = 0.1
"""A pose belongs to a picture when their time stamps differ by no more."""

MOST_BAD = 10
"""So many unusable messages in a row end the connection."""


class IgtlSource:
    """The IMAGE stream of one server.

    Args:
        address: where, and what to take.
        uri: what the user called it.

    Attributes:
        unusable: messages that were left out: wrong checksums, broken or unfit pictures.

    Raises:
        InputError: nobody answers, no usable picture comes, or pyigtl is not installed.
    """

    def __init__(self, address: IgtlAddress, uri: str) -> None:
        self._address, self._uri = address, uri
        self._codec = Codec("an igtl:// stream")
        self._name = address.image
        self._pose: tuple[float, Pose | None] | None = None
        self._index = 0
        self.unusable = 0
        self._bad_in_a_row = 0
        self._problem = ""
        try:
            self._connection = Connection(address.host, address.port, CONNECT_S)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"{uri}: no OpenIGTLink server answers there ({reason}); start it, or check host and port"
            ) from error
        self._opened_ns = time.perf_counter_ns()
        try:
            self._first = self._begin()
        except BaseException:
            self._connection.close()
            raise
        self._info = SourceInfo(
            uri=uri, kind="igtl", live=True, size=self._first.size, mm_per_px=self._first.mm_per_px
        )
        self._waiting: Frame | None = self._first

    @property
    def info(self) -> SourceInfo:
        """What the first picture tells."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture that the server sends; None after :meth:`close`.

        Raises:
            RuntimeFailure: the server is gone, silent, or sends what cannot be used.
        """
        if self._waiting is not None:
            frame, self._waiting = self._waiting, None
            return frame
        try:
            return self._next(float("inf"))
        except (Lost, Malformed) as error:
            raise RuntimeFailure(f"{self._uri}: {error}; check the server and the cable") from error

    def _begin(self) -> Frame:
        try:
            frame = self._next(time.monotonic() + FIRST_PICTURE_S)
        except (Lost, Malformed) as error:
            raise InputError(f"{self._uri}: {self._problem or error}; check what the server sends") from error
        if frame is None:
            wanted = f"IMAGE '{self._name}'" if self._name else "IMAGE"
            raise InputError(
                f"{self._uri}: connected, but no {wanted} came within {FIRST_PICTURE_S:.0f} s"
                + (f" ({self._problem})" if self._problem else "")
                + "; check what the server sends"
            )
        return frame

    def _next(self, deadline: float) -> Frame | None:
        """The next usable picture; None after the deadline, and when closed."""
        while time.monotonic() < deadline:
            message = self._connection.read(("IMAGE", "TRANSFORM"), SILENT_S)
            if message is None:
                return None
            now_ns = time.perf_counter_ns()
            header, body = message
            try:
                frame = self._taken(header, body, now_ns)
            except Malformed as error:
                self.unusable += 1
                self._bad_in_a_row += 1
                self._problem = str(error)
                if self._bad_in_a_row >= MOST_BAD:
                    raise
                continue
            if frame is not None:
                self._bad_in_a_row, self._problem = 0, ""
                return frame
        return None

    def _taken(self, header: Header, body: bytearray, now_ns: int) -> Frame | None:
        if header.kind == "TRANSFORM":
            if header.name == self._address.transform and not self._address.pose_in_image:
                self._pose = header.t_epoch_s, _tracked(self._codec.unpack_transform(header, body))
            return None
        if self._name is not None and header.name != self._name:
            return None
        image = self._codec.unpack_image(header, body)
        pixels = pixels_of(image)
        try:
            check_size(pixels.shape[1], pixels.shape[0], self._uri)
        except InputError as error:
            raise Malformed(str(error)) from error
        self._name = header.name  # a server may send several streams: the first that fits stays ours
        index, self._index = self._index, self._index + 1
        return Frame(
            pixels,
            index,
            now_ns,
            (now_ns - self._opened_ns) * 1e-9,
            source=self._uri,
            mm_per_px=spacing_of(image),
            pose=self._pose_for(header, image),
        )

    def _pose_for(self, header: Header, image: ReceivedImage) -> Pose | None:
        if self._address.pose_in_image:
            return pose_in_image(image)
        if self._pose is None or abs(self._pose[0] - header.t_epoch_s) > POSE_WITHIN_S:
            return None
        return self._pose[1]

    def close(self) -> None:
        """Let go of the server, and wake a sleeping :meth:`read`. Idempotent."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _tracked(transform: ReceivedTransform) -> Pose | None:
    return pose_in_transform(transform.matrix) if transform.valid else None


def open_igtl(uri: str) -> IgtlSource:
    """The stream of the server that ``uri`` names (:mod:`guidance.sources.igtl_address`).

    Raises:
        InputError: the address cannot be read, or :class:`IgtlSource`'s.
    """
    return IgtlSource(parse_igtl(uri), uri)

"""Just enough of X11 to see one window as it is drawn, whatever lies over it. Needs libxcb, which every Qt on X11 has.

Requests are written as the protocol's own bytes, by libxcb's door for that (``xcb_send_request``): the extension
Composite needs no library of its own then, and an error is an answer to its request, not the end of the process, as it
is with Xlib. Sources: X Window System Protocol, version 11; Composite Extension, version 0.4.
"""

from __future__ import annotations

import ctypes
import struct
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIBRARY = "libxcb.so.1"
_CHECKED = 1  # XCB_REQUEST_CHECKED
_ERROR_AT = 1  # second byte of an error: its code
_VIEWABLE = 2
_INPUT_ONLY = 2
_Z_PIXMAP = 2
_ANY_TYPE = 0
_MANY = 4096  # windows of a desktop


class X11Error(Exception):
    """The display does not do what it was asked."""


class _Extension(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("global_id", ctypes.c_int))


class _Request(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_size_t),
        ("ext", ctypes.POINTER(_Extension)),
        ("opcode", ctypes.c_uint8),
        ("isvoid", ctypes.c_uint8),
    )


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


@dataclass(frozen=True, slots=True)
class WindowPlace:
    """Where a window lies: its inside, without a border, in pixels of the desktop."""

    window: int
    x: int
    y: int
    width: int
    height: int
    visible: bool

    def holds(self, x: int, y: int, width: int, height: int) -> bool:
        """Whether the rectangle is wholly inside."""
        right, bottom = self.x + self.width, self.y + self.height
        return self.x <= x and self.y <= y and x + width <= right and y + height <= bottom


class X11:
    """A connection to the display that the environment names. From any thread; close it.

    Raises:
        X11Error: there is no libxcb, or no display answers.
    """

    def __init__(self) -> None:
        self._lib = _library()
        self._composite = _Extension(b"Composite", 0)
        screen = ctypes.c_int(0)
        self._lock = threading.Lock()
        self._to: int | None = self._lib.xcb_connect(None, ctypes.byref(screen))
        if self._lib.xcb_connection_has_error(self._to):
            self.close()
            raise X11Error("no X display answers")
        self.root = self._root(screen.value)

    def close(self) -> None:
        """Let go of the display and of every window. Idempotent."""
        with self._lock:
            to, self._to = self._to, None
        if to is not None:
            self._lib.xcb_disconnect(to)

    # Windows

    def window_under(
        self, x: int, y: int, width: int, height: int, *, without: frozenset[int] = frozenset()
    ) -> WindowPlace | None:
        """The window that is seen in the middle of the rectangle, if it holds all of it; else None.

        A window manager tells which windows are programs'. Without one every window counts but those of ``without``.

        Raises:
            X11Error: the display is gone.
        """
        for window in self._from_above():
            place = None if window in without else self.place_of(window)
            if place is not None and place.visible and place.holds(x + width // 2, y + height // 2, 1, 1):
                return place if place.holds(x, y, width, height) else None
        return None

    def place_of(self, window: int) -> WindowPlace | None:
        """Where ``window`` is; None when it is gone.

        Raises:
            X11Error: the display is gone.
        """
        try:
            shown = self._ask(3, struct.pack("<xxxxI", window))  # GetWindowAttributes
            kind, state = struct.unpack_from("<H", shown, 12)[0], shown[26]
            width, height = struct.unpack_from("<HH", self._ask(14, struct.pack("<xxxxI", window)), 16)
            corner = self._ask(40, struct.pack("<xxxxIIhh", window, self.root, 0, 0))  # TranslateCoordinates
        except X11Error:
            if self._to is None or self._lib.xcb_connection_has_error(self._to):
                raise
            return None
        x, y = struct.unpack_from("<hh", corner, 12)
        return WindowPlace(window, x, y, width, height, state == _VIEWABLE and kind != _INPUT_ONLY)

    def redirect(self, window: int) -> None:
        """Have the display draw ``window`` into a picture of its own, and that onto the screen, until :meth:`close`.

        What lies over the window is not in that picture. A compositor that does the same is not disturbed.

        Raises:
            X11Error: the display has no Composite, or there is no such window.
        """
        self._ask(0, struct.pack("<xxxxII", 0, 4), extension=True)  # QueryVersion
        self._order(1, struct.pack("<xxxxIBxxx", window, 0), extension=True)  # RedirectWindow, automatic

    def picture_of(self, window: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        """(height, width, 4) BGRX of a redirected window, from the corner ``x, y`` of its inside.

        Raises:
            X11Error: it is gone or minimised, has no such rectangle, or is not of 24 bits.
        """
        border = struct.unpack_from("<H", self._ask(14, struct.pack("<xxxxI", window)), 20)[0]
        pixmap = self._lib.xcb_generate_id(self._to)
        # Asked for each time: the window has another picture once it was resized, hidden or shown.
        self._order(6, struct.pack("<xxxxII", window, pixmap), extension=True)  # NameWindowPixmap
        try:
            reply = self._ask(
                73,  # GetImage
                struct.pack(
                    "<xBxxIhhHHI", _Z_PIXMAP, pixmap, x + border, y + border, width, height, 0xFFFFFFFF
                ),
            )
        finally:
            self._order(54, struct.pack("<xxxxI", pixmap))  # FreePixmap
        if len(reply) - 32 != 4 * width * height:
            raise X11Error(f"its pixels have {reply[1]} bits, not 24")
        return np.frombuffer(reply, np.uint8, offset=32).reshape(height, width, 4)

    # Inside

    def _from_above(self) -> list[int]:
        managed = self._property(self.root, "_NET_CLIENT_LIST_STACKING")
        if managed:
            return managed[::-1]
        reply = self._ask(15, struct.pack("<xxxxI", self.root))  # QueryTree
        count = struct.unpack_from("<H", reply, 16)[0]
        return list(struct.unpack_from(f"<{count}I", reply, 32))[::-1]

    def _property(self, window: int, name: str) -> list[int]:
        text = name.encode()
        padded = text + bytes(-len(text) % 4)
        atom = struct.unpack_from("<I", self._ask(16, struct.pack("<xBxxHxx", 1, len(text)) + padded), 8)[0]
        if atom == 0:
            return []
        reply = self._ask(20, struct.pack("<xBxxIIIII", 0, window, atom, _ANY_TYPE, 0, _MANY))  # GetProperty
        count = struct.unpack_from("<I", reply, 16)[0] if reply[1] == 32 else 0
        return list(struct.unpack_from(f"<{count}I", reply, 32))

    def _root(self, screen: int) -> int:
        """Of the setup that the display sent: (vendor, formats, screens), each screen with its depths and visuals."""
        at = self._lib.xcb_get_setup(self._to)
        (units,) = struct.unpack("<H", ctypes.string_at(at + 6, 2))
        setup = ctypes.string_at(at, 8 + 4 * units)
        vendor, formats = struct.unpack_from("<H", setup, 24)[0], setup[29]
        if setup[30] != 0:
            raise X11Error("its pixels are not in the order of this computer")
        place = 40 + vendor + (-vendor % 4) + 8 * formats
        for _ in range(screen):
            depths, place = setup[place + 39], place + 40
            for _ in range(depths):
                place += 8 + 24 * struct.unpack_from("<H", setup, place + 2)[0]
        return int(struct.unpack_from("<I", setup, place)[0])

    def _ask(self, opcode: int, request: bytes, *, extension: bool = False) -> bytes:
        sequence = self._send(opcode, request, extension, void=False)
        error = ctypes.c_void_p()
        reply = self._lib.xcb_wait_for_reply(self._to, sequence, ctypes.byref(error))
        if not reply:
            raise self._fault(error.value)
        try:
            (units,) = struct.unpack("<I", ctypes.string_at(reply + 4, 4))
            return ctypes.string_at(reply, 32 + 4 * units)
        finally:
            _free(reply)

    def _order(self, opcode: int, request: bytes, *, extension: bool = False) -> None:
        sequence = self._send(opcode, request, extension, void=True)
        error = self._lib.xcb_request_check(self._to, _Cookie(sequence))
        if error:
            raise self._fault(error)

    def _send(self, opcode: int, request: bytes, extension: bool, *, void: bool) -> int:
        if self._to is None:
            raise X11Error("the display was closed")
        data = ctypes.create_string_buffer(request, len(request))
        parts = (_Part * 3)()  # libxcb wants two empty ones before the request
        parts[2] = _Part(ctypes.addressof(data), len(request))
        ext = ctypes.pointer(self._composite) if extension else None
        described = _Request(1, ext, opcode, int(void))
        sequence = self._lib.xcb_send_request(
            self._to, _CHECKED, ctypes.byref(parts, 2 * ctypes.sizeof(_Part)), ctypes.byref(described)
        )
        if sequence == 0:
            raise X11Error("the display is gone" if not extension else "the display has no Composite")
        return int(sequence)

    def _fault(self, error: int | None) -> X11Error:
        if not error:
            return X11Error("the display is gone")
        code = ctypes.string_at(error + _ERROR_AT, 1)[0]
        _free(error)
        return X11Error(_ERRORS.get(code, f"X11 error {code}"))


_ERRORS = {3: "there is no such window", 8: "it is hidden, or smaller than the region", 11: "out of memory"}


def _free(address: int) -> None:
    """What libxcb has allocated."""
    ctypes.CDLL(None).free(ctypes.c_void_p(address))


def _library() -> Any:
    try:
        lib = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise X11Error(f"{LIBRARY} is not here") from error
    to, at = ctypes.c_void_p, ctypes.c_void_p
    lib.xcb_connect.restype, lib.xcb_connect.argtypes = to, [ctypes.c_char_p, at]
    lib.xcb_connection_has_error.argtypes = [to]
    lib.xcb_disconnect.restype, lib.xcb_disconnect.argtypes = None, [to]
    lib.xcb_get_setup.restype, lib.xcb_get_setup.argtypes = at, [to]
    lib.xcb_generate_id.restype, lib.xcb_generate_id.argtypes = ctypes.c_uint32, [to]
    lib.xcb_send_request.restype, lib.xcb_send_request.argtypes = ctypes.c_uint, [to, ctypes.c_int, at, at]
    lib.xcb_wait_for_reply.restype, lib.xcb_wait_for_reply.argtypes = at, [to, ctypes.c_uint, at]
    lib.xcb_request_check.restype, lib.xcb_request_check.argtypes = at, [to, _Cookie]
    return lib

"""Plug-ins: what other installed packages add through entry points. One that is broken never breaks the rest.

=================== ========================================================================= ======================
group               the entry point is                                                        used by
=================== ========================================================================= ======================
sonoguide.sources   ``opener(rest, *, fast) -> Source``                                       ``NAME:REST``
sonoguide.runtimes  ``factory(network) -> Runtime``                                           ``--runtime NAME``
sonoguide.wording   a :class:`~guidance.wording.Catalogue`, or a function that makes one      ``--language NAME``
sonoguide.protocols a :class:`~guidance.views.Protocol`, or a function that makes one         ``--protocol NAME``
sonoguide.listeners ``factory(options: str) -> Callable[[Guidance], object]``; ``close()`` of ``--listener NAME``
                    what it returns, where it has one, is called at the end                   ``--listener NAME=...``
=================== ========================================================================= ======================
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import TYPE_CHECKING, Any, TypeVar

from guidance.errors import InputError, SonoguideError

if TYPE_CHECKING:
    from guidance.listeners import Listener
    from guidance.views import Protocol
    from guidance.wording import Catalogue

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

SOURCES, RUNTIMES = "sonoguide.sources", "sonoguide.runtimes"
WORDING, PROTOCOLS, LISTENERS = "sonoguide.wording", "sonoguide.protocols", "sonoguide.listeners"
GROUPS: Mapping[str, str] = {
    SOURCES: "source",
    RUNTIMES: "runtime",
    WORDING: "wording",
    PROTOCOLS: "protocol",
    LISTENERS: "listener",
}
"""Every group, and what one of its plug-ins is called."""


def points(group: str) -> dict[str, EntryPoint]:
    """The entry points of ``group`` by name; of two with one name, the one that Python would import first."""
    return {point.name: point for point, _ in reversed(installed()[0]) if point.group == group}


def loaded(point: EntryPoint) -> Any:
    """The object of ``point``. What its code prints meanwhile goes to stderr: stdout may be read by a program.

    Raises:
        InputError: whatever it raised, in one line that names it.
    """
    try:
        with redirect_stdout(sys.stderr):
            return point.load()
    except (Exception, SystemExit) as error:  # somebody else's code
        raise InputError(
            f"the plug-in '{point.name}' ({point.value}) cannot be loaded: {line_of(error)}"
        ) from error


def catalogue_named(name: str) -> Catalogue:
    """The texts of a plug-in.

    Raises:
        InputError: there is none of that name, or it makes no catalogue.
    """
    from guidance.wording import Catalogue

    return _made(_named(WORDING, name), Catalogue)


def protocol_named(name: str) -> Protocol:
    """The protocol of a plug-in.

    Raises:
        InputError: there is none of that name, or it makes no protocol.
    """
    from guidance.views import Protocol

    return _made(_named(PROTOCOLS, name), Protocol)


def open_listener(text: str) -> Listener:
    """The listener that ``NAME`` or ``NAME=OPTIONS`` names.

    Raises:
        InputError: there is none of that name, or it cannot be made.
    """
    name, _, options = text.partition("=")
    point = _named(LISTENERS, name.strip())
    listener = _called(point, loaded(point), options)
    if not callable(listener):
        raise InputError(f"the plug-in '{point.name}' ({point.value}) made no listener: it cannot be called")
    made: Listener = listener  # what it takes, only a call can tell
    return made


def close_listener(listener: Listener) -> None:
    """Close ``listener``, where it can be; what it raises is logged."""
    close = getattr(listener, "close", None)
    if callable(close):
        try:
            close()
        except Exception:  # somebody else's code; the run is over all the same
            _log.exception("the listener %r could not be closed", listener)


def check(point: EntryPoint) -> None:
    """Load ``point``, and see that it is what its group asks for. Sources, runtimes and listeners are not opened.

    Raises:
        InputError: why it cannot be used.
    """
    from guidance.views import Protocol
    from guidance.wording import Catalogue

    if point.group == WORDING:
        _made(point, Catalogue)
    elif point.group == PROTOCOLS:
        _made(point, Protocol)
    elif not callable(loaded(point)):
        raise InputError(f"the plug-in '{point.name}' ({point.value}) cannot be called")


def line_of(error: BaseException) -> str:
    """Kind and text of ``error`` in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _named(group: str, name: str) -> EntryPoint:
    known = points(group)
    if name not in known:
        installed = f"installed are {', '.join(sorted(known))}" if known else "none is installed"
        raise InputError(f"unknown {GROUPS[group]} '{name}': {installed} (sonoguide plugins lists them)")
    return known[name]


def _made(point: EntryPoint, kind: type[_T]) -> _T:
    thing = loaded(point)
    if not isinstance(thing, kind) and callable(thing):
        thing = _called(point, thing)
    if not isinstance(thing, kind):
        raise InputError(
            f"the plug-in '{point.name}' ({point.value}) is no {kind.__name__} but {type(thing).__name__}"
        )
    return thing


def _called(point: EntryPoint, make: Callable[..., Any], *arguments: str) -> Any:
    try:
        with redirect_stdout(sys.stderr):
            return make(*arguments)
    except SonoguideError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"the plug-in '{point.name}' ({point.value}) failed: {line_of(error)}") from error


def installed() -> tuple[list[tuple[EntryPoint, str]], list[tuple[str, str]]]:
    """Our entry points with their packages, in the order of the import path; packages that cannot be read, and why.

    ``importlib.metadata.entry_points`` fails as a whole on one damaged package.
    """
    found: list[tuple[EntryPoint, str]] = []
    broken: list[tuple[str, str]] = []
    seen: set[str] = set()
    for distribution in distributions():
        package = _package(distribution)
        name = package.partition(" ")[0].lower().replace("_", "-")
        if name in seen:
            continue  # another version, further down the path
        seen.add(name)
        try:
            ours = [point for point in distribution.entry_points if point.group in GROUPS]
        except Exception as error:
            broken.append((package, f"its entry points cannot be read: {line_of(error)}"))
            continue
        found += [(point, package) for point in ours]
    return found, broken


def _package(distribution: Distribution) -> str:
    try:
        return f"{distribution.metadata['Name']} {distribution.version}"
    except Exception:  # no metadata, or damaged
        return f"{getattr(distribution, '_path', 'unknown')}"

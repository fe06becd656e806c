"""The list of plug-ins: what is installed, what of it works, and why the rest does not. Nothing in it can fail."""

from __future__ import annotations

from dataclasses import dataclass

from guidance.errors import SonoguideError
from guidance.plugins import GROUPS, LISTENERS, PROTOCOLS, RUNTIMES, SOURCES, WORDING, check, installed


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in as ``sonoguide plugins`` lists it.

    Attributes:
        kind: ``source``, ``runtime``, ``wording``, ``protocol`` or ``listener``; empty for a package whose plug-ins
            cannot even be listed.
        name: what a user calls it.
        value: where its code is, ``package.module:object``.
        package: the distribution and its version, as far as known.
        problem: why it cannot be used, in one line; None where it can.
    """

    kind: str
    name: str
    value: str
    package: str
    problem: str | None = None


def all_plugins() -> list[Plugin]:
    """Every plug-in of every group, each loaded once to see whether it can be; by kind and name."""
    found, broken = installed()
    own = _built_in()
    plugins: list[Plugin] = []
    first: dict[tuple[str, str], str] = {}
    for point, package in found:
        place = (point.group, point.name)
        if point.name in own[point.group]:
            problem: str | None = f"never used: '{point.name}' is built in"
        elif place in first:
            problem = f"never used: {first[place]} has one of the same name"
        else:
            problem = None
            try:
                check(point)
            except SonoguideError as error:
                problem = str(error)
        first.setdefault(place, package)
        plugins.append(Plugin(GROUPS[point.group], point.name, point.value, package, problem))
    kinds = list(GROUPS.values())
    plugins.sort(key=lambda plugin: (kinds.index(plugin.kind), plugin.name))
    return plugins + [Plugin("", "", "", package, problem) for package, problem in broken]


def _built_in() -> dict[str, frozenset[str]]:
    """Names that are taken, by group."""
    from guidance.runtimes import BUILT_IN as RUNTIME_NAMES
    from guidance.sources.registry import BUILT_IN as SCHEMES
    from guidance.views import PROTOCOLS as OWN_PROTOCOLS
    from guidance.wording.choice import BUILT_IN as LANGUAGES

    return {
        SOURCES: frozenset(SCHEMES),
        RUNTIMES: frozenset(RUNTIME_NAMES),
        WORDING: frozenset(LANGUAGES),
        PROTOCOLS: frozenset(OWN_PROTOCOLS),
        LISTENERS: frozenset(),
    }

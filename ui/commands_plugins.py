"""``sonoguide plugins``: what installed packages add, and what of it does not work."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from typing import Annotated

import typer


def plugins(
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """List plug-ins: streams, runtimes, wording, protocols and listeners of installed packages.

    Each is loaded once; one that does not work is listed with the reason.

    \b
    Example:
      sonoguide plugins
    """
    from guidance.plugin_list import all_plugins

    listed = all_plugins()
    if json:
        print(jsonlib.dumps({"plugins": [asdict(plugin) for plugin in listed]}, indent=2))
        return
    for plugin in listed:
        if plugin.kind:
            print(f"{plugin.kind:<9} {plugin.name:<18} {plugin.package:<28} {plugin.value}")
        else:
            print(f"{'?':<9} {'?':<18} {plugin.package}")
        if plugin.problem is not None:
            print(f"{'':<9} does not work: {plugin.problem}")
    failed = sum(plugin.problem is not None for plugin in listed)
    print(
        f"{len(listed)} plug-in{'' if len(listed) == 1 else 's'}"
        + (f", {failed} of them do not work" if failed else "")
    )

"""``python -m bench.peers``: the peers in turn, round after round, on the same network and stream."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.marked import write_between
from bench.peers.assets import Assets, make_assets
from bench.peers.catalogue import PEERS, Peer, chosen
from bench.peers.environments import Unavailable, python_of
from bench.peers.report import markdown, medians, text
from bench.peers.run import Mode, Settings, run
from guidance.errors import InputError
from guidance.model import Model, default_model_folder
from ui.bench_machine import environment

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "peers.json"


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit code."""
    given = _parser().parse_args(arguments)
    if given.readme:
        return _write_readme(given.json)
    try:
        peers = chosen(given.only)
    except KeyError as error:
        print(f"unknown peer {error}: choose from {', '.join(p.name for p in PEERS)}", file=sys.stderr)
        return 2
    try:
        modes = [Mode(name.strip()) for name in given.modes.split(",")]
    except ValueError:
        print(f"unknown mode in '{given.modes}': choose from {', '.join(Mode)}", file=sys.stderr)
        return 2
    quick = given.quick
    rounds = given.rounds or (1 if quick else 5)
    settings = Settings(given.rate, given.seconds or (2.0 if quick else 15.0))
    pythons, unavailable = _prepare(peers, given.environments, here=given.here)
    with tempfile.TemporaryDirectory() as folder:
        frames = 300 if quick else 600
        assets = make_assets(Path(folder), rate=settings.rate, seconds=settings.seconds, frames=frames)
        runs: dict[str, dict[Mode, list[dict[str, Any]]]] = {}
        done = 0
        try:
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", file=sys.stderr)
                _round(modes, peers, pythons, assets, settings, runs, unavailable)
                done = number + 1
        except KeyboardInterrupt:
            print(f"interrupted: figures of {done} rounds, and of what the next one has had", file=sys.stderr)
    found = {name: {str(mode): medians(done) for mode, done in modes.items()} for name, modes in runs.items()}
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "environment": _environment(),
        "settings": {"rounds": done, "rate": settings.rate, "seconds": settings.seconds, "frames": frames},
        "peers": found,
        "unavailable": unavailable,
    }
    print("\n".join(text(figures)))
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if found else 1


def _round(
    modes: list[Mode],
    peers: list[Peer],
    pythons: dict[str, Path],
    assets: Assets,
    settings: Settings,
    runs: dict[str, dict[Mode, list[dict[str, Any]]]],
    unavailable: dict[str, str],
) -> None:
    """Every peer once in every mode; its figures join ``runs``, or the reason why there are none ``unavailable``."""
    for mode in modes:
        for peer in peers:
            if peer.name not in pythons or peer.name in unavailable:
                continue
            print(f"  {mode}: {peer.name}", file=sys.stderr)
            try:
                figures = run(peer, pythons[peer.name], mode, assets, settings)
            except Unavailable as error:
                unavailable[peer.name] = str(error)
                continue
            runs.setdefault(peer.name, {}).setdefault(mode, []).append(figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAMES", help=f"of {', '.join(p.name for p in PEERS)}; default: all"
    )
    parser.add_argument("--modes", default=",".join(Mode), help="of %(default)s; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="a few seconds, to see whether it works: no figures"
    )
    parser.add_argument(
        "--here", action="store_true", help="no environments: whatever this Python has installed"
    )
    parser.add_argument("--rounds", type=int, help="default 5")
    parser.add_argument("--seconds", type=float, help="of each live run; default 15")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second of the live stream")
    parser.add_argument("--environments", type=Path, default=ROOT / ".venv-peers", help="where they are kept")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go, or come from")
    parser.add_argument(
        "--readme", action="store_true", help="only write the table of the figures into the README"
    )
    return parser


def _prepare(peers: list[Peer], folder: Path, *, here: bool) -> tuple[dict[str, Path], dict[str, str]]:
    pythons: dict[str, Path] = {}
    unavailable: dict[str, str] = {}
    failed: dict[str | None, str] = {}
    for peer in peers:
        try:
            if peer.environment in failed:  # not tried again for the next peer of the same environment
                raise Unavailable(failed[peer.environment])
            pythons[peer.name] = python_of(peer, folder, here=here)
        except Unavailable as error:
            unavailable[peer.name] = failed[peer.environment] = str(error)
            print(f"{peer.name}: {error}", file=sys.stderr)
    return pythons, unavailable


def _environment() -> dict[str, Any]:
    with Model.load(default_model_folder(), runtime="cpu") as model:
        return environment(model)


def _write_readme(place: Path) -> int:
    try:
        figures = json.loads(place.read_text(encoding="utf-8"))
        write_between(ROOT / "README.md", "peers", markdown(figures))
    except OSError as error:
        print(f"{place} cannot be read ({error.strerror}): run python -m bench.peers first", file=sys.stderr)
        return 2
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

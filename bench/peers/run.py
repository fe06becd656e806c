"""Runs one peer once, in one mode, and reduces what it says to figures."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.assets import Assets
from bench.peers.catalogue import Peer
from bench.peers.environments import HERE, Unavailable
from bench.peers.sender import Sender
from guidance.latency import percentiles

SLOW_MS = 55.0
START_S = 60.0
"""So much longer than its run a peer may take to load, to measure its floor and to end."""


class Mode(StrEnum):
    """What is asked of a peer."""

    FILE = "file"
    """A recording, as fast as it goes: time from one finished picture to the next."""

    LIVE = "live"
    """The paced stream: from sending a picture to its overlay."""

    OVERLOAD = "overload"
    """The same with a network that takes 55 ms longer: what is late, and how late."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The same for every peer. ``rate``: pictures a second of the live stream; ``seconds``: of one live run."""

    rate: float
    seconds: float


def run(peer: Peer, python: Path, mode: Mode, assets: Assets, settings: Settings) -> dict[str, Any]:
    """Figures of one run.

    Raises:
        Unavailable: it failed, ended early or gave nothing that can be told apart; the message says why.
    """
    if mode is Mode.FILE:
        result = _call(peer, python, mode, assets, settings, str(assets.recording))
        return {**_common(result), **_intervals(result)}
    with Sender(assets.pictures, settings.rate) as sender:
        result = _call(peer, python, mode, assets, settings, sender.url)
        return {**_common(result), **_latency(result, sender), "skipped_by_source": sender.skipped}


def _call(
    peer: Peer, python: Path, mode: Mode, assets: Assets, settings: Settings, source: str
) -> dict[str, Any]:
    options = {
        "--source": source, "--rate": settings.rate, "--seconds": settings.seconds, "--model": assets.model,
        "--slow-ms": SLOW_MS if mode is Mode.OVERLOAD else 0.0, "--folder": assets.folder, "--size": assets.size,
        "--mean": assets.mean, "--std": assets.std, "--output": assets.output, "--variant": peer.variant,
    }  # fmt: skip
    command = [str(python), str(HERE / "harness" / f"{peer.harness}.py")]
    command += [f"{name}={value}" for name, value in options.items()]
    command += [] if mode is Mode.FILE else ["--live"]
    limit_s = 3.0 * settings.seconds + START_S
    surroundings = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, env=surroundings, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{mode}: no end within {limit_s:.0f} s") from error
    found = [line[7:] for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise Unavailable(f"{mode}: {lines[-1].strip()[:200] if lines else f'exit code {done.returncode}'}")
    result: dict[str, Any] = json.loads(found[-1])
    if len(result["done"]) < 10:
        raise Unavailable(f"{mode}: only {len(result['done'])} pictures")
    if not result["spread"] > 0.0:  # a network that always says the same would prove nothing
        raise Unavailable(f"{mode}: the network gave the same answer for every picture")
    return result


def _common(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "frames": len(result["done"]),
        "cpu_ms": result["cpu_ms"],
        "floor_ms": float(np.median(result["floor_ms"])),
        "versions": result["versions"],
    }


def _intervals(result: dict[str, Any]) -> dict[str, Any]:
    times = np.asarray([ns for _, ns in result["done"]], dtype=np.float64) / 1e6
    at = percentiles(np.diff(times))
    return {"interval_ms": at, "over_floor_ms": at["p50"] - float(np.median(result["floor_ms"]))}


def _latency(result: dict[str, Any], sender: Sender) -> dict[str, Any]:
    pairs = [(n, ns) for n, ns in result["done"] if n is not None and n in sender.sent_ns]
    if len(pairs) < 10:
        raise Unavailable("the pictures' numbers cannot be read")
    numbers = np.asarray([n for n, _ in pairs])
    late = np.asarray([(ns - sender.sent_ns[n]) / 1e6 for n, ns in pairs])
    unique, tenth = len(np.unique(numbers)), max(5, len(late) // 10)
    return {
        "latency_ms": percentiles(late),
        "latency_first_ms": float(np.median(late[:tenth])),
        "latency_last_ms": float(np.median(late[-tenth:])),
        "fps": 1e9 * (len(pairs) - 1) / (pairs[-1][1] - pairs[0][1]),
        "dropped": int(numbers[-1] - numbers[0] + 1 - unique),
        "repeated": len(pairs) - unique,
    }

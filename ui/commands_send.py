"""``sonoguide exam send`` and ``exam spool``: exams out to an archive, and what still waits."""

from __future__ import annotations

import json as jsonlib
import os
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands_review import Exam

if TYPE_CHECKING:
    from guidance.pacs import Result, SenderSettings, Spool, SpoolItem

SpoolFolder = Annotated[
    Path | None,
    typer.Option(
        "--spool",
        metavar="DIR",
        envvar="SONOGUIDE_SPOOL",
        help="Where files wait until the archive has them. [default: in your data folder]",
    ),
]
Seconds = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="S", min=0.1, help="How long the archive may take to answer, in seconds."
    ),
]
MORE_OFTEN_THAN_S = 60.0
"""With --keep-trying the spool is looked at so often at least: another process may have queued something."""


def send(
    exam: Exam,
    to: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="dicom://AETITLE@host:port[?calling=AETITLE], dicoms:// for TLS, or https://host/dicom-web.",
        ),
    ],
    spool: SpoolFolder = None,
    accepted_only: Annotated[bool, typer.Option("--accepted-only", help="Accepted clips alone.")] = False,
    again: Annotated[bool, typer.Option("--again", help="What the archive took before, too.")] = False,
    whole_picture: Annotated[
        bool,
        typer.Option(
            "--whole-picture", help="Clips without a known sector, too: a name may be written in them."
        ),
    ] = False,
    timeout: Seconds = 60.0,
) -> None:
    """Send an exam's clips and a summary of what was said to an archive (PACS). What fails waits in the spool.

    A token for https:// comes from the variable SONOGUIDE_PACS_TOKEN, a user and password from SONOGUIDE_PACS_BASIC
    (USER:PASSWORD). Before a file is sent, all are in the spool: nothing is lost if the power fails.

    \b
    Examples:
      sonoguide exam send exams/2026-11-26_10-15-00 --to dicom://ORTHANC@127.0.0.1:4242
      sonoguide exam send exams/2026-11-26_10-15-00 --to https://pacs.example/dicom-web --accepted-only
      sonoguide exam send exams/2026-11-26_10-15-00 --to "dicom://PACS@10.0.0.5:104?calling=ECHO1"
    """
    from guidance.exam import look_at
    from guidance.pacs import open_sender, parse_peer, queue_exam
    from ui.problems import check_problems

    parse_peer(to)
    found = look_at(exam)
    place = _spool(spool)
    settings = _settings(timeout)
    with open_sender(to, (), settings):  # what is missing or wrong is said before anything is queued
        pass
    with place.alone():
        queued = queue_exam(
            place, found, to, accepted_only=accepted_only, again=again, whole_picture=whole_picture
        )
        for name, when, answer in queued.before:
            print(f"before   {name:<32} {answer}, {when}; --again sends it once more")
        waiting = _deliver(place, queued.items, timeout)
    _check(place, waiting)
    check_problems([*queued.problems])


def spool(
    spool: SpoolFolder = None,
    retry: Annotated[bool, typer.Option("--retry", help="Send what is due.")] = False,
    now: Annotated[bool, typer.Option("--now", help="With --retry: what is not due yet, too.")] = False,
    keep_trying: Annotated[
        bool, typer.Option("--keep-trying", help="Send what is due again and again until nothing waits.")
    ] = False,
    drop: Annotated[
        str | None, typer.Option(metavar="KEY", help="Forget one item; the exam keeps its clip.")
    ] = None,
    timeout: Seconds = 60.0,
    json: Annotated[bool, typer.Option("--json", help="What waits, as JSON on stdout.")] = False,
) -> None:
    """List what waits for an archive, and why; send it.

    \b
    Examples:
      sonoguide exam spool
      sonoguide exam spool --retry --now
      sonoguide exam spool --keep-trying
    """
    from guidance.errors import InputError
    from ui.interrupts import interruptible
    from ui.problems import check_problems

    if sum((retry, keep_trying, drop is not None, json)) > 1 or (now and not retry):
        raise InputError("choose one of --retry [--now], --keep-trying, --drop KEY and --json")
    place = _spool(spool)
    if drop is not None:
        _drop(place, drop)
        return
    if retry:
        _check(place, _retry(place, timeout, now=now))
    elif keep_trying:
        with interruptible():
            _keep_trying(place, timeout)
    items, problems = place.items()
    if json:
        print(jsonlib.dumps([item.model_dump(mode="json") for item in items], indent=2))
    elif not (retry or keep_trying):
        print("\n".join(map(_line, items)) or f"nothing waits in {place.folder}")
    check_problems(problems)


def _spool(folder: Path | None) -> Spool:
    from guidance.pacs import Spool, default_spool

    return Spool(default_spool() if folder is None else folder)


def _settings(timeout: float) -> SenderSettings:
    from guidance.pacs import Credentials, SenderSettings

    return SenderSettings(
        connect_s=min(10.0, timeout), answer_s=timeout, credentials=Credentials.from_environment(os.environ)
    )


def _deliver(place: Spool, items: Iterable[SpoolItem], timeout: float) -> list[Result]:
    """Send ``items``, a line for each; returns those that still wait."""
    from guidance.pacs import deliver, open_sender

    settings = _settings(timeout)
    waiting = []
    for result in deliver(place, items, lambda peer, classes: open_sender(peer, classes, settings)):
        print(
            f"{'sent' if result.delivered else 'waits':<8} {result.item.name:<32} {result.said}", flush=True
        )
        if not result.delivered:
            waiting.append(result)
    return waiting


def _retry(place: Spool, timeout: float, *, now: bool) -> list[Result]:
    from guidance.exam.log import wall_clock
    from guidance.pacs import due

    with place.alone():
        items, _ = place.items()
        ready = items if now else due(items, wall_clock())
        waiting = _deliver(place, ready, timeout)
    if len(ready) < len(items):
        print(f"{len(items) - len(ready)} not due yet: --retry --now sends them, too")
    elif not items:
        print(f"nothing waits in {place.folder}")
    return waiting


def _keep_trying(place: Spool, timeout: float) -> None:
    from guidance.exam.log import wall_clock
    from guidance.pacs import due

    while True:
        with place.alone():
            items, _ = place.items()
            _deliver(place, due(items, wall_clock()), timeout)
            left, _ = place.items()
        if not left:
            print(f"nothing waits in {place.folder}")
            return
        time.sleep(_pause_s(left, wall_clock()))


def _pause_s(left: Iterable[SpoolItem], now: datetime) -> float:
    """Until the next item is due, within bounds."""
    from guidance.pacs import next_try

    waits = [(moment - now).total_seconds() for item in left if (moment := next_try(item)) is not None]
    return min(max(min(waits, default=1.0), 1.0), MORE_OFTEN_THAN_S)


def _drop(place: Spool, key: str) -> None:
    from guidance.errors import InputError

    with place.alone():
        items, _ = place.items()
        found = [item for item in items if item.key == key]
        if not found:
            raise InputError(f"{place.folder} holds no item {key}: sonoguide exam spool lists them")
        place.remove(found[0])
    print(f"dropped  {found[0].name}, for {found[0].peer}")


def _check(place: Spool, waiting: list[Result]) -> None:
    """Say in one line what still waits.

    Raises:
        RuntimeFailure: something does.
    """
    from guidance.errors import RuntimeFailure

    sys.stdout.flush()
    if waiting:
        count = len(waiting)
        raise RuntimeFailure(
            f"{waiting[0].said}; {count} file{' waits' if count == 1 else 's wait'} in {place.folder}: "
            "sonoguide exam spool --retry sends what is due"
        )


def _line(item: SpoolItem) -> str:
    tries = (
        "not tried yet"
        if not item.attempts
        else f"tried {item.attempts} x, next {item.next_try}: {item.reason}"
    )
    if item.answer is not None:
        tries = item.reason or f"sent ({item.answer}), its exam must be told yet"
    return f"{item.key}  {Path(item.exam).name}/{item.name}  to {item.peer}  {tries}"

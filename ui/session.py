"""Session: what ``run`` puts together from its options: model, coach, source and engine, and the outputs it feeds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from guidance.capture import ClipBuffer
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import InputError
from guidance.exam import ExamRecorder
from guidance.hint import Guidance
from guidance.jsonl import JsonLines
from guidance.model import Model, default_model_folder
from guidance.plugins import close_listener, open_listener
from guidance.profile_file import read_profile
from guidance.protocol_file import read_protocol
from guidance.sources import Source, open_source
from guidance.views import Protocol, View, parse_protocol, parse_view
from ui.background import Background
from ui.exam_keeping import kept_lines, open_exam, views_kept
from ui.progression import Progression
from ui.recorder import Recorder
from ui.summary import RunSummary
from ui.wording import words_in

if TYPE_CHECKING:
    from ui.painter import Wanted


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of ``sonoguide run``, as typed.

    ``target`` and ``protocol`` exclude each other; neither means A4C. ``protocol`` is a name or a TOML file, ``json``
    a file or ``-``. ``listeners`` are plug-ins, ``NAME``
    or ``NAME=OPTIONS``.
    """

    source: str
    target: str | None = None
    protocol: str | None = None
    json: str | None = None
    record: Path | None = None
    exam: Path | None = None
    max_frames: int | None = None
    fast: bool = False
    loop: bool = False
    model: Path | None = None
    runtime: str = "auto"
    device_profile: Path | None = None
    language: str = "en"
    listeners: tuple[str, ...] = ()


class Session:
    """One run, opened: everything that bad input can spoil was looked at. Close it, or use it in ``with``.

    Args:
        options: as typed.
        start_qt: makes the Qt application that a window needs; without it a recording makes its own.

    Attributes:
        words: the language.
        engine: ready to run :attr:`source`.
        source: open stream; the engine closes it.
        reopen: opens the stream anew after a loss; None for recordings.
        views: targets in order.
        outputs: called with each guidance, in order: summary, JSON, recording, progression.
        summary: counts of the run so far.
        recorder: the recording, or None.
        exam: keeps the exam, or None.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model, the stream or the outputs.
    """

    def __init__(self, options: RunOptions, start_qt: Callable[[], object] | None = None):
        self.options = options
        views = targets(options.target, options.protocol)
        profile = None if options.device_profile is None else read_profile(options.device_profile)
        self.words = words_in(options.language)
        with ExitStack() as undo:
            self.model = undo.enter_context(
                Model.load(options.model or default_model_folder(), runtime=options.runtime)
            )
            self.views = known_views(views, self.model)
            self.source: Source = undo.enter_context(
                open_source(options.source, fast=options.fast, loop=options.loop)
            )
            info = self.source.info
            if profile is not None:
                check_size(profile, info.size, options.device_profile)
            self.coach = Coach(self.views[0], self.model.manifest.hints, self.words.hints)
            ring = ClipBuffer() if options.exam is not None else None
            self.engine = Engine(self.model, self.coach, profile=profile, clips=ring)
            self.summary = RunSummary()
            self.outputs: list[Callable[[Guidance], object]] = [self.summary]
            if start_qt is not None:  # once the input is known to be good, and before anything paints
                start_qt()
            check_apart(info.uri, options.json, options.record)
            self.recorder: Recorder | None = None
            self._recording: Background | None = None
            if options.record is not None:
                quality = self.model.manifest.hints.hold_quality
                self.recorder = undo.enter_context(
                    Recorder(options.record, info.fps, capture_quality=quality, wanted=self._painted())
                )
            self.exam: ExamRecorder | None = None
            if options.exam is not None:
                self.exam = undo.enter_context(
                    open_exam(
                        options.exam,
                        source=info.uri,
                        kind=info.kind,
                        targets=self.views,
                        manifest=self.model.manifest,
                        profile=lambda: self.engine.profile,
                        buffer=ring,
                        wait=options.fast,
                    )
                )
                self.exam.watch(self.coach)
                self.outputs.append(self.exam)
            for text in options.listeners:
                listener = open_listener(text)
                undo.callback(close_listener, listener)
                self.engine.add_listener(listener)  # which leaves out one that keeps failing
            if options.json is not None:  # the last that can be refused: it empties a file that is there
                self.outputs.append(undo.enter_context(_json_output(options.json)))
            if self.recorder is not None:
                self._recording = undo.enter_context(Background(self.recorder, wait=options.fast))
                self.outputs.append(self._recording)
            self.progression: Progression | None = None
            if len(self.views) > 1:
                self.progression = Progression(
                    self.views, self.coach.set_target, captured=views_kept(self.exam, self.views)
                )
                remaining = self.progression.remaining
                if remaining and remaining[0] is not self.coach.target:  # an exam that goes on
                    self.coach.set_target(remaining[0])
                self.outputs.append(self.progression)
            undo.callback(self.engine.stop)  # last, so first when closing: nothing writes to a closed output
            self._close = undo.pop_all()

    @property
    def reopen(self) -> Callable[[], Source] | None:
        """Opens a live stream anew after it was lost."""
        return (lambda: open_source(self.options.source)) if self.source.info.live else None

    def open_again(self) -> Source:
        """Open the stream from its beginning, for another round.

        Raises:
            InputError: it is gone.
        """
        self.source = open_source(self.options.source, fast=self.options.fast, loop=self.options.loop)
        return self.source

    def _painted(self) -> Wanted:
        """What a recording shows. Qt starts only now: a run without one needs none."""
        from ui.qt import painting_application

        painting_application()
        from ui.painter import Wanted

        return Wanted(words=self.words, hold_s=self.coach.settings.hold_time_s)

    def recorded(self) -> list[str]:
        """Lines about what was recorded and kept, for people; none where nothing was."""
        lines = [] if self.exam is None else kept_lines(self.exam)
        if self.recorder is None or self._recording is None or not self.recorder.frames:
            return lines
        lines += [f"recorded     {self.recorder.path}", f"last picture {self.recorder.still_path}"]
        if self._recording.left_out:
            lines.append(f"left out     {self._recording.left_out} pictures: recording could not keep up")
        return lines

    def close(self) -> None:
        """Stop the engine, finish recordings, close everything. Idempotent."""
        self._close.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def targets(target: str | None, protocol: str | None) -> tuple[View, ...]:
    """The views to aim at, in order.

    Raises:
        InputError: an unknown name, or both options at once.
    """
    if target is not None and protocol is not None:
        raise InputError("--target and --protocol exclude each other: give one of them")
    if protocol is not None:
        return protocol_of(protocol).views
    return (parse_view(target or View.A4C.value),)


def protocol_of(text: str) -> Protocol:
    """The built-in protocol named ``text``, or the one in the TOML file of that name.

    Raises:
        InputError: neither, or what is wrong with the file.
    """
    path = Path(text)
    if path.suffix.lower() == ".toml" or path.is_file():
        return read_protocol(path)
    try:
        return parse_protocol(text)
    except InputError as error:
        raise InputError(f"{error}, or a TOML file of your own") from error


def known_views(views: tuple[View, ...], model: Model) -> tuple[View, ...]:
    """Those of ``views`` that ``model`` can guide to; says on stderr which of a protocol are left out.

    Raises:
        InputError: the model knows none of them.
    """
    known = tuple(view for view in views if view in model.manifest.views)
    names = ", ".join(model.manifest.views)
    if not known:
        wanted = ", ".join(views)
        raise InputError(f"model '{model.manifest.name}' cannot guide to {wanted}: it knows {names}")
    left_out = [view.value for view in views if view not in known]
    if left_out:
        print(
            f"sonoguide: model '{model.manifest.name}' does not know {', '.join(left_out)}: left out",
            file=sys.stderr,
        )
    return known


def check_size(profile: DeviceProfile, size: tuple[int, int] | None, path: Path | None) -> None:
    """Make sure that ``profile``, read from ``path``, is for a stream of ``size``, where that is known.

    Raises:
        InputError: it is for another one.
    """
    if size is not None and tuple(size) != (profile.width, profile.height):
        raise InputError(
            f"{path} is for a screen of {profile.width} x {profile.height} pixels, but this stream has "
            f"{size[0]} x {size[1]}: give the profile of this device, or calibrate this stream"
        )


def check_apart(source: str, json: str | None, record: Path | None) -> None:
    """Make sure that the outputs spare what is being played; ``source`` is a path or an address.

    Raises:
        InputError: an output would replace the source, or become one of the pictures of its folder.
    """
    if not os.path.exists(source):
        return
    still = None if record is None else record.with_suffix(".png")
    for place in (record, still, Path(json) if json not in (None, "-") else None):
        if place is not None and place.exists() and place.samefile(source):
            raise InputError(f"{place} is what is being played and would be replaced: choose another name")
    if still is not None and still.parent.is_dir() and still.parent.samefile(source):
        raise InputError(
            f"{still} would become one of the pictures of the stream {source}: record to another folder"
        )


def _json_output(place: str) -> JsonLines:
    return JsonLines(sys.stdout) if place == "-" else JsonLines.to_file(Path(place))

"""A whole protocol on one virtual patient: a simulated beginner takes view after view, skips what he cannot reach, and
an exam keeps the clips. The window and the run without one share it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import InputError
from guidance.exam import ExamRecorder, look_at
from guidance.exam.records import EXAM_FILE
from guidance.hint import Guidance, State
from guidance.latency import LatencyLog
from guidance.model import Model, default_model_folder
from guidance.views import View
from models.closed_loop import LoopSettings, Policy, VirtualExam
from ui.exam_keeping import kept_lines, open_exam, views_kept
from ui.progression import PAUSE_S, Progression
from ui.session import known_views, protocol_of
from ui.wording import Words
from ui.wording.en import ENGLISH

Listener = Callable[[Guidance], object]

_SEED = re.compile(r"\bseed=(\d+)")


@dataclass(frozen=True, slots=True)
class ProtocolOptions:
    """Options of ``sonoguide demo --protocol``, as typed; ``seed`` None: the exam's patient, or anybody."""

    protocol: str
    seed: int | None = None
    policy: Policy = Policy.GUIDED
    exam: Path | None = None
    model: Path | None = None
    runtime: str = "auto"
    max_moves: int = 60


class ProtocolDemo:
    """The loop of :func:`models.closed_loop.run_loop` over several views.

    Args:
        settings: patient, policy, rate; when to give up a view: its ``max_moves`` and ``max_s``.
        views: in order.
        model: the network; the caller closes it.
        words: language of hints.
        captured: views that an exam holds already.

    Attributes:
        coach: takes an operator's wishes as well.
        progression: how far the protocol is.
        exam: patient, machine and beginner; None before the first picture.
        right: for each view that was held whether its picture was right.
        latency: of the engine.
    """

    def __init__(
        self,
        settings: LoopSettings,
        views: Sequence[View],
        model: Model,
        *,
        words: Words = ENGLISH,
        captured: Sequence[View] = (),
    ):
        first = next((view for view in views if view not in captured), views[0])
        self.settings = replace(settings, target=first)
        self.coach = Coach(first, model.manifest.hints, words.hints)
        self.progression = Progression(views, self.coach.set_target, captured=captured)
        self.exam: VirtualExam | None = None
        self.right: dict[View, bool] = {}
        self.latency: LatencyLog | None = None
        self._model = model

    def run(self, listeners: Sequence[Listener] = ()) -> Iterator[Guidance]:
        """Guidance of every picture, after ``listeners`` heard of it, until no view remains."""
        exam = self.exam = VirtualExam(self.settings)
        engine = Engine(self._model, self.coach, profile=exam.profile)
        self.latency = engine.latency
        index = moves = 0
        since_s: float | None = 0.0
        captured_s: float | None = None
        while True:
            guidance = engine.process(exam.frame(index))
            index += 1
            t_s, state = exam.t_s, guidance.advice.state
            for listener in listeners:
                listener(guidance)
            self.progression(guidance)
            yield guidance
            captured_s = None if state is not State.CAPTURED else t_s if captured_s is None else captured_s
            if captured_s == t_s:
                self.right[guidance.advice.target] = exam.judgement.right_picture
            over = captured_s is None or t_s - captured_s >= PAUSE_S
            if over and not self.progression.remaining:
                return
            target = self.coach.target
            if target is not exam.settings.target:
                exam.aim(target)
                moves, since_s = exam.novice.moves, None
            elif state not in (State.HOLD, State.CAPTURED):
                since_s = t_s if since_s is None else since_s
                exam.follow(guidance)
                late = t_s - since_s > self.settings.max_s
                if (late or exam.novice.moves - moves > self.settings.max_moves) and self._give_up(target):
                    return

    def _give_up(self, view: View) -> bool:
        """Go on without ``view``; whether that was the last."""
        return self.progression.skip(view) is None

    def lines(self) -> list[str]:
        """How it went, for people. Every figure is the virtual patient's."""
        exam, rows = self.exam, []
        if exam is not None:
            p = exam.patient
            who = f"virtual, seed {self.settings.seed}: {p.sex}, {p.age_years:.0f} y, BMI {p.bmi:.0f}, {p.condition}"
            rows.append(("patient", who))
        rows += [(view.value, self._outcome(view)) for view in self.progression.views]
        if exam is not None:
            rows.append(("took", f"{exam.t_s:.0f} s, {exam.novice.moves} moves"))
        total = None if self.latency is None else self.latency.summary().get("total")
        if total is not None:
            rows.append(
                ("latency, ms", "   ".join(f"{k} {total[k]:.1f}" for k in ("p50", "p90", "p99", "max")))
            )
        return [f"{name:<12} {value}" for name, value in rows]

    def _outcome(self, view: View) -> str:
        if view in self.right:
            return (
                "held, and the picture is right" if self.right[view] else "held, but the picture is not right"
            )
        if view in self.progression.skipped:
            return "skipped: not found"
        return "captured before" if view in self.progression.captured else "not done"


@dataclass(frozen=True, slots=True)
class OpenDemo:
    """A demonstration that is ready to begin, and the exam that keeps its clips, if any."""

    demo: ProtocolDemo
    views: tuple[View, ...]
    kept: ExamRecorder | None
    capture_quality: float

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """What has to hear all guidance."""
        return () if self.kept is None else (self.kept,)

    def lines(self) -> list[str]:
        """How it went and what was kept."""
        return [*self.demo.lines(), *([] if self.kept is None else kept_lines(self.kept))]


def open_demo(options: ProtocolOptions, stack: ExitStack, *, wait: bool) -> OpenDemo:
    """Look at everything that bad input can spoil. ``stack`` closes what was opened; ``wait`` for the disk.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the exam.
    """
    if options.policy is Policy.ORACLE:
        raise InputError("--policy oracle knows one view: leave out --protocol, or choose another policy")
    views = protocol_of(options.protocol).views
    seed = patient_of(options.exam, options.seed)
    model = stack.enter_context(Model.load(options.model or default_model_folder(), runtime=options.runtime))
    views = known_views(views, model)
    demo: ProtocolDemo | None = None
    kept: ExamRecorder | None = None
    if options.exam is not None:
        kept = stack.enter_context(
            open_exam(
                options.exam,
                source=f"phantom:seed={seed}",
                kind="phantom",
                targets=views,
                manifest=model.manifest,
                profile=lambda: None if demo is None or demo.exam is None else demo.exam.profile,
                wait=wait,
                pose=lambda _: None if demo is None or demo.exam is None else demo.exam.drawn_pose,
            )
        )
    settings = LoopSettings(seed=seed, policy=options.policy, max_moves=options.max_moves)
    demo = ProtocolDemo(settings, views, model, captured=views_kept(kept, views))
    if kept is not None:
        kept.watch(demo.coach)
    return OpenDemo(demo, views, kept, model.manifest.hints.hold_quality)


def patient_of(exam: Path | None, seed: int | None) -> int:
    """Seed of the patient: the one whose exam goes on, else ``seed``, else anybody.

    Raises:
        InputError: the exam is somebody else's.
    """
    if exam is not None and (exam / EXAM_FILE).exists():
        record = look_at(exam).record
        found = None if record is None else _SEED.search(record.exam.source)
        if record is not None and (found is None or not record.exam.virtual):
            raise InputError(f"{exam} is not the exam of a virtual patient: choose another folder for --exam")
        if found is not None:
            if seed not in (None, int(found[1])):
                raise InputError(f"{exam} is the exam of virtual patient {found[1]}: leave out --seed")
            return int(found[1])
    return secrets.randbelow(10_000) if seed is None else seed

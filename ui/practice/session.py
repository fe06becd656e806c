"""PracticeSession: attempts one after another, each on a thread of its own: patient, pictures, network, coach, judge.

No Qt. Drawing the virtual patient never happens on the caller's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import numpy as np

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import SonoguideError
from guidance.hint import Guidance, State
from guidance.model import Model
from ui.practice.attempt import Aid, Attempt, Ending
from ui.practice.case import Case, open_case
from ui.practice.curve import fade_of
from ui.practice.fading import Fade, HintFader
from ui.practice.history import History
from ui.practice.patients import MAX_SEED, difficulty_of, find_seed, habitus_of
from ui.practice.plan import Ended, Listener, Plan
from ui.practice.shown import Showing


class PracticeSession:
    """Practice with ``model``; attempts are kept in ``history``.

    Args:
        model: the network; the caller closes it. history: where attempts go.
        plan: what to practise at first; change :attr:`plan` between attempts.
        rng: draws patients and starts. now: wall clock.
        size, fps: of the pictures.

    Attributes:
        plan: of the next attempt.
        case: the patient under way, or the last one; None before the first.
        done: attempts of this session.
    """

    def __init__(
        self,
        model: Model,
        history: History,
        plan: Plan,
        *,
        rng: np.random.Generator,
        now: Callable[[], datetime],
        size: tuple[int, int] = (640, 480),
        fps: float = 20.0,
    ):
        self.model = model
        self.history = history
        self.plan = plan
        self.case: Case | None = None
        self.done: list[Attempt] = []
        self._rng = rng
        self._now = now
        self._name = now().isoformat(timespec="seconds")
        self._size, self._fps = size, fps
        self._run: _Run | None = None

    @property
    def running(self) -> bool:
        """Whether an attempt is under way."""
        return self._run is not None and self._run.alive

    @property
    def fade(self) -> Fade | None:
        """How sparse hints are in the next attempt; None where they do not fade."""
        return fade_of(self.history.attempts, self.plan.view) if self.plan.fade and self.plan.hints else None

    def begin(self, listener: Listener, *, same_patient: bool = False) -> None:
        """Break off what is under way, and begin with another patient, or with the same one from another start."""
        before, self._run = self._run, None
        if before is not None:
            before.stop()
        seed = self.case.seed if same_patient and self.case is not None else None
        first, start = int(self._rng.integers(MAX_SEED + 1)), int(self._rng.integers(1 << 30))
        if self.plan.wish.seed is not None and not self.done:
            first = self.plan.wish.seed
        self._run = _Run(self, listener, before, seed, first, start)
        self._run.thread.start()

    def say_done(self) -> None:
        """The operator says that this is the picture."""
        if self._run is not None:
            self._run.say_done()

    def give_up(self) -> None:
        """The operator gives up."""
        if self._run is not None:
            self._run.given_up.set()

    def ask(self) -> None:
        """The operator asks for a hint."""
        if self._run is not None:
            self._run.ask()

    def close(self) -> None:
        """Break off what is under way; returns when its threads have ended."""
        if self._run is not None:
            self._run.stop()
            self._run.thread.join()


class _Run:
    """One attempt on its thread."""

    def __init__(
        self, session: PracticeSession, listener: Listener, before: _Run | None, seed: int | None, first: int,
        start: int,
    ):  # fmt: skip
        self.given_up = threading.Event()
        self._said = threading.Event()
        self._stopped = threading.Event()
        self._session, self._listener, self._before = session, listener, before
        self._seed, self._first, self._start = seed, first, start
        self._plan = session.plan
        fade = None if self._plan.aid is not Aid.HINTS else session.fade
        self._fader = None if fade is None else HintFader(fade)
        self._coach = Coach(self._plan.view, session.model.manifest.hints)
        self._asked = 0
        self._ask_now = threading.Event()
        self.thread = threading.Thread(target=self._work, name="sonoguide-practice", daemon=True)

    @property
    def alive(self) -> bool:
        return self.thread.is_alive() and not self._stopped.is_set()

    def stop(self) -> None:
        self._stopped.set()

    def say_done(self) -> None:
        self._said.set()

    def ask(self) -> None:
        self._ask_now.set()

    def _work(self) -> None:
        if self._before is not None:
            self._before.thread.join()
            self._before = None
        try:
            attempt = self._attempt()
        except Exception as error:  # a thread has nobody to raise to: the window says it
            self._listener.ended(Ended(problem=str(error) or type(error).__name__))
            return
        if attempt is None:
            return
        problem = None
        try:
            self._session.history.add(attempt)
        except SonoguideError as error:
            problem = str(error)
        self._session.done.append(attempt)
        self._listener.ended(Ended(attempt, problem))

    def _attempt(self) -> Attempt | None:
        """The attempt from its first picture to its end; None when it was broken off."""
        session = self._session
        case = self._patient()
        if self._stopped.is_set():
            return None
        session.case = case
        self._listener.ready(case)
        showing = Showing(self._plan.aid, self._fader)
        engine = Engine(session.model, self._coach, profile=case.scanner.profile)
        began: float | None = None
        with case.source, engine:
            for guidance in engine.run(case.source):
                began = guidance.frame.t_stream_s if began is None else began
                if self._stopped.is_set():
                    return None
                if self._fader is not None and self._ask_now.is_set():
                    self._ask_now.clear()
                    self._asked += 1
                    self._fader.ask(guidance.frame.t_stream_s)
                self._listener.guided(showing(guidance))
                ending = self._ending(guidance)
                if ending is not None:
                    return self._judged(
                        case, guidance, ending, guidance.frame.t_stream_s - began, showing.hints
                    )
        return None

    def _patient(self) -> Case:
        """The same patient again, the one that was named, or the next who fits and can give the view at all."""
        wish, size, fps = self._plan.wish, self._session._size, self._session._fps
        first = self._first
        while True:
            seed = find_seed(wish, first) if self._seed is None else self._seed
            case = open_case(self._plan.view, seed, self._start, size=size, fps=fps)
            if case.possible or wish.one or self._seed is not None or self._stopped.is_set():
                return case
            first = seed + 1

    def _ending(self, guidance: Guidance) -> Ending | None:
        if self.given_up.is_set():
            return Ending.GIVEN_UP
        if self._said.is_set():
            return Ending.BY_HAND
        held = guidance.advice.state is State.CAPTURED
        return Ending.HELD if held and self._plan.aid is not Aid.NOTHING else None

    def _judged(self, case: Case, last: Guidance, ending: Ending, seconds: float, hints: int) -> Attempt:
        judged = case.judged(last.frame.t_stream_s)
        way, manifest = case.hand.way, self._session.model.manifest
        return Attempt(
            at=self._session._now().isoformat(timespec="seconds"),
            session=self._session._name,
            view=case.view,
            seed=case.seed,
            difficulty=difficulty_of(case.patient),
            habitus=habitus_of(case.patient),
            aid=self._plan.aid,
            retest=self._plan.retest,
            fade=None if self._fader is None else int(self._fader.fade),
            ending=ending,
            right=judged.right_picture,
            seconds=round(seconds, 2),
            path_mm=round(way.mm, 1),
            path_deg=round(way.deg, 1),
            direct_mm=round(case.start.pose_mm, 1),
            direct_deg=round(case.start.pose_deg, 1),
            quality=last.advice.quality,
            plane_mm=round(judged.plane_mm, 2),
            in_plane_deg=round(judged.in_plane_deg, 2),
            hints=hints,
            asked=self._asked,
            model=f"{manifest.name} {manifest.version}",
        )

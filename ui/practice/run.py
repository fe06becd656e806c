"""What ``sonoguide practice`` does: opens the history and the window, or tells the learning curve."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from guidance.errors import InputError, RuntimeFailure
from guidance.model import Model, default_model_folder
from guidance.views import parse_view
from ui.output import check_output
from ui.practice.curve import curve_json, curve_lines
from ui.practice.history import History, default_place
from ui.practice.patients import find_seed, parse_patient
from ui.practice.plan import Plan
from ui.practice.session import PracticeSession
from ui.qt import window_application, window_problem
from ui.session import known_views


@dataclass(frozen=True, slots=True)
class PracticeOptions:
    """Options of ``sonoguide practice``, as typed; ``keep`` None is the user's own data folder."""

    patient: tuple[str, ...] = ()
    view: str = "A4C"
    hints: bool = True
    fade: bool = True
    retest: bool = False
    keep: Path | None = None
    model: Path | None = None
    runtime: str = "auto"


def open_history(keep: Path | None) -> History:
    """The history at ``keep``, or at the usual place.

    Raises:
        InputError: what is wrong with the file or its place.
    """
    check_output(None if keep is None else str(keep), "--keep")
    return History(keep or default_place())


def tell_history(keep: Path | None, *, as_json: bool) -> None:
    """The learning curve on stdout.

    Raises:
        InputError: what is wrong with the file.
    """
    history = open_history(keep)
    if as_json:
        print(json.dumps(curve_json(history.attempts), indent=2))
    elif history.attempts:
        print("\n".join(curve_lines(history.attempts)))
    else:
        print(f"no attempts in {history.path} yet: sonoguide practice begins")


def run_practice(options: PracticeOptions) -> None:
    """Practice in a window until it is closed; says on stdout what was done.

    Raises:
        InputError: what is wrong with the options, the history, the model, or that no window can be shown.
        RuntimeFailure: attempts could not be kept.
    """
    wish, view = parse_patient(options.patient), parse_view(options.view)
    find_seed(wish, wish.seed or 0)  # says now what cannot be had
    history = open_history(options.keep)
    problem = window_problem()
    if problem is not None:
        raise InputError(f"{problem}: practice needs a window; sonoguide practice --history needs none")
    plan = Plan(view, wish, options.hints, options.fade, options.retest)
    application = window_application()
    from ui.app import dress  # only now: without Qt these imports fail
    from ui.practice.window import PracticeWindow
    from ui.window_run import run_until_closed

    dress(application)
    with Model.load(options.model or default_model_folder(), runtime=options.runtime) as model:
        known_views((view,), model)
        now = datetime.now().astimezone
        session = PracticeSession(model, history, plan, rng=np.random.default_rng(), now=now)
        window = PracticeWindow(session)
        run_until_closed(application, window)
        session.close()
    done = len(session.done)
    print(
        f"virtual patients: {done} attempt{'' if done == 1 else 's'}, {sum(a.reached for a in session.done)} right"
    )
    try:
        history.finish()
    except RuntimeFailure as error:
        raise RuntimeFailure(f"{error}: free some space, or choose another place with --keep") from error
    if done:
        print(
            f"kept in {history.path}; sonoguide practice --history shows the learning curve", file=sys.stderr
        )

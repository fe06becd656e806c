"""Coach: a stream of predictions becomes one stable hint with its reason. Deterministic; has no clock of its
own.

:mod:`guidance.fusion` calms the evidence, :mod:`guidance.recognition` says what is on screen,
:mod:`guidance.hinting` picks, words and paces one movement, :mod:`guidance.answer` says what was decided; here are the
states between them, and what the operator can say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guidance.answer import advice_of, why_no_hint
from guidance.coach_settings import CoachSettings
from guidance.errors import InputError
from guidance.fusion import Fused, Fusion
from guidance.hint import Advice, Hint, ReasonCode, State
from guidance.hinting import Hinter
from guidance.manifest import HintPolicy
from guidance.picture_kind import PictureKind
from guidance.prediction import Prediction
from guidance.probe import Pose
from guidance.recognition import Recogniser, Recognition, Sight
from guidance.signal import Signal
from guidance.views import START_CARDS, View
from guidance.wish import Wish, WishKind
from guidance.wording import Catalogue, Message
from guidance.wording.en import ENGLISH

__all__ = ["Coach", "CoachSettings", "Signal"]

_ABSTENTIONS: Mapping[Sight, tuple[Message, ReasonCode | None]] = MappingProxyType(
    {
        Sight.UNKNOWN_TARGET: (Message.UNKNOWN_TARGET, None),
        Sight.UNFAMILIAR: (Message.UNFAMILIAR, ReasonCode.UNFAMILIAR),
        Sight.UNSURE: (Message.UNSURE, ReasonCode.UNSURE),
    }
)
_OTHER_KINDS: Mapping[PictureKind, tuple[Message, ReasonCode]] = MappingProxyType(
    {
        PictureKind.COLOUR: (Message.COLOUR, ReasonCode.COLOUR),
        PictureKind.STRIP: (Message.STRIP, ReasonCode.STRIP),
        PictureKind.NOT_ADULT: (Message.NOT_ADULT, ReasonCode.NOT_ADULT),
        PictureKind.SHALLOW: (Message.SHALLOW, ReasonCode.SHALLOW),
    }
)


@dataclass(slots=True)
class _Progress:
    """What has happened on the way to the present target. Times in seconds on the stream's time line."""

    override: View | None = None
    hold_since: float | None = None
    captured_seen: float | None = None  # last time that the captured picture was still there
    no_contact_since: float | None = None
    mark: bool = False  # requests of the operator that wait for the next picture
    dismiss: bool = False


class Coach:
    """Tells one operator how to get from the picture on screen to the target view, and when to hold still.

    States without a hint: NO_SIGNAL, FROZEN, NOT_RECOGNISED, HOLD, CAPTURED, PAUSED; there ``Advice.message`` says
    why and what to do. NO_CONTACT has none but PRESS. SEARCHING (the target is not on screen) has a hint only if the
    way to the target is known well: OTHER is not the most probable view (but see ``other_confidence``), and the 90 %
    interval of the error excludes zero. ADJUSTING (the target is on screen) has one where an error is worth it, else
    a message.

    Methods may be called from any thread. The same calls give the same answers.

    Args:
        target: view to aim at.
        settings: all thresholds, or the model's policy for those that it states.
        catalogue: language of the texts.

    Attributes:
        on_wish: told of each wish of the operator once it is in force, on the thread that said it; None: nobody.

    Raises:
        InputError: ``target`` is OTHER.
    """

    def __init__(
        self,
        target: View,
        settings: CoachSettings | HintPolicy | None = None,
        catalogue: Catalogue = ENGLISH,
    ) -> None:
        if isinstance(settings, HintPolicy):
            settings = CoachSettings.from_policy(settings)
        self._settings = settings or CoachSettings()
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._fusion = Fusion(self._settings)
        self._recogniser = Recogniser(self._settings)
        self._hinter = Hinter(self._settings, catalogue)
        self.on_wish: Callable[[Wish], object] | None = None
        self._muted = False
        self._t: float | None = None
        self._aim(target)

    @property
    def target(self) -> View:
        """The view to aim at."""
        return self._target

    @property
    def muted(self) -> bool:
        """Whether hints are muted."""
        return self._muted

    @property
    def settings(self) -> CoachSettings:
        """All thresholds in force."""
        return self._settings

    # What the operator can say

    def set_target(self, view: View) -> None:
        """Aim at another view. Ends HOLD, CAPTURED, an override and dismissals; keeps what is known of the
        picture.

        Raises:
            InputError: ``view`` is OTHER.
        """
        with self._lock:
            self._aim(view)
        self._tell(Wish(WishKind.TARGET, view))

    def mute(self, muted: bool = True) -> None:
        """Silence the coach (state PAUSED), or let it speak again."""
        with self._lock:
            self._muted = muted
        self._tell(Wish(WishKind.MUTE, on=muted))

    def mark_captured(self) -> None:
        """The operator captured by hand: CAPTURED from the next picture on, whatever it looks like."""
        with self._lock:
            self._progress.mark = True
        self._tell(Wish(WishKind.CAPTURE))

    def override_view(self, view: View | None) -> None:
        """The operator says which view is on screen; None: the model decides again. Ends with the target."""
        with self._lock:
            self._progress.override = view
        self._tell(Wish(WishKind.OVERRIDE, view))

    def dismiss_hint(self) -> None:
        """The operator disagrees with the hint on screen: nothing about its axis for ``dismiss_s``."""
        with self._lock:
            self._progress.dismiss = True
        self._tell(Wish(WishKind.DISMISS))

    def reset(self) -> None:
        """Forget the stream (a new patient, a new source); target, mute and settings stay."""
        with self._lock:
            self._restart()

    # What the stream says

    def advise(
        self,
        t_s: float,
        prediction: Prediction | None,
        *,
        pose: Pose | None = None,
        signal: Signal = Signal.LIVE,
        kind: PictureKind = PictureKind.B_MODE,
    ) -> Advice:
        """What to tell the operator at ``t_s``.

        Args:
            t_s: seconds on the stream's time line; going back (a clip that loops) forgets what was before.
            prediction: of the newest picture; None while guidance is stale.
            pose: tracked probe pose of that picture, in the thorax frame.
            signal: whether pictures arrive.
            kind: what the picture is; for any but B-mode the prediction is not believed.
        """
        with self._lock:
            if self._t is not None and t_s < self._t:
                self._restart()
            self._t = t_s
            if signal is Signal.LOST:
                return self._silent(State.NO_SIGNAL, Message.NO_SIGNAL)
            if signal is Signal.FROZEN:
                return self._silent(State.FROZEN, Message.FROZEN)
            if prediction is None:
                return self._silent(State.PAUSED, Message.STALE)
            if kind is not PictureKind.B_MODE:
                return self._not_b_mode(t_s, kind)
            fused = self._fusion.update(t_s, prediction, self._target, pose)
            if fused is None:
                return self._silent(State.PAUSED, Message.STALE)
            seen = self._recogniser.look(fused, self._target, self._progress.override)
            if self._muted:
                return self._silent(State.PAUSED, Message.MUTED, fused, seen)
            self._hinter.tick(t_s)
            if self._progress.dismiss:
                self._progress.dismiss = False
                self._hinter.dismiss(t_s)
            return self._coach(t_s, prediction, pose, fused, seen)

    def _not_b_mode(self, t_s: float, kind: PictureKind) -> Advice:
        """What the network made of such a picture is worth nothing, then or afterwards."""
        self._fusion.reset()
        if self._muted:
            return self._silent(State.PAUSED, Message.MUTED)
        if self._captured(t_s, in_place=False):
            return self._silent(State.CAPTURED, Message.CAPTURED, hold_progress=1.0)
        message, code = _OTHER_KINDS[kind]
        return self._silent(State.NOT_RECOGNISED, message, code=code)

    def _coach(
        self, t_s: float, prediction: Prediction, pose: Pose | None, fused: Fused, seen: Recognition
    ) -> Advice:
        progress = self._progress
        if self._captured(t_s, self._in_place(fused, seen, holding=True)):
            return self._silent(State.CAPTURED, Message.CAPTURED, fused, seen, hold_progress=1.0)
        if seen.sight is Sight.NO_CONTACT:
            return self._no_contact(t_s, fused, seen)
        progress.no_contact_since = None
        if seen.sight in _ABSTENTIONS:
            message, code = _ABSTENTIONS[seen.sight]
            return self._silent(State.NOT_RECOGNISED, message, fused, seen, code=code)
        if self._in_place(fused, seen, holding=progress.hold_since is not None):
            return self._hold(t_s, fused, seen)
        progress.hold_since = None
        state = State.ADJUSTING if seen.sight is Sight.TARGET else State.SEARCHING
        hint = self._hinter.movement(t_s, prediction, pose, fused, seen, self._target)
        if hint is not None:
            return self._advice(state, fused, seen, hint=hint, code=hint.reason_code)
        message, code = why_no_hint(prediction, fused, seen, self._settings.facet_low)
        return self._advice(state, fused, seen, message=message, code=code)

    def _in_place(self, fused: Fused, seen: Recognition, *, holding: bool) -> bool:
        """Target on screen, quality good enough, and no error confidently beyond its tolerance.

        Without a quality output every error must be within its tolerance; without either, never.
        """
        s = self._settings
        if seen.sight is not Sight.TARGET:
            return False
        if fused.quality is None:
            if fused.adjustment is None:
                return False
            return all(abs(e) <= tol for e, tol in zip(fused.adjustment, s.tolerance, strict=True))
        if fused.quality < s.hold_quality - (s.quality_slack if holding else 0.0):
            return False
        return not self._hinter.beyond(fused, s.hold_exit_ratio if holding else 1.0)

    def _hold(self, t_s: float, fused: Fused, seen: Recognition) -> Advice:
        if self._progress.hold_since is None:
            self._progress.hold_since = t_s
        share = (t_s - self._progress.hold_since) / self._settings.hold_time_s
        if share >= 1.0:
            self._progress.captured_seen = t_s
            return self._silent(State.CAPTURED, Message.CAPTURED, fused, seen, hold_progress=1.0)
        self._hinter.withdraw()
        return self._advice(State.HOLD, fused, seen, message=Message.HOLD, hold_progress=share)

    def _captured(self, t_s: float, in_place: bool) -> bool:
        """Whether the state is CAPTURED: from then until the picture has been left for ``leave_s``."""
        progress = self._progress
        if progress.mark:
            progress.mark, progress.captured_seen = False, t_s
        if progress.captured_seen is None:
            return False
        if in_place:
            progress.captured_seen = t_s
        elif t_s - progress.captured_seen >= self._settings.leave_s:
            progress.captured_seen = None
        return progress.captured_seen is not None

    def _no_contact(self, t_s: float, fused: Fused, seen: Recognition) -> Advice:
        """PRESS for a while; when that does not help, back to the start card."""
        self._progress.hold_since = None
        if self._progress.no_contact_since is None:
            self._progress.no_contact_since = t_s
        patient = t_s - self._progress.no_contact_since < self._settings.press_patience_s
        hint = self._hinter.press(t_s, self._target, patient=patient)
        message = Message.NO_CONTACT if patient else Message.STILL_NO_CONTACT
        return self._advice(
            State.NO_CONTACT,
            fused,
            seen,
            hint=hint,
            message=None if hint else message,
            code=ReasonCode.NO_CONTACT,
        )

    # Answers

    def _silent(
        self,
        state: State,
        message: Message,
        fused: Fused | None = None,
        seen: Recognition | None = None,
        hold_progress: float = 0.0,
        code: ReasonCode | None = None,
    ) -> Advice:
        """An answer without a hint that also ends any hint and hold."""
        self._hinter.withdraw()
        self._progress.hold_since = None
        return self._advice(state, fused, seen, message=message, hold_progress=hold_progress, code=code)

    def _advice(
        self,
        state: State,
        fused: Fused | None,
        seen: Recognition | None,
        *,
        hint: Hint | None = None,
        message: Message | None = None,
        code: ReasonCode | None = None,
        hold_progress: float = 0.0,
    ) -> Advice:
        return advice_of(
            self._catalogue, self._target, state, fused, seen,
            hint=hint, message=message, code=code, hold_progress=hold_progress,
        )  # fmt: skip

    # Book-keeping

    def _tell(self, wish: Wish) -> None:
        """Without the lock: who is told may ask the coach something."""
        if self.on_wish is not None:
            self.on_wish(wish)

    def _aim(self, view: View) -> None:
        if view is View.OTHER:
            raise InputError(f"OTHER cannot be a target: choose one of {', '.join(START_CARDS)}")
        self._target = view
        self._fusion.forget_adjustment()
        self._hinter.forget()
        self._progress = _Progress()

    def _restart(self) -> None:
        self._t = None
        self._fusion.reset()
        self._recogniser.reset()
        self._hinter.restart()
        self._progress = _Progress()

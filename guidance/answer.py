"""The coach's answer: what it decided, put into words and figures. Pure: the same decision is the same answer."""

from __future__ import annotations

from guidance.fusion import Fused
from guidance.hint import Advice, Hint, ReasonCode, State
from guidance.prediction import Prediction
from guidance.probe import Adjustment
from guidance.recognition import Recognition, Sight
from guidance.views import View, Window, window_of
from guidance.wording import Catalogue, Message


def advice_of(
    catalogue: Catalogue,
    target: View,
    state: State,
    fused: Fused | None,
    seen: Recognition | None,
    *,
    hint: Hint | None = None,
    message: Message | None = None,
    code: ReasonCode | None = None,
    hold_progress: float = 0.0,
) -> Advice:
    """The answer in ``state``, with what may be said of the picture: nothing of it where it was not recognised.

    Args:
        catalogue: language.
        target: view that is aimed at.
        state: the coach's.
        fused, seen: what is known of the picture; None: nothing.
        hint: the one movement, or None.
        message: what stands there without a hint; None: nothing.
        code: why.
        hold_progress: 0 to 1.
    """
    line = ""
    if message is not None:
        view = View.OTHER if seen is None else seen.view
        line = catalogue.message(message, target, catalogue.cards[target], view)
    if fused is None or seen is None:
        return Advice(state, target, View.OTHER, 0.0, message=line, reason_code=code)
    if seen.sight in (Sight.UNFAMILIAR, Sight.UNSURE):
        # Abstaining covers every judgement of the picture; the novelty stays, it says why.
        return Advice(
            state,
            target,
            View.OTHER,
            fused.probability_of(View.OTHER),
            novelty=fused.novelty,
            message=line,
            hold_progress=hold_progress,
            reason_code=code,
        )
    adjustment = half_width90 = None
    trusted = hint is not None or seen.heart_seen
    trusted = trusted and seen.sight in (Sight.TARGET, Sight.ELSEWHERE)
    if trusted and fused.adjustment is not None and fused.half_width90 is not None:
        adjustment, half_width90 = Adjustment(*fused.adjustment), Adjustment(*fused.half_width90)
    return Advice(
        state=state,
        target=target,
        view=seen.view,
        view_probability=seen.probability,
        quality=fused.quality,
        facets=fused.facets,
        novelty=fused.novelty,
        hint=hint,
        message=line,
        adjustment=adjustment,
        half_width90=half_width90,
        hold_progress=hold_progress,
        reason_code=code,
        foreshortening=fused.foreshortening if window_of(seen.view) is Window.APICAL else None,
    )


def why_no_hint(
    prediction: Prediction, fused: Fused, seen: Recognition, low: float
) -> tuple[Message, ReasonCode | None]:
    """What stands in place of a hint, and its code where there is one; ``low``: below it a facet is the reason."""
    mute = ReasonCode.NO_MOVEMENTS if prediction.adjustment is None else None
    if seen.sight is not Sight.TARGET:
        if seen.view is View.OTHER:
            return Message.NO_VIEW, mute
        return Message.OTHER_VIEW, ReasonCode.WRONG_VIEW
    facets = fused.facets
    if facets is not None and min(facets.gain_depth, facets.window) < low:
        if facets.gain_depth < facets.window:
            return Message.GAIN_DEPTH, ReasonCode.GAIN_DEPTH
        return Message.POOR_WINDOW, ReasonCode.POOR_WINDOW
    if mute is not None:
        return (Message.BY_HAND if fused.quality is None else Message.NO_MOVEMENTS), mute
    return (Message.WAIT if fused.adjustment is None else Message.NEARLY), None

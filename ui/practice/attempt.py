"""Attempt: what one try at one view of one virtual patient amounted to. Also the record in the kept file."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from guidance.views import View


class Aid(StrEnum):
    """What the operator is given.

    HINTS: hints, faded or not, quality bar, hold-still. METER: no hints. NOTHING: the picture alone, as in a test; the
    operator says when it is right.
    """

    HINTS = "hints"
    METER = "meter"
    NOTHING = "nothing"


class Ending(StrEnum):
    """How an attempt ended: the coach saw the view held, the operator said that this is it, or gave up."""

    HELD = "held"
    BY_HAND = "by hand"
    GIVEN_UP = "given up"


class Attempt(BaseModel):
    """One attempt. Figures are the virtual patient's.

    Attributes:
        at: wall clock at its end, ISO 8601 with its offset. session: the same when the command began.
        view, seed, difficulty, habitus: what was looked for, in which patient.
        aid: what was given. retest: the unaided re-test of something practised. fade: how sparse hints were, 0..3;
            None where they did not fade.
        ending: how it ended. right: the judge says that the last picture is the right one.
        seconds: from the first picture on.
        path_mm, path_deg: how far the probe went. direct_mm, direct_deg: the straight way from start to target.
        quality: of the last picture by the network, 0..1; None where it gave none.
        plane_mm, in_plane_deg: how far the last picture is off, by the judge.
        hints: how many were shown. asked: how many of them were asked for.
        model: name and version of the network.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    at: str
    session: str
    view: View
    seed: int = Field(ge=0)
    difficulty: str
    habitus: str
    aid: Aid
    retest: bool = False
    fade: int | None = Field(default=None, ge=0, le=3)
    ending: Ending
    right: bool
    seconds: float = Field(ge=0.0)
    path_mm: float = Field(ge=0.0)
    path_deg: float = Field(ge=0.0)
    direct_mm: float = Field(ge=0.0)
    direct_deg: float = Field(ge=0.0)
    quality: float | None = Field(default=None, ge=0.0, le=1.0)
    plane_mm: float = Field(ge=0.0)
    in_plane_deg: float = Field(ge=0.0)
    hints: int = Field(default=0, ge=0)
    asked: int = Field(default=0, ge=0)
    model: str = ""

    @property
    def reached(self) -> bool:
        """Ended by holding or saying so, not by giving up, and the picture is right."""
        return self.right and self.ending is not Ending.GIVEN_UP

    @property
    def detour(self) -> float | None:
        """Length of the path over the straight way, mm plus degrees each; None where the start was the target."""
        direct = self.direct_mm + self.direct_deg
        return (self.path_mm + self.path_deg) / direct if direct > 0.0 else None

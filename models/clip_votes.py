"""Votes: what the frames of one recorded clip were called, and whether that fits a person's label."""

from __future__ import annotations

from dataclasses import dataclass

from guidance.prediction import Prediction
from guidance.views import View, window_of


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What a model made of one real clip: frames, frames guided (not called OTHER or novel), votes per view."""

    clip: str
    label: str
    frames: int
    guided: int
    votes: dict[str, int]

    @property
    def majority(self) -> str:
        """What most frames were called; OTHER is a vote like any other."""
        return max(self.votes, key=lambda k: self.votes[k])

    @property
    def named_majority(self) -> str:
        """The standard view named most often; OTHER where none was."""
        named = {k: v for k, v in self.votes.items() if k != View.OTHER}
        return max(named, key=lambda k: named[k]) if named else View.OTHER.value


def is_label(label: str) -> bool:
    """Whether ``label`` names a view as people do: coarser than the model (``PSAX``), or spelt with dashes."""
    return _spelt(label) in (*View.__members__, "PSAX")


def label_in(name: str) -> str:
    """The label that a file's or folder's ``name`` begins with (``a4c_012.mp4``, ``PSAX-AV``), or an empty string."""
    spelt = _spelt(name)
    fits = [label for label in (*View.__members__, "PSAX") if spelt.startswith(label)]
    longest = max(fits, key=len, default="")
    return longest if not spelt[len(longest) :][:1].isalnum() else ""


def _spelt(label: str) -> str:
    return label.strip().upper().replace("-", "_")


def same_view(label: str, named: str) -> bool:
    """Whether ``named`` fits a label (see :func:`is_label`)."""
    want = _spelt(label)
    return named == want or (want == "PSAX" and named.startswith("PSAX_"))


def same_window(label: str, named: str) -> bool:
    """Whether ``named`` is seen from the same acoustic window as ``label``."""
    want = _spelt(label)
    want = "PSAX_PM" if want == "PSAX" else want
    if want not in View.__members__ or named not in View.__members__:
        return False
    return window_of(View(want)) is window_of(View(named))


def tally(clip: str, label: str, predictions: list[Prediction], max_novelty: float) -> ClipResult:
    """Count the votes of one clip's frames."""
    votes: dict[str, int] = {}
    guided = 0
    for p in predictions:
        votes[p.view.value] = votes.get(p.view.value, 0) + 1
        guided += p.view is not View.OTHER and (p.novelty or 0.0) <= max_novelty
    return ClipResult(clip, label, len(predictions), guided, votes)

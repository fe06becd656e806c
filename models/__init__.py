"""The virtual patient, and the network that is taught on it: data, training, evaluation, export.

Every public name can be imported from here; training's own modules need PyTorch, and no name of this list does. More
of the virtual patient is in :mod:`models.phantom`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guidance.lazy_names import lazily

if TYPE_CHECKING:
    from models.clips import clip_figures, clip_predictions, measure_clips, read_labels
    from models.closed_loop import LoopResult, LoopSettings, Policy, run_many
    from models.evaluate import VirtualFigures, virtual_figures
    from models.manifest_file import write_manifest
    from models.phantom.patient import Patient, sample_patient
    from models.phantom.scanner import VirtualScanner
    from models.phantom.source import PhantomSource, open_phantom

_NAMES = {
    "clips": "clip_figures clip_predictions measure_clips read_labels",
    "closed_loop": "LoopResult LoopSettings Policy run_many",
    "evaluate": "VirtualFigures virtual_figures",
    "manifest_file": "write_manifest",
    "phantom.patient": "Patient sample_patient",
    "phantom.scanner": "VirtualScanner",
    "phantom.source": "PhantomSource open_phantom",
}
"""Public names by module."""

__all__ = [
    "LoopResult",
    "LoopSettings",
    "Patient",
    "PhantomSource",
    "Policy",
    "VirtualFigures",
    "VirtualScanner",
    "clip_figures",
    "clip_predictions",
    "measure_clips",
    "open_phantom",
    "read_labels",
    "run_many",
    "sample_patient",
    "virtual_figures",
    "write_manifest",
]

__getattr__, __dir__ = lazily(__name__, _NAMES)

"""The virtual patient: a beating, breathing heart in a chest, a probe with a pose, a B-mode picture with exact labels.

Everything here is parametric and seeded; nothing is learnt, nothing comes from a patient.
"""

from models.phantom.judge import Judgement, judge
from models.phantom.patient import Condition, Patient, Sex, sample_patient
from models.phantom.scanner import VirtualScanner
from models.phantom.style import MachineStyle, sample_style
from models.phantom.targets import Target, view_targets

__all__ = [
    "Condition",
    "Judgement",
    "MachineStyle",
    "Patient",
    "Sex",
    "Target",
    "VirtualScanner",
    "judge",
    "sample_patient",
    "sample_style",
    "view_targets",
]

"""The real-time engine: streams in, guidance out. For research use only; not a medical device.

Example::

    from guidance import Coach, Engine, Model, View, default_model_folder, open_source

    model = Model.load(default_model_folder())
    engine = Engine(model, Coach(View.A4C, model.manifest.hints))
    for guidance in engine.run(open_source("clip.mp4")):
        print(guidance.advice.state, guidance.advice.hint)

Every public name can be imported from here. Modules load when a name of theirs is first used: a program that
needs the views alone does not wait for the decoders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guidance.lazy_names import lazily

if TYPE_CHECKING:
    from guidance.capture import AutoCapture, CaptureReason, Clip, ClipBuffer
    from guidance.coach import Coach
    from guidance.coach_settings import CoachSettings
    from guidance.device import DeviceProfile, MarkerSide, Sector
    from guidance.engine import Engine
    from guidance.errors import InputError, RuntimeFailure, SonoguideError
    from guidance.frame import Frame
    from guidance.grabber import Grabber, GrabberSettings
    from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
    from guidance.jsonl import JsonLines
    from guidance.latency import LatencyLog, StageTimer
    from guidance.listeners import Listener, Listeners
    from guidance.manifest import (
        Calibration,
        HintPolicy,
        InputSpec,
        Manifest,
        MemoryOutputs,
        MemorySpec,
        OutputNames,
        read_manifest,
    )
    from guidance.memory import MemoryState
    from guidance.model import Model, default_model_folder
    from guidance.pauses import quick_switches, quiet_gc, real_time
    from guidance.pipeline import Pipeline
    from guidance.prediction import Facets, Prediction
    from guidance.preprocess import Preprocessor
    from guidance.probe import (
        AXES,
        Adjustment,
        Manoeuvre,
        Pose,
        PoseFrame,
        adjusted,
        adjustment_between,
        pose_distance,
    )
    from guidance.profile_file import read_profile
    from guidance.runtimes import (
        Network,
        Runtime,
        RuntimeUnavailable,
        TensorSpec,
        open_runtime,
        runtime_names,
    )
    from guidance.screen_watch import ScreenState, ScreenWatch
    from guidance.sector import AutoProfile, find_sector
    from guidance.signal import Signal
    from guidance.slot import Delivery, LatestFrame
    from guidance.sources import Source, SourceInfo, known_schemes, list_cameras, open_source
    from guidance.stream import guidance_stream
    from guidance.views import (
        PROTOCOLS,
        STANDARD_VIEWS,
        START_CARDS,
        Protocol,
        StartCard,
        View,
        Window,
        parse_protocol,
        parse_view,
        window_of,
    )
    from guidance.wording import Catalogue

_NAMES = {
    "capture": "AutoCapture CaptureReason Clip ClipBuffer",
    "coach": "Coach",
    "coach_settings": "CoachSettings",
    "device": "DeviceProfile MarkerSide Sector",
    "engine": "Engine",
    "errors": "InputError RuntimeFailure SonoguideError",
    "frame": "Frame",
    "grabber": "Grabber GrabberSettings",
    "hint": "Advice Guidance Hint ReasonCode State",
    "jsonl": "JsonLines",
    "latency": "LatencyLog StageTimer",
    "listeners": "Listener Listeners",
    "manifest": "Calibration HintPolicy InputSpec Manifest MemoryOutputs MemorySpec OutputNames read_manifest",
    "memory": "MemoryState",
    "model": "Model default_model_folder",
    "pauses": "quick_switches quiet_gc real_time",
    "pipeline": "Pipeline",
    "prediction": "Facets Prediction",
    "preprocess": "Preprocessor",
    "profile_file": "read_profile",
    "probe": "AXES Adjustment Manoeuvre Pose PoseFrame adjusted adjustment_between pose_distance",
    "runtimes": "Network Runtime RuntimeUnavailable TensorSpec open_runtime runtime_names",
    "sector": "AutoProfile find_sector",
    "screen_watch": "ScreenState ScreenWatch",
    "signal": "Signal",
    "slot": "Delivery LatestFrame",
    "sources": "Source SourceInfo known_schemes list_cameras open_source",
    "stream": "guidance_stream",
    "views": "PROTOCOLS STANDARD_VIEWS START_CARDS Protocol StartCard "
    "View Window parse_protocol parse_view window_of",
    "wording": "Catalogue",
}
"""Public names by module."""

__all__ = [
    "AXES",
    "PROTOCOLS",
    "STANDARD_VIEWS",
    "START_CARDS",
    "Adjustment",
    "Advice",
    "AutoCapture",
    "AutoProfile",
    "Calibration",
    "CaptureReason",
    "Catalogue",
    "Clip",
    "ClipBuffer",
    "Coach",
    "CoachSettings",
    "Delivery",
    "DeviceProfile",
    "Engine",
    "Facets",
    "Frame",
    "Grabber",
    "GrabberSettings",
    "Guidance",
    "Hint",
    "HintPolicy",
    "InputError",
    "InputSpec",
    "JsonLines",
    "LatencyLog",
    "LatestFrame",
    "Listener",
    "Listeners",
    "Manifest",
    "Manoeuvre",
    "MarkerSide",
    "MemoryOutputs",
    "MemorySpec",
    "MemoryState",
    "Model",
    "Network",
    "OutputNames",
    "Pipeline",
    "Pose",
    "PoseFrame",
    "Prediction",
    "Preprocessor",
    "Protocol",
    "ReasonCode",
    "Runtime",
    "RuntimeFailure",
    "RuntimeUnavailable",
    "ScreenState",
    "ScreenWatch",
    "Sector",
    "Signal",
    "SonoguideError",
    "Source",
    "SourceInfo",
    "StageTimer",
    "StartCard",
    "State",
    "TensorSpec",
    "View",
    "Window",
    "adjusted",
    "adjustment_between",
    "default_model_folder",
    "find_sector",
    "guidance_stream",
    "known_schemes",
    "list_cameras",
    "open_runtime",
    "open_source",
    "parse_protocol",
    "parse_view",
    "pose_distance",
    "quick_switches",
    "quiet_gc",
    "read_manifest",
    "read_profile",
    "real_time",
    "runtime_names",
    "window_of",
]  # fmt: skip

__getattr__, __dir__ = lazily(__name__, _NAMES)

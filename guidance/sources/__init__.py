"""Streams in: :func:`open_source` turns a path or an address into a Source of frames, one file per kind."""

from guidance.sources.base import Source, SourceInfo
from guidance.sources.camera import list_cameras
from guidance.sources.registry import ENTRY_POINT_GROUP, known_schemes, open_source

__all__ = ["ENTRY_POINT_GROUP", "Source", "SourceInfo", "known_schemes", "list_cameras", "open_source"]

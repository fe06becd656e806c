"""Guidance for other programs and machines: servers that listen to the engine and never hold it up."""

from guidance.serve.access import Access, check_token, is_loopback, made_token
from guidance.serve.http import HttpServer
from guidance.serve.pictures import Outgoing, SectorPictures, jpeg

__all__ = [
    "Access",
    "HttpServer",
    "Outgoing",
    "SectorPictures",
    "check_token",
    "is_loopback",
    "jpeg",
    "made_token",
]

"""Access: who may ask a server anything. Pure: requests come as plain values, answers are status codes."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from guidance.errors import InputError

SHORTEST_TOKEN = 8
"""A token that somebody chose must have so many characters."""

COOKIE = "sonoguide_token"
"""Where a browser keeps the token once it has shown it."""


def made_token() -> str:
    """A new token that nobody guesses: 128 random bits as text."""
    return secrets.token_urlsafe(16)


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address) is this computer alone."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_token(token: str) -> None:
    """Refuse a token that is too short to keep anybody out, or cannot travel in a header.

    Raises:
        InputError: it is.
    """
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            f"--token must have {SHORTEST_TOKEN} or more letters, digits and signs, without spaces; "
            "without --token one is made"
        )


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of one server.

    Attributes:
        token: what every request must show; None: nothing (for a server on the loopback address alone).
    """

    token: str | None = None

    def refusal(
        self, headers: Mapping[str, str], query: Mapping[str, str], cookies: Mapping[str, str]
    ) -> int | None:
        """The status code that a request must get, or None where it may go on.

        401: no token or a wrong one. 403: another site's page is asking in the operator's browser, or a name that is
        not this computer's was made to point here (DNS rebinding).
        """
        host = headers.get("Host", "")
        origin = headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403
        elsewhere = headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site")
        if elsewhere and headers.get("Sec-Fetch-Mode") != "navigate":
            return 403
        if self.token is None:
            return None if is_loopback(urlsplit(f"//{host}").hostname or "") else 403
        return None if self.shows_token(headers, query, cookies) else 401

    def shows_token(
        self, headers: Mapping[str, str], query: Mapping[str, str], cookies: Mapping[str, str]
    ) -> bool:
        """Whether the request shows the token: as a bearer, as ``?token=``, or as the cookie."""
        scheme, _, bearer = headers.get("Authorization", "").partition(" ")
        shown = (
            bearer.strip() if scheme.lower() == "bearer" else "",
            query.get("token", ""),
            cookies.get(COOKIE, ""),
        )
        # All are compared, each in constant time: how long it takes tells nothing about the token.
        same = [_same(one, self.token or "") for one in shown]
        return any(same)


def _same(shown: str, token: str) -> bool:
    return bool(token) and hmac.compare_digest(
        shown.encode("utf-8", "surrogateescape"), token.encode("utf-8")
    )

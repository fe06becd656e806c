"""Access rules, without a network.

Promises:
- a token is accepted as bearer, query or cookie, whole and exact;
- on the loopback address without a token only its own names are answered, and only to its own pages;
- tokens that keep nobody out are refused; those that are made differ and are long.
"""

from __future__ import annotations

import pytest

from guidance.errors import InputError
from guidance.serve import Access, check_token, is_loopback, made_token

TOKEN = "correct-horse"
LOCAL = {"Host": "127.0.0.1:8080"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_loopback_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.0.5", "localhost.evil.example", "", "127.0.0.1.evil.example"]
)
def test_other_names(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_its_own_page_is_answered(host: str) -> None:
    assert Access().refusal({"Host": host}, {}, {}) is None
    assert Access().refusal({"Host": host, "Origin": f"http://{host}"}, {}, {}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "evil.example"},
        {**LOCAL, "Origin": "http://evil.example"},
        {**LOCAL, "Origin": "http://127.0.0.1:9999"},
        {**LOCAL, "Origin": "null"},
        {**LOCAL, "Sec-Fetch-Site": "cross-site"},
        {**LOCAL, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_others_are_refused(headers: dict[str, str]) -> None:
    assert Access().refusal(headers, {}, {}) == 403


def test_a_link_from_elsewhere_may_be_followed() -> None:
    headers = {**LOCAL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert Access().refusal(headers, {}, {}) is None


@pytest.mark.parametrize("shown", ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 13, "\udcff"])
def test_a_wrong_token(shown: str) -> None:
    access = Access(TOKEN)
    for headers, query, cookies in (
        ({"Authorization": f"Bearer {shown}"}, {}, {}),
        ({}, {"token": shown}, {}),
        ({}, {}, {"sonoguide_token": shown}),
        ({"Authorization": TOKEN}, {}, {}),
    ):
        assert access.refusal({"Host": "cart:8080", **headers}, query, cookies) == 401


def test_the_right_token() -> None:
    access, host = Access(TOKEN), {"Host": "cart:8080"}
    assert access.refusal({**host, "Authorization": f"bearer {TOKEN}"}, {}, {}) is None
    assert access.refusal(host, {"token": TOKEN}, {}) is None
    assert access.refusal(host, {}, {"sonoguide_token": TOKEN}) is None


@pytest.mark.parametrize("token", ["", "short", "with space inside", "tab\tinside!", "ünïcödé-token"])
def test_tokens_that_keep_nobody_out(token: str) -> None:
    with pytest.raises(InputError, match="--token"):
        check_token(token)


def test_made_tokens() -> None:
    made = {made_token() for _ in range(20)}
    assert len(made) == 20
    for token in made:
        check_token(token)
        assert len(token) >= 20

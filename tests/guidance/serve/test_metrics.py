"""GET /metrics, read by Prometheus' own parser.

Promises:
- frames in and dropped, frames a second, a histogram of each stage, the state, clients and the spool's length;
- the same frame again counts once, and a stream that begins anew does not count backwards;
- the token is asked for; without prometheus-client the answer says what to install, and everything else is served.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace

import pytest
from served import PROFILE, guidance, until

from guidance.hint import State
from guidance.serve import Access, HttpServer, SectorPictures
from guidance.serve.metrics import Metrics

aiohttp = pytest.importorskip("aiohttp", reason="the extra serve is not installed")
parser = pytest.importorskip("prometheus_client.parser", reason="the extra serve is not installed")

TOKEN = "correct-horse"
LATENCY = {"queue": 0.3, "infer": 3.0, "total": 20.0}


def opened(metrics: Callable[[], bytes] | None, access: Access | None = None) -> HttpServer:
    pictures = SectorPictures(lambda: PROFILE)
    return HttpServer("127.0.0.1", 0, pictures, access or Access(), metrics=metrics)


def got(server: HttpServer, token: str = "") -> tuple[int, str, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/metrics")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", error.read().decode()


def samples(text: str) -> dict[str, float]:
    """``name{labels}`` -> value of every sample."""
    return {
        one.name + "".join(f"[{key}={value}]" for key, value in sorted(one.labels.items())): one.value
        for family in parser.text_string_to_metric_families(text)
        for one in family.samples
    }


def told(metrics: Metrics, index: int, dropped: int, state: State = State.HOLD) -> None:
    metrics.publish(replace(guidance(index, state), latency_ms=LATENCY, dropped=dropped))


def test_what_a_stream_is_doing() -> None:
    now = [100.0]
    metrics = Metrics(lambda: {"http": server.clients}, lambda: 7, steady=lambda: now[0])
    with opened(metrics.text) as server:
        for index in range(20):
            now[0] += 0.1
            told(metrics, index, dropped=index // 4)
        told(metrics, 19, 4, State.NO_SIGNAL)  # the last frame again
        status, kind, text = got(server)
        assert status == 200
        assert kind.startswith("text/plain; version=0.0.4")
        said = samples(text)
        assert said["sonoguide_frames_total"] == 20
        assert said["sonoguide_frames_dropped_total"] == 4
        assert said["sonoguide_frames_per_second"] == pytest.approx(4.0)
        assert said["sonoguide_stage_seconds_count[stage=infer]"] == 20
        assert said["sonoguide_stage_seconds_sum[stage=total]"] == pytest.approx(0.4)
        assert said["sonoguide_stage_seconds_bucket[le=0.004][stage=infer]"] == 20
        assert said["sonoguide_stage_seconds_bucket[le=0.002][stage=infer]"] == 0
        states = {name: value for name, value in said.items() if name.startswith("sonoguide_state")}
        assert {name for name, value in states.items() if value} == {"sonoguide_state[state=NO_SIGNAL]"}
        assert len(states) == len(State)
        assert said["sonoguide_spool_files"] == 7
        now[0] += 60.0
        assert samples(got(server)[2])["sonoguide_frames_per_second"] == 0.0


def test_a_stream_that_begins_anew() -> None:
    metrics = Metrics(dict)
    told(metrics, 5, dropped=9)
    told(metrics, 0, dropped=2)
    said = samples(metrics.text().decode())
    assert said["sonoguide_frames_dropped_total"] == 11
    assert "sonoguide_spool_files" not in said


def test_clients_are_counted() -> None:
    metrics = Metrics(lambda: {"http": server.clients})

    async def listen() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{server.port}/stream"),
        ):
            said = await asyncio.to_thread(lambda: samples(got(server)[2]))
            assert said["sonoguide_clients[kind=http]"] == 1

    with opened(metrics.text) as server:
        asyncio.run(listen())
        until(lambda: samples(got(server)[2])["sonoguide_clients[kind=http]"] == 0)


def test_the_token_is_asked_for() -> None:
    with opened(Metrics(dict).text, Access(TOKEN)) as server:
        assert got(server)[0] == 401
        assert got(server, TOKEN)[0] == 200


def test_without_the_package_the_rest_is_served() -> None:
    with opened(None) as server:
        status, _, text = got(server)
        assert status == 501
        assert "pip install" in text

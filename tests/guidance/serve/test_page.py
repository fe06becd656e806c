"""The page, in a real Chromium.

Promises:
- it shows the picture (the sector alone), the hint, its reason, quality, state and target; it says research use;
- guidance that stops coming is called paused, by the page's own clock, and its hint is no longer readable;
- a lost connection is said, and the page comes back by itself when the server does;
- how much of a view was held is shown; the end of the stream is said; so is a picture that is kept back;
- a token in the address opens it, and leaves the address bar;
- nothing needs scrolling on a desktop, a tablet in either orientation, or a phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from served import PROFILE, feeding

from guidance.hint import State
from guidance.serve import Access, HttpServer, SectorPictures

pytest.importorskip("aiohttp", reason="the extra serve is not installed")
HINT = "document.getElementById('one').innerText.startsWith('Slide slightly')"


def opened(port: int = 0, access: Access | None = None, *, known: bool = True) -> HttpServer:
    pictures = SectorPictures(lambda: PROFILE if known else None)
    return HttpServer("127.0.0.1", port, pictures, access or Access())


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with opened() as one:
        yield one


def address(server: HttpServer) -> str:
    return f"http://127.0.0.1:{server.port}/"


def test_it_shows_what_the_operator_needs(server: HttpServer, tmp_path: Path) -> None:
    with feeding(server.publish), Browser(tmp_path, address(server)) as page:
        page.until_it_reads(
            one="Slide slightly towards the head",
            two="The apex is cut off",
            target="A4C",
            view="A4C",
            state="Adjusting",
            quality_value="42 %",
            link="connected",
            veil="",
        )
        assert "Research use only" in page.text("research")
        size = page.value("[canvas.width, canvas.height]")
        assert 500 < size[0] < 640  # the sector's own box, not the whole picture with the name in it
        assert 380 < size[1] < 480
        corner, middle = page.value(
            "[[2, 2], [canvas.width / 2, canvas.height / 2]].map(([x, y]) =>"
            " canvas.getContext('2d').getImageData(x, y, 1, 1).data[0])"
        )
        assert corner < 12
        assert middle > 30


def test_what_stops_coming_is_paused_and_a_lost_server_is_said(tmp_path: Path) -> None:
    with opened() as first, feeding(first.publish) as stop, Browser(tmp_path, address(first)) as page:
        page.until(HINT)
        stop.set()
        page.until_it_reads(one="Guidance paused", veil="Guidance paused", quality_value="–")
        assert "Slide" not in page.value("document.body.innerText")
        page.until_it_reads(one="Connection lost", veil="Connection lost")  # silent for too long
        first.close()
        page.until_it_reads(one="Connection lost", link="not connected")
        with opened(first.port) as second, feeding(second.publish):
            page.until_it_reads(one="Slide slightly towards the head", link="connected", veil="")


def test_states_without_guidance_are_said(server: HttpServer, tmp_path: Path) -> None:
    with Browser(tmp_path, address(server)) as page:
        for state, veil in (
            (State.NO_SIGNAL, "No picture"),
            (State.FROZEN, "Picture frozen"),
            (State.PAUSED, ""),
        ):
            why = f"Why it is {state.value}."
            with feeding(server.publish, state=state, message=why, hint=None):
                page.until_it_reads(one=why, veil=veil)


def test_the_hold_fills_a_bar(server: HttpServer, tmp_path: Path) -> None:
    width = (
        "document.getElementById('hold').getBoundingClientRect().width / words.getBoundingClientRect().width"
    )
    with Browser(tmp_path, address(server)) as page:
        with feeding(server.publish, state=State.HOLD, message="Hold still", hold_progress=0.5):
            page.until(f"Math.abs({width} - 0.5) < 0.02")
        page.until(f"{width} === 0")  # what is no longer fresh is not shown


def test_the_end_and_a_kept_back_picture_are_said(tmp_path: Path) -> None:
    with opened(known=False) as server, Browser(tmp_path, address(server)) as page:
        with feeding(server.publish):
            page.until(HINT)
            assert "kept back" in page.text("withheld")
        server.end()
        page.until_it_reads(one="The stream has ended")


def test_a_token_opens_it_and_leaves_the_address_bar(tmp_path: Path) -> None:
    with (
        opened(access=Access("a-long-secret")) as server,
        feeding(server.publish),
        Browser(tmp_path, address(server) + "?token=a-long-secret") as page,
    ):
        page.until(HINT)
        assert page.value("location.href") == address(server)
        assert page.value("document.cookie") == ""  # no script can read it


SIZES = ((1920, 1080), (1280, 800), (1024, 768), (820, 1180), (412, 915), (915, 412))
OUTSIDE = """[...document.querySelectorAll('h1, #two, dd, #research, #meter, output')].filter((e) => {
    const b = e.getBoundingClientRect();
    return b.right > innerWidth + 1 || b.bottom > innerHeight + 1 || e.scrollWidth > e.clientWidth + 1;
}).map((e) => e.id || e.tagName)"""


def test_nothing_needs_scrolling(server: HttpServer, tmp_path: Path) -> None:
    with feeding(server.publish), Browser(tmp_path, address(server)) as page:
        for size in SIZES:
            page.resize(size)
            page.until(f"innerWidth === {size[0]} && innerHeight === {size[1]}")
            page.until_it_reads(one="Slide slightly towards the head")
            assert page.value(OUTSIDE) == [], size
            assert page.value("facts.scrollHeight <= facts.clientHeight + 1"), size
            assert page.value("picture.getBoundingClientRect().height / innerHeight") > 0.4, size

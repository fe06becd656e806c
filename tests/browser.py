"""A real headless Chromium, driven over its debugging socket: for the tests of the page."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from guidance.serve.loop_thread import LoopThread

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One page in one browser. Skips the test where there is no Chromium.

    Args:
        folder: for its files.
        url: what to open.
        size: (width, height) in CSS pixels.
        scale: device pixels for one of these.
    """

    def __init__(
        self, folder: Path, url: str, size: tuple[int, int] = (1280, 800), scale: float = 1.0
    ) -> None:
        if CHROMIUM is None:
            pytest.skip("no Chromium here (Debian's package chromium)")
        self._loop = LoopThread("browser")
        self._process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0",
             f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._number = 0
            self._loop.call(self._connect(folder / "DevToolsActivePort"), 60.0)
            self.resize(size, scale)
            self._ask("Page.enable")
            self._ask("Page.navigate", url=url)
            self.until("location.href !== 'about:blank' && document.readyState === 'complete'")
        except BaseException:
            self.close()
            raise

    async def _connect(self, port_file: Path) -> None:
        import aiohttp

        while not (port_file.exists() and port_file.read_text().count("\n")):
            assert self._process.poll() is None, "Chromium did not start"
            await asyncio.sleep(0.05)
        port = int(port_file.read_text().splitlines()[0])
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as response:
            pages = [one for one in await response.json() if one["type"] == "page"]
        self._socket = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._loop.call(self._answer(method, parameters), 60.0)

    async def _answer(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = json.loads((await self._socket.receive()).data)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def resize(self, size: tuple[int, int], scale: float = 1.0) -> None:
        """Another size of the page."""
        self._ask("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=scale,
                  mobile=False)  # fmt: skip

    def value(self, script: str) -> Any:
        """What ``script`` evaluates to in the page."""
        result = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def text(self, element: str) -> str:
        """What a person reads in the element of that id; "" where it is hidden."""
        return str(self.value(f"document.getElementById('{element}')?.innerText ?? ''"))

    def until(self, script: str, seconds: float = 60.0) -> None:
        """Wait until ``script`` is true in the page."""
        deadline = time.monotonic() + seconds
        while not self.value(script):
            assert time.monotonic() < deadline, f"never true: {script}; the page says {self.text('one')!r}"
            time.sleep(0.02)

    def until_it_reads(self, **texts: str) -> None:
        """Wait until the elements of these ids read so, all at once ("" is hidden or empty)."""
        names = {name.replace("_", "-"): text for name, text in texts.items()}
        self.until(
            f"Object.entries({json.dumps(names)}).every(([id, text]) =>"
            " (document.getElementById(id)?.innerText ?? '') === text)"
        )

    def screenshot(self, path: Path) -> Path:
        """The page as a PNG."""
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))
        return path

    def close(self) -> None:
        """End the browser."""

        async def leave() -> None:
            if hasattr(self, "_socket"):
                await self._socket.close()
                await self._session.close()

        self._loop.call(leave())
        self._process.terminate()
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

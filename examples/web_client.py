"""Guidance over a WebSocket: prints what `sonoguide serve SOURCE --http 8080` says, and connects again after a loss.

python examples/web_client.py [http://127.0.0.1:8080] [--token T] [--lines N]
"""

from __future__ import annotations

import argparse
import asyncio

import aiohttp


async def listen(url: str, token: str | None, lines: int) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    said, count, wait_s = "", 0, 0.25
    async with aiohttp.ClientSession(headers=headers) as session:
        while True:
            try:
                async with session.ws_connect(url.rstrip("/") + "/stream", heartbeat=5.0) as stream:
                    wait_s = 0.25
                    async for message in stream:
                        guidance = message.json()  # the keys of the README's table
                        hint = guidance["hint"]
                        line = f"{guidance['state']}: " + (
                            f"{hint['text']} ({hint['reason']})" if hint else "no hint"
                        )
                        if line != said:
                            print(line, flush=True)
                            said, count = line, count + 1
                            if lines and count >= lines:
                                return
            except aiohttp.WSServerHandshakeError as error:
                if error.status in (401, 403):
                    raise SystemExit(f"refused ({error.status}): give --token") from error
            except aiohttp.ClientError:
                pass
            print("not connected: trying again", flush=True)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, 4.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8080")
    parser.add_argument("--token")
    parser.add_argument("--lines", type=int, default=0, help="stop after so many lines; 0: never")
    options = parser.parse_args()
    asyncio.run(listen(options.url, options.token, options.lines))


if __name__ == "__main__":
    main()

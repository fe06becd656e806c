"""The engine without a window, in the three ways a program may want it.

python examples/headless.py clip.mp4 --way pull     # for guidance in engine.run(source)
python examples/headless.py clip.mp4 --way push     # the program has the pictures: engine.submit(frame)
python examples/headless.py clip.mp4 --way async    # async for guidance in guidance_stream(engine, source)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import aclosing

from guidance import (
    Coach,
    Engine,
    Frame,
    Guidance,
    Model,
    SonoguideError,
    default_model_folder,
    guidance_stream,
    open_source,
    parse_view,
)


def tell(guidance: Guidance) -> None:
    print(json.dumps(guidance.to_json()), flush=True)


def pull(engine: Engine, uri: str) -> None:
    """The source decides when; this thread looks at every picture."""
    for guidance in engine.run(open_source(uri, fast=True), fast=True):
        tell(guidance)


def push(engine: Engine, uri: str) -> None:
    """The program decides when. ``submit`` never blocks; guidance comes to listeners on the engine's thread."""
    engine.add_listener(tell)
    with engine, open_source(uri) as device:  # stands for the program's own pictures
        engine.start()
        while (picture := device.read()) is not None:
            engine.submit(Frame(picture.pixels, picture.index, time.perf_counter_ns(), picture.t_stream_s))
        time.sleep(engine.stale_after_s)  # the last one is still looked at
    if engine.error is not None:
        raise engine.error


async def pull_async(engine: Engine, uri: str) -> None:
    """Beside everything else that an event loop does."""
    async with aclosing(guidance_stream(engine, open_source(uri, fast=True), fast=True)) as stream:
        async for guidance in stream:
            tell(guidance)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a file, a folder, camera:0, phantom:, rtsp://...")
    parser.add_argument("--target", default="A4C", help="the view to aim at")
    parser.add_argument("--way", choices=("pull", "push", "async"), default="pull")
    options = parser.parse_args()
    with Model.load(default_model_folder()) as model:
        engine = Engine(model, Coach(parse_view(options.target), model.manifest.hints))
        if options.way == "pull":
            pull(engine, options.source)
        elif options.way == "push":
            push(engine, options.source)
        else:
            asyncio.run(pull_async(engine, options.source))


if __name__ == "__main__":
    try:
        main()
    except SonoguideError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)

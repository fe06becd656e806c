"""Guidance without a window: print each change of state or hint for any stream.

python examples/engine_without_qt.py clip.mp4 --target A4C [--fast]
"""

from __future__ import annotations

import argparse
import sys

from guidance import Coach, Engine, Model, SonoguideError, default_model_folder, open_source, parse_view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a file, a folder, camera:0, phantom:, rtsp://...")
    parser.add_argument("--target", default="A4C", help="the view to aim at")
    parser.add_argument("--fast", action="store_true", help="process every frame as fast as possible")
    options = parser.parse_args()

    with Model.load(default_model_folder()) as model:
        engine = Engine(model, Coach(parse_view(options.target), model.manifest.hints))
        said = ""
        for guidance in engine.run(open_source(options.source, fast=options.fast), fast=options.fast):
            advice = guidance.advice
            hint = advice.hint
            line = f"{advice.state}: " + (f"{hint.text} ({hint.reason})" if hint else advice.message)
            if line != said:
                print(f"{guidance.frame.t_stream_s:7.2f} s  {advice.view:8}  {line}")
                said = line


if __name__ == "__main__":
    try:
        main()
    except SonoguideError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)

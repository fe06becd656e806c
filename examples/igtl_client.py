"""Hints over OpenIGTLink: prints what `sonoguide serve SOURCE --igtl 18944` says, with pyigtl's client.

python examples/igtl_client.py [--host 127.0.0.1] [--port 18944] [--lines N]
"""

from __future__ import annotations

import argparse
import sys
import time

import pyigtl


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18944)
    parser.add_argument("--lines", type=int, default=0, help="stop after so many lines; 0: never")
    options = parser.parse_args()

    client = pyigtl.OpenIGTLinkClient(options.host, options.port)
    said, count, heard_s = "", 0, time.monotonic()
    try:
        while True:
            state = client.wait_for_message("SonoguideState", timeout=1.0)
            hint = client.wait_for_message("SonoguideHint", timeout=1.0)
            if state is None or hint is None:
                if time.monotonic() - heard_s > 10.0:  # pyigtl's client never connects again: begin anew
                    print("nothing was heard for ten seconds", file=sys.stderr)
                    return 1
                continue
            heard_s = time.monotonic()
            line = f"{state.string}: {hint.string}"
            target = client.wait_for_message("TargetToProbe", timeout=0.0)
            if line != said:
                place = (
                    ""
                    if target is None
                    else f"  (slide {target.matrix[0, 3]:+.0f}, {target.matrix[1, 3]:+.0f} mm)"
                )
                print(line + place, flush=True)
                said, count = line, count + 1
                if options.lines and count >= options.lines:
                    return 0
    finally:
        client.stop()


if __name__ == "__main__":
    sys.exit(main())

"""``sonoguide serve``: guidance on a stream, for browsers and for programs that speak OpenIGTLink."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file, a folder of pictures, camera:0, rtsp://..., igtl://HOST:PORT, phantom:...",
        ),
    ],
    http: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65535, help="Page, JSON and pictures here; 0: a free port."),
    ] = None,
    igtl: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65535, help="OpenIGTLink server here, such as 18944."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDR", help="Address to listen on; 0.0.0.0 is every one of this computer.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            envvar="SONOGUIDE_TOKEN",
            show_envvar=True,
            help="What HTTP clients must show. [default: none on the loopback address, else one is made]",
        ),
    ] = None,
    igtl_image: Annotated[
        bool, typer.Option("--igtl-image", help="Send the picture with the guidance drawn in, too.")
    ] = False,
    igtl_open: Annotated[
        bool,
        typer.Option(
            "--igtl-open", help="OpenIGTLink on --host too, though it knows no token: anybody may listen."
        ),
    ] = False,
    whole_picture: Annotated[
        bool,
        typer.Option(
            "--whole-picture", help="Send what lies outside the ultrasound sector, too: names may be there."
        ),
    ] = False,
    target: Annotated[
        str | None, typer.Option(metavar="VIEW", help="View to aim at, such as A4C or PLAX. [default: A4C]")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Views one after the other: focus or limited-tte."),
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Play a recording again and again.")] = False,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto, cpu, cuda, tensorrt, tensorrt-native, triton or a plug-in's."
        ),
    ] = "auto",
    device_profile: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where the picture lies, from calibrate sector. [default: found from the first frames]",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No addresses and no summary on stderr.")
    ] = False,
) -> None:
    """Serve the guidance on a stream to browsers and other programs. Ctrl-C ends it.

    \b
    Examples:
      sonoguide serve camera:0 --http 8080
      sonoguide serve camera:0 --http 8080 --host 0.0.0.0
      sonoguide serve igtl://127.0.0.1:18944 --igtl 18945
      sonoguide serve clip.dcm --loop --http 8080 --igtl 18944 --igtl-image
    """
    from ui.serving import ServeOptions, run_servers
    from ui.session import RunOptions

    run_servers(
        RunOptions(
            source=source,
            target=target,
            protocol=protocol,
            loop=loop,
            model=model,
            runtime=runtime,
            device_profile=device_profile,
        ),
        ServeOptions(
            http=http,
            igtl=igtl,
            host=host,
            token=token,
            igtl_image=igtl_image,
            igtl_open=igtl_open,
            whole_picture=whole_picture,
        ),
        quiet=quiet,
    )

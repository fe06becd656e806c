"""Built engines on disk: found again only by those for whom they were built, and never believed when damaged.

A file is one line of JSON (what the engine was built for, and the sha256 of what follows) and the engine. It is
written under a temporary name, synchronised and renamed. A file that is stale or damaged counts as none, with one line
in the log; so does a cache that cannot be read or written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

_log = logging.getLogger(__name__)
_FORMAT = 1
_LONGEST_HEADER = 4096
_LARGEST = 4 << 30


@dataclass(frozen=True, slots=True)
class EngineKey:
    """What an engine is good for: it must not be loaded where any of these differs.

    Attributes:
        gpu: name of the GPU.
        driver: version of its driver.
        library: name and version of the library that built it, e.g. ``"tensorrt 10.13.3"``.
        precision: ``"fp32"``, ``"fp16"`` or ``"int8"``.
        model_sha256: of the ONNX file.
        input_shape: of every call.
    """

    gpu: str
    driver: str
    library: str
    precision: str
    model_sha256: str
    input_shape: tuple[int, ...]

    @property
    def file_name(self) -> str:
        """Name of the cache's file. Versions are not in it: what an update leaves useless is overwritten."""
        shape = "x".join(map(str, self.input_shape))
        words = (self.model_sha256[:16], shape, self.precision, self.library.split()[0], self.gpu)
        return re.sub(r"[^A-Za-z0-9.-]+", "_", "-".join(words)) + ".engine"

    @property
    def timing_file_name(self) -> str:
        """Name of the file with the builder's measurements, which serve every network on this GPU."""
        return re.sub(r"[^A-Za-z0-9.-]+", "_", f"{self.library}-{self.gpu}-{self.driver}") + ".timing"


def load_engine(folder: Path, key: EngineKey) -> bytes | None:
    """The engine that :func:`store_engine` left in ``folder`` for ``key``; None where there is none to be trusted."""
    path = folder / key.file_name
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _LARGEST:
                raise ValueError("it is too large")
            header = file.readline(_LONGEST_HEADER)
            engine = file.read()
        stored = json.loads(header)
        if not isinstance(stored, dict) or stored.get("format") != _FORMAT:
            raise ValueError("it has another format")
        for name, now in asdict(key).items():
            then = stored["key"][name]
            if then != (list(now) if isinstance(now, tuple) else now):
                raise ValueError(f"it was built for {name} {then}, here is {now}")
        if hashlib.sha256(engine).hexdigest() != stored["sha256"]:
            raise ValueError("it is damaged")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        _log.warning("the engine kept in %s is not used (%s): it is built anew", path, reason)
        return None
    return engine


def store_engine(folder: Path, key: EngineKey, engine: bytes | memoryview) -> bool:
    """Keep ``engine`` for ``key``; False, and one line in the log, where the disk does not take it."""
    digest = hashlib.sha256(engine).hexdigest()
    header = json.dumps({"format": _FORMAT, "key": asdict(key), "sha256": digest}).encode() + b"\n"
    return write_whole(folder / key.file_name, header, engine)


def drop_engine(folder: Path, key: EngineKey) -> None:
    """Forget an engine that the library refuses to load."""
    with contextlib.suppress(OSError):
        (folder / key.file_name).unlink()


def read_if_there(path: Path) -> bytes:
    """The file's bytes; none where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def write_whole(path: Path, *parts: bytes | memoryview) -> bool:
    """Write ``parts`` to ``path`` all or not at all; False, and one line in the log, where the disk refuses."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        _log.warning("%s cannot be kept (%s): the next start builds it again", path, error.strerror or error)
        return False
    return True

"""The two kinds of failure a person can meet. Each carries one line: what is wrong, and what to do about it."""


class SonoguideError(Exception):
    """Base of every error that sonoguide raises on purpose; ``str(error)`` is one line fit for stderr."""

    exit_code = 1


class InputError(SonoguideError):
    """What the user gave cannot be used (a file, a name, an option, a model folder). Exit code 2."""

    exit_code = 2


class RuntimeFailure(SonoguideError):
    """Something failed while running that the input did not cause (a device, a disk). Exit code 1."""

    exit_code = 1

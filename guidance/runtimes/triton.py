"""A network on NVIDIA Triton Inference Server, by gRPC (the KServe v2 protocol), through the extra ``triton``.

The server batches what many processes ask. What it runs must be the network in the model folder: its inputs and
outputs are compared, and the sha256 that ``sonoguide export --triton`` leaves in its configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.runtimes.network import Network, RuntimeUnavailable, TensorSpec
from guidance.runtimes.onnxruntime import OnnxRuntime
from guidance.runtimes.triton_address import TRITON_VARIABLE, TritonAddress, parse_address

OPEN_TIMEOUT_S = 5.0
CALL_TIMEOUT_S = 2.0
"""Guidance is stale after a quarter of a second: who waits longer for an answer has lost the server."""

MAX_ANSWER_BYTES = 64 << 20

_DTYPES = {"FP32": "float32", "FP64": "float64", "FP16": "float16"}
_DEADLINE = "StatusCode.DEADLINE_EXCEEDED"
_UNREACHABLE = "StatusCode.UNAVAILABLE"
_NOT_OFFERED = "StatusCode.UNIMPLEMENTED"


class TritonRuntime:
    """One network on a server, made by :meth:`open`. A :class:`guidance.runtimes.Runtime`.

    Attributes:
        concurrent: several threads may call :meth:`run` at once: the server joins their pictures.
        max_batch: as the server's configuration says; 1 where it does not tell.
    """

    concurrent = True

    def __init__(
        self,
        client: Any,
        address: TritonAddress,
        specs: tuple[Sequence[TensorSpec], Sequence[TensorSpec]],
        network: Network,
        max_batch: int,
        timeout_s: float,
    ):
        self._client = client
        self._address = address
        self._inputs, self._outputs = tuple(specs[0]), tuple(specs[1])
        self._wanted = [o for o in self._outputs if not network.outputs or o.name in network.outputs]
        self._timeout_s = timeout_s
        self.max_batch = max_batch

    @classmethod
    def open(cls, network: Network, address: str = "", *, timeout_s: float = CALL_TIMEOUT_S) -> TritonRuntime:
        """``network`` on the server at ``address`` (``HOST:PORT[/MODEL]``).

        Args:
            network: what must be there; its name is the model's where ``address`` names none.
            address: empty: what the variable SONOGUIDE_TRITON says, else port 8001 of this machine.
            timeout_s: longest wait for the answer to a call.

        Raises:
            InputError: the address is none, or the server has another network.
            RuntimeUnavailable: the extra is not installed, or the server is not there or not ready.
        """
        place = parse_address(
            address or os.environ.get(TRITON_VARIABLE, ""), network.name or network.path.parent.name
        )
        grpc = _import()
        local = OnnxRuntime.open(network, "cpu")
        specs = (local.inputs, local.outputs)
        local.close()
        client = grpc.InferenceServerClient(
            place.server,
            channel_args=[
                ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
                ("grpc.max_send_message_length", MAX_ANSWER_BYTES),
                ("grpc.enable_http_proxy", 0),
            ],
        )
        try:
            max_batch = _check_server(client, place, network, specs)
        except BaseException:
            client.close()
            raise
        return cls(client, place, specs, network, max_batch, timeout_s)

    @property
    def name(self) -> str:
        """``"triton"``."""
        return "triton"

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """All inputs, as the network in the model folder states them; the server's fit."""
        return self._inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """All outputs, likewise."""
        return self._outputs

    @property
    def details(self) -> Mapping[str, str | int]:
        """What executes the network, for reports: server and model."""
        return {"server": self._address.server, "model": self._address.model, "max_batch": self.max_batch}

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name, for up to ``max_batch`` pictures.

        Raises:
            RuntimeFailure: the server is gone, too slow, or refuses; or the runtime was closed.
        """
        if self._client is None:
            raise RuntimeFailure("the runtime is closed: load the model again")
        grpc = _import()
        fed = grpc.InferInput(self._inputs[0].name, list(tensor.shape), "FP32")
        fed.set_data_from_numpy(np.ascontiguousarray(tensor))
        wanted = [grpc.InferRequestedOutput(spec.name) for spec in self._wanted]
        try:
            answer = self._client.infer(
                self._address.model, [fed], outputs=wanted, client_timeout=self._timeout_s
            )
            return {spec.name: _values(answer, spec, len(tensor)) for spec in self._wanted}
        except RuntimeFailure:
            raise
        except (
            Exception
        ) as error:  # the client raises its own for what the server says, and others for what it sends
            raise RuntimeFailure(_said(error, self._address, self._timeout_s)) from error

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _import() -> Any:
    try:
        import tritonclient.grpc
    except ImportError as error:
        raise RuntimeUnavailable(f"it needs {error.name}: pip install 'sonoguide[triton]'") from error
    return tritonclient.grpc


def _check_server(
    client: Any,
    place: TritonAddress,
    network: Network,
    specs: tuple[Sequence[TensorSpec], Sequence[TensorSpec]],
) -> int:
    """Whether the server at ``place`` has ``network``; returns how many pictures it takes at once.

    Raises:
        InputError: it has another one.
        RuntimeUnavailable: it is not there, or does not have it ready.
    """
    try:
        if not client.is_server_live(client_timeout=OPEN_TIMEOUT_S):
            raise RuntimeUnavailable(f"the server at {place.server} is not live")
        if not client.is_model_ready(place.model, client_timeout=OPEN_TIMEOUT_S):
            raise RuntimeUnavailable(
                f"the server at {place.server} has no model '{place.model}' that is ready"
            )
        metadata = client.get_model_metadata(place.model, client_timeout=OPEN_TIMEOUT_S)
        config = _config(client, place)
    except RuntimeUnavailable:
        raise
    except Exception as error:  # see run
        raise RuntimeUnavailable(_said(error, place, OPEN_TIMEOUT_S)) from error
    for kind, ours, theirs in (("input", specs[0], metadata.inputs), ("output", specs[1], metadata.outputs)):
        _check_tensors(kind, ours, theirs, place)
    stated = "" if config is None else config.parameters["sha256"].string_value
    if stated and stated != network.sha256:
        raise InputError(
            f"'{place.model}' at {place.server} has other weights than {network.path} (sha256 {stated[:16]}..., not "
            f"{network.sha256[:16]}...): run sonoguide export --triton for this model"
        )
    return 1 if config is None else max(1, int(config.max_batch_size))


def _config(client: Any, place: TritonAddress) -> Any:
    """The server's configuration of the model; None where it keeps that to itself (the protocol leaves it open)."""
    from tritonclient.utils import InferenceServerException

    try:
        return client.get_model_config(place.model, client_timeout=OPEN_TIMEOUT_S).config
    except InferenceServerException as error:
        if error.status() == _NOT_OFFERED:
            return None
        raise


def _check_tensors(kind: str, ours: Sequence[TensorSpec], theirs: Any, place: TritonAddress) -> None:
    have = {t.name: t for t in theirs}
    for spec in ours:
        tensor = have.get(spec.name)
        if tensor is None:
            raise InputError(
                f"'{place.model}' at {place.server} has no {kind} '{spec.name}': it is another model"
            )
        shape, dtype = tuple(tensor.shape), _DTYPES.get(tensor.datatype, tensor.datatype)
        # Triton's configuration has no tensor without a dimension: a number for each picture is [N, 1] there.
        wanted = (*spec.shape, 1) if len(spec.shape) == 1 and len(shape) == 2 else spec.shape
        pairs = zip(wanted, shape, strict=False)
        free = {None, -1}  # what one of them leaves open fits
        fits = len(shape) == len(wanted) and all(w == h or w in free or h in free for w, h in pairs)
        if not fits or dtype != spec.dtype:
            raise InputError(
                f"{kind} '{spec.name}' of '{place.model}' at {place.server} is {dtype} {list(shape)}, not {spec.dtype} "
                f"{[-1 if d is None else d for d in wanted]}: it is another model"
            )


def _values(answer: Any, spec: TensorSpec, count: int) -> NDArray[np.float32]:
    """The output ``spec`` for ``count`` pictures, as an array of the caller's own."""
    found = answer.as_numpy(spec.name)
    if found is None:
        raise RuntimeFailure(f"the server's answer has no output '{spec.name}'")
    values = np.array(found, dtype=np.float32)
    if len(spec.shape) == 1:
        values = values.reshape(-1)
    if len(values) != count:
        raise RuntimeFailure(
            f"the server's output '{spec.name}' has shape {values.shape} for {count} pictures"
        )
    return values


def _said(error: Exception, place: TritonAddress, timeout_s: float) -> str:
    """``error`` as one line."""
    status = error.status() if hasattr(error, "status") else None
    if status == _DEADLINE:
        return f"the server at {place.server} did not answer within {timeout_s:g} s"
    if status == _UNREACHABLE:
        return f"no server answers at {place.server}: is Triton running there?"
    text = error.message() if hasattr(error, "message") else f"{type(error).__name__}: {error}"
    first = (str(text).strip() or type(error).__name__).splitlines()[0]
    return f"the server at {place.server} refuses: {first[:200]}"

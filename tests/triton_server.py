"""A small inference server for tests: the KServe v2 protocol by gRPC, on a model repository, run by ONNX Runtime.

It speaks through the protocol's own stubs (of tritonclient) and knows nothing of sonoguide. It joins no pictures.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import onnxruntime
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc


def read_config(model: Path) -> Any:
    """``config.pbtxt`` of a model of a repository, as Triton's ModelConfig."""
    return text_format.Parse((model / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


class Server(service_pb2_grpc.GRPCInferenceServiceServicer):
    """Serves every model of ``repository``.

    Attributes:
        go: cleared, calls hang.
        tells_config: whether it answers ModelConfig, which the protocol does not ask for.
        calls: shapes of the inputs of all calls.
    """

    def __init__(self, repository: Path):
        self.go = threading.Event()
        self.go.set()
        self.tells_config = True
        self.calls: list[list[int]] = []
        self._models = {
            config.parent.name: (
                read_config(config.parent),
                onnxruntime.InferenceSession(
                    config.parent / "1" / "model.onnx", providers=["CPUExecutionProvider"]
                ),
            )
            for config in repository.glob("*/config.pbtxt")
        }

    def ServerLive(self, request: Any, context: Any) -> Any:
        return service_pb2.ServerLiveResponse(live=True)

    def ModelReady(self, request: Any, context: Any) -> Any:
        return service_pb2.ModelReadyResponse(ready=request.name in self._models)

    def ModelConfig(self, request: Any, context: Any) -> Any:
        if not self.tells_config:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "not offered")
        return service_pb2.ModelConfigResponse(config=self._models[request.name][0])

    def ModelMetadata(self, request: Any, context: Any) -> Any:
        config, _ = self._models[request.name]
        batch = [-1] if config.max_batch_size else []

        def tensors(specs: Any) -> list[Any]:
            kind = service_pb2.ModelMetadataResponse.TensorMetadata
            return [kind(name=s.name, datatype="FP32", shape=[*batch, *s.dims]) for s in specs]

        return service_pb2.ModelMetadataResponse(
            name=request.name,
            versions=["1"],
            platform=config.platform,
            inputs=tensors(config.input),
            outputs=tensors(config.output),
        )

    def ModelInfer(self, request: Any, context: Any) -> Any:
        assert self.go.wait(60.0)
        config, session = self._models[request.model_name]
        (fed,) = request.inputs
        shape = list(fed.shape)
        self.calls.append(shape)
        if config.max_batch_size and shape[0] > config.max_batch_size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "batch-size must be <= max_batch_size")
        tensor = np.frombuffer(request.raw_input_contents[0], np.float32).reshape(shape)
        names = [output.name for output in request.outputs]
        answer = service_pb2.ModelInferResponse(model_name=request.model_name, model_version="1")
        reshaped = {o.name for o in config.output if o.HasField("reshape")}
        for name, found in zip(names, session.run(names, {fed.name: tensor}), strict=True):
            values = found.reshape(-1, 1) if name in reshaped else found
            answer.outputs.add(name=name, datatype="FP32", shape=values.shape)
            answer.raw_output_contents.append(values.tobytes())
        return answer


@contextmanager
def serve(repository: Path, port: int = 0) -> Iterator[tuple[Server, str]]:
    """A server at work, and its address."""
    server, service = grpc.server(ThreadPoolExecutor(8)), Server(repository)
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(service, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        service.go.set()
        server.stop(grace=None).wait()

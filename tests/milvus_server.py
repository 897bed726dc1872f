"""A server by milvus-lite for tests: the protocol of Milvus over a real socket, and it can be told to fail."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import grpc

WRITES = ("Insert", "Upsert", "Delete", "CreateCollection")


class LiteServer:
    """A server on a port of this machine; ``address`` is ``host:port``. It ends with the process."""

    def __init__(self) -> None:
        from milvus_lite.adapter.grpc.servicer import MilvusServicer
        from milvus_lite.db import MilvusLite
        from pymilvus.grpc_gen import milvus_pb2_grpc

        folder = tempfile.mkdtemp(prefix="milvus-lite-")
        self.faults = _Faults()
        # One thread: milvus-lite has no locks around what several requests do.
        server = grpc.server(ThreadPoolExecutor(max_workers=1), interceptors=[self.faults])
        milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(MilvusLite(folder)), server)
        self.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()

        def stop() -> None:
            # The database is not closed: it would write out every collection, into files that go at once.
            server.stop(grace=None).wait()
            shutil.rmtree(folder, ignore_errors=True)

        atexit.register(stop)

    @contextmanager
    def refusing(self, code: grpc.StatusCode, methods: tuple[str, ...] = ()) -> Iterator[None]:
        """While requests end with ``code``: all of them, or those of some methods."""
        self.faults.code, self.faults.methods = code, methods
        try:
            yield
        finally:
            self.faults.code = None


class _Faults(grpc.ServerInterceptor):  # type: ignore[misc]
    code: grpc.StatusCode | None = None
    methods: tuple[str, ...] = ()
    # The last one that was sent.
    authorization = ""

    def intercept_service(self, go_on: Callable[[Any], Any], details: Any) -> Any:
        self.authorization = dict(details.invocation_metadata).get("authorization", self.authorization)
        code, name = self.code, details.method.rpartition("/")[2]
        if code is None or (self.methods and name not in self.methods):
            return go_on(details)

        def refuse(request: object, context: Any) -> None:
            context.abort(code, "refused by the test")

        handler = go_on(details)
        return grpc.unary_unary_rpc_method_handler(
            refuse, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


@cache
def lite_server() -> LiteServer:
    """The server that all tests of this process share."""
    return LiteServer()

"""A real S3 server in a process of its own: moto, kept in memory, on a port of the loopback interface.

    with serving_objects() as server:
        os.environ.update(server.environment)

Run as a program it serves until its standard input ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock, Thread
from typing import Any

BUCKET = "bucket"


@dataclass(frozen=True)
class ObjectServer:
    """A running server with one bucket."""

    process: subprocess.Popen[str]
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to know, and nothing of the user's own settings."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": "reader",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self) -> Any:
        """A client that the tests of this process share, for what one does behind the library's back."""
        return _client(self.endpoint)


@cache
def _client(endpoint: str) -> Any:
    # The session reads what the service is like: that takes a tenth of a second.
    from botocore.session import Session

    session = Session()
    session.set_credentials("reader", "secret")
    return session.create_client("s3", region_name="us-east-1", endpoint_url=endpoint)


@contextmanager
def serving_objects() -> Iterator[ObjectServer]:
    """A server that ends with the block."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        server = ObjectServer(process, process.stdout.readline().strip())
        server.client().create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


def serve() -> None:
    """Serve until standard input ends."""
    import logging

    from moto.moto_server.werkzeug_app import create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # The service itself: to find which of two hundred a request is for takes longer than to answer it.
    application: Any = create_backend_app("s3")
    turn = Lock()

    def one_write_at_a_time(environment: dict[str, Any], start_response: Any) -> Any:
        """The server checks a condition and then writes, in two steps; on S3 it is one."""
        if environment["REQUEST_METHOD"] == "GET":
            return application(environment, start_response)
        with turn:
            return application(environment, start_response)

    server = make_server("127.0.0.1", 0, one_write_at_a_time, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()

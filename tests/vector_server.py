"""A server for the encoder of examples/remote_encoder.py, run as a process by tests: the made-up encoder over HTTP.

It prints the port that it listens on, and ends itself at the passage request after so many as its argument says.
"""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from fake_encoder import FakeEncoder

ENCODER = FakeEncoder("remote bag")
left = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(json.dumps(asdict(ENCODER.description)).encode())

    def do_POST(self) -> None:
        global left  # noqa: PLW0603
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["texts"]
        if self.path == "/queries":
            self._answer(ENCODER.encode_queries(texts).tobytes())
        elif self.path == "/passages":
            left -= 1
            if left < 0:
                os._exit(1)
            self._answer(ENCODER.encode_passages(texts).tobytes())
        else:
            tokens = ENCODER.encode_passage_tokens(texts)
            content = io.BytesIO()
            np.savez(
                content,
                counts=[len(item.spans) for item in tokens],
                vectors=np.concatenate([item.vectors for item in tokens]),
                spans=np.concatenate([item.spans for item in tokens]),
            )
            self._answer(content.getvalue())

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are nothing to report."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()

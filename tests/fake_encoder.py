"""An encoder for tests of what lies around one: a text is the bag of its words, so that shared words mean alike."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retriever.models.interface import ModelDescription, TokenVectors

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.types import Vectors

DIMENSION = 32
# A Han character, a word, or a single other mark.
_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+|[^\w\s]")


class FakeEncoder:
    """Quick and exact: a vector follows from the text alone. ``embedded`` lists every passage it was given."""

    def __init__(self, name: str = "fake", weights: str = "1") -> None:
        self.description = ModelDescription(name, DIMENSION, 512, weights=weights)
        self.passage_limit = 500
        self.embedded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoded(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return self._encoded(texts)

    def encode_query_tokens(self, text: str) -> TokenVectors:
        return self._tokens(text)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return [self._tokens(text) for text in texts]

    def token_spans(self, text: str) -> npt.NDArray[np.int32]:
        return np.array([match.span() for match in _TOKEN.finditer(text)], np.int32).reshape(-1, 2)

    def _tokens(self, text: str) -> TokenVectors:
        spans = self.token_spans(text)
        vectors = [_word(text[start:end].lower()) for start, end in spans]
        return TokenVectors(np.array(vectors, np.float32).reshape(-1, DIMENSION), spans)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        sums = [sum((_word(word.lower()) for word in _TOKEN.findall(text)), np.zeros(DIMENSION)) for text in texts]
        rows = np.array(sums).reshape(-1, DIMENSION)
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)


class FailingEncoder(FakeEncoder):
    """Embeds so many whole batches of ``size`` passages, and then does something else."""

    def __init__(self, size: int, batches: int, instead: Callable[[], None]) -> None:
        super().__init__()
        self.batch_size = size
        self._batches = batches
        self._instead = instead

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == self.batch_size:
            self._batches -= 1
            if self._batches < 0:
                self._instead()
        return super().encode_passages(texts)


@lru_cache(maxsize=4096)
def _word(word: str) -> npt.NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=DIMENSION)

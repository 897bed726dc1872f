"""Vectors and token vectors of stored passages: from the embedding cache, else computed by the index's own model.

The model is loaded when the first vector is missing from the cache. A model other than the one that the index was built
with is refused. Nothing but the cache is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.index.settings import fingerprints
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder
from retriever.lazy import lazy
from retriever.models.scoring.token_forms import find_codec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage, StoredDocument, Vectors

    Items = Sequence[tuple[StoredDocument, Sequence[Passage]]]

# Passages that are embedded together.
BATCH = 256

_T = TypeVar("_T")


def batch_by_passages(items: Iterable[_T], count: Callable[[_T], int]) -> Iterator[list[_T]]:
    """The items in batches of about ``BATCH`` passages; ``count`` gives the number of passages of an item."""
    batch: list[_T] = []
    passages = 0
    for item in items:
        batch.append(item)
        passages += count(item)
        if passages >= BATCH:
            yield batch
            batch, passages = [], 0
    if batch:
        yield batch


@dataclass
class Reembedder:
    """Embeds stored passages as the index does, through its cache.

    - ``location``: of the index, for error messages
    - ``settings``: what the index was built with
    - ``load_model``: loads a model by name
    - ``embedded``, ``reused``: how many passages were computed and found in the cache
    """

    location: str
    settings: IndexSettings
    cache: EmbeddingStore
    load_model: Callable[[str], EmbeddingModel]
    embedded: int = 0
    reused: int = 0

    def embed(self, items: Items) -> Vectors:
        """float32 [passages of all documents, dimension]. Raises FingerprintMismatchError, ModelError."""
        texts = [
            embedding_text(document.title, passage.heading, passage.text, self._chunking)
            for document, passages in items
            for passage in passages
        ]
        embedder = CachedEmbedder(self._model, self.cache, lambda _: None)
        vectors = embedder.embed(texts, [passage.language for _, passages in items for passage in passages])
        self.embedded += embedder.embedded
        self.reused += embedder.reused
        return vectors

    def embed_tokens(self, items: Items) -> list[bytes]:
        """Each passage's token vectors; an empty list for an index that stores none."""
        if not self.settings.tokens:
            return []
        passages = [passage for _, passages in items for passage in passages]
        codec = find_codec(self.settings.tokens, self.settings.dimension)
        return CachedTokenEncoder(self._model, self.cache, codec).encode(passages)

    @property
    def _chunking(self) -> ChunkSettings:
        return ChunkSettings.of(self.settings.passage_tokens)

    @lazy
    def _model(self) -> EmbeddingModel:
        model = self.load_model(self.settings.model)
        self.settings.require(self.location, fingerprints(model=model, chunking=self._chunking))
        return model

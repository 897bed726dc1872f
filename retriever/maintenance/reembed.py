"""Vectors and token vectors of stored passages: from the embedding cache, else from the model of the index.

The model is loaded when the first one is not there to be read, and refused where it is not the one that the index was
built with. Nothing is written but to the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.settings import IndexSettings
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage, StoredDocument, Vectors

    Items = Sequence[tuple[StoredDocument, Sequence[Passage]]]

# Passages that are handled together.
GROUP = 256

_T = TypeVar("_T")


def grouped(items: Iterable[_T], size: Callable[[_T], int]) -> Iterator[list[_T]]:
    """The items in lists of about ``GROUP`` passages each; ``size`` counts those of one."""
    group: list[_T] = []
    waiting = 0
    for item in items:
        group.append(item)
        waiting += size(item)
        if waiting >= GROUP:
            yield group
            group, waiting = [], 0
    if group:
        yield group


@dataclass
class Derivation:
    """For the index at ``where`` that was built with ``settings``; ``loading`` gives the model of a name."""

    where: str
    settings: IndexSettings
    cache: EmbeddingStore
    loading: Callable[[str], EmbeddingModel]
    embedded: int = 0
    reused: int = 0

    def vectors(self, items: Items) -> Vectors:
        """float32 [passages of all documents, dimension]. Raises FingerprintMismatchError, ModelError."""
        chunking = ChunkSettings.of(self.settings.passage_tokens)
        texts = [
            embedding_text(document.title, passage.heading, passage.text, chunking)
            for document, passages in items
            for passage in passages
        ]
        embedder = CachedEmbedder(self._model, self.cache, lambda _: None)
        vectors = embedder.embed(texts, [passage.language for _, passages in items for passage in passages])
        self.embedded += embedder.embedded
        self.reused += embedder.reused
        return vectors

    def tokens(self, items: Items) -> list[bytes]:
        """Each passage's token vectors; none where the index keeps none."""
        if not self.settings.tokens:
            return []
        passages = [passage for _, passages in items for passage in passages]
        return CachedTokenEncoder(self._model, self.cache).encode(passages)

    @cached_property
    def _model(self) -> EmbeddingModel:
        model = self.loading(self.settings.model)
        description = model.description
        parts = {"model_name": description.name, "encoder": description.fingerprint}
        parts["chunker"] = ChunkSettings.of(self.settings.passage_tokens).fingerprint
        self.settings.require(self.where, {**parts, "centering": model.centering.fingerprint})
        return model

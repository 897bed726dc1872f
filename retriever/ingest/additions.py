"""From documents to additions: chunked, analysed and embedded, a bounded number of passages at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.index.interface import Addition, split_additions
from retriever.index.terms import analyse

if TYPE_CHECKING:
    from retriever.ingest.embed import CachedEmbedder
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Document, Passage, StoredDocument

# Passages gathered over documents before they are embedded together: bounds the memory that indexing takes.
GROUP = 256


@dataclass(frozen=True, slots=True)
class AdditionBuilder:
    """Makes additions for one index.

    - ``model``: counts tokens; ``embedder``: gives vectors
    - ``keeps_tokens``: whether the index keeps token vectors
    - ``chunking``: how documents are cut
    - ``on_chunked``: called with the number of passages of each document
    """

    model: EmbeddingModel
    embedder: CachedEmbedder
    keeps_tokens: bool
    chunking: ChunkSettings
    on_chunked: Callable[[int], None] = lambda _: None

    def build(self, documents: Iterable[tuple[Document, StoredDocument]]) -> Iterator[Addition]:
        """Additions of documents as they come, each with what the index keeps of it."""
        return self.build_again((stored, self._chunk(document)) for document, stored in documents)

    def build_again(self, documents: Iterable[tuple[StoredDocument, Sequence[Passage]]]) -> Iterator[Addition]:
        """Additions of documents that have been chunked already."""
        group: list[tuple[StoredDocument, Sequence[Passage]]] = []
        waiting = 0
        for stored, passages in documents:
            self.on_chunked(len(passages))
            group.append((stored, passages))
            waiting += len(passages)
            # A document without passages takes memory, too.
            if max(waiting, len(group)) >= max(GROUP, self.model.batch_size):
                yield from self._embed(group)
                group, waiting = [], 0
        yield from self._embed(group)

    def _chunk(self, document: Document) -> Sequence[Passage]:
        return chunk(
            document,
            token_spans=self.model.token_spans,
            limit=self.model.passage_limit,
            settings=self.chunking,
        )

    def _embed(self, group: Sequence[tuple[StoredDocument, Sequence[Passage]]]) -> Iterator[Addition]:
        passages = [passage for _, own in group for passage in own]
        texts = [
            embedding_text(stored.title, passage.heading, passage.text, self.chunking)
            for stored, own in group
            for passage in own
        ]
        tokens: Sequence[bytes] = ()
        if self.keeps_tokens:
            vectors, tokens = self.embedder.embed_with_tokens(texts, passages)
        else:
            vectors = self.embedder.embed(texts, [passage.language for passage in passages])
        yield from split_additions(((stored, own, analyse(stored, own)) for stored, own in group), vectors, tokens)

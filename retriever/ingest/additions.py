"""From documents to additions: chunked, analysed and embedded, a bounded number of passages at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.index.interface import Addition, split_additions
from retriever.index.terms import analyse

if TYPE_CHECKING:
    from retriever.ingest.embed import CachedEmbedder
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.types import Document, Passage, StoredDocument

Group: TypeAlias = "Sequence[tuple[StoredDocument, Sequence[Passage]]]"
"""Documents with their passages."""

# Passages gathered over documents before they are embedded together: bounds the memory that indexing takes.
GROUP = 256


@dataclass(frozen=True, slots=True)
class AdditionBuilder:
    """Makes additions for one index.

    - ``model``: counts tokens; ``embedder``: gives vectors
    - ``codec``: encodes token vectors, None for an index that keeps none
    - ``chunking``: how documents are cut
    - ``on_chunked``: called with the number of passages of each document
    """

    model: EmbeddingModel
    embedder: CachedEmbedder
    codec: TokenCodec | None
    chunking: ChunkSettings
    on_chunked: Callable[[int], None] = lambda _: None

    def build(self, documents: Iterable[tuple[Document, StoredDocument]]) -> Iterator[Addition]:
        """Additions of documents as they come, each with what the index keeps of it."""
        return self.build_again(self.chunk(documents))

    def build_again(self, documents: Iterable[tuple[StoredDocument, Sequence[Passage]]]) -> Iterator[Addition]:
        """Additions of documents that have been chunked already."""
        for additions in self.embed_all(self.group(documents)):
            yield from additions

    def chunk(
        self, documents: Iterable[tuple[Document, StoredDocument]]
    ) -> Iterator[tuple[StoredDocument, Sequence[Passage]]]:
        """The passages of each document, as they come."""
        return ((stored, self._chunk(document)) for document, stored in documents)

    def group(self, documents: Iterable[tuple[StoredDocument, Sequence[Passage]]]) -> Iterator[Group]:
        """Documents that are embedded together."""
        group: list[tuple[StoredDocument, Sequence[Passage]]] = []
        waiting = 0
        for stored, passages in documents:
            self.on_chunked(len(passages))
            group.append((stored, passages))
            waiting += len(passages)
            # A document without passages takes memory, too.
            if max(waiting, len(group)) >= max(GROUP, self.model.batch_size):
                yield group
                group, waiting = [], 0
        if group:
            yield group

    def _chunk(self, document: Document) -> Sequence[Passage]:
        return chunk(
            document,
            token_spans=self.model.token_spans,
            token_spans_of_many=self.model.token_spans_of_many,
            limit=self.model.passage_limit,
            settings=self.chunking,
        )

    def count_missing(self, group: Group) -> int:
        """How many texts of a group have no vector in the cache."""
        return self.embedder.count_missing(self._list_texts(group))

    def leave_pending(self, group: Group) -> Iterator[Addition]:
        """Additions whose vectors are to be computed later; see ``Addition``."""
        for stored, own in group:
            width = 0 if own else self.model.description.dimension
            yield Addition(stored, own, np.zeros((len(own), width), np.float32), analyse(stored, own))

    def embed_all(self, groups: Iterable[Group]) -> Iterator[Iterator[Addition]]:
        """The additions of each group as ``embed`` gives them; further groups are announced to workers meanwhile."""
        waiting: deque[tuple[Group, int]] = deque()
        ahead = 0
        for group in groups:
            passages = [passage for _, own in group for passage in own]
            self.embedder.announce(self._list_texts(group), passages, self.codec)
            waiting.append((group, len(passages)))
            ahead += len(passages)
            while waiting and ahead >= self.embedder.look_ahead:
                first, size = waiting.popleft()
                ahead -= size
                yield self.embed(first)
        for first, _ in waiting:
            yield self.embed(first)

    def embed(self, group: Group) -> Iterator[Addition]:
        """Additions with vectors, and token vectors where the index keeps them."""
        passages = [passage for _, own in group for passage in own]
        texts = self._list_texts(group)
        tokens: Sequence[bytes] = ()
        if self.codec:
            vectors, tokens = self.embedder.embed_with_tokens(texts, passages, self.codec)
        else:
            vectors = self.embedder.embed(texts, [passage.language for passage in passages])
        yield from split_additions(((stored, own, analyse(stored, own)) for stored, own in group), vectors, tokens)

    def _list_texts(self, group: Group) -> list[str]:
        """The text of each passage, as it is embedded."""
        return [
            embedding_text(stored.title, passage.heading, passage.text, self.chunking)
            for stored, own in group
            for passage in own
        ]

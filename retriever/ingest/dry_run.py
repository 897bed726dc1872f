"""A dry run: a sync that goes all the way, so that its numbers are exact, and writes nothing at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retriever.ingest.embed import CachedEmbedder, text_hash

if TYPE_CHECKING:
    from retriever.index.cache.interface import EmbeddingStore
    from retriever.index.interface import Changes, Index, Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.reports import Problem
    from retriever.types import Vectors


class DryRunIndex:
    """An index that takes a commit and only counts what it would hold afterwards."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.documents = 0
        self.passages = 0

    @property
    def location(self) -> str:
        return self._index.location

    @property
    def folder(self) -> Path | None:
        return self._index.folder

    def reading(self) -> AbstractContextManager[Snapshot]:
        return self._index.reading()

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        return nullcontext()

    def last_settings(self) -> IndexSettings | None:
        return self._index.last_settings()

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Count what the next generation would hold; return the last one's number, 0 for an index to be rebuilt."""
        held: dict[str, int] = {}
        generation = 0
        if not replace:
            with self._index.reading() as snapshot:
                held = {document.key: document.passages for document in snapshot.stored_documents()}
                generation = snapshot.generation
        added = {addition.document.key: len(addition.passages) for addition in changes.additions}
        removed = set(changes.removals)
        held = {key: count for key, count in held.items() if key not in removed} | added
        self.documents, self.passages = len(held), sum(held.values())
        return generation

    def verify(self, *, deep: bool) -> list[Problem]:
        return self._index.verify(deep=deep)

    def close(self) -> None:
        """The index stays open: it belongs to whoever opened it."""


@dataclass(slots=True)
class CountingEmbedder(CachedEmbedder):
    """Counts what would be computed and what is cached; its vectors are zeros."""

    seen: set[bytes] = field(default_factory=set)

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        hashes = [text_hash(text) for text in texts]
        unknown = set(hashes) - self.seen
        missing = unknown - self.cache.get(self.model.description.fingerprint, unknown).keys()
        self.seen |= missing
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        self.on_passages(len(texts))
        return np.zeros((len(texts), 1), np.float32)


@dataclass(frozen=True, slots=True)
class ReadOnlyStore:
    """An embedding cache that forgets what it is given."""

    store: EmbeddingStore

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        return self.store.get(fingerprint, hashes)

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        pass

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        return self.store.get_bytes(fingerprint, hashes)

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> None:
        pass

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        return self.store.file_states()

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None:
        pass

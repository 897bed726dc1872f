"""A dry run: a complete sync, so that its numbers are exact, which writes nothing."""

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
    """An index whose commits only count what it would contain afterwards."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.documents = 0
        self.passages = 0

    @property
    def location(self) -> str:
        """See ``Index.location``."""
        return self._index.location

    @property
    def folder(self) -> Path | None:
        """See ``Index.folder``."""
        return self._index.folder

    def reading(self) -> AbstractContextManager[Snapshot]:
        """See ``Index.reading``."""
        return self._index.reading()

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        """See ``Index.writing``."""
        return nullcontext()

    def last_settings(self) -> IndexSettings | None:
        """See ``Index.last_settings``."""
        return self._index.last_settings()

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Count what the next generation would contain; return the last one's number, 0 for a rebuild."""
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
        """See ``Index.verify``."""
        return self._index.verify(deep=deep)

    def close(self) -> None:
        """Do nothing: the index is closed by its owner."""


@dataclass(slots=True)
class CountingEmbedder(CachedEmbedder):
    """Counts the passages that would be embedded and those that are cached; its vectors are zeros."""

    seen: set[bytes] = field(default_factory=set)

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Zeros, float32 [len(texts), 1]."""
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
    """An embedding cache that discards what is written to it."""

    store: EmbeddingStore

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """See ``EmbeddingStore.get``."""
        return self.store.get(fingerprint, hashes)

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Discard the vectors."""

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """See ``EmbeddingStore.get_bytes``."""
        return self.store.get_bytes(fingerprint, hashes)

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Discard the values."""

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """See ``EmbeddingStore.file_states``."""
        return self.store.file_states()

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None:
        """Discard the states."""

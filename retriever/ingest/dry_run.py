"""A sync that is only tried: it goes the whole way, so that its numbers are exact, and writes nothing at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.ingest.embed import CachedEmbedder, text_hash

if TYPE_CHECKING:
    from retriever.index.interface import Changes, EmbeddingStore, Index, Snapshot
    from retriever.types import Vectors


class DryRun:
    """Stands for an index, takes a commit and only counts what it would hold then."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.cache: EmbeddingStore = _Unwritten(index.reading_cache())
        self.documents = 0
        self.passages = 0

    @property
    def path(self) -> Path:
        return self._index.path

    def reading_cache(self) -> EmbeddingStore:
        return self.cache

    @contextmanager
    def writing(self, *, timeout: float = 0.0) -> Iterator[None]:
        yield

    def snapshot(self) -> Snapshot:
        return self._index.snapshot()

    def last_settings(self) -> Mapping[str, Any]:
        return self._index.last_settings()

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        """Count what the next generation would hold; return the last one's number, 0 for an index to be rebuilt."""
        snapshot = None if replace else self._index.snapshot()
        held = {document.key: len(refs) for refs, document in snapshot.documents()} if snapshot else {}
        added = {addition.document.key: len(addition.passages) for addition in changes.additions}
        gone = set(changes.removals)
        held = {key: count for key, count in held.items() if key not in gone} | added
        self.documents, self.passages = len(held), sum(held.values())
        return snapshot.generation if snapshot else 0


@dataclass(slots=True)
class CountingEmbedder(CachedEmbedder):
    """Counts what would be computed and what is there, and gives vectors of nothing."""

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
class _Unwritten:
    """What is remembered, and nothing more."""

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

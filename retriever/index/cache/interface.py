"""What ingestion caches between runs. It saves work and never changes a result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from retriever.types import Vectors


class EmbeddingStore(Protocol):
    """Embeddings by fingerprint and text hash, files by size and time of change."""

    def get(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, Vectors]:
        """The cached vectors by text hash, float32 [dimension] each."""
        ...

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Store vectors, float32 [len(hashes), dimension], rounded to half precision."""
        ...

    def get_bytes(self, fingerprint: str, hashes: Collection[bytes]) -> dict[bytes, bytes]:
        """The cached bytes by text hash."""
        ...

    def put_bytes(self, fingerprint: str, hashes: Sequence[bytes], values: Sequence[bytes]) -> None:
        """Store bytes by text hash."""
        ...

    def file_states(self) -> dict[str, tuple[int, int, str]]:
        """Each remembered file's size in bytes, time of change in nanoseconds and hash, by path."""
        ...

    def remember_files(self, states: Mapping[str, tuple[int, int, str]]) -> None:
        """Store the size in bytes, time of change in nanoseconds and hash of files, by path."""
        ...

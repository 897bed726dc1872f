"""Compaction: reduces an index to as few segments and bytes as its contents need.

It drops files that no kept generation lists, and embeddings of texts that none contains. The index can be searched
meanwhile; a kill at any point leaves it either unchanged or compacted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retriever.arguments import require_count
from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.errors import IndexCorruptError, IndexReadError, IndexVersionError
from retriever.index import local_folder
from retriever.index.cache.contents import FILE_PAGES, file_key
from retriever.index.cache.store import CACHE, DAMAGED, EmbeddingCache
from retriever.index.files.access import measure
from retriever.index.files.databases import beside
from retriever.index.files.durable import writing
from retriever.index.files.read_errors import exists
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.manifest import Manifest, generations_on_disk, read_manifest
from retriever.index.local.segment import live_contents
from retriever.ingest.embed import text_hash, token_fingerprint, token_hash

if TYPE_CHECKING:
    from retriever.index.settings import IndexSettings


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What a compaction did.

    ``committed`` is true if a generation was written. ``bytes_before`` and ``bytes_after`` are the size of all files in
    the folder. ``embeddings_dropped`` counts cached vectors. ``held`` are generations that stay until their readers
    have moved on.
    """

    generation: int
    committed: bool
    segments_before: int
    segments: int
    passages_dropped: int
    embeddings_dropped: int
    held: tuple[int, ...]
    bytes_before: int
    bytes_after: int

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        return {name: getattr(self, name) for name in self.__slots__} | {"held": list(self.held)}


def compact_index(path: str | Path, *, keep: int = 1, wait: float = 0.0) -> CompactReport:
    """Reclaim disk space: merge segments, and drop what the newest ``keep`` generations do not need.

    That is deleted passages, older generations and their embeddings. Generations being read stay. ``wait`` is how many
    seconds to wait while another process writes. While it runs, as much free disk space as the index takes is needed.

    Raises UsageError for ``keep`` below 1, IndexLockedError, IndexWriteError, and as ``Retriever.open``.
    """
    require_count("keep", keep, at_least=1)
    root = local_folder(path)
    index = LocalIndex.open(root, limits=Limits(generations=keep))
    try:
        before = measure(root)
        with index.writing(timeout=wait):
            base = index.snapshot().manifest
            generation = index.compact()
            dropped = _prune(index)
            _remove_damaged(root)
        manifest = index.snapshot().manifest
        numbers = generations_on_disk(root)
        return CompactReport(
            generation=generation,
            committed=generation != base.generation,
            segments_before=len(base.segments),
            segments=len(manifest.segments),
            passages_dropped=sum(entry.deleted_rows for entry in base.segments),
            embeddings_dropped=dropped,
            held=tuple(numbers[: max(0, len(numbers) - keep)]),
            bytes_before=before,
            bytes_after=measure(root),
        )
    finally:
        index.close()


def _prune(index: LocalIndex) -> int:
    """Drop cached embeddings and pages that no generation on disk needs, or none if that is unknown.

    Returns how many embeddings were dropped.
    """
    if not exists(index.path / CACHE):
        return 0
    cache = EmbeddingCache(index.path / CACHE)
    try:
        manifests = [read_manifest(index.path, number) for number in generations_on_disk(index.path)]
        if not all(_makes_same_texts(manifest.settings) for manifest in manifests):
            return 0
        dropped = cache.prune(key for manifest in manifests for key in _list_cached_keys(index.path, manifest))
        cache.vacuum()
    except (IndexCorruptError, IndexReadError, IndexVersionError):
        return 0  # A held generation is damaged or of a newer version; the compaction itself is done.
    finally:
        cache.close()  # Closing removes the files of SQLite beside the cache.
    return dropped


def _makes_same_texts(settings: IndexSettings | None) -> bool:
    """Whether this version embeds the same text for a passage as the version that wrote it."""
    return settings is None or settings.chunker == ChunkSettings.of(settings.passage_tokens).fingerprint


def _list_cached_keys(root: Path, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    """The fingerprint and text hash of each cached embedding of the passages of a generation, and lists of pages."""
    settings = manifest.settings
    if settings is None:
        return
    chunking = ChunkSettings.of(settings.passage_tokens)
    for entry in manifest.segments:
        for row, passages, _ in live_contents(root, entry):
            if row.document.file_hash:
                yield FILE_PAGES, file_key(row.document.file_hash)
            for passage in passages:
                text = embedding_text(row.document.title, passage.heading, passage.text, chunking)
                yield settings.encoder, text_hash(text)
                if settings.tokens:
                    yield token_fingerprint(settings.encoder, settings.centering, settings.tokens), token_hash(passage)


def _remove_damaged(root: Path) -> None:
    """Remove a damaged cache that was set aside; its intact entries have been copied."""
    damaged = root / f"{CACHE}{DAMAGED}"
    for path in (damaged, *beside(damaged)):
        with writing(path):
            path.unlink(missing_ok=True)

"""Repair of an index: vectors from the embedding cache, else from the model, postings and ids from the passages.

What is found and mended in the files is the business of ``retriever.index.repair``; here it gets its vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.chunking.settings import ChunkSettings, embedding_text
from retriever.errors import StorageError
from retriever.index.cache import CACHE
from retriever.index.cache_check import check_cache
from retriever.index.dense import DenseReader
from retriever.index.interface import Addition
from retriever.index.local import KEEP_GENERATIONS, LocalIndex
from retriever.index.manifest import SEGMENTS, SegmentEntry
from retriever.index.repair import Damage, examine, mend
from retriever.index.segment import VECTORS, check_file, live_documents
from retriever.index.settings import IndexSettings
from retriever.index.token_store import ENDS, TOKENS, TokenReader
from retriever.index.verify import verify
from retriever.ingest.embed import CachedEmbedder, CachedTokenEncoder
from retriever.models import load
from retriever.models.balance import balance_of
from retriever.text.analyzer import ANALYZER_VERSION, terms
from retriever.types import Passage, Problem

if TYPE_CHECKING:
    from retriever.index.passage_store import DocumentRow
    from retriever.models.interface import Encoder
    from retriever.types import Vectors

# Passages that are embedded together.
GROUP = 256


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did: ``mended`` in sentences; ``generation`` is now the newest, ``base`` the one whose contents
    it has. Passages ``embedded`` and ``reused`` from the cache. ``problems`` are what verification finds now."""

    generation: int
    base: int
    committed: bool
    mended: tuple[str, ...]
    embedded: int
    reused: int
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        problems = [{"where": one.where, "message": one.message, "hint": one.hint} for one in self.problems]
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "mended": list(self.mended), "problems": problems}


def repair_index(path: str | Path, *, wait: float = 0.0) -> RepairReport:
    """Mend the index at ``path`` as far as it can be, as a new generation, and verify it.

    Postings and ids are made from the passages, vectors taken from the embedding cache or computed. Where passages
    themselves are damaged, the newest generation of which they are whole takes their place, and the next sync brings
    in what changed since. A damaged cache is set aside. Readers go on meanwhile; nothing is made worse. ``wait`` is
    how many seconds to wait while another process writes.

    Raises IndexCorruptError where no generation can be mended, IndexNotFoundError, IndexVersionError,
    FingerprintMismatchError where vectors or postings would have to be computed by another model or version,
    IndexLockedError, IndexWriteError, ModelError.
    """
    return repair(Path(path).expanduser(), load, wait)


def repair(root: Path, loading: Callable[[str], Encoder], wait: float) -> RepairReport:
    """As ``repair_index``; ``loading`` gives the model of a name where one is needed."""
    index = LocalIndex(root, _terms, KEEP_GENERATIONS)
    try:
        examine(root)
        with index.writing(timeout=wait):
            mended = _mend_cache(index)
            damage = examine(root)
            work = _Derivation(index, damage, loading)
            generation = damage.base.generation
            if not damage.none:
                generation = mend(root, damage, _terms, work.additions).generation
                mended += _told(damage)
        embedder = work.embedder if work.used else None
        return RepairReport(
            generation=generation,
            base=damage.base.generation,
            committed=not damage.none,
            mended=tuple(mended),
            embedded=embedder.embedded if embedder else 0,
            reused=embedder.reused if embedder else 0,
            problems=tuple(verify(root, deep=True)),
        )
    finally:
        index.close()


def _terms(passage: Passage) -> Collection[str]:
    return terms(passage.text)


def _mend_cache(index: LocalIndex) -> list[str]:
    said = check_cache(index.path / CACHE)
    if not said:
        return []
    index.cache.renew()
    return [f"{CACHE} was set aside ({said}); what is whole in it was taken over"]


def _told(damage: Damage) -> list[str]:
    """What was done, in sentences."""
    base = damage.base.generation
    told = [f"segment {entry.id} was written anew from its passages" for entry in damage.broken]
    if damage.newest is None:
        told.append(f"CURRENT did not say which generation is the newest; {base} is the newest that is whole")
    elif damage.newest != base:
        told.append(
            f"generation {damage.newest} cannot be mended; {base} takes its place, and what changed since comes back "
            "with `retriever index SOURCE...`"
        )
    elif not damage.broken:
        told.append("CURRENT did not agree with its manifest")
    return told


@dataclass(slots=True)
class _Files:
    """Which of a segment's parts that take long to compute are whole."""

    vectors: DenseReader | None
    tokens: TokenReader | None


@dataclass
class _Derivation:
    """Makes the documents of damaged segments whole again; the model is loaded when a vector is not there."""

    index: LocalIndex
    damage: Damage
    loading: Callable[[str], Encoder]
    used: bool = field(default=False)

    @cached_property
    def settings(self) -> IndexSettings:
        return IndexSettings.of(self.damage.base.settings)

    @cached_property
    def encoder(self) -> Encoder:
        """The model that the index was built with. Raises FingerprintMismatchError, ModelError."""
        encoder = self.loading(self.settings.model)
        description = encoder.description
        parts = {"model_name": description.name, "encoder": description.fingerprint}
        parts["chunker"] = ChunkSettings.of(self.settings.passage_tokens).fingerprint
        self.settings.require(self.index.path, {**parts, "balance": balance_of(description).fingerprint})
        return encoder

    @cached_property
    def embedder(self) -> CachedEmbedder:
        self.used = True
        return CachedEmbedder(self.encoder, self.index.cache, lambda _: None)

    def additions(self, entry: SegmentEntry) -> Iterator[Addition]:
        """The live documents of a segment with vectors and token vectors, a group of passages at a time."""
        self.settings.require(self.index.path, {"analyzer": ANALYZER_VERSION})
        files = _whole_files(self.index.path, entry)
        group: list[tuple[DocumentRow, list[Passage]]] = []
        waiting = 0
        for row, passages in live_documents(self.index.path, entry):
            group.append((row, passages))
            waiting += len(passages)
            if waiting >= GROUP:
                yield from self._complete(group, files)
                group, waiting = [], 0
        yield from self._complete(group, files)

    def _complete(self, group: list[tuple[DocumentRow, list[Passage]]], files: _Files) -> Iterator[Addition]:
        if not group:
            return
        vectors = self._vectors(group, files.vectors)
        tokens = self._tokens(group, files.tokens)
        start = 0
        for row, passages in group:
            end = start + len(passages)
            yield Addition(row.document, passages, vectors[start:end], tokens[start:end])
            start = end

    def _vectors(self, group: list[tuple[DocumentRow, list[Passage]]], stored: DenseReader | None) -> Vectors:
        if stored:
            return stored.vectors(_rows(group))
        chunking = ChunkSettings.of(self.settings.passage_tokens)
        texts = [
            embedding_text(row.document.title, passage.heading, passage.text, chunking)
            for row, passages in group
            for passage in passages
        ]
        return self.embedder.embed(texts, [passage.language for _, passages in group for passage in passages])

    def _tokens(self, group: list[tuple[DocumentRow, list[Passage]]], stored: TokenReader | None) -> list[bytes]:
        if not self.settings.tokens:
            return []
        if stored:
            return stored.runs(_rows(group))
        encoder = CachedTokenEncoder(self.encoder, self.index.cache)
        return encoder.encode([passage for _, passages in group for passage in passages])


def _rows(group: list[tuple[DocumentRow, list[Passage]]]) -> Any:
    return np.concatenate([np.arange(row.first, row.first + row.count) for row, _ in group])


def _whole_files(root: Path, entry: SegmentEntry) -> _Files:
    folder = root / SEGMENTS / entry.id
    vectors = DenseReader(folder / VECTORS) if _whole(root, entry, VECTORS) else None
    tokens = TokenReader(folder, entry.rows) if _whole(root, entry, TOKENS) and _whole(root, entry, ENDS) else None
    return _Files(vectors, tokens)


def _whole(root: Path, entry: SegmentEntry, name: str) -> bool:
    """Whether the segment has a file of that name, as it was written."""
    for file in entry.files:
        if file.path.endswith(f"/{name}"):
            try:
                check_file(root, file, digest=True)
            except StorageError:
                return False
            return True
    return False

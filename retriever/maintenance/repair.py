"""Repairs an index: vectors come from the embedding cache, else from the model; postings and ids from the passages.

``retriever.index.local.integrity.repair`` finds and rebuilds damaged segments; this module gives them their documents
and vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retriever.errors import StorageError
from retriever.index import local_folder
from retriever.index.cache.check import check_cache
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.interface import Addition, split_additions
from retriever.index.local.entries import ENDS, SEGMENTS, TOKENS, VECTORS, SegmentEntry
from retriever.index.local.index import LocalIndex
from retriever.index.local.integrity.repair import Damage, examine, repair_files
from retriever.index.local.integrity.verify import verify
from retriever.index.local.segment import check_file, live_contents
from retriever.index.local.stores.tokens import TokenReader
from retriever.index.local.stores.vectors import DenseReader
from retriever.maintenance.reembed import Reembedder, batch_by_passages
from retriever.models import load
from retriever.models.named import require_named
from retriever.reports import Problem

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Passage, StoredDocument, Vectors


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did.

    - ``generation``: the newest generation now; ``base``: the one whose contents it has
    - ``committed``: whether a generation was written
    - ``repaired``: what was repaired, in sentences
    - ``embedded``, ``reused``: passages that were embedded, and those whose vectors came from the cache
    - ``problems``: what verification still finds
    """

    generation: int
    base: int
    committed: bool
    repaired: tuple[str, ...]
    embedded: int
    reused: int
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """The values as JSON-ready types."""
        problems = [{"where": one.where, "message": one.message, "hint": one.hint} for one in self.problems]
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "repaired": list(self.repaired), "problems": problems}


def repair_index(path: str | Path, *, wait: float = 0.0) -> RepairReport:
    """Repair the index at ``path`` as far as possible, as a new generation, and verify it.

    Postings and ids are rebuilt from the passages; vectors are taken from the embedding cache or computed. If passages
    are damaged, the newest generation with intact passages is restored, and the next sync adds what changed since. A
    damaged cache is set aside. The index can be searched in the meantime. ``wait`` is how many seconds to wait while
    another process writes.

    Raises IndexCorruptError if no generation can be repaired, IndexReadError if that cannot be determined now,
    IndexNotFoundError, IndexVersionError, FingerprintMismatchError if vectors would have to be computed by another
    model or version, IndexLockedError, IndexWriteError, ModelError.
    """
    root = local_folder(path)
    return repair(root, lambda name: load(require_named(str(root), name)), wait)


def repair(root: Path, load_model: Callable[[str], EmbeddingModel], wait: float) -> RepairReport:
    """As ``repair_index``; ``load_model`` loads a model by name where one is needed."""
    index = LocalIndex(root)
    cache: EmbeddingCache | None = None
    try:
        examine(root)
        with index.writing(timeout=wait):
            repaired = _repair_cache(root)
            damage = examine(root)
            reembedder = None
            if damage.broken and damage.base.settings:
                cache = EmbeddingCache(root / CACHE)
                reembedder = Reembedder(str(root), damage.base.settings, cache, load_model)
            rebuild = _SegmentReader(root, reembedder).additions if reembedder else _no_additions
            generation = repair_files(root, damage, rebuild, index.require_turn).generation
            if not damage.none:
                repaired += _describe(damage)
            if cache is not None:
                cache.close()
        return RepairReport(
            generation=generation,
            base=damage.base.generation,
            committed=not damage.none,
            repaired=tuple(repaired),
            embedded=reembedder.embedded if reembedder else 0,
            reused=reembedder.reused if reembedder else 0,
            problems=tuple(verify(root, deep=True)),
        )
    finally:
        if cache is not None:
            cache.close()
        index.close()


def _no_additions(_: SegmentEntry) -> tuple[Addition, ...]:
    return ()


def _repair_cache(root: Path) -> list[str]:
    fault = check_cache(root / CACHE)
    if not fault:
        return []
    cache = EmbeddingCache(root / CACHE)
    cache.rebuild()
    cache.close()
    return [f"{CACHE} was set aside ({fault}); its intact entries were kept"]


def _describe(damage: Damage) -> list[str]:
    """What was repaired, in sentences."""
    base = damage.base.generation
    repaired = [f"segment {entry.id} was rebuilt from its passages" for entry in damage.broken]
    if damage.newest is None:
        repaired.append(f"CURRENT did not say which generation is the newest; {base} is the newest intact one")
    elif damage.newest != base:
        repaired.append(
            f"generation {damage.newest} cannot be repaired; {base} replaces it; add what changed since "
            "with `retriever index SOURCE...` (in Python: Retriever.sync)"
        )
    elif not damage.broken:
        repaired.append("CURRENT did not match its manifest")
    return repaired


@dataclass(slots=True)
class _IntactParts:
    """The intact parts of a segment that would take long to compute; None for a damaged one."""

    vectors: DenseReader | None
    tokens: TokenReader | None


@dataclass(frozen=True, slots=True)
class _SegmentReader:
    """Reads the documents of damaged segments, and computes their vectors where these are damaged."""

    root: Path
    reembedder: Reembedder

    def additions(self, entry: SegmentEntry) -> Iterator[Addition]:
        """The live documents of a segment with vectors and token vectors, computed in batches."""
        files = _open_intact(self.root, entry)
        for group in batch_by_passages(live_contents(self.root, entry), lambda item: item[0].count):
            items = [(row.document, passages) for row, passages, _ in group]
            rows = np.concatenate([np.arange(row.first, row.first + row.count) for row, _, _ in group])
            vectors, tokens = self._find_vectors(entry, files, rows, items)
            yield from split_additions(
                ((row.document, passages, terms) for row, passages, terms in group), vectors, tokens
            )

    def _find_vectors(
        self,
        entry: SegmentEntry,
        files: _IntactParts,
        rows: npt.NDArray[np.intp],
        items: Sequence[tuple[StoredDocument, Sequence[Passage]]],
    ) -> tuple[Vectors, Sequence[bytes]]:
        """The vectors and token vectors of rows; none of documents that wait for theirs, and go on waiting."""
        if entry.pending:
            return np.zeros((len(rows), 0), np.float32), ()
        vectors = files.vectors.vectors(rows) if files.vectors else None
        if vectors is None or not np.isfinite(vectors).all():
            vectors = self.reembedder.embed(items)
        return vectors, files.tokens.runs(rows) if files.tokens else self.reembedder.embed_tokens(items)


def _open_intact(root: Path, entry: SegmentEntry) -> _IntactParts:
    folder = root / SEGMENTS / entry.id
    vectors = DenseReader(folder / VECTORS, entry.rows) if _is_intact(root, entry, VECTORS) else None
    tokens = (
        TokenReader(folder, entry.rows) if _is_intact(root, entry, TOKENS) and _is_intact(root, entry, ENDS) else None
    )
    return _IntactParts(vectors, tokens)


def _is_intact(root: Path, entry: SegmentEntry, name: str) -> bool:
    """Whether the segment has an intact file called ``name``."""
    file = entry.find(name)
    if file is None:
        return False
    try:
        check_file(root, file, digest=True)
    except StorageError:
        return False
    return True

"""One generation of the local index, open for reading: all its segments are searched as one.

A ref is a passage's row plus the number of rows in the segments before its own. Nothing here writes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import numpy as np

from retriever.errors import IndexCorruptError
from retriever.index.files.read_errors import REBUILD
from retriever.index.interface import Addition, Candidates
from retriever.index.local.lookup import PassageLookup
from retriever.index.local.segment_view import stored_documents
from retriever.index.local.selection import LocalSelection, select
from retriever.index.local.statistics import describe
from retriever.index.local.stores.languages import add
from retriever.index.local.stores.postings import LexicalReader
from retriever.index.local.stores.topk import merge_top_k
from retriever.index.statistics import Guarantees, TermStatistics
from retriever.lazy import lazy
from retriever.locks import WORK, ForkSafeLock

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.filters import Filter
    from retriever.index.interface import Selection, StoredPassage
    from retriever.index.local.integrity.audit import Audit
    from retriever.index.local.lock import GenerationHold
    from retriever.index.local.manifest import Manifest
    from retriever.index.local.segment_view import SegmentView
    from retriever.index.settings import IndexSettings
    from retriever.index.statistics import LanguageSums
    from retriever.reports import IndexStatistics
    from retriever.types import Neighbour, Refs, Source, StoredDocument, Vectors

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _guarded(
    read: Callable[Concatenate[LocalSnapshot, _Arguments], _Result],
) -> Callable[Concatenate[LocalSnapshot, _Arguments], _Result]:
    """Make a method raise IndexCorruptError for every error that damage causes; see ``LocalSnapshot.guard``."""

    @wraps(read)
    def guarded(self: LocalSnapshot, /, *args: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        with WORK.hold(), self.guard():
            return read(self, *args, **options)

    return guarded


# A generation of so many passages is searched without FAISS: in 0.8 ms, where to import it takes 25. One of so many is
# searched so by a process without FAISS that asks once, in up to 15 ms.
SMALL, SMALL_FOR_ONE = 1_000, 20_000


class LocalSnapshot:
    """See ``Snapshot``. All threads of a process share one object per generation."""

    def __init__(
        self,
        root: Path,
        manifest: Manifest,
        views: Sequence[SegmentView],
        hold: GenerationHold | None,
        audit: Audit,
        location: str = "",
    ) -> None:
        """Use ``LocalIndex.snapshot``. ``hold`` is None for a generation that is not on disk."""
        self.manifest = manifest
        self.views = tuple(views)
        self._root = root
        self._location = location or str(root)
        self._hold = hold
        self._audit = audit
        self._lookup = PassageLookup(views)
        self._opening = ForkSafeLock()
        self._asked = False

    @property
    def generation(self) -> int:
        """See ``Snapshot.generation``."""
        return self.manifest.generation

    @property
    def passages(self) -> int:
        """See ``Snapshot.passages``."""
        return self.manifest.passages

    @property
    def documents(self) -> int:
        """See ``Snapshot.documents``."""
        return self.manifest.documents

    @property
    def pending(self) -> int:
        """See ``Snapshot.pending``."""
        return self.manifest.pending

    @property
    def settings(self) -> IndexSettings | None:
        """See ``Snapshot.settings``."""
        return self.manifest.settings

    @property
    def sources(self) -> tuple[Source, ...]:
        """See ``Snapshot.sources``."""
        return self.manifest.sources

    @property
    def guarantees(self) -> Guarantees:
        """Exact, unless a segment is searched through an inverted file."""
        recalls = [point.recall for entry in self.manifest.segments for point in entry.operating_points]
        recall = min(recalls, default=1.0)
        return Guarantees(exact=not recalls, recall=recall, ordered_ties=True, immediate=True)

    @_guarded
    def select(self, where: Filter) -> LocalSelection:
        """See ``Snapshot.select``."""
        return select(self.views, self.generation, where)

    @_guarded
    def dense(self, vector: Vectors, limit: int, *, within: Selection | None = None) -> Candidates:
        """See ``Snapshot.dense``."""
        if self.manifest.dimension and vector.shape != (self.manifest.dimension,):
            raise ValueError(f"expected a query of shape ({self.manifest.dimension},), not {vector.shape}")
        if not np.isfinite(vector).all():
            raise ValueError("the query vector has a value that is not finite")
        live = self._live(within)
        views = [view for view in self.views if view.segment.rows and not view.segment.pending]
        by_numpy = self._is_for_numpy()
        searches = [partial(view.search, vector, live, by_numpy) for view in views]
        found = merge_top_k(searches, [view.segment.rows for view in views], limit)
        refs = [np.zeros(0, np.int64), *(part.refs for part in found)]
        scores = [np.zeros(0, np.float32), *(part.scores for part in found)]
        return self._rank(np.concatenate(refs), np.concatenate(scores), limit, ties=True)

    def _is_for_numpy(self) -> bool:
        """Whether a search is done without FAISS, which takes time to import."""
        first, self._asked = not self._asked, True
        return self.passages <= (SMALL_FOR_ONE if first and "faiss" not in sys.modules else SMALL)

    @_guarded
    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Selection | None = None) -> Candidates:
        """See ``Snapshot.lexical``."""
        if self._postings is None:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        found = self._postings.search(weights, limit, self._live(within))
        return self._rank(found.refs, found.scores, limit, ties=False)

    @_guarded
    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        """See ``Snapshot.term_statistics``."""
        wanted = list(dict.fromkeys(terms))
        counts = np.zeros(len(wanted), np.int64)
        if self._postings is not None:
            counts += self._postings.document_frequency(wanted)
        for view in self.views:
            counts -= view.tombstones.document_frequency(wanted)
        if (counts < 0).any():
            raise IndexCorruptError(f"{self._root} has postings that lack deleted terms", hint=REBUILD)
        passages = self.manifest.passages
        return TermStatistics(
            passages=passages,
            mean_length=self.manifest.terms / passages if passages else 0.0,
            document_frequency=dict(zip(wanted, counts.tolist(), strict=True)),
        )

    @property
    def languages(self) -> Mapping[str, LanguageSums]:
        """See ``Snapshot.languages``."""
        with WORK.hold(), self.guard():
            return self._languages

    @lazy
    def _languages(self) -> Mapping[str, LanguageSums]:
        sums: Mapping[str, LanguageSums] = {}
        for view in self.views:
            sums = add(sums, view.languages(self.manifest.dimension))
        return sums

    @_guarded
    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        """See ``Snapshot.fetch``."""
        return self._lookup.fetch(refs, vectors=vectors, tokens=tokens)

    @_guarded
    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        """See ``Snapshot.around``."""
        return self._lookup.around(refs, count)

    @_guarded
    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """See ``Snapshot.find``."""
        return self._lookup.find(passage_ids)

    @_guarded
    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        """See ``Snapshot.find_documents``."""
        return self._lookup.find_documents(document_ids)

    def stored_documents(self, keys: Sequence[str] | None = None) -> Iterator[StoredDocument]:
        """See ``Snapshot.stored_documents``."""
        with self.guard():
            yield from stored_documents(self.views, keys)

    def pending_documents(self) -> Iterator[StoredDocument]:
        """See ``Snapshot.pending_documents``."""
        with self.guard():
            pending = stored_documents([view for view in self.views if view.segment.pending], None)
            # One without passages may stand among them.
            yield from (stored for stored in pending if stored.passages)

    def additions(self, keys: Sequence[str] | None = None) -> Iterator[Addition]:
        """See ``Snapshot.additions``."""
        with self.guard():
            for view in self.views:
                yield from view.segment.additions(set(view.tombstones.documents.tolist()), keys)

    @_guarded
    def statistics(self) -> IndexStatistics:
        """See ``Snapshot.statistics``."""
        counts = {language: sums.passages for language, sums in self._languages.items()}
        return replace(describe(self._root, self.manifest, counts), index=self._location)

    @property
    def is_intact(self) -> bool:
        """Whether none of its files has been found damaged so far."""
        try:
            self._audit.require(self.manifest)
        except IndexCorruptError:
            return False
        return True

    def guard(self) -> AbstractContextManager[None]:
        """Guard code that uses results of the snapshot, as its own methods are guarded; see ``Audit.guard``."""
        return self._audit.guard(self.manifest)

    @property
    def _postings(self) -> LexicalReader | None:
        """Opened on first use; None for an index without passages."""
        with self._opening.hold():
            return self._reader

    @lazy
    def _reader(self) -> LexicalReader | None:
        if not self._lookup.size:
            return None
        reader = LexicalReader([view.segment.postings(view.base) for view in self.views])
        if reader.size != self._lookup.size:
            raise IndexCorruptError(
                f"{self._root} has postings of {reader.size} passages but {self._lookup.size} passages", hint=REBUILD
            )
        return reader

    @lazy
    def _all_live(self) -> npt.NDArray[np.bool_] | None:
        """For each ref whether it is live; None if all are."""
        if not any(len(view.tombstones.rows) for view in self.views):
            return None
        return np.concatenate([view.live for view in self.views])

    def _live(self, within: Selection | None) -> npt.NDArray[np.bool_] | None:
        """For each ref whether it is searched; None if all are."""
        if within is None:
            return self._all_live
        if not isinstance(within, LocalSelection) or within.generation != self.generation:
            raise TypeError("the selection belongs to another snapshot")
        allowed = np.zeros(self._lookup.size, np.bool_)
        allowed[within.refs] = True
        return allowed if self._all_live is None else allowed & self._all_live

    def _rank(self, refs: Refs, scores: npt.NDArray[np.float32], limit: int, *, ties: bool) -> Candidates:
        """The ``limit`` best, ordered by score and id; with ``ties`` also those that tie with the last."""
        if len(scores) > limit > 0:
            keep = scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit]
            refs, scores = refs[keep], scores[keep]
        order = np.lexsort((self._lookup.ids(refs), -scores))
        if not ties:
            order = order[:limit]
        return Candidates(refs[order], scores[order])

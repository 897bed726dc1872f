"""A storage engine in memory: the smallest one that keeps the contract of ``retriever.index.interface``.

It is the example for whoever writes an engine, and what tests run on that need no disk. It looks at every passage, so
it is exact and slow. Its refs are numbers without order, other ones in every generation: who counts on more than the
contract says of refs fails here.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import IndexLockedError, IndexReadError, IndexWriteError, UsageError
from retriever.filters.evaluate import evaluate
from retriever.index.files.precision import round_to_half
from retriever.index.identity import passage_id
from retriever.index.interface import Addition, Candidates, StoredPassage
from retriever.index.statistics import Guarantees, LanguageSums, TermStatistics
from retriever.reports import IndexStatistics, Problem
from retriever.types import Neighbour, Passage

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.filters import Filter
    from retriever.filters.fields import Values
    from retriever.index.interface import Changes, Selection
    from retriever.index.settings import IndexSettings
    from retriever.types import Source, StoredDocument, Vectors

# Half of what an int64 holds: ``sample`` takes no longer range.
_REFS = range(-(1 << 62), (1 << 62) - 1)
_CLOSE = "close other programs"


class MemoryIndex:
    """An index that ends with its process. Safe to use from many threads."""

    folder = None

    def __init__(self, name: str) -> None:
        self.location = f"memory://{name}"
        # Readers take what is here; a commit puts another one in its place, which is one step.
        self._newest = MemorySnapshot(self.location, 0, {}, None, ())
        self._writing = threading.RLock()
        self._writer = ""
        self._committing = False

    @contextmanager
    def reading(self) -> Iterator[MemorySnapshot]:
        # What the storage makes fail is named where the storage is called, not here: whoever reads may fail, too.
        yield self._newest

    @contextmanager
    def writing(self, *, timeout: float = 0.0) -> Iterator[None]:
        if not self._writing.acquire(timeout=timeout):
            raise IndexLockedError(
                f"{self.location} is being written by thread {self._writer!r} of this process",
                hint="wait until it is done",
            )
        try:
            self._writer = threading.current_thread().name
            yield
        finally:
            self._writing.release()

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        with self.writing():
            if self._committing:
                raise UsageError(f"this thread is already committing to the index {self.location}")
            before = self._newest
            held = {} if replace else dict(before.contents)
            # A later addition takes the place of an earlier one with its key.
            self._committing = True
            try:
                added = {addition.document.key: self._keep(addition) for addition in changes.additions}
            finally:
                self._committing = False
            # Whoever streams the additions may learn on the way what has to go: not read before they have come.
            removed = [held.pop(key) for key in changes.removals if key in held]
            remembered = () if replace else before.sources
            sources = remembered if changes.sources is None else changes.sources
            settings = changes.settings
            if not (replace or added or removed) and (settings, sources) == (before.settings, before.sources):
                return before.generation
            # All that can be refused is refused in this line or above it: then nothing has changed.
            self._newest = MemorySnapshot(self.location, before.generation + 1, held | added, settings, sources)
            return self._newest.generation

    def _keep(self, addition: Addition) -> Addition:
        try:
            return _prepare(addition)
        except MemoryError as error:
            raise IndexWriteError(f"{self.location} cannot be written: out of memory", hint=_CLOSE) from error

    def last_settings(self) -> IndexSettings | None:
        return self._newest.settings

    def verify(self, *, deep: bool) -> list[Problem]:
        return []

    def close(self) -> None:
        """There are no files and no connections."""


@dataclass(frozen=True, slots=True, eq=False)
class MemorySelection:
    """Which of a snapshot's rows match. It does not hold the snapshot, beside which it may be kept."""

    generation: int
    rows: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.rows))


class MemorySnapshot:
    """One generation. All of it is made here and nothing changes afterwards, so threads need no lock.

    A row is a passage's place in the arrays; ``StoredPassage`` keeps its vector and tokens.
    """

    guarantees = Guarantees(exact=True, recall=1.0, ordered_ties=True)

    def __init__(
        self,
        location: str,
        generation: int,
        contents: Mapping[str, Addition],
        settings: IndexSettings | None,
        sources: tuple[Source, ...],
    ) -> None:
        """``contents`` are the live documents by key, as ``_prepare`` gives them.

        Raises ValueError where their vectors are not of one length.
        """
        self.contents = contents
        self.generation = generation
        self.documents = len(contents)
        self.passages = sum(len(addition.passages) for addition in contents.values())
        self.settings = settings
        self.sources = sources
        self._location = location
        self._created = datetime.now(timezone.utc).isoformat(timespec="seconds") if generation else ""
        refs = iter(random.Random(f"{location} {generation}").sample(_REFS, self.passages))
        self._by_document = {key: _make_passages(addition, refs) for key, addition in contents.items()}
        rows = [stored for passages in self._by_document.values() for stored in passages]
        self._by_ref = {stored.ref: stored for stored in rows}
        self._by_id = {stored.id: stored for stored in rows}
        self._refs = np.array([stored.ref for stored in rows], np.int64)
        self._ids = np.array([int(stored.id, 16) for stored in rows], np.uint64)
        dimension = _dimension(contents)
        blank = [
            one.vectors if one.vectors.size else np.zeros((len(one.passages), dimension)) for one in contents.values()
        ]
        self._vectors = np.concatenate([np.zeros((0, dimension)), *blank])
        flags = [one.pending for one in contents.values() for _ in one.passages]
        self._pending = np.array(flags, np.bool_)
        self.pending = int(np.count_nonzero(self._pending))
        self._holding: dict[str, list[int]] = {}
        every_terms = (terms for addition in contents.values() for terms in addition.terms)
        for row, terms in enumerate(every_terms):
            for term in set(terms.distinct):
                self._holding.setdefault(term, []).append(row)

    def select(self, where: Filter) -> MemorySelection:
        return MemorySelection(
            self.generation, np.isin(self._refs, evaluate(where, _Table(self.contents, self._by_document)))
        )

    def dense(self, vector: Vectors, limit: int, *, within: Selection | None = None) -> Candidates:
        if not np.isfinite(vector).all():
            raise ValueError("the query's vector holds a number that is not finite")
        if self.pending == self.passages:
            return Candidates(np.zeros(0, np.int64), np.zeros(0, np.float32))
        if vector.shape != self._vectors.shape[1:]:
            raise ValueError(f"a query of shape {vector.shape} where {self._vectors.shape[1:]} is needed")
        # A sum for each row by itself: no score depends on what else is in the index.
        scores = (self._vectors * vector.astype(np.float64)).sum(axis=1)
        return self._best(scores, self._find_rows(within) & ~self._pending, limit, ties=True)

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Selection | None = None) -> Candidates:
        if min(weights.values(), default=1.0) <= 0:
            raise ValueError("a term's weight is not positive")
        scores = np.zeros(self.passages)
        for term, weight in weights.items():
            scores[self._holding.get(term, [])] += weight
        return self._best(scores, self._find_rows(within) & (scores > 0), limit, ties=False)

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        length = sum(stored.terms for stored in self._by_ref.values())
        return TermStatistics(
            passages=self.passages,
            mean_length=length / self.passages if self.passages else 0.0,
            document_frequency={term: len(self._holding.get(term, [])) for term in terms},
        )

    @property
    def languages(self) -> Mapping[str, LanguageSums]:
        codes = np.array([stored.passage.language for stored in self._by_ref.values()], np.str_)
        return {
            str(code): LanguageSums(
                int(np.count_nonzero(codes == code)),
                self._vectors[codes == code].sum(axis=0),
                int(np.count_nonzero((codes == code) & self._pending)),
            )
            for code in np.unique(codes)
        }

    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        found = [self._passage(ref) for ref in refs]
        return [
            replace(stored, vector=stored.vector if vectors else None, tokens=stored.tokens if tokens else b"")
            for stored in found
        ]

    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        found = []
        for stored in map(self._passage, refs):
            siblings, at = self._by_document[stored.document.key], stored.position
            before, after = siblings[max(0, at - count) : at], siblings[at + 1 : at + 1 + count]
            found.append((list(map(_neighbour, before)), list(map(_neighbour, after))))
        return found

    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        there = [name for name in dict.fromkeys(passage_ids) if name in self._by_id]
        return self.fetch([self._by_id[name].ref for name in there])

    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        wanted = set(document_ids)
        return [
            self.fetch([stored.ref for stored in passages])
            for passages in self._by_document.values()
            if passages and passages[0].document.id in wanted
        ]

    def stored_documents(self, keys: Sequence[str] | None = None) -> Iterator[StoredDocument]:
        for key in self.contents if keys is None else dict.fromkeys(keys):
            if key in self.contents:
                yield self.contents[key].document

    def pending_documents(self) -> Iterator[StoredDocument]:
        yield from (one.document for one in self.contents.values() if one.pending)

    def additions(self, keys: Sequence[str] | None = None) -> Iterator[Addition]:
        for key in self.contents if keys is None else dict.fromkeys(keys):
            if key in self.contents:
                yield self.contents[key]

    def statistics(self) -> IndexStatistics:
        counts = {code: sums.passages for code, sums in self.languages.items()}
        return IndexStatistics(
            index=self._location,
            generation=self.generation,
            created=self._created,
            documents=self.documents,
            passages=self.passages,
            deleted=0,
            segments=0,
            dimension=self._vectors.shape[1],
            pending=self.pending,
            bytes={"vectors": self._vectors.nbytes},
            languages=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
            model=self.settings.model_name if self.settings else "",
            settings=self.settings.to_dict() if self.settings else {},
        )

    def _passage(self, ref: int) -> StoredPassage:
        try:
            return self._by_ref[ref]
        except KeyError:
            raise IndexError(f"no passage of generation {self.generation} has the ref {ref}") from None
        except MemoryError as error:
            # All that can fail here. An engine that talks to a server has its timeouts and refusals to name.
            raise IndexReadError(f"{self._location} cannot be read: out of memory", hint=_CLOSE) from error

    def _find_rows(self, within: Selection | None) -> npt.NDArray[np.bool_]:
        """For each row whether it is searched."""
        if within is None:
            return np.ones(self.passages, np.bool_)
        if not isinstance(within, MemorySelection) or within.generation != self.generation:
            raise TypeError("a selection of another snapshot")
        return within.rows

    def _best(
        self, scores: npt.NDArray[np.float64], among: npt.NDArray[np.bool_], limit: int, *, ties: bool
    ) -> Candidates:
        """The best ``limit``; of equal scores the smallest ids, which do not depend on the index's history.

        With ``ties`` all that tie with the last one come, too: passages of the same words are then shown in the
        order of their documents, whatever their ids.
        """
        rounded = scores.astype(np.float32)
        order = np.lexsort((self._ids, -rounded))
        order = order[among[order]]
        best = order[:limit]
        if ties and 0 < limit < len(order):
            best = order[rounded[order] >= rounded[best[-1]]]
        return Candidates(self._refs[best], rounded[best])


@dataclass(frozen=True, slots=True)
class _Table:
    """Documents and passages as ``evaluate`` asks for them."""

    contents: Mapping[str, Addition]
    passages: Mapping[str, Sequence[StoredPassage]]

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        for key, addition in self.contents.items():
            yield [stored.ref for stored in self.passages[key]], addition.document

    def column(self, name: str) -> Mapping[int, Values]:
        value = _COLUMNS[name]
        return {stored.ref: value(stored.passage) for own in self.passages.values() for stored in own}


_COLUMNS: Mapping[str, Callable[[Passage], Values]] = {
    "language": lambda passage: (passage.language,) if passage.language else (),
    "page": lambda passage: () if passage.page is None else (passage.page,),
    "heading": lambda passage: passage.heading,
}


def _prepare(addition: Addition) -> Addition:
    """An addition as the index keeps it: in half precision, its passages counted. Raises ValueError for a bad one."""
    count = len(addition.passages)
    tokens = len(addition.tokens) if addition.tokens else count
    if addition.vectors.ndim != 2 or {len(addition.vectors), len(addition.terms), tokens} != {count}:
        raise ValueError(f"the vectors, terms or tokens of {addition.document.key!r} do not fit its {count} passages")
    vectors = round_to_half(addition.vectors)
    # Whoever fetches a vector gets a view of these.
    vectors.flags.writeable = False
    return replace(addition, document=replace(addition.document, passages=count), vectors=vectors)


def _make_passages(addition: Addition, refs: Iterator[int]) -> list[StoredPassage]:
    """The passages of a document, in document order, each with the next ref."""
    return [
        StoredPassage(
            ref=next(refs),
            id=f"{passage_id(addition.document.key, passage):016x}",
            position=position,
            passage=passage,
            document=addition.document,
            terms=addition.terms[position].length,
            vector=None if addition.pending else addition.vectors[position],
            tokens=addition.tokens[position] if addition.tokens else b"",
        )
        for position, passage in enumerate(addition.passages)
    ]


def _dimension(contents: Mapping[str, Addition]) -> int:
    """Of the vectors; 0 where there are none."""
    return max((addition.vectors.shape[1] for addition in contents.values()), default=0)


def _neighbour(stored: StoredPassage) -> Neighbour:
    passage = stored.passage
    return Neighbour(passage.text, passage.start, passage.end, passage.line, passage.page)

"""One generation of an index in Milvus, open for reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from retriever.index.identity import parse_passage_id
from retriever.index.interface import Addition, Candidates, PassageTerms, StoredPassage
from retriever.index.milvus import codec, schema
from retriever.index.milvus.candidates import find_dense, find_lexical
from retriever.index.milvus.failures import damage_error
from retriever.index.milvus.selection import MilvusSelection, select
from retriever.index.milvus.terms import BUCKET, find_counts
from retriever.index.milvus.view import chunks
from retriever.index.statistics import Guarantees, LanguageSums, TermStatistics
from retriever.lazy import lazy
from retriever.reports import IndexStatistics
from retriever.types import Neighbour

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.index.interface import Selection
    from retriever.index.milvus.codec import DocumentRow
    from retriever.index.milvus.memo import Memo
    from retriever.index.milvus.terms import Dictionary
    from retriever.index.milvus.view import PassageRow, View
    from retriever.index.settings import IndexSettings
    from retriever.types import Source, StoredDocument, Vectors

# Documents and passages that are remembered, and passages that a stream reads at a time.
_REMEMBERED = 4096
_AT_A_TIME = 256


class MilvusSnapshot:
    """See ``Snapshot``. Whatever is not remembered here is asked of the server."""

    guarantees = Guarantees(exact=True, recall=1.0, ordered_ties=True)

    def __init__(self, view: View, memo: Memo, dictionary: Dictionary, stay: Callable[[int], None]) -> None:
        """``stay`` raises IndexReadError where the server may not have the generation of this number any more."""
        self.view = view
        self.memo = memo
        self._state = view.state
        self._location = view.client.location
        self._dictionary = dictionary
        self._stay_at = stay
        self._documents: dict[int, DocumentRow] = {}
        self._passages: dict[int, PassageRow] = {}
        self._offered: set[int] = set()
        # Stands for this snapshot in its selections, which must not hold it.
        self._token = object()

    @property
    def generation(self) -> int:
        """See ``Snapshot``."""
        return self._state.generation

    @property
    def documents(self) -> int:
        """See ``Snapshot``."""
        return self._state.documents

    @property
    def passages(self) -> int:
        """See ``Snapshot``."""
        return self._state.passages

    @property
    def pending(self) -> int:
        """See ``Snapshot``."""
        return self._state.pending

    @property
    def settings(self) -> IndexSettings | None:
        """See ``Snapshot``."""
        return self.memo.settings

    @property
    def sources(self) -> tuple[Source, ...]:
        """See ``Snapshot``."""
        return self.memo.sources

    def select(self, where: Filter) -> MilvusSelection:
        """See ``Snapshot``."""
        self._stay()
        return select(where, self.view, self.languages, self._token)

    def dense(self, vector: Vectors, limit: int, *, within: Selection | None = None) -> Candidates:
        """See ``Snapshot``."""
        self._stay()
        return self._offer(find_dense(self.view, vector, limit, self._expression(within)))

    def lexical(self, weights: Mapping[str, float], limit: int, *, within: Selection | None = None) -> Candidates:
        """See ``Snapshot``. Raises IndexVersionError where the server has no sparse vectors."""
        self._stay()
        return self._offer(find_lexical(self.view, self._dictionary, weights, limit, self._expression(within)))

    def term_statistics(self, terms: Sequence[str]) -> TermStatistics:
        """See ``Snapshot``."""
        self._stay()
        numbers = self._dictionary.find(self.view, terms)
        counts = find_counts(self.view, numbers.values())
        frequency = dict.fromkeys(terms, 0)
        for term, number in numbers.items():
            if number // BUCKET in counts:
                frequency[term] = counts[number // BUCKET][1][number % BUCKET]
        mean = self._state.length / self.passages if self.passages else 0.0
        return TermStatistics(self.passages, mean, frequency)

    @lazy
    def languages(self) -> Mapping[str, LanguageSums]:
        """See ``Snapshot``."""
        self._stay()
        rows = self.view.records(schema.LANGUAGE)
        try:
            return dict(codec.load_sums(row["body"], self._state.dimension) for row in rows)
        except ValueError as error:
            raise damage_error(self._location, error) from error

    def fetch(self, refs: Sequence[int], *, vectors: bool = False, tokens: bool = False) -> list[StoredPassage]:
        """See ``Snapshot``. Two round trips where a document is not remembered."""
        self._stay()
        wanted = [int(ref) for ref in refs]
        rows = self._rows(wanted, vectors=vectors, tokens=tokens)
        documents = self._documents_of(row.document for row in rows.values())
        made = {ref: self._make_stored(row, documents[row.document]) for ref, row in rows.items()}
        return [made[ref] for ref in wanted]

    def around(self, refs: Sequence[int], count: int) -> list[tuple[list[Neighbour], list[Neighbour]]]:
        """See ``Snapshot``."""
        self._stay()
        wanted = [int(ref) for ref in refs]
        rows = self._rows(wanted)
        documents = self._documents_of(row.document for row in rows.values())
        beside: dict[int, tuple[Sequence[int], Sequence[int]]] = {}
        for ref, row in rows.items():
            siblings = documents[row.document].refs
            at = siblings.index(ref)
            beside[ref] = siblings[max(0, at - count) : at], siblings[at + 1 : at + 1 + count]
        needed = {one for before, after in beside.values() for one in (*before, *after)} - rows.keys()
        rows |= self._rows(list(needed))
        return [
            ([_neighbour(rows[one]) for one in beside[ref][0]], [_neighbour(rows[one]) for one in beside[ref][1]])
            for ref in wanted
        ]

    def find(self, passage_ids: Sequence[str]) -> list[StoredPassage]:
        """See ``Snapshot``."""
        self._stay()
        parsed = {name: parse_passage_id(name) for name in passage_ids}
        names = {name: schema.signed(number) for name, number in parsed.items() if number is not None}
        refs: dict[int, int] = {}
        for some in chunks(names.values(), _AT_A_TIME) if not self.view.bare else ():
            where = f"name in {some} and {self.view.live}"
            for row in self.view.query(self.view.names.passages, where, ["ref", "name"]):
                refs[row["name"]] = row["ref"]
        return self.fetch([refs[number] for number in names.values() if number in refs])

    def find_documents(self, document_ids: Sequence[str]) -> list[list[StoredPassage]]:
        """See ``Snapshot``."""
        self._stay()
        wanted = set(document_ids)
        rows = self.view.records_in(schema.DOCUMENT, "other", map(schema.name_of, wanted))
        found = [row for row in self.view.documents(rows) if row.document.id in wanted and row.document.passages]
        stored = iter(self.fetch([ref for row in found for ref in row.refs]))
        return [[next(stored) for _ in row.refs] for row in found]

    def stored_documents(self, keys: Sequence[str] | None = None) -> Iterator[StoredDocument]:
        """See ``Snapshot``."""
        yield from (row.document for row in self._stream(keys))

    def pending_documents(self) -> Iterator[StoredDocument]:
        """See ``Snapshot``."""
        if self.pending:
            yield from (row.document for row in self._stream(None) if row.pending)

    def additions(self, keys: Sequence[str] | None = None) -> Iterator[Addition]:
        """See ``Snapshot``."""
        group: list[DocumentRow] = []
        for row in self._stream(keys):
            group.append(row)
            if sum(one.document.passages for one in group) >= _AT_A_TIME or len(group) >= _AT_A_TIME:
                yield from self._additions(group)
                group = []
        yield from self._additions(group)

    def statistics(self) -> IndexStatistics:
        """See ``Snapshot``. Milvus does not tell what an index takes; ``bytes`` is what its vectors hold."""
        counts = {code: sums.passages for code, sums in self.languages.items()}
        return IndexStatistics(
            index=self._location,
            generation=self.generation,
            created=self._state.created,
            documents=self.documents,
            passages=self.passages,
            deleted=0,
            segments=0,
            dimension=self._state.dimension if self.passages else 0,
            bytes={"vectors": 4 * (self.passages - self.pending) * self._state.dimension},
            languages=dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
            model=self.settings.model_name if self.settings else "",
            settings=self.settings.to_dict() if self.settings else {},
            pending=self.pending,
        )

    def _offer(self, found: Candidates) -> Candidates:
        """Candidates of the server, which are remembered: that their passages are there is its promise."""
        self._offered = (set() if len(self._offered) > _REMEMBERED else self._offered) | set(found.refs.tolist())
        return found

    def _stay(self) -> None:
        """Be sure that the server still has the generation."""
        self._stay_at(self._state.generation)

    def _expression(self, within: Selection | None) -> str | None:
        if within is None:
            return ""
        if not isinstance(within, MilvusSelection) or within.token is not self._token:
            raise TypeError("a selection of another snapshot")
        return within.expression if within.count else None

    def _stream(self, keys: Sequence[str] | None) -> Iterator[DocumentRow]:
        self._stay()
        rows = self.view.all_documents() if keys is None else self.view.documents_by_key(keys)
        for row in rows:
            yield row
            self._stay()

    def _rows(self, refs: Sequence[int], **wanted: bool) -> dict[int, PassageRow]:
        known = {} if any(wanted.values()) else self._passages
        rows = {ref: known[ref] for ref in refs if ref in known}
        new = self.view.passages((ref for ref in refs if ref not in rows and abs(ref) < 1 << 63), **wanted)
        rows |= new
        if not any(wanted.values()):
            self._passages = new if len(known) + len(new) > _REMEMBERED else known | new
        for ref in refs:
            if ref in rows:
                continue
            if ref in self._offered:
                raise damage_error(self._location, f"a search gave the ref {ref}, which no passage has")
            raise IndexError(f"no passage of generation {self.generation} has the ref {ref}")
        return rows

    def _documents_of(self, numbers: Iterable[int]) -> dict[int, DocumentRow]:
        wanted, known = set(numbers), self._documents
        found = {number: known[number] for number in wanted if number in known}
        new = {row.number: row for row in self.view.documents_by_number(wanted - found.keys())}
        if missing := wanted - found.keys() - new.keys():
            raise damage_error(self._location, f"the document {min(missing)} of a passage is missing")
        self._documents = new if len(known) + len(new) > _REMEMBERED else known | new
        return found | new

    def _make_stored(self, row: PassageRow, document: DocumentRow) -> StoredPassage:
        return StoredPassage(
            ref=row.ref,
            id=f"{row.name & (1 << 64) - 1:016x}",
            position=row.place,
            passage=row.text.passage,
            document=document.document,
            terms=row.text.length,
            vector=row.vector,
            tokens=row.tokens,
        )

    def _additions(self, group: Sequence[DocumentRow]) -> Iterator[Addition]:
        settings = self.settings
        keeps = settings is None or bool(settings.tokens)
        rows = self._rows([ref for row in group for ref in row.refs], vectors=True, tokens=keeps)
        for document in group:
            own = [rows[ref] for ref in document.refs]
            dimension = 0 if document.pending else self._state.dimension
            vectors = np.array([row.vector for row in own if row.vector is not None], np.float32)
            tokens = [row.tokens for row in own]
            yield Addition(
                document.document,
                [row.text.passage for row in own],
                vectors.reshape(len(own), dimension),
                [PassageTerms(row.text.terms, row.text.length) for row in own],
                tokens if any(tokens) else (),
            )


def _neighbour(row: PassageRow) -> Neighbour:
    passage = row.text.passage
    return Neighbour(passage.text, passage.start, passage.end, passage.line, passage.page)

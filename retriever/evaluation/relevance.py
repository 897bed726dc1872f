"""From hits to what measures count: the ranking of the relevant items that the hits bring.

Every hit is judged for itself and the near-duplicates folded into it. An item is ranked where the first hit brings
it; a hit that brings nothing new but was right is left out of the ranking, a hit that is wrong takes a place in it.
So an item counts once, and recall and average precision mean what they do for documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from retriever.evaluation.queries import Question, Relevant, fold_for_matching
from retriever.hits import Hit
from retriever.reports import IndexedDocument
from retriever.types import Span

DocumentKey: TypeAlias = tuple[str, str]
"""A document's id and source, which together tell it from all others of an index."""


class DocumentNames:
    """What names in a query set stand for in an index: a document's id, else its source, else the end of a source."""

    def __init__(self, documents: Iterable[IndexedDocument]) -> None:
        self._exact: dict[str, set[DocumentKey]] = defaultdict(set)
        self._by_file_name: dict[str, set[DocumentKey]] = defaultdict(set)
        self.sources: set[str] = set()
        for item in documents:
            key = (item.document, item.source)
            self.sources.add(item.source)
            for name in key:
                self._exact[name].add(key)
            self._by_file_name[_file_name(item.source)].add(key)

    def find(self, name: str) -> frozenset[DocumentKey]:
        """The documents of that name; none where the index has none."""
        if name in self._exact:
            return frozenset(self._exact[name])
        end = "/" + _posix(name).removeprefix("./").lstrip("/")
        return frozenset(
            key for key in self._by_file_name.get(_file_name(name), ()) if ("/" + _posix(key[1])).endswith(end)
        )


def _posix(path: str) -> str:
    return path.replace("\\", "/")


def _file_name(path: str) -> str:
    return _posix(path).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Place:
    document: DocumentKey
    span: Span


class Judge:
    """Ranks the relevant items of one question by the hits that bring them."""

    def __init__(self, question: Question, names: DocumentNames) -> None:
        self._items = question.relevant
        self._by_document = question.by_document
        self._documents = [names.find(item.document) for item in question.relevant]
        self._texts = [fold_for_matching(item.text) for item in question.relevant]

    def grades(self) -> dict[str, int]:
        """The grade of each relevant item, by its name in ``ranking``."""
        return {str(number): item.grade for number, item in enumerate(self._items)}

    def ranking(self, hits: Sequence[Hit]) -> list[str]:
        """The relevant items, named as in ``grades``, and between them a name of its own for each wrong one.

        A hit that brings several items at once is followed by all of them, the most relevant first.
        """
        ranked: dict[str, None] = {}
        for hit in hits:
            brought = self._brought(hit)
            ranked.update(dict.fromkeys(brought or [self._wrong(hit)]))
        return list(ranked)

    def _wrong(self, hit: Hit) -> str:
        """What takes the place of a wrong hit: its document where documents are judged, else its passage."""
        if self._by_document:
            return f"document {hit.source} {hit.document}"
        return f"passage {hit.source} {hit.document} {hit.start} {hit.end}"

    def _brought(self, hit: Hit) -> list[str]:
        places = list(_hit_places(hit))
        text = fold_for_matching(hit.text) if any(self._texts) else ""
        numbers = [number for number in range(len(self._items)) if self._is_in(number, places, text)]
        return [str(number) for number in sorted(numbers, key=lambda number: (-self._items[number].grade, number))]

    def _is_in(self, number: int, places: Sequence[_Place], text: str) -> bool:
        item, documents = self._items[number], self._documents[number]
        if item.text:
            anywhere = not item.document or any(place.document in documents for place in places)
            return anywhere and self._texts[number] in text
        return any(place.document in documents and _overlaps(item, place.span) for place in places)


def _hit_places(hit: Hit) -> Iterator[_Place]:
    yield _Place((hit.document, hit.source), Span(hit.start, hit.end))
    for other in hit.duplicates:
        yield _Place((other.document, other.source), Span(other.start, other.end))


def _overlaps(item: Relevant, span: Span) -> bool:
    """Whether a passage brings the item: half of the shorter one of the two lies in the other."""
    if item.span is None:
        return True
    shared = min(item.span.end, span.end) - max(item.span.start, span.start)
    shorter = min(item.span.end - item.span.start, span.end - span.start)
    return shared > 0 and 2 * shared >= shorter

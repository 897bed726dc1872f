"""Turns hits into the ranking of relevant items that measures are computed from.

A hit is relevant if it, or a near-duplicate folded into it, contains a relevant item. An item is ranked at the first
hit that contains it. A relevant hit that contains no new item is left out of the ranking; an irrelevant hit takes a
rank. So every item counts once, and recall and average precision mean what they mean for documents.
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
"""A document's id and source, which together identify it in an index."""


class DocumentNames:
    """Resolves the document names of a query set: a document's id, else its source, else the end of its source."""

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
        """The documents with this name; empty if the index has none."""
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
    """Ranks the relevant items of one question by the hits that contain them."""

    def __init__(self, question: Question, names: DocumentNames) -> None:
        self._items = question.relevant
        self._by_document = question.by_document
        self._documents = [names.find(item.document) for item in question.relevant]
        self._texts = [fold_for_matching(item.text) for item in question.relevant]

    def grades(self) -> dict[str, int]:
        """The grade of each relevant item, by its name in the result of ``rank``."""
        return {str(number): item.grade for number, item in enumerate(self._items)}

    def rank(self, hits: Sequence[Hit]) -> list[str]:
        """The ranking: relevant items, named as in ``grades``, and a distinct name for each irrelevant hit.

        A hit that contains several items gives all of them, the most relevant first.
        """
        ranked: dict[str, None] = {}
        for hit in hits:
            ranked.update(dict.fromkeys(self._find_items(hit) or [self._name_irrelevant(hit)]))
        return list(ranked)

    def find_rank(self, hits: Sequence[Hit]) -> int | None:
        """The place of the first hit that contains a relevant item, from 1; None if there is none."""
        return next((place for place, hit in enumerate(hits, 1) if self._find_items(hit)), None)

    def _name_irrelevant(self, hit: Hit) -> str:
        """The name of an irrelevant hit: its document if documents are judged, else its passage."""
        if self._by_document:
            return f"document {hit.source} {hit.document}"
        return f"passage {hit.source} {hit.document} {hit.start} {hit.end}"

    def _find_items(self, hit: Hit) -> list[str]:
        """The names of the items that a hit contains, the most relevant first."""
        places = list(_hit_places(hit))
        text = fold_for_matching(hit.text) if any(self._texts) else ""
        numbers = [number for number in range(len(self._items)) if self._contains(number, places, text)]
        return [str(number) for number in sorted(numbers, key=lambda number: (-self._items[number].grade, number))]

    def _contains(self, number: int, places: Sequence[_Place], text: str) -> bool:
        item, documents = self._items[number], self._documents[number]
        if item.text:
            is_in_document = not item.document or any(place.document in documents for place in places)
            return is_in_document and self._texts[number] in text
        return any(place.document in documents and _overlaps(item, place.span) for place in places)


def _hit_places(hit: Hit) -> Iterator[_Place]:
    yield _Place((hit.document, hit.source), Span(hit.start, hit.end))
    for other in hit.duplicates:
        yield _Place((other.document, other.source), Span(other.start, other.end))


def _overlaps(item: Relevant, span: Span) -> bool:
    """Whether a passage contains the item: the shorter of the two overlaps the other by at least half."""
    if item.span is None:
        return True
    shared = min(item.span.end, span.end) - max(item.span.start, span.start)
    shorter = min(item.span.end - item.span.start, span.end - span.start)
    return shared > 0 and 2 * shared >= shorter

"""What the adapters share: which metadata a passage has in a framework, and the exact filters of frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

from retriever import CitedDocument, Hit, IndexedDocument, Retriever, RetrieverGroup, SearchOptions
from retriever.errors import IndexNotFoundError, UsageError
from retriever.integrations.checks import require_texts, show
from retriever.integrations.metadata import unpack

Searchable: TypeAlias = Retriever | RetrieverGroup

ADDRESS = ("citation", "score", "document_id", "passage_id", "index", "start", "end")
"""Metadata that every passage has, whatever fields its document has."""
SHOWN = SearchOptions(duplicates="show")
"""How a store searches unless it is told otherwise: what was added comes back, also where it repeats itself."""
_OPTIONS = tuple(option.name for option in fields(SearchOptions))


@dataclass(frozen=True)
class DocumentFilter:
    """The filter of a framework, as ``where`` takes it: ``test`` gets a document and its metadata as it was given.

    Filters of one ``key`` are the same filter, so that what one has selected is kept for the next.
    """

    key: str
    test: Callable[[IndexedDocument, Mapping[str, Any]], bool] = field(compare=False, repr=False)

    def __call__(self, document: IndexedDocument) -> bool:
        """Whether the document matches."""
        return self.test(document, describe_document(document))


def describe_document(document: IndexedDocument | CitedDocument | Hit) -> dict[str, Any]:
    """The metadata of a document in a framework: what it was given with, and what else is known of it."""
    known = {"source": document.source, "title": document.title, "language": document.language}
    return {**{name: value for name, value in known.items() if value}, **unpack(document.metadata)}


def describe_hit(hit: Hit) -> dict[str, Any]:
    """The metadata of a passage in a framework: that of its document, where it stands, and how to cite it.

    The fields of ``ADDRESS`` are always those of the passage, whatever its document has by these names.
    """
    places = {"heading": list(hit.heading), "page": hit.page, "line": hit.line}
    address = (hit.citation, hit.score, hit.document, hit.id, hit.index, hit.start, hit.end)
    return {
        **{name: value for name, value in places.items() if value},
        **describe_document(hit),
        **dict(zip(ADDRESS, address, strict=True)),
    }


def choose_options(options: SearchOptions, changed: Mapping[str, Any], *, whole: bool = False) -> SearchOptions:
    """The options with some of them changed; for ``whole`` documents one hit of each is enough.

    Raises UsageError for an option that there is not.
    """
    if not isinstance(options, SearchOptions):
        raise UsageError(
            f"options must be SearchOptions, not {show(options)}", hint="give SearchOptions(mode='lexical')"
        )
    if unknown := sorted(changed.keys() - set(_OPTIONS)):
        raise UsageError(f"unknown search option {unknown[0]!r}", hint=f"use one of {', '.join(_OPTIONS)}")
    if whole:
        changed = {**changed, "max_per_document": 1}
    return replace(options, **changed)


def search(index: Searchable, query: str, options: SearchOptions) -> Sequence[Hit]:
    """The hits of a search; none in an index that has no document yet, as the frameworks expect."""
    try:
        return index.search_with(query, options).hits
    except IndexNotFoundError:
        if isinstance(index, Retriever) and index.status().documents == 0:
            return ()
        raise


def find_documents(index: Searchable, hits: Sequence[Hit]) -> list[tuple[CitedDocument, Hit]]:
    """The document of each hit, whole, with the best of its hits; one that was removed meanwhile is left out."""
    best: dict[tuple[str, str, str], Hit] = {}
    for hit in hits:
        best.setdefault((hit.index, hit.source, hit.document), hit)
    found: dict[tuple[str, str, str], CitedDocument] = {}
    for location in {hit.index for hit in hits}:
        one = index if isinstance(index, Retriever) else index.find(location)
        for document in one.read_documents(*{hit.document for hit in hits if hit.index == location}):
            found[location, document.source, document.id] = document
    return [(found[key], hit) for key, hit in best.items() if key in found]


def remove_documents(
    index: Retriever,
    ids: Iterable[str] = (),
    where: str | Callable[[IndexedDocument], bool] | None = None,
    *,
    wait: float,
) -> int:
    """Remove documents that programs added, by id and by filter; none in an index that is empty. Returns how many."""
    ids = require_texts("ids", ids)
    if not ids and where is None:
        return 0
    return index.remove(*ids, where=where, wait=wait).removed


def is_any(document: object) -> bool:
    """A filter that every document matches."""
    return True


def require_retriever(index: object) -> Searchable:
    """Raise UsageError for what cannot be searched."""
    if not isinstance(index, Retriever | RetrieverGroup):
        raise UsageError(f"not an open index: {index!r}", hint="give Retriever.open(…) or a RetrieverGroup")
    return index


def require_index(index: object) -> Retriever:
    """Raise UsageError for what is not an open index, to write to."""
    if not isinstance(index, Retriever):
        raise UsageError(f"not an open index: {index!r}", hint="give Retriever.open(…)")
    return index

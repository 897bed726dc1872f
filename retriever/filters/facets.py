"""Counts what values the fields of documents have, so that filters can be offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from retriever.filters.fields import NAMES, Fields
from retriever.reports import Facet, FacetValue

if TYPE_CHECKING:
    from retriever.types import StoredDocument

# Fields of every document with few values; sources, titles and dates nearly all differ.
COUNTED = ("language", "year", "extension", "folder")
MOST_FIELDS = 50
# Longer values are prose, which nobody picks from a list.
LONGEST_VALUE = 100


def count_values(documents: Iterable[StoredDocument], most: int) -> tuple[Facet, ...]:
    """The fields that documents have values of, first those that every document has, then the metadata by frequency.

    Each has its ``most`` frequent values. Of metadata the ``MOST_FIELDS`` most frequent fields are counted.
    """
    counts: dict[str, Counter[str | int | float]] = {name: Counter() for name in COUNTED}
    having: Counter[str] = Counter()
    for document in documents:
        fields = Fields(document)
        for name in (*COUNTED, *(name for name in fields.metadata if name not in NAMES)):
            values = {
                value
                for value in fields.values(name)
                if isinstance(value, str | int | float) and 0 < len(str(value)) <= LONGEST_VALUE
            }
            if values:
                having[name] += 1
                counts.setdefault(name, Counter()).update(values)
    others = sorted((name for name in having if name not in COUNTED), key=lambda name: (-having[name], name))
    names = [name for name in (*COUNTED, *others[:MOST_FIELDS]) if having[name]]
    return tuple(_facet(name, having[name], counts[name], most) for name in names)


def _facet(name: str, documents: int, counts: Counter[str | int | float], most: int) -> Facet:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return Facet(name, documents, len(counts), tuple(FacetValue(value, count) for value, count in ordered[:most]))

"""Counts what values the fields of documents have, so that filters can be offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from retriever.arguments import require_count
from retriever.filters.fields import NAMES, Fields
from retriever.filters.values import make_key
from retriever.reports import Facet, FacetValue

if TYPE_CHECKING:
    from retriever.text.dates import Interval
    from retriever.types import StoredDocument

# Fields of every document with few values; sources, titles and dates nearly all differ.
COUNTED = ("language", "year", "extension", "folder")
MOST_FIELDS = 50
# Longer values are prose, which nobody picks from a list.
LONGEST_VALUE = 100

Scalar: TypeAlias = "str | int | float"
# How many documents have each value of a field; with its type, since 1 and True are equal.
Counts: TypeAlias = "Counter[tuple[type[Scalar], Scalar]]"
Key: TypeAlias = "Scalar | Interval"
# Fields with several values, such as folders and keywords, have the same ones in many documents.
_remember_key = lru_cache(maxsize=4096, typed=True)(make_key)


def count_values(documents: Iterable[StoredDocument], most: int, sample: int | None = None) -> tuple[Facet, ...]:
    """The fields that documents have values of, first those that every document has, then the metadata by frequency.

    With ``sample`` only the first so many documents count. Raises UsageError for a number below 1.

    Each has its ``most`` frequent values: what a filter takes for one value is one, in its most frequent spelling. Of
    metadata the ``MOST_FIELDS`` most frequent fields are counted.
    """
    require_count("most", most, at_least=1)
    require_count("sample", sample, at_least=1, optional=True)
    counts: dict[str, Counts] = {name: Counter() for name in COUNTED}
    having: Counter[str] = Counter()
    for document in islice(documents, sample):
        fields = Fields(document)
        for name in (*COUNTED, *(name for name in fields.metadata if name not in NAMES)):
            values = _list_scalars(fields, name)
            if len(values) > 1:  # of which two may be one
                values = list({_remember_key(value): value for value in values}.values())
            if values:
                having[name] += 1
                found = counts.setdefault(name, Counter())
                for value in values:
                    found[type(value), value] += 1
    others = sorted((name for name in having if name not in COUNTED), key=lambda name: (-having[name], name))
    names = [name for name in (*COUNTED, *others[:MOST_FIELDS]) if having[name]]
    return tuple(_facet(name, having[name], counts[name], most) for name in names)


def _list_scalars(fields: Fields, name: str) -> list[Scalar]:
    return [
        value
        for value in fields.values(name)
        if isinstance(value, str | int | float) and 0 < len(str(value)) <= LONGEST_VALUE
    ]


def _facet(name: str, documents: int, counts: Counts, most: int) -> Facet:
    # The most frequent spelling of a value stands for it, of several the first in the alphabet.
    usual: dict[Key, Scalar] = {}
    totals: Counter[Key] = Counter()
    for (_, value), count in sorted(counts.items(), key=lambda item: (-item[1], str(item[0][1]))):
        key = make_key(value)
        usual.setdefault(key, value)
        totals[key] += count
    ordered = sorted(totals, key=lambda key: (-totals[key], str(usual[key])))
    return Facet(name, documents, len(totals), tuple(FacetValue(usual[key], totals[key]) for key in ordered[:most]))

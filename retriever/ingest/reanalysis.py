"""Brings an index that an older analyzer wrote up to this one: terms are extracted anew, nothing is embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.index.terms import analyse
from retriever.text.analyzer import ANALYZER_VERSION

if TYPE_CHECKING:
    from retriever.index.interface import Addition, Index
    from retriever.index.settings import IndexSettings


def needs_reanalysis(settings: IndexSettings | None) -> bool:
    """Whether the terms of an index with these settings come from another version of the analyzer."""
    return settings is not None and settings.analyzer != ANALYZER_VERSION


def reanalyse_others(index: Index, additions: Iterable[Addition], removals: Sequence[str]) -> Iterator[Addition]:
    """The additions of a commit, then the documents that it neither adds nor removes, analysed anew.

    Passages, vectors and token vectors stay as they are. ``removals`` is read after the additions.
    """
    added = set()
    for addition in additions:
        added.add(addition.document.key)
        yield addition
    done = added.union(removals)
    with index.reading() as snapshot:
        for addition in snapshot.additions():
            if addition.document.key not in done:
                yield replace(addition, terms=analyse(addition.document, addition.passages))

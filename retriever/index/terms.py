"""Analyses passages into the terms that engines index. Engines never analyse text themselves."""

from __future__ import annotations

from collections.abc import Sequence

from retriever.index.interface import PassageTerms, indexed_text
from retriever.text.analyzer import CURRENT, Analyzer
from retriever.types import Passage, StoredDocument


def analyse(document: StoredDocument, passages: Sequence[Passage], analyzer: Analyzer = CURRENT) -> list[PassageTerms]:
    """The terms of all passages of a document, in document order."""
    counts = [analyzer.count_terms(indexed_text(document, passage, number)) for number, passage in enumerate(passages)]
    return [PassageTerms(tuple(count), count.total()) for count in counts]

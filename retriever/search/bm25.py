"""Lexical scores on a scale that means the same for every query: how much of it a passage covers.

BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework") divided by the most that the query
could give: 0 for a passage without its words, towards 1 for one that holds all of them often. Terms that no
passage holds count in the divisor, so a question in another language than the passages gives almost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retriever.index.interface import TermStatistics
from retriever.text.analyzer import TermFinder

K1 = 1.2
B = 0.4
# A term that more than this share of the passages holds proposes no candidates; it counts in scores only.
COMMON = 0.2
# The most informative terms are enough to find candidates by.
MOST_CANDIDATE_TERMS = 64


@dataclass(frozen=True, slots=True)
class TermWeights:
    """``idf`` of every term of a query; ``total`` is their sum; ``mean_length`` of passages in terms."""

    idf: Mapping[str, float]
    total: float
    mean_length: float
    informative: Mapping[str, float]

    @classmethod
    def of(cls, query: Sequence[str], statistics: TermStatistics) -> TermWeights:
        """The weights of a query's terms by their frequency in the corpus."""
        count, frequency = statistics.passages, statistics.document_frequency
        idf = {
            term: math.log1p((count - frequency.get(term, 0) + 0.5) / (frequency.get(term, 0) + 0.5)) for term in query
        }
        held = [term for term in query if frequency.get(term, 0)]
        rare = [term for term in held if frequency[term] <= COMMON * count] or held
        rare.sort(key=lambda term: (-idf[term], term))
        informative = {term: idf[term] for term in rare[:MOST_CANDIDATE_TERMS]}
        return cls(idf, sum(idf.values()), max(statistics.mean_length, 1.0), informative)

    @property
    def rarity(self) -> float:
        """The largest idf of a term, at least 0: how much it tells that a passage holds all of them."""
        return max(self.idf.values(), default=0.0)

    @property
    def finder(self) -> TermFinder:
        """Finds the query's terms; make it once for many texts."""
        return TermFinder(self.idf)

    def score(self, counts: Mapping[str, int], length: int) -> float:
        """How much of the query a passage covers, 0 to 1, of how often it holds the terms and its length in terms."""
        if not self.total:
            return 0.0
        damping = K1 * (1 - B + B * length / self.mean_length)
        covered = sum(idf * counts[term] / (counts[term] + damping) for term, idf in self.idf.items() if term in counts)
        return covered / self.total

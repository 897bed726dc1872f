"""Lexical scores, comparable between queries: how much of the query a passage covers.

BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework") divided by its maximum for the query: 0 for
a passage without any of the words, towards 1 for one that repeats all of them. Terms that occur in no passage count in
the divisor, so a question in another language than the passages scores almost 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from retriever.frozen import dataclass
from retriever.index.statistics import TermStatistics
from retriever.text.analyzer import CURRENT, Analyzer, TermFinder

K1 = 1.2
B = 0.4
# A term in more than this share of the passages proposes no candidates; it only counts in scores.
COMMON = 0.2
# The most informative terms are enough to find candidates.
MOST_CANDIDATE_TERMS = 64


def weigh_term(frequency: int, count: int) -> float:
    """The idf of a term that ``frequency`` of ``count`` passages have."""
    return math.log1p((count - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The weights of the terms of a query.

    ``idf`` has one for each term, ``total`` is their sum; ``mean_length`` is that of passages in terms. ``informative``
    are the terms, with their weights, that candidates are searched with; ``held`` are all that some passage contains.
    ``analyzer`` is the one that the terms come from.
    """

    idf: Mapping[str, float]
    total: float
    mean_length: float
    informative: Mapping[str, float]
    held: Mapping[str, float]
    analyzer: Analyzer = CURRENT

    @classmethod
    def of(cls, query: Sequence[str], statistics: TermStatistics, analyzer: Analyzer = CURRENT) -> TermWeights:
        """The weights of a query's terms by their frequency in the corpus."""
        count, frequency = statistics.passages, statistics.document_frequency
        idf = {term: weigh_term(frequency.get(term, 0), count) for term in query}
        held = [term for term in query if frequency.get(term, 0)]
        held.sort(key=lambda term: (-idf[term], term))
        rare = [term for term in held if frequency[term] <= COMMON * count] or held
        informative, all_held = ({term: idf[term] for term in some[:MOST_CANDIDATE_TERMS]} for some in (rare, held))
        return cls(idf, sum(idf.values()), max(statistics.mean_length, 1.0), informative, all_held, analyzer)

    @property
    def rarity(self) -> float:
        """The largest idf of a term, 0 without terms: the weight of a passage that contains the whole question."""
        return max(self.idf.values(), default=0.0)

    @property
    def finder(self) -> TermFinder:
        """Finds the terms of the query in texts; create it once for many texts."""
        return self.analyzer.finder(self.idf)

    def score(self, counts: Mapping[str, int], length: int) -> float:
        """How much of the query a passage covers, 0 to 1, from the counts of terms in it and its length in terms."""
        if not self.total:
            return 0.0
        damping = K1 * (1 - B + B * length / self.mean_length)
        covered = sum(idf * counts[term] / (counts[term] + damping) for term, idf in self.idf.items() if term in counts)
        return covered / self.total

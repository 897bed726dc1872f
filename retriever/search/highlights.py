"""Which words of a passage the question shares, as spans of the passage's text."""

from __future__ import annotations

from retriever.search.bm25 import TermWeights
from retriever.text.analyzer import tokens
from retriever.types import Span

# Of the informative words' weight: what a word has to have to be marked, so that particles are not.
SHARE_OF_BEST = 0.4


def matched_words(text: str, weights: TermWeights) -> tuple[Span, ...]:
    """Spans of ``text`` that hold informative words of the query, ascending, those that touch joined.

    A single character of a script without spaces is marked only where it is all that matches: pairs say more.
    """
    if not weights.informative:
        return ()
    least = SHARE_OF_BEST * max(weights.informative.values())
    found = [token for token in tokens(text) if weights.informative.get(token.term, 0.0) >= least]
    long = [token for token in found if len(token.term) > 1]
    return _joined(sorted(Span(token.start, token.end) for token in long or found))


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)

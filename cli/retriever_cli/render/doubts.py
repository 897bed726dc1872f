"""Says when hits do not look like answers: scores mean the same for every question."""

from __future__ import annotations

from retriever import LIKELY, UNLIKELY, Hit, SearchResponse


def is_unlikely(hit: Hit) -> bool:
    """Whether a hit is not to look like an answer. Scores of a reranker are not told apart."""
    return "reranker" not in hit.scores and hit.score < UNLIKELY


def describe_doubts(response: SearchResponse) -> str:
    """A line about hits that do not seem to answer; empty if there is nothing to say."""
    if not response.hits or any("reranker" in hit.scores for hit in response.hits):
        return ""
    if all(hit.score < LIKELY for hit in response.hits):
        return f"nothing here seems to answer the question: no passage scores {LIKELY} or more"
    unlikely = [hit.rank for hit in response.hits if is_unlikely(hit)]
    if not unlikely:
        return ""
    if len(unlikely) == 1:
        return f"hit {unlikely[0]} scores below {UNLIKELY} and is unlikely to answer"
    return f"hits {unlikely[0]} to {unlikely[-1]} score below {UNLIKELY} and are unlikely to answer"

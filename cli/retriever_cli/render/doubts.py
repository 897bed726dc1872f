"""Says when hits do not look like answers: scores mean the same for every question."""

from __future__ import annotations

from retriever import Hit, SearchResponse

# A passage that answers usually scores at least this in hybrid mode; see docs/cli.md.
LIKELY = 0.3
# Passages that score less share little but a word or a subject with the question.
UNLIKELY = 0.05


def is_unlikely(hit: Hit, mode: str) -> bool:
    """Whether a hit is not to look like an answer. Scores of other modes than hybrid are not told apart."""
    return mode == "hybrid" and "reranker" not in hit.scores and hit.score < UNLIKELY


def describe_doubts(response: SearchResponse) -> str:
    """A line about hits that do not seem to answer; empty if there is nothing to say."""
    if response.mode != "hybrid" or not response.hits or any("reranker" in hit.scores for hit in response.hits):
        return ""
    if all(hit.score < LIKELY for hit in response.hits):
        return f"nothing here seems to answer the question: no passage scores {LIKELY} or more"
    unlikely = [hit.rank for hit in response.hits if is_unlikely(hit, response.mode)]
    if not unlikely:
        return ""
    if len(unlikely) == 1:
        return f"hit {unlikely[0]} scores below {UNLIKELY} and is unlikely to answer"
    return f"hits {unlikely[0]} to {unlikely[-1]} score below {UNLIKELY} and are unlikely to answer"

"""Builds the context of a question from searches of one generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from retriever.context.packing import pack
from retriever.context.tokens import CountTokens, make_counter
from retriever.context.values import Context
from retriever.options import SearchOptions
from retriever.search.union import find_hits

if TYPE_CHECKING:
    from retriever.context.options import ContextOptions
    from retriever.context.values import Turn
    from retriever.search.pipeline import Search

Begin: TypeAlias = "Callable[[str, SearchOptions], Sequence[Search]]"
"""Begins the searches of one question, one for each index, all of the same generation."""

# Passages that are looked at: more than fit into most budgets, and as many as late interaction compares.
HITS = 30
# A question whose best passage scores less is not answered here.
ANSWERABLE = 0.3


def build_context(
    begin: Begin,
    question: str,
    options: ContextOptions,
    history: Sequence[Turn],
    *,
    location: str,
    count_tokens: Callable[[], CountTokens],
) -> Context:
    """The context of a question.

    - ``begin``: begins its searches
    - ``history``: the earlier turns of the conversation, oldest first
    - ``location``: of the index, or of several
    - ``count_tokens``: returns the counter of the index's model, which loads the model

    Raises UsageError for a question without words.
    """
    searches = begin(question, SearchOptions(k=HITS, mode=options.mode, where=options.where))
    hits = find_hits(searches, SearchOptions(k=HITS, mode=options.mode, where=options.where))
    score = hits[0].score if hits else 0.0
    least = ANSWERABLE if options.min_score is None else options.min_score
    answerable = bool(hits) and score >= least
    count = make_counter(options.tokenizer, count_tokens())
    excerpts, tokens = pack(hits if answerable else (), options, count)
    return Context(
        question=searches[0].text,
        query=searches[0].text,
        answerable=answerable,
        score=score,
        excerpts=excerpts,
        tokens=tokens,
        max_tokens=options.max_tokens,
        history=tuple(history),
        location=location,
        generation=searches[0].generation if len(searches) == 1 else 0,
    )

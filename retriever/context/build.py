"""Builds the context of a question from searches of one generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from retriever.context.follow_ups import Begin, find
from retriever.context.packing import pack
from retriever.context.stretches import Stretch
from retriever.context.tokens import make_counter
from retriever.context.values import Context
from retriever.hits import LIKELY, UNLIKELY
from retriever.options import SearchOptions
from retriever.search.around import fetch_around

if TYPE_CHECKING:
    from retriever.context.options import ContextOptions
    from retriever.context.values import Turn
    from retriever.hits import Hit
    from retriever.index.interface import StoredPassage
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.search.pipeline import Search

# Passages that are looked at: as many as late interaction compares, and more for a large budget, which they fill
# where they have about so many tokens.
HITS = 30
MOST_HITS = 200
TOKENS_PER_HIT = 100
# So many hits are packed whole. Of the next ones the sentence that answers comes first: where there is little room, it
# is worth more than the rest of a better one (docs/decisions/context.md).
WHOLE = 2
# Of hits that score enough to answer, so many passages on either side are added where the budget allows. What stands
# beside them is worth more than hits that are unlikely to.
NEIGHBOURS = 2


def build_context(
    begin: Begin,
    question: str,
    options: ContextOptions,
    history: Sequence[Turn],
    *,
    location: str,
    model: Callable[[], EmbeddingModel],
) -> Context:
    """The context of a question.

    - ``begin``: begins its searches
    - ``history``: the earlier turns of the conversation, oldest first
    - ``location``: of the index, or of several
    - ``model``: returns the model of the index, or of the first of several

    Raises UsageError for a question without words.
    """
    wanted = min(max(HITS, options.max_tokens // TOKENS_PER_HIT), MOST_HITS)
    search = SearchOptions(k=wanted, mode=options.mode, where=options.where)
    found = find(begin, question, search, history, model)
    hits, searches = found.hits, found.searches
    score = round(found.score, 6) if hits else 0.0
    least = LIKELY if options.min_score is None else options.min_score
    answerable = bool(hits) and score >= least
    count = make_counter(options.tokenizer, lambda: model().make_counter())
    stretches = find_stretches(searches, hits) if answerable else ()
    excerpts, tokens = pack(stretches, options.max_tokens, options.order, count)
    return Context(
        question=found.question,
        query=found.query,
        answerable=answerable,
        score=score,
        excerpts=excerpts,
        tokens=tokens,
        max_tokens=options.max_tokens,
        history=tuple(history),
        location=location,
        generation=searches[0].generation if len({part.location for part in searches}) == 1 else 0,
    )


def find_stretches(searches: Sequence[Search], hits: Sequence[Hit]) -> Iterator[Stretch]:
    """What to pack, in the order in which it is wanted.

    Related hits, of all but the first ones what answers before they come whole, what stands beside good ones, and the
    other hits.
    """
    found: dict[tuple[str, str], tuple[StoredPassage, Search]] = {
        (part.location, item.stored.id): (item.stored, part) for part in searches for item in part.ranked
    }
    whole = [Stretch.of(hit.index, found[hit.index, hit.id][0], hit) for hit in hits]
    related = sum(hit.score >= UNLIKELY for hit in hits)
    yield from whole[: min(WHOLE, related)]
    for stretch in whole[WHOLE:related]:
        yield stretch.cut(stretch.answer.start, stretch.answer.end)
    yield from whole[WHOLE:related]
    for hit in hits[:related]:
        if hit.score < LIKELY:
            break
        stored, part = found[hit.index, hit.id]
        beside = fetch_around(part.snapshot, [stored], NEIGHBOURS)
        # The nearest first: one farther off can be joined only then.
        for neighbour in sorted(beside, key=lambda item: abs(item.position - stored.position)):
            yield Stretch.of(hit.index, neighbour)
    yield from whole[related:]

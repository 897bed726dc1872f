"""Makes a hit of a candidate: marked words and sentence, citation, what is folded into it, explanation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from retriever.hits import Duplicate, Hit, SearchResponse
from retriever.search import late
from retriever.search.highlights import Marks, expand_to_words, find_matches, mark_by_meaning, mark_by_words
from retriever.text.readings import hide_readings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from retriever.index.interface import Snapshot, StoredPassage
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.scoring.token_codes import Aligned
    from retriever.options import SearchOptions
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.explain import Explainer
    from retriever.types import Neighbour, Passage

    Located: TypeAlias = tuple[Candidate, str]
    """A candidate with the location of its index."""


def respond(
    query: str,
    options: SearchOptions,
    hits: Sequence[Hit],
    *,
    location: str,
    snapshots: Sequence[Snapshot],
    started: float,
) -> SearchResponse:
    """The response to a question that was asked at ``started``, by ``time.perf_counter``."""
    passages = sum(snapshot.passages for snapshot in snapshots)
    pending = sum(snapshot.pending for snapshot in snapshots)
    return SearchResponse(
        query=query,
        location=location,
        generation=snapshots[0].generation if len(snapshots) == 1 else 0,
        mode=options.mode,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=tuple(hits),
        embedded=1 - pending / passages if pending else 1.0,
    )


def align(
    search: SearchContext,
    model: EmbeddingModel | None,
    heads: Sequence[Candidate],
    known: Mapping[int, npt.NDArray[np.float32] | None],
) -> list[Aligned | None]:
    """The hits of a search beside its question; None for those whose tokens took no part in the score.

    ``known`` has the cosines of those that were compared, by ref, where they were kept.
    """
    result: list[Aligned | None] = [None] * len(heads)
    if model is None or search.tokens is None:
        return result
    places = [
        place for place, item in enumerate(heads) if item.scores.late is not None or item.scores.reranker is not None
    ]
    passages = [heads[place].stored.passage for place in places]
    stored = [heads[place].stored.tokens for place in places]
    cosines = [known.get(heads[place].stored.ref) for place in places]
    aligned = late.align(model, search.tokens, passages, stored, search.codec, cosines)
    for place, alike in zip(places, aligned, strict=True):
        result[place] = alike
    return result


def mark(search: SearchContext, heads: Sequence[Candidate], aligned: Sequence[Aligned | None]) -> list[Marks]:
    """What is marked in each of the hits of a search: by meaning where it is ``aligned``, else by words alone."""
    texts = [item.stored.passage.text for item in heads]
    asked = expand_to_words(search.query.text, search.tokens.spans) if search.tokens and heads else []
    marks = []
    for text, matched, beside in zip(texts, find_matches(texts, search.weights), aligned, strict=True):
        if beside is None:
            marks.append(mark_by_words(text, search.weights, matched))
        else:
            marks.append(mark_by_meaning(text, search.weights, matched, asked, beside))
    return marks


def make_hit(
    search: SearchContext,
    rank: int,
    item: Located,
    marks: Marks,
    others: Sequence[Located],
    beside: tuple[Sequence[Neighbour], Sequence[Neighbour]],
    explainer: Explainer,
) -> Hit:
    """The hit at ``rank``.

    - ``search``: of the index that the hit is from
    - ``marks``: see ``mark``
    - ``others``: what is folded into the hit, perhaps from other indexes
    - ``beside``: the neighbours before and after it
    """
    candidate, location = item
    stored, passage, document = candidate.stored, candidate.stored.passage, candidate.stored.document
    scores = candidate.scores
    stages = {"dense": scores.dense, "lexical": scores.lexical, "late": scores.late, "reranker": scores.reranker}
    before, after = beside
    return Hit(
        rank=rank,
        score=candidate.score,
        id=stored.id,
        document=document.id,
        index=location,
        source=document.source,
        path=document.file or None,
        title=document.title,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        page=passage.page,
        end_page=passage.end_page,
        cited_page=passage.page_at(_find_answer(marks)),
        place=passage.place_at(_find_answer(marks)),
        recognised=passage.recognised,
        language=passage.language,
        highlights=marks.words,
        scores={name: score for name, score in stages.items() if score is not None},
        duplicates=tuple(_make_duplicate(other.stored, index, passage, marks) for other, index in others),
        metadata=hide_readings(document.metadata),
        before=tuple(before),
        after=tuple(after),
        sentence=marks.sentence,
        explanation=explainer.explain(rank, candidate, len(others), marks) if search.options.explain else (),
    )


def _find_answer(marks: Marks) -> int:
    """Where the answer begins: the marked sentence, else the first marked word, else the passage."""
    if marks.sentence:
        return marks.sentence.start
    return marks.words[0].start if marks.words else 0


def _make_duplicate(stored: StoredPassage, index: str, hit: Passage, marks: Marks) -> Duplicate:
    document, passage = stored.document, stored.passage
    sentence = hit.text[marks.sentence.start : marks.sentence.end] if marks.sentence else ""
    at = max(0, passage.text.find(sentence))
    return Duplicate(
        source=document.source,
        start=passage.start,
        end=passage.end,
        line=passage.line,
        document=document.id,
        index=index,
        path=document.file or None,
        page=passage.page_at(at),
        place=passage.place_at(at),
    )

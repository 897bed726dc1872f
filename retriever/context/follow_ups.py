"""Finds passages for a question that may refer to earlier ones of a conversation, without a language model.

Whether "and the deadline?" goes on with what was asked before cannot be seen in it, in any language. So the question is
searched twice, as it stands and behind the questions before it, and passages are ranked by both: what a question is
about on its own scores high in the first search, what it refers to in the second. Of those that name nothing, one that
asks for more ("why?") is searched as what it refers to, and one that asks for nothing ("thanks") is not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from retriever.context.cues import find_cue
from retriever.errors import UsageError
from retriever.options import SearchOptions
from retriever.search.fusion import log_odds, logistic
from retriever.search.query import clean
from retriever.search.union import find_hits

if TYPE_CHECKING:
    from retriever.context.values import Turn
    from retriever.hits import Hit
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.search.candidates import Candidate
    from retriever.search.pipeline import Search

Begin: TypeAlias = "Callable[[str, SearchOptions], Sequence[Search]]"
"""Begins the searches of one question, one for each index, all of the same generation."""

# Questions of the user that a question may refer to, counted from the last. One is not enough where that is itself a
# follow-up. Answers are left out: they pull the results of a new topic back to the old one, and of 72 follow-ups none
# is found better with them (docs/decisions/context.md).
QUESTIONS = 2
# Characters of an earlier question that count: its model reads the question behind it, too.
LONGEST = 300
# The share of the lower of both log-odds in their sum. With 0 the old topic displaces a new one, with 1 a question
# that says little by itself is found worse.
LOWER = 0.5
# What words count for at least, in log-odds, where the best passage of a search is in another language than its
# question: the other search may be in the language of the passages, and share words with many.
WORDS = 2.2


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a question, the searches that they come from, and what was searched to find the best one.

    ``score`` is how likely it is that the question is answered, 0 to 1.
    """

    hits: tuple[Hit, ...]
    searches: tuple[Search, ...]
    question: str
    query: str
    score: float


def find(
    begin: Begin,
    question: str,
    options: SearchOptions,
    history: Sequence[Turn],
    model: Callable[[], EmbeddingModel],
) -> Found:
    """Search a question, alone and behind the earlier ones that it may refer to; ``model`` is that of the index.

    Raises UsageError for a question without words.
    """
    asked = [turn.content for turn in history if turn.role == "user"]
    if not asked or options.mode == "lexical":
        return _find(begin, question, options, asked[-QUESTIONS:])
    cue = find_cue(question, model)
    named: list[str] = []
    for earlier in reversed(asked):
        if find_cue(earlier, model) is None:
            named.insert(0, earlier)
        if len(named) > QUESTIONS:
            break
    if cue == "more" and named:
        with suppress(UsageError):  # of one that could not be asked: the question may still be found by its own words
            found = _find(begin, named[-1], options, named[-QUESTIONS - 1 : -1])
            return replace(found, question=clean(question))
    found = _find(begin, question, options, named[-QUESTIONS:])
    return replace(found, score=0.0) if cue == "nothing" else found


def _find(begin: Begin, question: str, options: SearchOptions, before: Sequence[str]) -> Found:
    alone = begin(question, options)
    hits, text = find_hits(alone, options), alone[0].text
    judged = max(part.judge() for part in alone)
    topic = join_questions(before)
    if not topic:
        return Found(tuple(hits), tuple(alone), text, text, judged)
    score = max(_score_best(part.ranked) for part in alone)
    behind = begin(f"{topic} {text}", options)
    referring = _score_as_ranked(find_hits(behind, options), behind)
    hits = _score_as_ranked(hits, alone)
    merged = merge(hits, referring)
    on_its_own = not merged or _place(merged[0], hits) <= _place(merged[0], referring)
    # The search behind the topic finds passages on the topic, whatever is asked about it. So they are judged by the
    # words of the question alone, which mean there what they refer to.
    for one, other in zip(alone, behind, strict=True):
        referred = _score_best(one.rank_behind(topic, other.ranked))
        judged, score = max(judged, referred), max(score, referred)
    return Found(tuple(_lead(merged, score)), (*alone, *behind), text, text if on_its_own else behind[0].text, judged)


def join_questions(questions: Sequence[str]) -> str:
    """What a next question may refer to, as one text, "" without any."""
    return " ".join(" ".join(question.split())[:LONGEST] for question in questions).strip()


def merge(alone: Sequence[Hit], referring: Sequence[Hit]) -> list[Hit]:
    """The hits of both searches, best first, by the higher of their log-odds and a part of the lower.

    A hit that one search did not find scores as its last one there. Near-duplicates of a better hit are left out. Of a
    search without hits, as that of a question whose words occur nowhere, nothing counts.
    """
    if not alone or not referring:
        return [*alone, *referring]
    first, second = _odds(alone), _odds(referring)
    lowest_first, lowest_second = min(first.values()), min(second.values())
    odds = {}
    for key in {**first, **second}:
        pair = first.get(key, lowest_first), second.get(key, lowest_second)
        odds[key] = max(pair) + LOWER * min(pair)
    hits = {_key(hit): hit for hit in [*referring, *alone]}
    merged: list[Hit] = []
    folded: set[tuple[str, str, str, int]] = set()
    # Ties by place, so that the order does not depend on the search that found a hit.
    for key in sorted(odds, key=lambda key: (-odds[key], hits[key].source, hits[key].document, hits[key].start)):
        hit = hits[key]
        if (hit.index, hit.source, hit.document, hit.start) in folded:
            continue
        folded.update((other.index, other.source, other.document, other.start) for other in hit.duplicates)
        merged.append(replace(hit, rank=len(merged) + 1, score=round(logistic(odds[key]), 6)))
    return merged


def _score_best(ranked: Sequence[Candidate]) -> float:
    """The score of the best candidate, 0 without any."""
    return ranked[0].score if ranked else 0.0


def _score_as_ranked(hits: Sequence[Hit], parts: Sequence[Search]) -> list[Hit]:
    """Hits with scores of the ranking alone: what else the scale of a search rests on is another for each question."""
    odds = {
        (part.location, item.stored.id): item.odds + moved
        for part in parts
        for moved in [_make_up_words(part.ranked)]
        for item in part.ranked
    }
    return [replace(hit, score=round(logistic(odds[_key(hit)]), 6)) for hit in hits]


def _make_up_words(ranked: Sequence[Candidate]) -> float:
    """What the log-odds of a search, best first, lack beside those of one in the language of its passages."""
    return max(WORDS - ranked[0].fusion.words, 0.0) if ranked and ranked[0].fusion.crossed else 0.0


def _lead(hits: Sequence[Hit], score: float) -> list[Hit]:
    """Hits, best first, of which the first one has the score of the question, and the others as much less as they had.

    What two searches found is ranked by both, but a question is answered as likely as its best hit says.
    """
    if not hits:
        return []
    moved = log_odds(score) - log_odds(hits[0].score)
    return [replace(hit, score=round(logistic(log_odds(hit.score) + moved), 6)) for hit in hits]


def _place(hit: Hit, hits: Sequence[Hit]) -> tuple[int, float]:
    """How well a search found a hit: its rank, then its score; lower is better."""
    return next(((other.rank, -other.score) for other in hits if _key(other) == _key(hit)), (len(hits) + 1, 0.0))


def _key(hit: Hit) -> tuple[str, str]:
    return hit.index, hit.id


def _odds(hits: Sequence[Hit]) -> dict[tuple[str, str], float]:
    """The log-odds of hits by index and id."""
    return {_key(hit): log_odds(hit.score) for hit in hits}

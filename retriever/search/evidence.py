"""Gathers what the first candidates of a search say about whether its question is answered at all.

The score of a passage by itself says how well it matches, and a question that nothing answers has a best match, too.
How good that is depends on more: of many passages some come close to any question, one in another language never
shares its words, a long question is hard to match by chance, and a passage that answers stands out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from unicodedata import category

import numpy as np

from retriever.search.bm25 import weigh_term
from retriever.search.duplicates import find_distinct
from retriever.search.scale import FEW_WORDS, MANY_WORDS, Evidence
from retriever.text.equivalents import HAN_DIGITS

if TYPE_CHECKING:
    from retriever.models.scoring.score_baseline import ScoreBaseline
    from retriever.search.candidates import Candidate
    from retriever.search.context import SearchContext
    from retriever.search.duplicates import TextComparer

# What the best passage has to stand out from: so many behind it that are not near-duplicates of a better one, looked
# for among the first COMPARED candidates, for editions of it may take many places.
BEHIND, COMPARED = 5, 100
# The best of n unrelated passages lies sqrt(2 ln n) deviations above their mean (the extreme value of a normal
# distribution). Passages on one subject are more alike than that: CROWD times as far, beyond a corpus of USUAL
# passages. Below that the factor would make every passage of a tiny corpus an answer.
CROWD, USUAL = 1.6, 300
# Log-odds: a passage that stands out more than that says no more, and one that is alone as much as usual.
MOST_MARGIN, USUAL_MARGIN = 6.0, 1.5
# Tokens of a question count up to so many times the number of distinct ones, since the same one again is no more
# evidence. Of written questions none has more than 1.7 times as many.
REPEATED = 2
# A text in no language that is known may be noise. Where it is matched no better than by chance, up to a similarity of
# CHANCE, UNREAD tokens count: of 39,499 questions the longest that is taken for one has 25.
UNREAD, CHANCE, MATCHED = 26, 3.4, 4.0
# What more tokens would say than people ask with, 135 at most, is not known, and a pasted page is near to something
# everywhere. From LONGEST on, each further one takes as much as FALL had added, down to FEWEST, until it is SURE that
# the page is meant.
LONGEST, FALL, FEWEST, SURE = 144, 3.0, 16, 6.0
# Words that together weigh less are common. To repeat them is to be meant only if their tokens are similar, too, in
# deviations above unrelated texts: of 1,064 words of six corpora all 121 below were particles or single characters.
COMMON, MEANT = 2.5, 5.5
# In a conversation people say words that only lead it on (继续, "why?"), which few passages of a report repeat. Of 29
# searches of such words in two corpora 24 stay below, and of 39 of words that name a thing one does. Numbers, which are
# matched by chance as well, always name something.
NAMED = 7.5
# In many words 一 and 十 are none (进一步, 一般, 十分).
_HAN_NUMBER = re.compile(
    rf"[{''.join(HAN_DIGITS).replace('一', '')}]|第一|一[号號期楼樓月级級年条條章节節项項类類区區层層]|十(?![分足])"
)
# Where tokens are not compared, only words that three of four passages have are common, in a corpus of so many.
COMMONEST, MANY = 0.3, 20


def gather_evidence(search: SearchContext, ranked: Sequence[Candidate], comparer: TextComparer) -> Evidence:
    """The evidence in the candidates of a search, best first, at least one."""
    # What a passage has from its translation says nothing about others.
    behind = [min(item.odds, item.fusion.odds) for item in _drop_repeated(ranked[:COMPARED], comparer)[1:]]
    return weigh_best(
        ranked[0],
        behind,
        search.baseline,
        passages=search.available,
        tokens=_count_tokens(search),
        read=bool(search.query.language),
    )


def weigh_best(
    best: Candidate,
    behind: Sequence[float],
    baseline: ScoreBaseline,
    *,
    passages: int,
    tokens: int,
    read: bool = True,
) -> Evidence:
    """The evidence in the best candidate.

    - ``behind``: the log-odds of those behind it
    - ``passages``: how many are searched
    - ``tokens``: how many of the question count; ``read``: whether its language is known
    """
    scores = best.scores
    shared = 0.0 if scores.lexical is None or not scores.same_language else scores.lexical
    similarity, whole = _measure(best, baseline, passages)
    first = behind[:BEHIND]
    margin = best.odds - sum(first) / len(first) if first else USUAL_MARGIN
    return Evidence(
        similarity=similarity,
        whole=whole,
        crossed=0.0 if scores.same_language else 1.0,
        few_words=min(shared, FEW_WORDS),
        many_words=min(max(shared - FEW_WORDS, 0.0), MANY_WORDS - FEW_WORDS),
        length=_measure_length(tokens, None if scores.late is None else similarity, read),
        margin=min(margin, MOST_MARGIN),
    )


def is_found(search: SearchContext, best: Candidate, *, named: bool = False) -> bool:
    """Whether a candidate is what was looked for, whatever else there is: it repeats the question, or has it as title.

    To repeat particles is not enough: many passages have them, and none means what they mean. With ``named`` a question
    has to name something.
    """
    scores, count = best.scores, search.snapshot.passages
    if scores.is_title or not scores.phrase:
        return scores.is_title
    unlike = scores.late is not None and search.baseline.standardise_late(scores.late) < NAMED
    if named and unlike and not _has_number(search.query.text):
        return False
    if scores.late is None:
        return count < MANY or search.weights.total >= COMMONEST
    # In a corpus of few passages a word of two of them is rare.
    if search.weights.total >= min(COMMON, weigh_term(2, count)):
        return True
    return search.baseline.standardise_late(scores.late) >= MEANT


def leads_on(search: SearchContext, ranked: Sequence[Candidate]) -> bool:
    """Whether a question, of which candidates are ranked best first, is repeated by them but names nothing."""
    return bool(ranked) and ranked[0].scores.phrase > 0 and not is_found(search, ranked[0], named=True)


def _has_number(text: str) -> bool:
    return any(category(character)[0] == "N" for character in text) or _HAN_NUMBER.search(text) is not None


def _count_tokens(search: SearchContext) -> int:
    """How many tokens of the question count, or terms, which are distinct, where tokens are not compared."""
    if search.tokens is None:
        return len(search.query.terms)
    spans = search.tokens.spans.tolist()
    distinct = {search.query.text[start:end].casefold() for start, end in spans}
    return min(len(spans), REPEATED * len(distinct))


def _measure_length(tokens: int, similarity: float | None, read: bool) -> float:
    """The logarithm of the tokens that count beside this similarity by tokens, None where they were not compared."""
    length, longest = math.log(max(tokens, 1)), math.log(LONGEST)
    if similarity is None:
        return length
    matched = 1.0 if read else _place(similarity, CHANCE, MATCHED)
    most = math.log(UNREAD) + matched * (longest - math.log(UNREAD))
    beyond = max(length - longest, 0.0) * (1 - _place(similarity, MATCHED, SURE))
    return min(length, most, max(longest - FALL * beyond, math.log(FEWEST)))


def _place(value: float, low: float, high: float) -> float:
    """Where a value lies between two: 0 up to the lower, 1 from the higher."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _measure(item: Candidate, baseline: ScoreBaseline, passages: int) -> tuple[float, float]:
    """The similarity of a passage, and that as a whole beside its tokens: 0 where only one of them is known.

    In standard deviations above the best of as many unrelated passages.
    """
    scores = item.scores
    farther = math.sqrt(2 * math.log(max(passages, 2))) - math.sqrt(2 * math.log(USUAL))
    crowd = max(CROWD * farther, farther)
    dense = None if scores.dense is None else baseline.standardise_dense(scores.dense) - crowd
    late = None if scores.late is None else baseline.standardise_late(scores.late) - crowd
    if late is None:
        return 0.0 if dense is None else dense, 0.0
    # A passage of a pending document has no vector.
    return late, late if dense is None else dense


def _drop_repeated(ranked: Sequence[Candidate], comparer: TextComparer) -> list[Candidate]:
    """The first candidates that are not near-duplicates of a better one, whatever hits show of them."""
    vectors = [item.stored.vector for item in ranked if item.stored.vector is not None]
    kept = np.array(vectors) if len(vectors) == len(ranked) else None
    texts = [item.stored.passage.text for item in ranked]
    return [ranked[place] for place in find_distinct(texts, kept, BEHIND + 1, comparer)]

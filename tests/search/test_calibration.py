"""The scale of a search: no rank changes, and what the evidence says is what the best passage scores."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from library import Library
from small_index import search_index

from retriever.hits import Hit
from retriever.index.interface import StoredPassage
from retriever.index.statistics import TermStatistics
from retriever.models.interface import TokenVectors
from retriever.models.scoring.score_baseline import ScoreBaseline
from retriever.options import SearchOptions
from retriever.search.bm25 import TermWeights
from retriever.search.calibration import find_kind, make_scale, put_on_scale, weigh
from retriever.search.calibration_weights import WEIGHTS
from retriever.search.candidates import Candidate
from retriever.search.context import SearchContext
from retriever.search.corpus_centering import NONE
from retriever.search.duplicates import TextComparer
from retriever.search.evidence import (
    BEHIND,
    CROWD,
    LONGEST,
    MOST_MARGIN,
    UNREAD,
    gather_evidence,
    weigh_best,
)
from retriever.search.fusion import StageScores, logistic
from retriever.search.query import Query
from retriever.search.scale import Evidence
from retriever.types import Mode, Passage, StoredDocument

BASELINE = ScoreBaseline(0.0, 0.1, 0.0, 0.1)
SCORES = st.lists(st.floats(-1, 1), min_size=1, max_size=30)
QUESTION = "Who gives out the permit for boats in the harbour office?"


def rank(late: Sequence[float | None], *, same_language: bool = True, lexical: float | None = 0.1) -> list[Candidate]:
    """Candidates with scores of late interaction, best first."""
    document = StoredDocument("d", "d", "d", "d", "", "")
    found = [
        Candidate.of(
            StoredPassage(ref, f"{ref:016x}", ref, Passage("a", ref, ref + 1), document),
            StageScores(0.5, lexical, score, same_language),
            BASELINE,
        )
        for ref, score in enumerate(late)
    ]
    return sorted(found, key=lambda item: item.order)


def find_evidence(ranked: Sequence[Candidate], passages: int = 300, tokens: int = 9) -> Evidence:
    behind = [item.odds for item in ranked[1:]]
    return weigh_best(ranked[0], behind, BASELINE, passages=passages, tokens=tokens)


@given(late=SCORES, same=st.booleans(), passages=st.integers(1, 10**9), tokens=st.integers(0, 512))
def test_a_scale_keeps_the_order_and_0_to_1(late: list[float], same: bool, passages: int, tokens: int) -> None:
    ranked = rank(late, same_language=same)
    evidence = find_evidence(ranked, passages, tokens)
    scaled = put_on_scale(ranked, make_scale(ranked[0], evidence))
    assert [item.stored.ref for item in scaled] == [item.stored.ref for item in ranked]
    assert [item.score for item in scaled] == sorted((item.score for item in scaled), reverse=True)
    assert all(0 <= item.score <= 1 for item in scaled)
    assert sorted(scaled, key=lambda item: item.order_among_searches) == scaled


@given(late=SCORES, same=st.booleans())
def test_the_best_passage_scores_what_the_evidence_says(late: list[float], same: bool) -> None:
    ranked = rank(late, same_language=same)
    evidence = find_evidence(ranked)
    [best, *_] = put_on_scale(ranked, make_scale(ranked[0], evidence))
    assert best.score == pytest.approx(logistic(weigh(evidence, "late")), abs=1e-5)


@given(late=st.floats(-1, 0.9), more=st.floats(0.01, 0.1))
def test_a_better_match_is_more_likely(late: float, more: float) -> None:
    low, high = (weigh(find_evidence(rank([value])), "late") for value in (late, late + more))
    assert low < high


def test_one_that_stands_out_less_is_less_likely() -> None:
    alone, among = find_evidence(rank([0.9, 0.1])), find_evidence(rank([0.9] * 9))
    assert weigh(among, "late") < weigh(alone, "late")
    assert among.margin == pytest.approx(0)
    assert alone.margin == MOST_MARGIN


def test_the_best_of_more_passages_has_to_be_better() -> None:
    few, many = (find_evidence(rank([0.5]), passages=count) for count in (300, 30_000))
    assert few.similarity == pytest.approx(5.0)
    expected = CROWD * (math.sqrt(2 * math.log(30_000)) - math.sqrt(2 * math.log(300)))
    assert few.similarity - many.similarity == pytest.approx(expected)


def test_any_passage_of_a_tiny_corpus_is_no_answer() -> None:
    usual, tiny = (find_evidence(rank([0.2]), passages=count) for count in (300, 2))
    assert tiny.similarity - usual.similarity == pytest.approx(
        math.sqrt(2 * math.log(300)) - math.sqrt(2 * math.log(2))
    )


@pytest.mark.parametrize(
    ("dense", "late", "expected"),
    [(0.5, 0.8, (8.0, 5.0)), (0.5, None, (5.0, 0.0)), (None, 0.8, (8.0, 8.0)), (None, None, (0.0, 0.0))],
)
def test_what_is_similar_as_a_whole_counts_beside_tokens(
    dense: float | None, late: float | None, expected: tuple[float, float]
) -> None:
    item = Candidate.of(rank([0.5])[0].stored, StageScores(dense, 0.1, late, True), BASELINE)
    evidence = find_evidence([item])
    assert (evidence.similarity, evidence.whole) == pytest.approx(expected)


def test_only_the_first_ones_behind_count() -> None:
    first = find_evidence(rank([0.9, *[0.6] * BEHIND]))
    assert first == find_evidence(rank([0.9, *[0.6] * BEHIND, *[0.1] * 9]))


def test_words_count_in_the_language_of_the_question() -> None:
    same, other = (find_evidence(rank([0.9], same_language=same, lexical=0.5)) for same in (True, False))
    assert (same.crossed, same.few_words, same.many_words) == (0, 0.2, pytest.approx(0.3))
    assert (other.crossed, other.few_words, other.many_words) == (1, 0, 0)


def test_a_passage_that_repeats_the_question_needs_no_other_evidence() -> None:
    [item] = rank([0.9], lexical=0.9)
    named = Candidate.of(item.stored, replace(item.scores, phrase=9.0), BASELINE)
    evidence = find_evidence([named], passages=10**6, tokens=1)
    assert make_scale(named, evidence, found=True).moved >= 0 > make_scale(named, evidence).moved


@given(
    late=st.floats(-1, 1),
    words=st.lists(st.sampled_from(["cold", "winter", "电梯", "aaaa"]), min_size=1, max_size=9),
    times=st.integers(2, 300),
    language=st.sampled_from(["", "en"]),
)
def test_the_same_words_again_are_no_more_evidence(
    library: Library, late: float, words: list[str], times: int, language: str
) -> None:
    ranked = rank([late])

    def measure(words: list[str]) -> float:
        text = " ".join(words)
        spans = np.array([match.span() for match in re.finditer(r"\S+", text)], np.int32)
        tokens = TokenVectors(np.zeros((len(spans), 1), np.float32), spans)
        search = SearchContext(
            snapshot=library.index.snapshot(),
            options=SearchOptions(),
            query=Query(text, language, ()),
            weights=TermWeights.of((), TermStatistics(0, 0.0, {})),
            baseline=BASELINE,
            centering=NONE,
            tokens=tokens,
        )
        return gather_evidence(search, ranked, TextComparer({})).length

    assert measure(words * times) == measure(words * 2)
    assert measure(words) <= math.log(len(words))
    assert measure(words * times) <= math.log(2 * len(set(words)))


def measure_tokens(late: float | None, tokens: int, *, read: bool = True) -> float:
    """How many tokens of a question count beside a score of late interaction, of which 0.1 is one deviation."""
    best = rank([late])[0]
    return math.exp(weigh_best(best, [], BASELINE, passages=300, tokens=tokens, read=read).length)


@given(late=st.floats(-1, 1), read=st.booleans(), tokens=st.integers(0, 512), more=st.integers(1, 400))
def test_what_more_tokens_than_people_ask_with_say_is_not_known(
    late: float, read: bool, tokens: int, more: int
) -> None:
    assert measure_tokens(late, tokens, read=read) <= LONGEST + 1e-9
    assert measure_tokens(late, LONGEST + more, read=read) <= measure_tokens(late, LONGEST, read=read)


@given(late=st.floats(-1, 0.9), read=st.booleans(), tokens=st.integers(0, 512), more=st.floats(0.01, 0.1))
def test_more_tokens_count_beside_a_better_match(late: float, read: bool, tokens: int, more: float) -> None:
    assert measure_tokens(late, tokens, read=read) <= measure_tokens(late + more, tokens, read=read)


@pytest.mark.parametrize(("late", "read", "expected"), [(0.2, True, 100), (0.2, False, UNREAD), (0.45, False, 100)])
def test_the_length_of_noise_counts_where_it_is_matched(late: float, read: bool, expected: int) -> None:
    assert measure_tokens(late, 100, read=read) == pytest.approx(expected)
    assert measure_tokens(late, 9, read=read) == pytest.approx(9)


def test_terms_are_no_tokens() -> None:
    assert measure_tokens(None, 200, read=False) == pytest.approx(200)


@pytest.mark.parametrize(
    ("scores", "kind"),
    [
        (StageScores(0.5, 0.1, 0.5, True), "late"),
        (StageScores(0.5, None, 0.5, True), "late"),
        (StageScores(0.5, 0.1, None, True), "hybrid"),
        (StageScores(0.5, None, None, True), "dense"),
        (StageScores(None, 0.1, None, True), "lexical"),
    ],
)
def test_each_kind_of_search_has_weights(scores: StageScores, kind: str) -> None:
    best = Candidate.of(rank([0.5])[0].stored, scores, BASELINE)
    assert find_kind(best) == kind
    assert len(WEIGHTS[kind]) == len(astuple(find_evidence([best]))) + 1


def ask(library: Library, **settings: object) -> list[Hit]:
    options = SearchOptions(**settings)  # type: ignore[arg-type]
    return list(search_index(library.index, FakeEncoder(), QUESTION, options).hits)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_score_does_not_depend_on_how_many_hits_are_asked_for(library: Library, mode: Mode) -> None:
    few, many = ask(library, mode=mode, k=2), ask(library, mode=mode, k=8)
    assert [(hit.id, hit.score) for hit in few] == [(hit.id, hit.score) for hit in many[:2]]


def test_a_score_does_not_depend_on_what_is_shown_of_duplicates(library: Library) -> None:
    folded, shown = ask(library), ask(library, duplicates="show")
    assert folded[0].score == shown[0].score

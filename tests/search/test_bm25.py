"""Coverage: BM25 as a share of what the question could give, checked by hand and by what must always hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.statistics import TermStatistics
from retriever.search.bm25 import COMMON, MOST_CANDIDATE_TERMS, TermWeights
from retriever.text.analyzer import count_terms
from retriever.text.normalise import fold

WORDS = ("red", "tea", "sky", "oak", "lead", "roof")
words = st.lists(st.sampled_from(WORDS), max_size=30)


@st.composite
def statistics(draw: st.DrawFn) -> TermStatistics:
    count = draw(st.integers(1, 1000))
    frequency = draw(st.dictionaries(st.sampled_from(WORDS), st.integers(1, count)))
    return TermStatistics(count, draw(st.floats(0, 50)), frequency)


def score(weights: TermWeights, text: str) -> float:
    counts = count_terms(text)
    found = weights.score(weights.finder.counts([fold(text)])[0], counts.total())
    assert found == weights.score(counts, counts.total())
    return found


queries = st.lists(st.sampled_from(WORDS), min_size=1, unique=True)


def test_worked_out_by_hand() -> None:
    weights = TermWeights.of(["red", "tea", "absent"], TermStatistics(3, 4.0, {"red": 1, "tea": 2}))
    # Of three passages one holds "red", two hold "tea": ln(1 + 2.5/1.5), ln(1 + 1.5/2.5), ln(1 + 3.5/0.5).
    assert weights.idf == pytest.approx({"red": 0.980829, "tea": 0.470004, "absent": 2.079442}, abs=1e-6)
    # A passage of the mean length has damping 1.2: 2 / 3.2 of "red", 1 / 2.2 of "tea", 0 of "absent".
    assert score(weights, "red red tea sky") == pytest.approx((0.980829 * 0.625 + 0.470004 / 2.2) / 3.530275, abs=1e-6)
    # One of twice the mean length has damping 1.2 * (0.6 + 0.4 * 2) = 1.68.
    text = "red red tea sky oak oak oak oak"
    assert score(weights, text) == pytest.approx((0.980829 * 2 / 3.68 + 0.470004 / 2.68) / 3.530275, abs=1e-6)
    assert score(weights, "sky oak") == score(weights, "") == 0.0


def test_a_question_without_terms_covers_nothing() -> None:
    assert score(TermWeights.of([], TermStatistics(3, 4.0, {})), "red tea") == 0.0


def test_words_that_no_passage_holds_count_against_all() -> None:
    numbers = TermStatistics(100, 4.0, {"red": 5})
    alone, beside = (TermWeights.of(query, numbers) for query in (["red"], ["red", "absent", "missing"]))
    assert score(beside, "red tea") < score(alone, "red tea") / 3


def test_common_words_find_nothing_beside_rarer_ones() -> None:
    numbers = TermStatistics(100, 4.0, {"red": int(100 * COMMON), "tea": int(100 * COMMON) + 1})
    assert set(TermWeights.of(["red", "tea", "absent"], numbers).informative) == {"red"}
    assert set(TermWeights.of(["tea", "absent"], numbers).informative) == {"tea"}
    assert not TermWeights.of(["absent"], numbers).informative


def test_the_rarest_words_of_a_long_question_find_candidates() -> None:
    terms = [f"w{number}" for number in range(200)]
    numbers = TermStatistics(10_000, 4.0, {term: 1 + number for number, term in enumerate(terms)})
    assert list(TermWeights.of(terms, numbers).informative) == terms[:MOST_CANDIDATE_TERMS]


@given(statistics(), queries, words)
def test_coverage_is_a_share(numbers: TermStatistics, query: list[str], text: list[str]) -> None:
    found = score(TermWeights.of(query, numbers), " ".join(text))
    assert 0.0 <= found < 1.0
    assert (found > 0) == bool(set(query) & set(text))


@given(statistics(), queries, words, st.data())
def test_a_word_of_the_question_in_place_of_another_covers_more(
    numbers: TermStatistics, query: list[str], text: list[str], data: st.DataObject
) -> None:
    weights = TermWeights.of(query, numbers)
    place = data.draw(st.integers(0, len(text)))
    word = data.draw(st.sampled_from(query))
    without, held = [*text[:place], "other", *text[place:]], [*text[:place], word, *text[place:]]
    assert score(weights, " ".join(held)) > score(weights, " ".join(without))


@given(statistics(), queries, words)
def test_the_order_of_words_and_terms_does_not_matter(
    numbers: TermStatistics, query: list[str], text: list[str]
) -> None:
    forward = score(TermWeights.of(query, numbers), " ".join(text))
    backward = score(TermWeights.of(query[::-1], numbers), " ".join(text[::-1]))
    assert math.isclose(forward, backward, abs_tol=1e-12)


@given(statistics(), st.sampled_from(WORDS), words)
def test_a_question_of_one_word_is_covered_more_each_time_it_occurs(
    numbers: TermStatistics, word: str, text: list[str]
) -> None:
    weights = TermWeights.of([word], numbers)
    assert score(weights, " ".join([*text, word])) > score(weights, " ".join(text))

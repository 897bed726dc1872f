"""What counts as a question, and what is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import UsageError
from retriever.options import SearchOptions
from retriever.search.phrases import Phrases
from retriever.search.query import LONGEST_QUESTION, MOST_TERMS, Query, parse
from retriever.text.analyzer import CURRENT, extract_terms


@pytest.mark.parametrize("query", ["", " ", "\n\t\u3000", "\u00a0"])
def test_an_empty_query_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        parse(query)


@pytest.mark.parametrize("query", ["?", "？！", "…… —— 、", "()", "\x00", "\u200b", "\u0301", "\ud83d"])
def test_punctuation_alone_is_refused(query: str) -> None:
    with pytest.raises(UsageError, match="punctuation") as caught:
        parse(query)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"k": 0}, "k must"),
        ({"k": -3}, "k must"),
        ({"context": -1}, "context must"),
        ({"k": 10**30}, "at most"),
        ({"context": 10**20}, "at most"),
        ({"rerank": -1}, "rerank must"),
        ({"k": 2.5}, "k must be a whole number"),
        ({"k": float("nan")}, "k must be a whole number"),
        ({"context": 1.0}, "context must be a whole number"),
        ({"max_per_document": 1.5}, "max_per_document must be a whole number"),
        ({"mode": "fuzzy"}, "unknown mode"),
        ({"mode": "lexical", "rerank": 5}, "no model"),
    ],
)
def test_a_request_out_of_range_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        SearchOptions(**change)


@pytest.mark.parametrize("query", ["🚲", "茶", "a", "€", "第3条", "5%", "茶 tea чай 차 ชา चाय", "C++", "§", "†", "→"])
def test_a_word_or_a_symbol_is_enough(query: str) -> None:
    assert parse(f"  {query}\n").text == query


def test_signs_that_are_no_words_cannot_be_looked_up() -> None:
    parse("§").require_terms()
    with pytest.raises(UsageError, match="'->' has no word, number or symbol"):
        parse("->").require_terms()


def test_half_a_character_is_replaced() -> None:
    assert parse("tea \ud800 for two").text == "tea \ufffd for two"
    with pytest.raises(UsageError, match="only punctuation"):
        parse("\ud800")


def test_ten_thousand_characters_are_a_query() -> None:
    query = parse("".join(chr(0x4E00 + number % 6000) for number in range(10_000)))
    assert len(query.text) == 10_000
    assert len(query.terms) == MOST_TERMS


def test_what_is_beyond_the_longest_question_is_never_looked_at() -> None:
    words = "tea " * 4000
    query = parse(" " * 1_000_000 + words + "milk " * 1_000_000)
    assert query.text == words[:LONGEST_QUESTION].strip()
    assert query.terms == ("tea",)
    assert Phrases.of(query.text).whole is None


def test_terms_are_distinct_and_in_order() -> None:
    query = parse("tea and milk and tea")
    assert query.terms == tuple(dict.fromkeys(extract_terms("tea and milk")))


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("怎样给老旧小区装电梯？", "zh"),
        ("When does the library open on Sundays?", "en"),
        ("permit", ""),
        ("茶 tea", ""),
        ("🚲", ""),
        ("2024", ""),
    ],
)
def test_the_language_is_told_where_it_is_clear(query: str, language: str) -> None:
    assert parse(query).language == language


def test_in_doubt_a_passage_may_share_the_language() -> None:
    asked = parse("怎样给老旧小区装电梯？")
    assert asked.shares_language("zh")
    assert asked.shares_language("")
    assert not asked.shares_language("en")
    assert parse("2024").shares_language("en")


@pytest.mark.parametrize(
    ("query", "corpus", "language"),
    [
        ("東京大学入学", {"ja": 10}, "ja"),
        ("東京大学入学", {"ja": 10, "zh": 3, "en": 50}, "ja"),
        ("東京大学入学", {"ja": 3, "zh": 10}, "zh"),
        ("東京大学入学", {"en": 10}, "zh"),
        ("東京大学入学", {}, "zh"),
        ("东京大学入学考试", {"ja": 10}, "zh"),
        ("東京都庁", {"zh": 10}, "ja"),
        ("東京の大学", {"zh": 10}, "ja"),
        ("2022年 GDP 統計", {"ja": 10}, "ja"),
        ("University of Tokyo admissions", {"ja": 10}, "en"),
    ],
)
def test_a_question_in_han_alone_is_in_the_language_of_the_corpus(
    query: str, corpus: dict[str, int], language: str
) -> None:
    asked = parse(query).follow_corpus(corpus)
    assert asked.language == language
    assert asked.shares_language(language)


def test_a_question_that_may_be_in_two_languages_shares_words_with_both() -> None:
    asked = parse("東京大学入学")
    assert isinstance(asked, Query)
    assert asked.shares_language("zh")
    assert asked.shares_language("ja")
    assert not asked.shares_language("ko")


@pytest.mark.parametrize(
    ("mode", "rerank", "reranked"),
    [("hybrid", None, 30), ("dense", None, 0), ("lexical", None, 0), ("hybrid", 0, 0), ("dense", 7, 7)],
)
def test_how_many_candidates_are_reranked(mode: Any, rerank: int | None, reranked: int) -> None:
    assert SearchOptions(mode=mode, rerank=rerank).reranked == reranked


@given(st.text(max_size=200))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except UsageError:
        assert not any(character.isalnum() for character in text)
    else:
        assert query.text == text.strip()
        assert set(query.terms) == set(CURRENT.extract_question_terms(query.text))

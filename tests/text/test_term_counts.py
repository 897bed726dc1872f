"""The fast counting of terms agrees with counting the extracted terms."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.analyzer import TermFinder, count_terms, extract_terms, tokenise
from retriever.text.normalise import fold

PIECES = st.sampled_from(
    [
        "哈哈哈",
        "经济",
        "，",
        " ",
        "GB/T-7714",
        "1,234.5",
        "Straße",
        "running",
        "العربية",
        "ไทยแลนด์",
        "한국어",
        "カナ",
        "é",
        "x",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_counts_equal_counting_the_terms(text: str) -> None:
    assert count_terms(text) == Counter(extract_terms(text))


@pytest.mark.parametrize(("text", "term", "count"), [("哈哈哈哈", "哈哈", 3), ("the cat, The CAT", "cat", 2)])
def test_overlapping_pairs_and_folded_words_are_counted(text: str, term: str, count: int) -> None:
    assert count_terms(text)[term] == count


texts = st.one_of(st.text(), st.lists(PIECES).map("".join))


@given(texts, texts)
def test_a_finder_agrees_with_counting_and_tokenising(text: str, query: str) -> None:
    wanted = set(extract_terms(query)) | set(extract_terms(text)[::3])
    finder = TermFinder(wanted)
    assert finder.counts(fold(text)) == {term: count for term, count in count_terms(text).items() if term in wanted}
    assert sorted(finder.tokens(text)) == sorted(token for token in tokenise(text) if token.term in wanted)

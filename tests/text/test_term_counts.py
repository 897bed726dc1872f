"""The fast counting of terms agrees with counting the extracted terms."""

from __future__ import annotations

from collections import Counter
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.text.analyzer import CURRENT, VERSION_1, Analyzer, TermFinder, count_terms, extract_terms
from retriever.text.run_finder import FEW

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
        "\n",
        "C++",
        "✅",
        "🇨🇳",
        "v2.13",
        "@ab",
        "ज़मीन",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_counts_equal_counting_the_terms(text: str) -> None:
    assert count_terms(text) == Counter(extract_terms(text))


@pytest.mark.parametrize(("text", "term", "count"), [("哈哈哈哈", "哈哈", 3), ("the cat, The CAT", "cat", 2)])
def test_overlapping_pairs_and_folded_words_are_counted(text: str, term: str, count: int) -> None:
    assert count_terms(text)[term] == count


texts = st.one_of(st.text(), st.lists(PIECES).map("".join))


@given(texts, texts, texts, st.sampled_from([CURRENT, VERSION_1]))
def test_a_finder_agrees_with_counting_and_tokenising(text: str, other: str, query: str, analyzer: Analyzer) -> None:
    terms = analyzer.extract_terms(text)
    wanted = {*analyzer.extract_question_terms(query), *terms[::3]}
    finder = TermFinder(wanted, analyzer)
    counts = [analyzer.count_terms(one) for one in (other, text)]
    expected = [{term: count for term, count in own.items() if term in wanted} for own in counts]
    assert finder.counts(analyzer.fold_all([other, text])) == expected
    for one, found in zip((other, text), finder.tokens([other, text]), strict=True):
        assert sorted(found) == sorted(token for token in analyzer.tokenise(one) if token.term in wanted)


def test_a_finder_of_many_terms_agrees_with_counting_and_tokenising() -> None:
    words = [f"{first}{second}{third}" for first in ascii_lowercase for second in "aeiou" for third in "dlmnp"]
    text = " ".join(word + "a" * (place % 3) for place, word in enumerate(words + words[::2]))
    wanted = set(CURRENT.extract_terms(" ".join(words[::2])))
    assert len(wanted) > FEW
    finder = TermFinder(wanted, CURRENT)
    expected = {term: count for term, count in CURRENT.count_terms(text).items() if term in wanted}
    assert finder.counts(CURRENT.fold_all([text])) == [expected]
    assert len(expected) < len(wanted)
    assert finder.tokens([text]) == [[token for token in CURRENT.tokenise(text) if token.term in wanted]]

"""Which words are marked: those of the question that say something, where they stand."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retriever.index.interface import TermStatistics
from retriever.search.bm25 import TermWeights
from retriever.search.highlights import matched_words
from retriever.text.analyzer import terms


def marked(query: str, text: str, frequency: dict[str, int] | None = None) -> list[str]:
    """What is marked in ``text``, where all words of the question are equally rare but those of ``frequency``."""
    found = terms(query)
    held = dict.fromkeys(found, 1) | (frequency or {})
    weights = TermWeights.of(found, TermStatistics(1000, 10.0, held))
    return [text[span.start : span.end] for span in matched_words(text, weights)]


def test_words_are_marked_as_they_stand() -> None:
    assert marked("opening hours", "Opening-times and the OPENING hours.") == ["Opening", "OPENING", "hours"]


def test_pairs_of_characters_are_joined_to_words() -> None:
    assert marked("加装电梯补贴", "每部电梯补贴十五万元，加装后验收。") == ["电梯补贴", "加装"]


def test_a_single_character_is_marked_only_where_nothing_longer_is() -> None:
    assert marked("茶水", "茶水间有茶。") == ["茶水"]
    assert marked("茶水", "热茶一杯，清水一碗。") == ["茶", "水"]


def test_other_forms_of_a_character_are_marked() -> None:
    assert marked("圖書館", "县图书馆周末开放。") == ["图书馆"]
    assert marked("ABC", "第ＡＢＣ号") == ["ＡＢＣ"]


def test_words_that_stand_everywhere_are_not_marked() -> None:
    assert marked("the harbour", "the harbour and the town", {"the": 190}) == ["harbour"]


def test_nothing_shared_marks_nothing() -> None:
    assert marked("harbour", "山中无港。") == []
    assert marked("", "harbour") == []


texts = st.text(st.sampled_from("茶水图書電梯 abcéß１ＡñТеа가かบ้🚲.-,\n\u0301\ufb01"), max_size=60) | st.text(
    max_size=60
)


@given(texts, texts)
def test_marks_lie_in_the_text_ascend_and_hold_words_of_the_question(query: str, text: str) -> None:
    found = terms(query)
    weights = TermWeights.of(found, TermStatistics(1000, 10.0, dict.fromkeys(found, 1)))
    spans = matched_words(text, weights)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(first.end < second.start for first, second in pairwise(spans))
    for span in spans:
        assert set(terms(text[span.start : span.end])) & set(found)
    assert bool(spans) == bool(set(found) & set(terms(text)))

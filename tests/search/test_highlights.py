"""Which words are marked: those of the question that say something, where they stand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from retriever.index.statistics import TermStatistics
from retriever.models import load
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import TokenVectors
from retriever.models.scoring.maxsim import find_begins, similarities
from retriever.models.scoring.token_codes import Aligned
from retriever.search.bm25 import TermWeights
from retriever.search.highlights import Marks, _expand_to_word, expand_to_words, find_matches, mark_by_meaning
from retriever.search.highlights import mark_by_words as mark_matches
from retriever.text.analyzer import extract_terms
from retriever.text.sentences import assign_sentences, split_sentences


def mark_by_words(text: str, weights: TermWeights) -> Marks:
    return mark_matches(text, weights, *find_matches([text], weights))


def mark(query: str, text: str, frequency: dict[str, int] | None = None) -> list[str]:
    """What is marked in ``text``, where all words of the question are equally rare but those of ``frequency``."""
    found = extract_terms(query)
    held = dict.fromkeys(found, 1) | (frequency or {})
    weights = TermWeights.of(found, TermStatistics(1000, 10.0, held))
    return [text[span.start : span.end] for span in mark_by_words(text, weights).words]


def test_words_are_marked_as_they_stand() -> None:
    assert mark("opening hours", "Opening-times and the OPENING hours.") == ["Opening", "OPENING", "hours"]


def test_pairs_of_characters_are_joined_to_words() -> None:
    assert mark("加装电梯补贴", "每部电梯补贴十五万元，加装后验收。") == ["电梯补贴", "加装"]


def test_a_single_character_is_marked_only_where_nothing_longer_is() -> None:
    assert mark("茶水", "茶水间有茶。") == ["茶水"]
    assert mark("茶水", "热茶一杯，清水一碗。") == ["茶", "水"]


def test_a_part_of_another_number_is_not_marked() -> None:
    assert mark("第十二条", "第十一条没有，第十二条有，第二十二条没有。") == ["第十二条"]
    assert mark("一百二十元", "第二十一条，一百二十元，一百零三元。") == ["一百二十元"]
    assert mark("以下罚款", "处十五万元以下罚款。") == ["以下罚款"]
    assert mark("统一部署", "统一部署，统一。") == ["统一部署", "统一"]


def test_other_forms_of_a_character_are_marked() -> None:
    assert mark("圖書館", "县图书馆周末开放。") == ["图书馆"]
    assert mark("ABC", "第ＡＢＣ号") == ["ＡＢＣ"]


def test_words_that_stand_everywhere_are_not_marked() -> None:
    assert mark("the harbour", "the harbour and the town", {"the": 190}) == ["harbour"]


def test_nothing_shared_marks_nothing() -> None:
    assert mark("harbour", "山中无港。") == []
    assert mark("", "harbour") == []


texts = st.text(st.sampled_from("茶水图書電梯 abcéß１ＡñТеа가かบ้🚲.-,\n\u0301\ufb01"), max_size=60) | st.text(
    max_size=60
)


@given(texts, texts)
def test_marks_lie_in_the_text_ascend_and_hold_words_of_the_question(query: str, text: str) -> None:
    found = extract_terms(query)
    weights = TermWeights.of(found, TermStatistics(1000, 10.0, dict.fromkeys(found, 1)))
    spans = mark_by_words(text, weights).words
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(first.end < second.start for first, second in pairwise(spans))
    for span in spans:
        assert set(extract_terms(text[span.start : span.end])) & set(found)
    assert bool(spans) == bool(set(found) & set(extract_terms(text)))


def marks_of(question: str, text: str) -> Marks:
    model = EmbeddingModel(FakeEncoder())
    [passage] = model.embed_passage_tokens([text], [""])
    weights = TermWeights.of([], TermStatistics(10, 10.0, {}))
    return align_and_mark(weights, question, model.embed_query_tokens(question, ""), text, passage)


def align_and_mark(weights: TermWeights, question: str, asked: TokenVectors, text: str, passage: TokenVectors) -> Marks:
    begins = find_begins(assign_sentences(split_sentences(text), passage.spans[:, 0]))
    aligned = Aligned(similarities(asked.vectors, passage.vectors), passage.spans, begins)
    words = expand_to_words(question, asked.spans)
    return mark_by_meaning(text, weights, *find_matches([text], weights), words, aligned)


LONG = (
    "The quay is closed to boats. At dusk the keeper lights a lamp on the pier. "
    "Fish is sold from six in the morning, bread from seven, and the stalls stand by the water until noon."
)


def test_the_sentence_that_answers_and_its_words_are_marked() -> None:
    marks = marks_of("Who lights the lamp?", LONG)
    assert marks.sentence is not None
    assert LONG[marks.sentence.start : marks.sentence.end] == "At dusk the keeper lights a lamp on the pier."
    assert [LONG[span.start : span.end] for span in marks.words] == ["lights", "lamp"]
    assert all(marks.sentence.start <= span.start < span.end <= marks.sentence.end for span in marks.words)
    assert {"Who lights the lamp?"[pair.question.start : pair.question.end] for pair in marks.pairs} == {
        "lights",
        "lamp",
    }


@pytest.mark.parametrize(
    ("text", "token", "word"),
    [
        ("fits the model HM502. It is", "02.", "HM502"),
        ("sheet XG-7340/B of", "-73", "7340"),
        ("요금은 1,500원으로 인상", "500", "1,500원으로"),
        ("versorgt 12.500 Haushalte", "12", "12.500"),
        ("in 2021, 500 people", "500", "500"),
        ("共分攤，政府", "，政府", "政府"),
        ("a ?! b", " ?!", "?!"),
    ],
)
def test_the_word_or_number_of_a_token_goes_without_the_marks_around_it(text: str, token: str, word: str) -> None:
    start = text.index(token)
    span = _expand_to_word(text, (start, start + len(token)))
    assert text[span.start : span.end] == word


def test_without_tokens_or_shared_words_nothing_is_marked() -> None:
    assert marks_of("Who?", "").sentence is None
    assert mark_by_words(LONG, TermWeights.of([], TermStatistics(10, 10.0, {}))) == Marks(None, ())


@given(texts, texts)
def test_marks_by_meaning_lie_in_the_text_and_ascend(question: str, text: str) -> None:
    marks = marks_of(question, text)
    if marks.sentence is not None:
        assert 0 <= marks.sentence.start < marks.sentence.end <= len(text)
    assert all(0 <= span.start < span.end <= len(text) for span in marks.words)
    assert all(first.end < second.start for first, second in pairwise(marks.words))
    for pair in marks.pairs:
        assert question[pair.question.start : pair.question.end].strip()
        assert text[pair.passage.start : pair.passage.end].strip()


@pytest.mark.parametrize(
    ("question", "language", "text", "answers", "words"),
    [
        (
            "How much does the county pay for each lift?",
            "en",
            "老旧小区改造由街道办事处组织实施。每部电梯由县财政补贴十五万元，其余由住户分摊。本方案自发布之日起施行。",
            "每部电梯由县财政补贴十五万元，其余由住户分摊。",
            {"电梯", "县"},
        ),
        (
            "图书馆什么时候关门？",
            "zh",
            "Books are lent for thirty days. The library closes at nine in the evening, on Sundays at five. "
            "Reading rooms are on the first floor. Children under six need a card that a parent has signed.",
            "The library closes at nine in the evening, on Sundays at five.",
            {"library"},
        ),
    ],
)
def test_words_of_another_language_are_marked(
    question: str, language: str, text: str, answers: str, words: set[str]
) -> None:
    model = load("bundled")
    [passage] = model.embed_passage_tokens([text], ["zh" if language == "en" else "en"])
    weights = TermWeights.of([], TermStatistics(10, 10.0, {}))
    marks = align_and_mark(weights, question, model.embed_query_tokens(question, language), text, passage)
    assert marks.sentence is not None
    assert text[marks.sentence.start : marks.sentence.end] == answers
    assert words <= {text[span.start : span.end] for span in marks.words}

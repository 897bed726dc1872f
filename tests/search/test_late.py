"""Late interaction: the same scores however often, from whichever thread, and from whatever token vectors."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder

from retriever.index.statistics import LanguageSums
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import TokenVectors
from retriever.search import late
from retriever.search.query import parse
from retriever.types import Passage

TEXTS = ["the lamp is lit", "the lamp", "boats and fish", "lit at dusk is the lamp"]


class CountingEncoder(FakeEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.asked.extend(texts)
        return super().encode_passage_tokens(texts)


def passages(texts: Sequence[str]) -> list[Passage]:
    return [Passage(text, 0, len(text), language="en") for text in texts]


def score(model: EmbeddingModel, question: str, language: str, among: Sequence[Passage]) -> list[float]:
    return late.score(model, late.embed_question(model, question, language, codec=None), among, []).scores


def fake(tokens: int | None = None) -> EmbeddingModel:
    """A model that keeps the vectors of so many tokens, in half precision."""
    return EmbeddingModel(FakeEncoder()) if tokens is None else keeping(FakeEncoder(), tokens)


def keeping(encoder: FakeEncoder, tokens: int) -> EmbeddingModel:
    return EmbeddingModel(encoder, cache_bytes=tokens * 2 * DIMENSION)


def test_scores_by_hand() -> None:
    scores = score(fake(), "the lamp", "en", passages(TEXTS))
    # Both words are there: 1, whatever else is; half precision moves the last digits.
    assert scores[0] == pytest.approx(1.0, abs=1e-3)
    assert scores[3] == pytest.approx(1.0, abs=1e-3)
    assert scores[1] == pytest.approx(1.0, abs=1e-3)
    assert scores[2] < 0.8


def test_nothing_to_compare_scores_nothing() -> None:
    model = fake()
    assert score(model, "lamp", "en", []) == []
    assert score(model, "lamp", "en", passages([" "])) == [0.0]


def test_a_passage_is_encoded_once_and_scores_the_same_each_time() -> None:
    encoder = CountingEncoder()
    model = EmbeddingModel(encoder)
    first = score(model, "the lamp", "en", passages(TEXTS + TEXTS[:2]))
    assert encoder.asked == TEXTS
    assert score(model, "the lamp", "en", passages(TEXTS + TEXTS[:2])) == first
    assert encoder.asked == TEXTS
    for text, value in zip(TEXTS, first, strict=False):
        assert score(EmbeddingModel(encoder), "the lamp", "en", passages([text])) == [value]


def test_only_the_last_ones_are_kept() -> None:
    encoder = CountingEncoder()
    model = keeping(encoder, 8)
    for text in ("one two three", "four five six", "one two three", "seven eight nine"):
        score(model, "one", "en", passages([text]))
    assert encoder.asked == ["one two three", "four five six", "seven eight nine"]
    score(model, "one", "en", passages(["one two three"]))
    score(model, "one", "en", passages(["four five six"]))
    assert encoder.asked[3:] == ["four five six"]


def test_a_passage_larger_than_all_that_is_kept_is_scored() -> None:
    scores = score(fake(0), "the lamp", "en", passages(TEXTS))
    assert scores == score(fake(), "the lamp", "en", passages(TEXTS))
    assert len(scores) == 4


def test_threads_get_the_same_scores() -> None:
    model = fake(20)
    texts = [f"lamp number {number}" for number in range(30)]
    expected = score(fake(), "which lamp", "en", passages(texts))
    with ThreadPoolExecutor(8) as pool:
        for scores in pool.map(lambda _: score(model, "which lamp", "en", passages(texts)), range(40)):
            assert scores == expected


@pytest.mark.parametrize(
    ("passages", "question", "depth"),
    [
        ({}, "水厂在哪里？", 30),
        ({"zh": 100}, "水厂在哪里？", 30),
        ({"zh": 96, "en": 4}, "水厂在哪里？", 30),
        ({"zh": 90, "": 10}, "水厂在哪里？", 30),
        ({"zh": 95, "en": 5}, "水厂在哪里？", 60),
        ({"zh": 40, "en": 30, "ru": 30}, "水厂在哪里？", 60),
        ({"zh": 100}, "Where is the water works, and who runs it?", 60),
        ({"zh": 96, "en": 4}, "Where is the water works, and who runs it?", 60),
        ({"zh": 100}, "C-17", 30),
        ({"ja": 100}, "東京大学", 30),
        ({"": 100}, "Where is the water works, and who runs it?", 30),
    ],
)
def test_more_is_compared_where_there_are_several_languages(
    passages: dict[str, int], question: str, depth: int
) -> None:
    sums = {language: LanguageSums(count, np.zeros(DIMENSION)) for language, count in passages.items()}
    assert late.choose_depth(sums, parse(question)) == depth

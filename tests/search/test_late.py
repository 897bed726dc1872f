"""Late interaction keeps token vectors for the next question, and gives the same with them as without."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_encoder import DIMENSION, FakeEncoder

from retriever.models.interface import TokenVectors
from retriever.search import late
from retriever.search.late import LateInteraction
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


def scored(interaction: LateInteraction, question: str, language: str, among: Sequence[Passage]) -> list[float]:
    return interaction.scores(interaction.question(question, language, stored=False), among, [])


def test_scores_by_hand() -> None:
    scores = scored(LateInteraction(FakeEncoder()), "the lamp", "en", passages(TEXTS))
    # Both words are there: 1, whatever else is; half precision moves the last digits.
    assert scores[0] == pytest.approx(1.0, abs=1e-3)
    assert scores[3] == pytest.approx(1.0, abs=1e-3)
    assert scores[1] == pytest.approx(1.0, abs=1e-3)
    assert scores[2] < 0.8


def test_nothing_to_compare_scores_nothing() -> None:
    interaction = LateInteraction(FakeEncoder())
    assert scored(interaction, "lamp", "en", []) == []
    assert scored(interaction, "lamp", "en", passages([" "])) == [0.0]


def test_a_passage_is_encoded_once_and_scores_the_same_each_time() -> None:
    encoder = CountingEncoder()
    interaction = LateInteraction(encoder)
    first = scored(interaction, "the lamp", "en", passages(TEXTS + TEXTS[:2]))
    assert encoder.asked == TEXTS
    assert scored(interaction, "the lamp", "en", passages(TEXTS + TEXTS[:2])) == first
    assert encoder.asked == TEXTS
    for text, score in zip(TEXTS, first, strict=False):
        assert scored(LateInteraction(encoder), "the lamp", "en", passages([text])) == [score]


def test_only_the_last_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "KEPT", 8 * 2 * DIMENSION)  # eight tokens in half precision
    encoder = CountingEncoder()
    interaction = LateInteraction(encoder)
    for text in ("one two three", "four five six", "one two three", "seven eight nine"):
        scored(interaction, "one", "en", passages([text]))
    assert encoder.asked == ["one two three", "four five six", "seven eight nine"]
    scored(interaction, "one", "en", passages(["one two three"]))
    scored(interaction, "one", "en", passages(["four five six"]))
    assert encoder.asked[3:] == ["four five six"]


def test_a_passage_larger_than_all_that_is_kept_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "KEPT", 1)
    scores = scored(LateInteraction(FakeEncoder()), "the lamp", "en", passages(TEXTS))
    assert scores == scored(LateInteraction(FakeEncoder()), "the lamp", "en", passages(TEXTS))
    assert len(scores) == 4


def test_threads_get_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "KEPT", 20 * 2 * DIMENSION)
    interaction = LateInteraction(FakeEncoder())
    texts = [f"lamp number {number}" for number in range(30)]
    expected = scored(LateInteraction(FakeEncoder()), "which lamp", "en", passages(texts))
    with ThreadPoolExecutor(8) as pool:
        for scores in pool.map(lambda _: scored(interaction, "which lamp", "en", passages(texts)), range(40)):
            assert scores == expected

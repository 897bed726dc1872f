"""Words asked for as they stand: what holds them, what does not, and that such a passage comes first."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import ask, made, write

from retriever.search.phrases import Phrases
from retriever.text.analyzer import LETTER, terms
from retriever.text.normalise import fold


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("keeper of the lamp", "He was the Keeper of\nthe lamp, then."),
        ("防汛预案", "各镇修订防汛预案。"),
        ("防汛預案", "各镇修订防汛预案。"),
        ("GB/T 7714", "according to GB/T-7714 of that year"),
        ("café", "The CAFE is shut"),
        ('who was the "keeper of the lamp"?', "the keeper of the lamp was"),
        ("什么是「防汛预案」", "修订防汛预案"),
        ("2021年预算", "县2021年预算报告"),
        ("« au bord » et “de la mer”", "au bord de la mer"),
    ],
)
def test_a_text_that_holds_the_phrase(query: str, text: str) -> None:
    assert Phrases.of(query).stand_in(fold(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("keeper of the lamp", "the lamp of the keeper"),
        ("lamp", "lamps and clamp"),
        ("防汛预案", "防汛的预案"),
        ('"keeper of the lamp" or "boat"', "the keeper of the lamp"),
        ("12", "2012 and 123"),
        ("?!", "what?!"),
        ("a question that goes on and on " * 4, "a question that goes on and on " * 8),
    ],
)
def test_a_text_that_does_not(query: str, text: str) -> None:
    assert not Phrases.of(query).stand_in(fold(text))


@given(st.text(max_size=60), st.text(max_size=10), st.text(max_size=10))
def test_a_text_stands_in_itself(text: str, before: str, after: str) -> None:
    if terms(text) and '"' not in text and len(text) <= 60:
        assert Phrases.of(f'"{text}"').stand_in(fold(f"{before} {text} {after}"))


@pytest.mark.parametrize(
    ("query", "text", "held"),
    [
        ("a lamp", "alamp", False),
        ("防汛 plan 2", "新防汛plan (2)", True),
        ("防汛 plan 2", "新防汛plan 21", False),
        ("no. 12 b", "no12 b", False),
        ("no. 12 b", "No. 12_b", True),
    ],
)
def test_words_are_apart_within_a_phrase_and_none_goes_on_at_its_ends(query: str, text: str, held: bool) -> None:
    assert Phrases.of(query).stand_in(fold(text)) == held


def test_only_the_ends_of_a_phrase_are_looked_around() -> None:
    """To compile a look around takes a millisecond: one for each word of a pasted page took a minute."""
    whole = Phrases.of("lift and water " * 500).whole
    assert whole
    assert whole.pattern.count(LETTER) == 2


def test_it_comes_first_whatever_else_is_alike(tmp_path: Path, encoder: FakeEncoder) -> None:
    words = ["the", "lamp", "on", "pier", "keeper", "of"]
    files = {f"{n}.txt": " ".join(words[n % 6 :] + words[: n % 6]) + f" x{n} pier lamp keeper" for n in range(40)}
    files = {name: text.replace("keeper of", "keeper, she of") for name, text in files.items()}
    files["right.txt"] = "Nobody but the keeper of the lamp, who is old and seldom seen, may go up there at night."
    index = made(tmp_path / "index", encoder, write(tmp_path / "docs", files))
    for query in ("keeper of the lamp", 'where is the "keeper of the lamp" on the pier'):
        assert ask(index, encoder, query)[0].text == files["right.txt"]

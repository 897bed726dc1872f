"""Packing: how a run of paragraphs is divided, and that an edit moves few of the boundaries."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest
from chunking_tokenizers import words
from hypothesis import given
from hypothesis import strategies as st

from retriever.chunking.packing import MAX_EVEN_PARTS
from retriever.chunking.passages import chunk
from retriever.chunking.settings import ChunkSettings
from retriever.text.language import UNKNOWN
from retriever.types import Document

SETTINGS = ChunkSettings()
LENGTHS = {"short": (8, 30), "mixed": (10, 100), "alike": (60, 60), "long": (50, 250)}


@pytest.fixture(autouse=True, scope="module")
def _in_no_language() -> Iterator[None]:
    """Packing does not ask for the language of a passage, and to detect it takes as long as the rest."""
    with mock.patch("retriever.chunking.passages.detect", return_value=UNKNOWN):
        yield


def cut(paragraphs: list[str]) -> list[str]:
    document = Document("d", "\n\n".join(paragraphs), language="en")
    return [passage.text for passage in chunk(document, token_spans=words, limit=500, settings=SETTINGS)]


def paragraph(chance: random.Random, lengths: tuple[int, int]) -> str:
    size = chance.randint(*lengths)
    return " ".join(f"w{chance.randrange(10**6)}" for _ in range(size - 1)) + "."


@pytest.mark.parametrize("kind", LENGTHS)
def test_an_edit_changes_three_passages_at_most_nearly_always(kind: str) -> None:
    chance = random.Random(kind)
    paragraphs = [paragraph(chance, LENGTHS[kind]) for _ in range(125)]
    before = Counter(cut(paragraphs))
    changed = []
    for number, place in enumerate(range(0, 100, 4)):
        edited = list(paragraphs)
        # In turn: a paragraph is replaced, inserted, deleted.
        edited[place : place + (number % 3 != 1)] = [] if number % 3 == 2 else [paragraph(chance, LENGTHS[kind])]
        changed.append((Counter(cut(edited)) - before).total())
    assert max(changed) <= 5
    assert sum(count > 3 for count in changed) <= 2


@pytest.mark.parametrize("kind", LENGTHS)
def test_passages_are_neither_long_nor_short(kind: str) -> None:
    chance = random.Random(kind)
    sizes = [len(words(text)) for text in cut([paragraph(chance, LENGTHS[kind]) for _ in range(300)])]
    assert max(sizes) <= SETTINGS.maximum
    # A small paragraph only stands alone if neither neighbour has space for it.
    assert sum(size < SETTINGS.minimum for size in sizes) <= len(sizes) // 20
    assert sum(sizes) / len(sizes) > 0.55 * SETTINGS.target


def test_a_repeated_line_is_divided_evenly() -> None:
    passages = cut(["The ferry crosses at eight."] * 3000)
    assert len(set(passages)) <= 4
    assert max(len(words(text)) for text in passages) <= SETTINGS.target


def test_a_heading_stays_with_its_text() -> None:
    chance = random.Random(1)
    parts = [f"{number}. Part {number}\n{paragraph(chance, (12, 40))}" for number in range(1, 60)]
    for text in cut(["\n".join(parts)]):
        assert not text.rsplit("\n", 1)[-1].startswith(tuple(f"{number}. Part" for number in range(1, 60)))


@given(st.lists(st.integers(5, 60), min_size=3, max_size=40))
def test_a_long_paragraph_is_divided_evenly(sizes: list[int]) -> None:
    sentences = [" ".join(f"S{number}w{word}" for word in range(size)) + "." for number, size in enumerate(sizes)]
    passages = [len(words(text)) for text in cut([" ".join(sentences)])]
    assert max(passages) <= SETTINGS.maximum
    total = sum(passages)
    if SETTINGS.maximum < total <= MAX_EVEN_PARTS * SETTINGS.target:
        assert len(passages) == -(-total // SETTINGS.target)
        # A cut is off its ideal position by at most half of the longest sentence.
        assert max(passages) - min(passages) <= 2 * max(len(words(sentence)) for sentence in sentences)


@given(st.lists(st.integers(40, 280), min_size=2, max_size=5))
def test_uneven_parts_are_not_too_long(sizes: list[int]) -> None:
    sentences = [" ".join(f"S{number}w{word}" for word in range(size)) + "." for number, size in enumerate(sizes)]
    assert max(len(words(text)) for text in cut([" ".join(sentences)])) <= SETTINGS.maximum

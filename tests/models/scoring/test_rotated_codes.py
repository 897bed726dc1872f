"""Token vectors in bytes: what is lost, what never is, and that the bytes follow from the tokens alone."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import IndexCorruptError
from retriever.models import load
from retriever.models.interface import TokenVectors
from retriever.models.scoring.maxsim import maxsim, similarities
from retriever.models.scoring.rotated_codes import EDGES, LEVELS, RotatedCodec, _rotation
from retriever.models.scoring.token_merging import KEPT_SHARE
from retriever.text.sentences import assign_sentences, split_sentences

ONE = np.zeros(100, np.intp)
"""All tokens in one sentence."""


def tokens(count: int, dimension: int, seed: int = 1) -> tuple[str, TokenVectors]:
    """A text of ``count`` words with random unit vectors."""
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    spans = np.array([(3 * place, 3 * place + 2) for place in range(count)], np.int32).reshape(-1, 2)
    return "ab " * count, TokenVectors(vectors, spans)


def test_the_levels_are_those_that_are_best_for_a_normal_variable() -> None:
    """A level is the mean of what falls to it (Lloyd's condition), on a fine grid of the normal density."""
    grid = np.linspace(-8, 8, 400_001)
    density = np.exp(-(grid**2) / 2)
    own = np.searchsorted(EDGES, grid)
    for number, level in enumerate(LEVELS):
        part = own == number
        assert np.average(grid[part], weights=density[part]) == pytest.approx(level, abs=2e-4)


@pytest.mark.parametrize("dimension", [1, 7, 32, 384])
def test_the_rotation_keeps_cosines(dimension: int) -> None:
    rotation = _rotation(dimension).astype(np.float64)
    assert rotation @ rotation.T == pytest.approx(np.eye(dimension), abs=1e-5)


@given(st.integers(0, 40), st.sampled_from([4, 7, 32]), st.integers(0, 5))
def test_what_is_decoded(count: int, dimension: int, seed: int) -> None:
    text, given = tokens(count, dimension, seed)
    codec = RotatedCodec(dimension)
    sentences = np.arange(count) // 3
    data = codec.encode(text, given, sentences)
    assert data == codec.encode(text, given, sentences)
    decoded = codec.decode(data)
    vectors = decoded.vectors
    assert vectors.shape == (round(KEPT_SHARE * count), dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-5)
    each = decoded.tokens
    assert each.vectors.shape == (count, dimension)
    assert np.array_equal(each.spans, given.spans)
    assert np.array_equal(each.vectors, vectors[decoded.owners])
    assert np.array_equal(np.diff(decoded.sentences), np.diff(sentences))


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_or_decoded(data: bytes) -> None:
    with suppress(IndexCorruptError):
        decoded = RotatedCodec(7).decode(data)
        assert np.isfinite(maxsim(decoded.similarities(np.eye(3, 7, dtype=np.float32)), decoded.sentences))


def test_two_bits_keep_most_of_a_vector() -> None:
    text, given = tokens(40, 384)
    codec = RotatedCodec(384)
    found = codec.decode(codec.encode(text, given, ONE[:40])).tokens.vectors
    cosines = np.einsum("ij,ij->i", found, codec.rotate(given.vectors))
    # Twenty keep a vector of their own (0.94 is what two bits leave), twenty share one with another.
    assert np.sort(cosines)[-20:].min() > 0.92
    assert cosines.min() > 0.55


def test_marks_without_letter_or_digit_are_left_out() -> None:
    _, given = tokens(4, 32)
    codec = RotatedCodec(32)
    spans = np.array([(0, 2), (2, 3), (4, 6), (7, 10)], np.int32)
    data = codec.encode("ab, cd ...", TokenVectors(given.vectors, spans), ONE[:4])
    assert len(codec.decode(data).vectors) == round(KEPT_SHARE * 2)
    only = codec.encode("...,", TokenVectors(given.vectors[:2], spans[:2]), ONE[:2])
    assert len(codec.decode(only).vectors) == round(KEPT_SHARE * 2)


def test_passages_are_told_apart_as_with_the_vectors_themselves() -> None:
    model = load("bundled")
    codec = RotatedCodec(384)
    passages = [
        "The ferry to the island leaves at six in the morning and at noon; in winter there is no second boat.",
        "每部电梯由县财政补贴十五万元，其余由住户按楼层分摊，改造期间居民临时安置由街道办事处负责。",
        "Библиотека открыта с десяти до восьми, в воскресенье с полудня; читальный зал закрыт в понедельник.",
        "Glas wird am ersten Dienstag im Monat abgeholt, Papier jede zweite Woche, Sperrmüll nur auf Anruf.",
    ]
    languages = ["en", "zh", "ru", "de"]
    questions = [
        "When does the boat leave?",
        "Who pays for the lift?",
        "When is the library open?",
        "一个月收几次玻璃？",
    ]
    exact = model.embed_passage_tokens(passages, languages)
    owners = [
        assign_sentences(split_sentences(text), item.spans[:, 0]) for text, item in zip(passages, exact, strict=True)
    ]
    kept = [codec.decode(codec.encode(*given)) for given in zip(passages, exact, owners, strict=True)]
    for place, question in enumerate(questions):
        asked = model.embed_query_tokens(question, "zh" if place == 3 else "en")
        both = zip(exact, owners, strict=True)
        full = [maxsim(similarities(asked.vectors, item.vectors), sentences) for item, sentences in both]
        short = [maxsim(item.similarities(codec.rotate(asked.vectors)), item.sentences) for item in kept]
        assert np.argmax(full) == np.argmax(short) == place
        assert np.corrcoef(full, short)[0, 1] > 0.98

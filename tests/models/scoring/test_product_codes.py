"""Codebooks that ship: what is lost, what never is, and that the bytes follow from the passage alone."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from retriever.errors import FingerprintMismatchError, IndexCorruptError
from retriever.models import load
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import TokenVectors
from retriever.models.scoring.language_centering import subtract
from retriever.models.scoring.maxsim import maxsim, similarities
from retriever.models.scoring.product_codes import ProductCodec
from retriever.models.scoring.rotated_codes import RotatedCodec
from retriever.models.scoring.token_forms import choose_codec, find_codec
from retriever.models.scoring.token_merging import KEPT_SHARE, scale_to_unit
from retriever.text.sentences import assign_sentences, split_sentences

PASSAGES = {
    "en": "The ferry to the island leaves at six in the morning, and at noon. In winter there is no second boat.",
    "zh": "每部电梯由县财政补贴十五万元，其余由住户按楼层分摊。改造期间居民临时安置由街道办事处负责。",
    "ru": "Библиотека открыта с десяти до восьми, в воскресенье с полудня. Читальный зал закрыт в понедельник.",
    "de": "Glas wird am ersten Dienstag im Monat abgeholt, Papier jede zweite Woche. Sperrmüll nur auf Anruf.",
}
QUESTIONS = {
    "When does the boat leave?": "en",
    "Who pays for the lift?": "en",
    "When is the library open?": "en",
    "一个月收几次玻璃？": "zh",
}
CODEC = ProductCodec()


def test_passages_are_told_apart_as_with_the_vectors_themselves() -> None:
    model = load("bundled")
    texts = list(PASSAGES.values())
    exact = model.embed_passage_tokens(texts, list(PASSAGES))
    owners = [
        assign_sentences(split_sentences(text), item.spans[:, 0]) for text, item in zip(texts, exact, strict=True)
    ]
    data = [CODEC.encode(*given) for given in zip(texts, exact, owners, strict=True)]
    assert data == [CODEC.encode(*given) for given in zip(texts, exact, owners, strict=True)]
    kept = [CODEC.decode(item) for item in data]
    for text, given_, found in zip(texts, exact, kept, strict=True):
        words = [span for span in given_.spans.tolist() if any(map(str.isalnum, text[span[0] : span[1]]))]
        assert found.spans.tolist() == words
        assert len(found.vectors) == round(KEPT_SHARE * len(words))
        assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(len(found.vectors)), abs=1e-5)
    assert sum(map(len, data)) < 40 * sum(len(found.spans) for found in kept)
    for place, (question, language) in enumerate(QUESTIONS.items()):
        asked = model.embed_query_tokens(question, language).vectors
        full = [maxsim(similarities(asked, item.vectors), own) for item, own in zip(exact, owners, strict=True)]
        rotated = scale_to_unit(CODEC.rotate(asked))
        short = [maxsim(item.similarities(rotated), item.sentences) for item in kept]
        assert np.argmax(full) == np.argmax(short) == place


def test_the_bundled_model_gets_it_and_others_do_not() -> None:
    assert choose_codec(load("bundled")) == CODEC
    assert choose_codec(EmbeddingModel(FakeEncoder())) == RotatedCodec(32)


def test_an_index_is_read_in_the_form_that_it_has() -> None:
    for codec in (CODEC, RotatedCodec(384)):
        assert find_codec(codec.name, 384) == codec
    for name, dimension in ((CODEC.name, 32), ("of a later version", 384)):
        with pytest.raises(FingerprintMismatchError, match="does not know"):
            find_codec(name, dimension)


def test_a_passage_without_tokens_has_none() -> None:
    empty = TokenVectors(np.zeros((0, 384), np.float32), np.zeros((0, 2), np.int32))
    found = CODEC.decode(CODEC.encode("", empty, np.zeros(0, np.intp)))
    assert found.vectors.shape == (0, 384)
    assert maxsim(found.similarities(np.eye(1, 384, dtype=np.float32)), found.sentences) == 0.0


@given(st.binary(max_size=300))
def test_other_bytes_are_refused_or_decoded(data: bytes) -> None:
    with suppress(IndexCorruptError):
        decoded = CODEC.decode(data)
        assert np.isfinite(maxsim(decoded.similarities(np.eye(3, 384, dtype=np.float32)), decoded.sentences))


def make_runs(count: int, seed: int) -> list[bytes]:
    """Token vectors of passages of any length, encoded; one of them has none."""
    generator = np.random.default_rng(seed)
    runs = []
    for number in range(count):
        size = 0 if number == 1 else int(generator.integers(1, 400 if number == 2 else 40))
        vectors = scale_to_unit(generator.normal(size=(size, 384)).astype(np.float32))
        gaps = generator.integers(0, 20, (size, 2)).cumsum().reshape(-1, 2).astype(np.int32)
        spans = np.stack([gaps[:, 0], gaps[:, 1]], axis=1)
        sentences = np.sort(generator.integers(0, 5, size))
        text = "x" * (int(spans.max(initial=0)) + 1)
        runs.append(CODEC.encode(text, TokenVectors(vectors, spans), sentences))
    return runs


@pytest.mark.parametrize("weighted", [False, True])
def test_many_passages_compare_as_each_alone(weighted: bool) -> None:
    generator = np.random.default_rng(5)
    asked = scale_to_unit(generator.normal(size=(9, 384)).astype(np.float32))
    weights = generator.uniform(1, 3, 9) if weighted else None
    runs = make_runs(40, 3)
    offset = (generator.normal(size=384) / 100).astype(np.float32)
    offsets = [offset if number % 7 == 0 else None for number in range(len(runs))]
    together = CODEC.compare(asked, runs, offsets, weights)
    anew, known = (CODEC.align(asked, runs, cosines) for cosines in ([None] * len(runs), together.cosines))
    for one, other, cosines, offset in zip(anew, known, together.cosines, offsets, strict=True):
        assert one.spans.tolist() == other.spans.tolist()
        assert one.cosines.tolist() == other.cosines.tolist()
        assert (cosines is None) == (offset is not None)
    for run, own, value in zip(runs, offsets, together.scores, strict=True):
        assert CODEC.compare(asked, [run], [own], weights).scores == [value]
        decoded = CODEC.decode(run)
        vectors = decoded.vectors if own is None else subtract(decoded.vectors, CODEC.rotate(own[None])[0])
        alone = maxsim(similarities(asked, vectors)[:, decoded.owners], decoded.sentences, weights)
        assert value == pytest.approx(CODEC.restore(alone), abs=1e-6)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_other_bytes_are_refused_together_as_alone(data: list[bytes]) -> None:
    asked = np.eye(3, 384, dtype=np.float32)
    runs = [*data, *make_runs(1, 1)]

    def is_refused(some: list[bytes]) -> bool:
        try:
            CODEC.compare(asked, some, [None] * len(some))
        except IndexCorruptError:
            return True
        return False

    def cannot_be_decoded(run: bytes) -> bool:
        try:
            CODEC.decode(run)
        except IndexCorruptError:
            return True
        return False

    assert is_refused(runs) == any(map(is_refused, ([run] for run in runs))) == any(map(cannot_be_decoded, runs))

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

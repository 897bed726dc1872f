"""Language centering: what tells a text's language goes, what it says stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retriever.models.catalogue import CATALOGUE
from retriever.models.interface import Encoder, ModelDescription
from retriever.models.scoring.language_centering import COMMON_SHARE, KINDS, NONE, LanguageCentering, centering_of

OFFSETS = {kind: {"": np.array([0.0, 0.0], np.float32), "en": np.array([1.0, 0.0], np.float32)} for kind in KINDS}
SENTENCES = {
    "en": ("The library is closed on Sundays.", "The bus leaves at six.", "Fish is sold at the harbour."),
    "zh": ("图书馆星期天不开放。", "公共汽车六点发车。", "码头上卖鱼。"),
    "ru": ("Библиотека закрыта по воскресеньям.", "Автобус отходит в шесть часов.", "В гавани продают рыбу."),
    "ja": ("図書館は日曜日に閉まります。", "バスは六時に出発します。", "港で魚が売られています。"),
}


@pytest.fixture(scope="module")
def shipped(bundled: Encoder) -> LanguageCentering:
    return centering_of(bundled.description)


def test_worked_out_by_hand() -> None:
    centering = LanguageCentering(OFFSETS, "made up")
    vectors = np.array([[1.0, 2.0], [4.0, 4.0], [3.0, 4.0]], np.float32)
    found = centering.center(vectors, ["en", "en", "xx"], "query")
    assert found == pytest.approx(np.array([[0.0, 1.0], [0.6, 0.8], [0.6, 0.8]]))
    assert found.dtype == np.float32
    assert centering.center_tokens(vectors[:2], "en", "passage_tokens") == pytest.approx(found[:2])


def test_a_vector_that_is_nothing_but_its_language_stays_finite() -> None:
    centering = LanguageCentering(OFFSETS, "made up")
    assert not centering.center(np.array([[1.0, 0.0]], np.float32), ["en"], "query").any()


def test_nothing_is_balanced_where_there_is_nothing(shipped: LanguageCentering) -> None:
    empty = np.zeros((0, 384), np.float32)
    assert shipped.center_tokens(empty, "zh", "query_tokens").shape == (0, 384)


def test_a_model_without_means_is_left_as_it_is() -> None:
    description = ModelDescription("another", 2, 512)
    centering = centering_of(description)
    vectors = np.array([[0.6, 0.8]], np.float32)
    assert centering is NONE
    assert centering.fingerprint == ""
    assert np.array_equal(centering.center(vectors, ["en"], "query"), vectors)
    assert centering.center_tokens(3 * vectors, "en", "query_tokens") == pytest.approx(vectors)


def test_the_fingerprint_names_the_model_and_the_means(bundled: Encoder, shipped: LanguageCentering) -> None:
    name, digest, share = shipped.fingerprint.split("|")
    assert (name, share) == (bundled.description.name, str(COMMON_SHARE))
    assert len(digest) >= 8
    assert centering_of(replace(bundled.description, name=f"{name}-large")) is NONE
    for model in CATALOGUE:
        assert (centering_of(ModelDescription(model.name, 384, 1)) is NONE) == (model.name != name)


def test_there_is_a_mean_for_every_language_and_kind(bundled: Encoder, shipped: LanguageCentering) -> None:
    assert set(shipped.offsets) == set(KINDS)
    languages = set(shipped.offsets["query"])
    assert {"", "zh", "en", "ja", "ko", "ru", "de", "fr", "es", "ar", "hi", "th", "vi"} <= languages
    for table in shipped.offsets.values():
        assert set(table) == languages
        for mean in table.values():
            assert mean.shape == (bundled.description.dimension,)
            assert mean.dtype == np.float32
            assert np.linalg.norm(mean) > 0.0
            assert np.isfinite(mean).all()


def test_balanced_vectors_are_of_unit_length(bundled: Encoder, shipped: LanguageCentering) -> None:
    for language, texts in SENTENCES.items():
        vectors = shipped.center(bundled.encode_passages(texts), [language] * len(texts), "passage")
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_translation_comes_nearer_and_another_text_of_the_language_does_not(
    bundled: Encoder, shipped: LanguageCentering
) -> None:
    """How much better a sentence's translations stand out from other sentences of its own language."""

    def margin(languages: dict[str, np.ndarray]) -> float:
        own = [vectors @ vectors.T for vectors in languages.values()]
        others = np.mean([cosines[~np.eye(len(cosines), dtype=bool)].mean() for cosines in own])
        pairs = [(first, second) for first in languages for second in languages if first < second]
        same = np.mean([np.diag(languages[first] @ languages[second].T).mean() for first, second in pairs])
        return float(same - others)

    plain = {language: bundled.encode_passages(texts) for language, texts in SENTENCES.items()}
    center = {
        language: shipped.center(vectors, [language] * len(vectors), "passage") for language, vectors in plain.items()
    }
    assert margin(center) > 2 * margin(plain) > 0


def test_a_row_does_not_depend_on_its_neighbours(bundled: Encoder, shipped: LanguageCentering) -> None:
    languages = list(SENTENCES)
    vectors = bundled.encode_passages([SENTENCES[language][0] for language in languages])
    together = shipped.center(vectors, languages, "passage")
    for row, language in enumerate(languages):
        assert np.array_equal(shipped.center(vectors[row : row + 1], [language], "passage")[0], together[row])

"""Language means taken from the corpus: for which languages, what they are, and what they change."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder
from small_index import ask, create_index, sync_index, write

from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.scoring import language_centering
from retriever.models.scoring.language_centering import KINDS, LanguageCentering
from retriever.search import corpus_centering, late
from retriever.search.corpus_centering import NONE, center_corpus

CHINESE = "县图书馆第{}阅览室周末开放，借书证当日办理。"
GREEK = "Η βιβλιοθήκη του χωριού είναι ανοιχτή, αίθουσα {}."
ENGLISH = "The library of the village is open, room {}."


def vector(seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return drawn / np.linalg.norm(drawn) / 2


# English has a mean of its own; Greek and Chinese have not.
OFFSETS = {kind: {"": vector(1), "en": vector(2)} for kind in KINDS}


@pytest.fixture
def means(encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> LanguageCentering:
    """Means for the encoder of the tests, as if they were shipped with it."""
    shipped = LanguageCentering(OFFSETS, f"{encoder.description.name}|made up")
    monkeypatch.setattr(language_centering, "_read_shipped", lambda: shipped)
    monkeypatch.setattr(corpus_centering, "LEAST", 20)
    return shipped


def rows(template: str, count: int, first: int = 0) -> str:
    return "\n".join(json.dumps({"text": template.format(number)}) for number in range(first, first + count))


@pytest.fixture
def index(tmp_path: Path, encoder: FakeEncoder, means: LanguageCentering) -> LocalIndex:
    files = {"el.jsonl": rows(GREEK, 30), "en.jsonl": rows(ENGLISH, 30), "zh.jsonl": rows(CHINESE, 19)}
    return create_index(tmp_path / "index", encoder, write(tmp_path / "docs", files))


def test_a_common_language_without_a_mean_is_estimated(index: LocalIndex, means: LanguageCentering) -> None:
    found = center_corpus(index.snapshot(), means)
    assert list(found.means) == ["el"]
    assert center_corpus(index.snapshot(), means) is found
    snapshot = index.snapshot()
    vectors = np.concatenate(
        [
            addition.vectors[[passage.language == "el" for passage in addition.passages]]
            for addition in snapshot.additions()
        ]
    )
    estimate = found.means["el"]
    expected = vectors.astype(np.float64).mean(axis=0) - means.remainder
    assert estimate.passage == pytest.approx(expected, abs=1e-6)
    assert estimate.token == pytest.approx(language_centering.TOKEN_SHARE * expected, abs=1e-6)


def test_what_languages_keep_is_what_is_left_of_the_common_mean(means: LanguageCentering) -> None:
    common = OFFSETS["passage"][""] / language_centering.COMMON_SHARE
    # A vector of unit length whose projection on the common mean is the mean's own.
    across = vector(9)
    across -= (across @ common) / (common @ common) * common
    across *= np.sqrt(1 - common @ common) / np.linalg.norm(across)
    center = means.center((common + across)[None], ["?"], "passage")[0]
    assert center @ common == pytest.approx(means.remainder @ common, abs=1e-5)


def test_nothing_is_estimated_for_a_model_without_means(index: LocalIndex) -> None:
    assert center_corpus(index.snapshot(), language_centering.NONE) is NONE


def test_only_passages_of_the_language_are_moved(index: LocalIndex, means: LanguageCentering) -> None:
    found = center_corpus(index.snapshot(), means)
    given = np.stack([vector(seed) * 2 for seed in range(3)])
    moved = found.center(given, ["en", "el", "zh"])
    assert np.array_equal(moved[[0, 2]], given[[0, 2]])
    assert np.linalg.norm(moved[1]) == pytest.approx(1)
    assert moved[1] == pytest.approx(language_centering.subtract(given[1], found.means["el"].passage))
    assert found.token_offset("zh") is None
    assert NONE.center(given, ["el"] * 3) is given


@pytest.mark.parametrize("stored", [False, True])
def test_however_the_corpus_came_the_answers_are_the_same(
    tmp_path: Path, encoder: FakeEncoder, means: LanguageCentering, stored: bool
) -> None:
    docs = write(tmp_path / "docs", {"a.jsonl": rows(GREEK, 15), "b.jsonl": rows(ENGLISH, 20), "gone.txt": "Lamp."})
    grown = LocalIndex.create(tmp_path / "grown")
    sync_index(grown, encoder, docs, token_vectors=stored)
    query = "Η βιβλιοθήκη, αίθουσα 7"
    before = ask(grown, encoder, query)
    assert not center_corpus(grown.snapshot(), means).means
    (docs / "gone.txt").unlink()
    write(docs, {"c.jsonl": rows(GREEK, 15, 15)})
    sync_index(grown, encoder, docs)
    fresh = LocalIndex.create(tmp_path / "fresh")
    sync_index(fresh, encoder, docs, token_vectors=stored)
    assert list(center_corpus(grown.snapshot(), means).means) == ["el"]
    assert ask(grown, encoder, query, 50) == ask(fresh, encoder, query, 50)
    assert ask(grown, encoder, query, 50)[0].scores != before[0].scores


def test_token_vectors_are_moved_kept_or_not(index: LocalIndex, encoder: FakeEncoder, means: LanguageCentering) -> None:
    found = center_corpus(index.snapshot(), means)
    model = EmbeddingModel(encoder)
    passages = [passage for addition in index.snapshot().additions() for passage in addition.passages]
    greek = next(passage for passage in passages if passage.language == "el")
    asked = late.embed_question(model, "αίθουσα", "el", codec=None)
    plain, moved = (late.score(model, asked, [greek], [], one).scores[0] for one in (NONE, found))
    assert plain != moved

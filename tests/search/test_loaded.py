"""Models of a retriever: loaded when first needed, held until it is closed, none in the way of another."""

from __future__ import annotations

import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from retriever.errors import ModelError, UsageError
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Reranker
from retriever.search.loaded import LoadedModels


class FixedReranker:
    """Gives every passage the same score."""

    def __init__(self, score: float) -> None:
        self.score = score

    def scores(self, question: str, passages: list[str]) -> list[float]:
        return np.full(len(passages), self.score).tolist()  # type: ignore[no-any-return]


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> LoadedModels:
    monkeypatch.setattr("retriever.search.loaded.load", lambda name, **_: EmbeddingModel(FakeEncoder(name)))
    return LoadedModels("m", "r")


def test_what_is_loaded_is_held_until_it_is_closed(models: LoadedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.search.loaded.load_reranker", lambda _: FixedReranker(0.5))
    assert models.reranker is not None
    assert models.embedding_model("m") is models.embedding_model("m")
    assert models.reranker() is models.reranker()
    held = weakref.ref(models.embedding_model("m"))
    models.close()
    assert held() is None
    # A search that was let in before may still be on its way here.
    assert models.embedding_model("m") is not models.embedding_model("m")
    assert models.reranker() is not models.reranker()


def test_searches_go_on_while_a_reranker_is_fetched(models: LoadedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1) as other:
        monkeypatch.setattr(
            "retriever.search.loaded.load_reranker",
            lambda _: other.submit(models.embedding_model, "m").result(timeout=30),
        )
        assert models.reranker is not None
        assert models.reranker() is models.embedding_model("m")  # type: ignore[comparison-overlap]


def test_an_object_is_the_model_and_all_who_are_given_it_share_it() -> None:
    encoder = FakeEncoder("mine")
    first, second = LoadedModels(encoder, None), LoadedModels(encoder, None)
    assert first.model == "object:mine"
    assert first.embedding_model("whatever the index says") is second.embedding_model("object:mine")
    assert first.embedding_model("").encoder is encoder
    model = EmbeddingModel(encoder)
    assert LoadedModels(model, None).embedding_model("") is model


def test_a_model_object_is_never_looked_up_by_its_name() -> None:
    with pytest.raises(ModelError, match="was built with the model object 'BAAI/bge-m3'") as caught:
        LoadedModels(None, None).embedding_model("object:BAAI/bge-m3")
    assert "Retriever.open(..., model=...)" in caught.value.hint


def test_a_folder_is_named_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    assert LoadedModels("model", None).model == str(tmp_path / "model")


@pytest.mark.parametrize("score", [-0.1, 1.5, float("nan")])
def test_a_reranker_object_has_to_score_0_to_1(score: float) -> None:
    assert rerank(FixedReranker(0.25)) == [0.25, 0.25]
    with pytest.raises(ModelError, match="FixedReranker"):
        rerank(FixedReranker(score))


def test_an_object_without_scores_is_no_reranker() -> None:
    with pytest.raises(UsageError, match="the object 'FakeEncoder' cannot be used as a reranker: it has no scores"):
        LoadedModels(None, FakeEncoder())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the class 'FixedReranker' cannot be used as a reranker"):
        LoadedModels(None, FixedReranker)  # type: ignore[arg-type]


def rerank(reranker: Reranker) -> list[float]:
    loaded = LoadedModels(None, reranker).reranker
    assert loaded is not None
    return loaded().scores("question", ["a", "b"])

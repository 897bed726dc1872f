"""Models of a retriever: loaded when first needed, kept until it is closed, none in the way of another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_encoder import FakeEncoder

from retriever.search.loaded import LoadedModels


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> LoadedModels:
    monkeypatch.setattr("retriever.search.loaded.load", lambda name, **_: FakeEncoder(name))
    return LoadedModels("m", "r")


def test_what_is_loaded_is_kept_until_it_is_closed(models: LoadedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retriever.search.loaded.load_reranker", lambda _: object())
    assert models.reranker is not None
    assert models.late("m") is models.late("m")
    assert models.reranker() is models.reranker()
    models.close()
    # A search that asked to be let in before may still be on its way here.
    assert models.late("m") is not models.late("m")
    assert models.reranker() is not models.reranker()


def test_searches_go_on_while_a_reranker_is_fetched(models: LoadedModels, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1) as other:
        monkeypatch.setattr(
            "retriever.search.loaded.load_reranker", lambda _: other.submit(models.late, "m").result(timeout=30)
        )
        assert models.reranker is not None
        assert models.reranker() is models.late("m")  # type: ignore[comparison-overlap]

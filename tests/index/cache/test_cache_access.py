"""Where the cache of an index lies, and that nothing is made of it before it is used."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from retriever.index.cache.access import IndexCache, cache_path
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.interface import Index
from retriever.index.local.index import LocalIndex

KEY = b"k" * 16


@dataclass
class Elsewhere:
    """An index on another machine, as far as a cache asks."""

    location: str
    folder: Path | None = None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder of this test."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "home" / name)
    return tmp_path / "home" / "retriever"


def test_it_is_in_the_folder_of_a_local_index(index: LocalIndex) -> None:
    cache = IndexCache(index)
    assert not (index.path / CACHE).exists()
    cache.open().put("model", [KEY], np.ones((1, 4), np.float32))
    assert cache.open() is cache.open()
    cache.close()
    cache.close()
    with closing(EmbeddingCache(index.path / CACHE)) as kept:
        assert set(kept.get("model", [KEY])) == {KEY}
    assert index.verify(deep=True) == []


def test_looking_writes_nothing(index: LocalIndex) -> None:
    before = sorted(index.path.rglob("*"))
    cache = IndexCache(index)
    assert cache.view().get("model", [KEY]) == {}
    cache.close()
    assert sorted(index.path.rglob("*")) == before


def test_what_is_open_is_looked_at_as_it_is(index: LocalIndex) -> None:
    cache = IndexCache(index)
    cache.open().put("model", [KEY], np.ones((1, 4), np.float32))
    assert set(cache.view().get("model", [KEY])) == {KEY}
    cache.close()
    assert set(cache.view().get("model", [KEY])) == {KEY}


def test_an_index_elsewhere_has_one_of_its_own_in_the_users_cache(home: Path) -> None:
    first, second = (cast(Any, Elsewhere(f"http://search.example/{name}")) for name in ("a", "b"))
    looked_for: Path = cache_path(cast(Index, first), create=False)
    assert looked_for.parent == home / "embeddings"
    assert not home.exists()
    caches = IndexCache(first), IndexCache(second)
    caches[0].open().put("model", [KEY], np.ones((1, 4), np.float32))
    assert caches[1].open().get("model", [KEY]) == {}
    for cache in caches:
        cache.close()
    again = IndexCache(cast(Any, Elsewhere(first.location)))
    assert set(again.view().get("model", [KEY])) == {KEY}
    assert looked_for.exists()

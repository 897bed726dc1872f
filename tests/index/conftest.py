from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from index_corpus import SMALL_SEGMENTS, build, create
from large_corpus import CORPUS as LARGE_CORPUS
from large_corpus import build_index

from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.index.local.snapshot import LocalSnapshot
from retriever.index.local.stores import ivf

CORPUS = {
    "a": ["red green blue", "green tea", "blue sky over red roofs"],
    "b": ["tea leaves", "red"],
    "c": ["a sky of lead", "green green green", "nothing of the kind", "tea and sky"],
}


@pytest.fixture(autouse=True)
def no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power, so none has to wait for the disk."""
    monkeypatch.setattr("retriever.index.files.durable.os.fsync", lambda handle: None)


@pytest.fixture(scope="session")
def corpus() -> dict[str, list[str]]:
    return CORPUS


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, corpus: dict[str, list[str]]) -> Path:
    root = tmp_path_factory.mktemp("built") / "index"
    build(root, corpus).close()
    return root


@pytest.fixture
def index(built: Path, tmp_path: Path) -> LocalIndex:
    """An index of the corpus, one of its own for each test."""
    return create(shutil.copytree(built, tmp_path / "index"))


@pytest.fixture
def small_segments() -> Limits:
    """Segments of few passages, which are merged often. ``engine`` creates its indexes with these for a test of it."""
    return SMALL_SEGMENTS


@pytest.fixture(scope="module", autouse=True)
def short_lists() -> Iterator[None]:
    """Lists of inverted files short enough that most need not be read."""
    with mock.patch.object(ivf, "LIST", 64):
        yield


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> LocalSnapshot:
    """The corpus of ``large_corpus`` in one segment with an inverted file."""
    with mock.patch.object(ivf, "LIST", 64):
        return build_index(tmp_path_factory.mktemp("large") / "index", LARGE_CORPUS).snapshot()

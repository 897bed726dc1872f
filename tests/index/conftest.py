from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from index_corpus import build
from large_corpus import CORPUS as LARGE_CORPUS
from large_corpus import build_index, lowered

from retriever.index.local.index import LocalIndex
from retriever.index.local.snapshot import LocalSnapshot

CORPUS = {
    "a": ["red green blue", "green tea", "blue sky over red roofs"],
    "b": ["tea leaves", "red"],
    "c": ["a sky of lead", "green green green", "nothing of the kind", "tea and sky"],
}


@pytest.fixture(autouse=True)
def no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power, so none has to wait for the disk."""
    monkeypatch.setattr("retriever.index.files.durable.os.fsync", lambda handle: None)


@pytest.fixture
def corpus() -> dict[str, list[str]]:
    return {key: list(texts) for key, texts in CORPUS.items()}


@pytest.fixture
def index(tmp_path: Path, corpus: dict[str, list[str]]) -> LocalIndex:
    return build(tmp_path / "index", corpus)


@pytest.fixture
def small_segments() -> Iterator[None]:
    """Segments of few passages that are merged often."""
    with (
        mock.patch("retriever.index.local.commit.FLUSH_ROWS", 4),
        mock.patch.multiple("retriever.index.local.merge", FACTOR=2, SMALLEST=2, LARGE=16),
    ):
        yield


@pytest.fixture(scope="module")
def low_threshold() -> Iterator[None]:
    """Inverted files from 1,000 passages on."""
    with lowered():
        yield


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> LocalSnapshot:
    """The corpus of ``large_corpus`` in one segment with an inverted file."""
    with lowered():
        return build_index(tmp_path_factory.mktemp("large") / "index", LARGE_CORPUS).snapshot()

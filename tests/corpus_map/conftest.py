"""One index of made topics and its map, which tests only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hidden import hiding
from topics import make_documents, make_index

from retriever import CorpusMap, Retriever


@pytest.fixture(scope="session", autouse=True)
def _libraries() -> None:
    """scikit-learn imports pandas where it is, for a second, and does not use it here."""
    with hiding("pandas"):
        import sklearn.manifold  # noqa: F401


@pytest.fixture(scope="session")
def topics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with make_index(tmp_path_factory.mktemp("topics") / "index", make_documents()) as retriever:
        yield retriever


@pytest.fixture(scope="session")
def drawn(topics: Retriever) -> CorpusMap:
    return topics.map("Where does the ferry berth?", k=3)

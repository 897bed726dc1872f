"""The example corpus, indexed once for all tests of contexts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retriever import Retriever

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with Retriever.open(tmp_path_factory.mktemp("index") / "examples", create=True) as retriever:
        retriever.sync(CORPUS)
        yield retriever

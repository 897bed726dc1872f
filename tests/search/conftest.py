"""A small index of real files with a made-up encoder, shared by the tests of whole searches."""

from __future__ import annotations

import pytest
from fake_encoder import FakeEncoder
from library import FILES, Library
from small_index import create_index, write


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    encoder = FakeEncoder()
    docs = write(folder / "docs", FILES)
    return Library(docs, create_index(folder / "index", encoder, docs, passage_tokens=20), encoder)

"""Open indexes with a made-up encoder, for the adapters of every framework."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hidden import hide
from small_index import write

from retriever import Retriever

# Haystack reports how it is used unless this is set before it is imported.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
# It imports torch where that is, and uses it for models that no test has.
hide("torch")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Retriever]:
    """An index with nothing in it."""
    with Retriever.open(tmp_path / "index", create=True, model=FakeEncoder()) as opened:
        yield opened


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Retriever]:
    """An index of two files, one of them with two passages."""
    docs = write(
        tmp_path / "docs",
        {
            "opening.md": "---\nteam: housing\nyear: 2021\n---\n# Opening hours\n\nThe library opens at nine.\n\n"
            "# Late fees\n\nA book that is late costs ten cents a day.\n",
            "lamp.txt": "The lamp on the pier is lit at dusk by the keeper.",
        },
    )
    with Retriever.open(tmp_path / "library", create=True, model=FakeEncoder()) as opened:
        opened.sync(docs, passage_tokens=12)
        yield opened

"""The example corpus as an index, for all tests that search it: to embed the corpus takes seconds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from retriever import Retriever, SyncReport

CORPUS = Path(__file__).parents[1] / "examples" / "corpus"


@dataclass(frozen=True)
class ExampleIndex:
    """The open index, which no test changes, and the report of the sync that embedded the corpus."""

    retriever: Retriever
    report: SyncReport

    def give_embeddings(self, location: Path) -> None:
        """Put the cache of embeddings where a new index will be."""
        location.mkdir(parents=True)
        for name in ("cache.sqlite", "cache.sqlite.digest"):
            shutil.copy(Path(self.retriever.location) / name, location)


def index_examples(location: Path) -> ExampleIndex:
    with Retriever.open(location, create=True) as retriever:
        report = retriever.sync(CORPUS)
    return ExampleIndex(Retriever.open(location), report)

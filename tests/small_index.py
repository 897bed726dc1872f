"""Indexes of a few files, made and asked as the engine does it, with whichever encoder a test brings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retriever.hits import Hit, SearchResponse
from retriever.index.cache.access import IndexCache
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.ingest.sync import sync
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import Encoder, Reranker
from retriever.options import SearchOptions
from retriever.reports import SyncReport
from retriever.search.pipeline import search
from retriever.types import Mode


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Files below ``folder``, by name."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def sync_index(
    index: LocalIndex,
    encoder: Encoder,
    *sources: str | Path,
    rebuild: bool = False,
    encoding: str | None = None,
    max_file_size: int | None = None,
    passage_tokens: int | None = None,
    token_vectors: bool | None = None,
    allow_empty: bool = False,
) -> SyncReport:
    """Bring ``index`` up to ``sources``."""
    options = SyncOptions(rebuild, encoding, max_file_size, passage_tokens, token_vectors, allow_empty=allow_empty)
    return run_sync(index, encoder, *sources, options=options)


def run_sync(index: LocalIndex, encoder: Encoder, *sources: str | Path, options: SyncOptions) -> SyncReport:
    """One sync, with the embedding cache opened for it."""
    cache = IndexCache(index)
    try:
        return sync(index, cache, EmbeddingModel.of(encoder), "fake", sources, options)
    finally:
        cache.close()


def create_index(path: Path, encoder: Encoder, *sources: str | Path, passage_tokens: int | None = None) -> LocalIndex:
    """A new index of ``sources``."""
    index = LocalIndex.create(path)
    sync_index(index, encoder, *sources, passage_tokens=passage_tokens)
    return index


def ask(
    index: LocalIndex,
    encoder: Encoder,
    query: str,
    k: int = 10,
    mode: Mode = "hybrid",
    context: int = 0,
    rerank: int | None = None,
) -> list[Hit]:
    """The hits of the index's newest generation, duplicates by themselves."""
    return list(search_index(index, encoder, query, SearchOptions(k, mode, context, rerank, duplicates="show")))


def search_index(
    index: LocalIndex, encoder: Encoder, query: str, options: SearchOptions, reranker: Reranker | None = None
) -> SearchResponse:
    """The answer of the index's newest generation."""
    snapshot = index.snapshot()
    assert snapshot.settings is not None
    return search(
        snapshot,
        snapshot.settings,
        query,
        options,
        location=index.location,
        model=lambda: EmbeddingModel.of(encoder),
        reranker=(lambda: reranker) if reranker else None,
    )


def sources(index: LocalIndex) -> dict[str, str]:
    """The passages of each document of the newest generation as one text, by its id."""
    return {
        addition.document.id: "\n".join(passage.text for passage in addition.passages)
        for addition in index.snapshot().additions()
    }


_WORDS = ("amber", "barge", "cedar", "dune", "ember", "fjord", "grove", "heron", "inlet", "jetty", "kelp", "ledge")


def paragraph(number: int, words: int = 60) -> str:
    """A paragraph of its own for each number, in plain sentences."""
    chosen = [f"{_WORDS[(number * 7 + place * place) % len(_WORDS)]}{number}" for place in range(words)]
    return ". ".join(" ".join(chosen[start : start + 12]).capitalize() for start in range(0, words, 12)) + "."

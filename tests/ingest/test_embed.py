"""Passages and their tokens are embedded in one pass, once, and counted as they are embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import sync_index, write

from retriever.errors import ModelError
from retriever.index.local.index import LocalIndex
from retriever.models.embedding_model import EmbeddingModel
from retriever.models.interface import TokenVectors

if TYPE_CHECKING:
    from retriever.types import Vectors

FILES = {
    "a.txt": "The lamp is lit at dusk.",
    "b.txt": "The ferry leaves at noon.",
    "c.txt": "The ferry leaves at noon.",
}


class Both(FakeEncoder):
    """Encodes vectors and token vectors together, and lists what it encoded so, and what it encoded apart."""

    def __init__(self) -> None:
        super().__init__()
        self.together: list[str] = []

    def encode_passages_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenVectors]]:
        self.together.extend(texts)
        return self._encoded(texts), [self._tokens(text) for text in texts]


def test_a_passage_is_encoded_once(tmp_path: Path) -> None:
    docs, index, encoder = write(tmp_path / "docs", FILES), LocalIndex.create(tmp_path / "index"), Both()
    report = sync_index(index, encoder, docs, token_vectors=True)
    assert sorted(encoder.together) == sorted(set(FILES.values()))
    assert not set(encoder.embedded) & set(FILES.values())
    assert (report.embedded, report.reused) == (2, 1)
    report = sync_index(index, encoder, docs, rebuild=True)
    assert len(encoder.together) == 2
    assert (report.embedded, report.reused) == (0, 3)


def test_an_index_is_the_same_as_in_two_passes(tmp_path: Path) -> None:
    docs, kept = write(tmp_path / "docs", FILES), []
    for name, encoder in (("one", Both()), ("two", FakeEncoder())):
        index = LocalIndex.create(tmp_path / name)
        sync_index(index, encoder, docs, token_vectors=True)
        with index.reading() as snapshot:
            additions = list(snapshot.additions())
        kept.append([(list(item.tokens), item.vectors.tolist()) for item in additions])
    assert kept[0] == kept[1]


def test_of_vectors_that_are_cached_only_the_tokens_are_encoded(tmp_path: Path) -> None:
    docs, index, encoder = write(tmp_path / "docs", FILES), LocalIndex.create(tmp_path / "index"), Both()
    sync_index(index, encoder, docs, token_vectors=False)
    report = sync_index(index, encoder, docs, rebuild=True, token_vectors=True)
    assert not encoder.together
    assert (report.embedded, report.reused) == (0, 3)


def test_what_is_no_pair_is_refused() -> None:
    class Wrong(Both):
        def encode_passages_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenVectors]]:
            return np.zeros((1, 32), np.float32)  # type: ignore[return-value]

    with pytest.raises(ModelError, match="pair"):
        EmbeddingModel(Wrong()).embed_passages_with_tokens(["a"], ["en"])

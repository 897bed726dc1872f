"""An index that the first analyzer wrote: searched as it was, and analysed anew by the next write, not embedded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from small_index import ask, create_index, run_sync, sync_index, write

from retriever.index.cache.access import IndexCache
from retriever.index.interface import Changes
from retriever.index.local.index import LocalIndex
from retriever.index.terms import analyse
from retriever.ingest.forget import forget
from retriever.ingest.options import SyncOptions
from retriever.ingest.program import AddOptions, add
from retriever.models.embedding_model import EmbeddingModel
from retriever.text.analyzer import ANALYZER_VERSION, VERSION_1
from retriever.types import Document, Mode

FILES = {
    "cpp.md": "# Compilers\n\nThe harbour's scheduler is written in C++ and not in C.\n",
    "spaced.txt": "关 于 供 水 管 网 改 造 的 通 知\n",
    "harbour.txt": "Boats longer than nine metres need a permit of the harbour.\n",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return write(tmp_path / "docs", FILES)


@pytest.fixture(params=[False, True], ids=["tokens computed", "tokens stored"])
def index(request: pytest.FixtureRequest, tmp_path: Path, docs: Path, encoder: FakeEncoder) -> LocalIndex:
    """An index as the first analyzer wrote it."""
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, encoder, docs, token_vectors=request.param)
    snapshot = index.snapshot()
    assert snapshot.settings
    older = [replace(one, terms=analyse(one.document, one.passages, VERSION_1)) for one in snapshot.additions()]
    index.commit(Changes([], older, replace(snapshot.settings, analyzer="1"), snapshot.sources), replace=True)
    encoder.embedded.clear()
    return index


def count(index: LocalIndex, *terms: str) -> list[int]:
    return list(index.snapshot().term_statistics(terms).document_frequency.values())


def analyzer_of(index: LocalIndex) -> str:
    settings = index.snapshot().settings
    assert settings
    return settings.analyzer


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_it_is_searched_with_its_own_terms(index: LocalIndex, encoder: FakeEncoder, mode: Mode) -> None:
    assert count(index, "c", "c++", "供水") == [1, 0, 0]
    assert ask(index, encoder, "a permit for boats", mode=mode)[0].text == FILES["harbour.txt"].strip()
    # All that the first version knew of C++ is a c.
    [hit] = ask(index, encoder, "C++", mode="lexical")
    assert "C++" in hit.text
    assert hit.scores["lexical"] > 0.5


def test_a_sync_that_changes_nothing_else_analyses_it_anew(index: LocalIndex, docs: Path, encoder: FakeEncoder) -> None:
    before = {one.document.key: one for one in index.snapshot().additions()}
    report = sync_index(index, encoder, docs)
    assert (report.committed, report.unchanged, report.embedded, encoder.embedded) == (True, 3, 0, [])
    assert "analysed anew" in report.notices[-1].message
    assert (analyzer_of(index), count(index, "c", "c++", "供水")) == (ANALYZER_VERSION, [1, 1, 1])
    for one in index.snapshot().additions():
        older = before.pop(one.document.key)
        assert (one.document, one.passages, one.tokens) == (older.document, older.passages, older.tokens)
        np.testing.assert_array_equal(one.vectors, older.vectors)
    assert before == {}
    assert index.verify(deep=True) == []
    assert not sync_index(index, encoder, docs).committed


def test_a_sync_analyses_what_it_neither_adds_nor_removes(index: LocalIndex, docs: Path, encoder: FakeEncoder) -> None:
    (docs / "spaced.txt").unlink()
    write(docs, {"cpp.md": "# Compilers\n\nIt is written in C# now.\n", "new.txt": "F# is new.\n"})
    report = sync_index(index, encoder, docs)
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 1)
    assert count(index, "c++", "c#", "f#", "关", "permit") == [0, 1, 1, 0, 1]
    assert len(encoder.embedded) == 2
    assert index.snapshot().documents == 3
    fresh = create_index(docs.parent / "fresh", encoder, docs)
    assert {one.document.id: one.terms for one in index.snapshot().additions()} == {
        one.document.id: one.terms for one in fresh.snapshot().additions()
    }


def test_a_dry_run_leaves_it_as_it_is(index: LocalIndex, docs: Path, encoder: FakeEncoder) -> None:
    report = run_sync(index, encoder, docs, options=SyncOptions(dry_run=True))
    assert (report.committed, report.documents) == (False, 3)
    assert analyzer_of(index) == "1"


def _add(index: LocalIndex, encoder: FakeEncoder) -> None:
    cache = IndexCache(index)
    add(index, cache, EmbeddingModel.of(encoder), "fake", [Document("note", "About F#.")], AddOptions())
    cache.close()


def _forget(index: LocalIndex, _: FakeEncoder) -> None:
    forget(index, [index.snapshot().sources[0].path])


@pytest.mark.parametrize(("write_to", "version", "terms"), [(_add, ANALYZER_VERSION, [1, 1]), (_forget, "1", [0, 0])])
def test_other_writes_keep_its_terms_those_of_its_version(
    index: LocalIndex,
    encoder: FakeEncoder,
    write_to: Callable[[LocalIndex, FakeEncoder], None],
    version: str,
    terms: list[int],
) -> None:
    write_to(index, encoder)
    assert (analyzer_of(index), count(index, "c++", "f#")) == (version, terms)
    assert index.verify(deep=True) == []

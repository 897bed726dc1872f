"""``Retriever`` over an index in a file of milvus-lite: every hit is that of an index in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import write
from test_memory_engine import DOCUMENTS, FILES, FILTERS, OPTIONS, QUERIES, ROWS, Pair

from retriever import Retriever

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A retriever over each engine, with all of FILES, two documents of a program and token vectors."""
    folder = tmp_path_factory.mktemp("pair")
    docs = write(folder / "docs", FILES)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        milvus = Retriever.open(f"milvus+file:{folder}/index.milvus", create=True, model=FakeEncoder())
        local = Retriever.open(folder / "index", create=True, model=FakeEncoder())
        with closing(milvus), closing(local):
            made = Pair(milvus, local, docs)
            made.sync(docs, passage_tokens=20, token_vectors=True)
            made.add(DOCUMENTS)
            yield made


@pytest.mark.parametrize("name", ["plain", "all hits", "everything"])
def test_hits_are_the_same_in_every_mode(pair: Pair, name: str) -> None:
    assert pair.check(QUERIES[:3], **OPTIONS[name]) > 0


def test_hits_are_the_same_with_every_kind_of_filter(pair: Pair) -> None:
    counts = {where: len(pair.hits(QUERIES[0], where=where, k=7)) for where in FILTERS}
    assert [where for where, count in counts.items() if not count] == ["year = 1500"]


def test_the_index_is_there_when_its_file_is_opened_again(pair: Pair, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"a.txt": "A lamp.", "b.txt": "A boat."})
    location = f"milvus+file:{tmp_path}/index.milvus"
    with Retriever.open(location, create=True, model=FakeEncoder()) as retriever:
        retriever.sync(docs)
    with Retriever.open(location, model=FakeEncoder()) as retriever:
        assert retriever.location == f"milvus+file://{tmp_path}/index.milvus"
        assert len(retriever.search("lamp")) == 2
        assert retriever.verify(deep=True) == []


def test_what_changes_is_found_alike(pair: Pair) -> None:
    write(pair.docs, {"new.txt": "A new boat came in.", "harbour.md": "# The harbour\n\nIt is closed.\n"})
    (pair.docs / "отчёт.txt").unlink()
    report = pair.sync()
    assert (report.added, report.changed, report.removed) == (1, 1, 1)
    assert pair.check(["boat"], k=30) > 0
    assert pair.both(Retriever.remove, "note").removed == 1
    again = pair.both(lambda one: replace(one.sync(pair.docs, rebuild=True), seconds=0))
    assert (again.embedded, again.documents) == (0, len(FILES) + len(ROWS))
    assert pair.check(["boat"], k=30) > 0
    assert pair.both(Retriever.verify, deep=True) == []

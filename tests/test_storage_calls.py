"""How often one search asks the index: every call may be a round trip to another machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from fake_encoder import DIMENSION, FakeEncoder
from memory_index import MemoryIndex
from small_index import paragraph, write

from retriever import Retriever
from retriever.index import open_index
from retriever.models.scoring import language_centering
from retriever.models.scoring.language_centering import KINDS, LanguageCentering
from retriever.search import corpus_centering
from retriever.types import Mode

pytestmark = pytest.mark.usefixtures("read_here")

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from retriever.index.interface import Changes, Index, Snapshot
    from retriever.index.settings import IndexSettings
    from retriever.reports import Problem

MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
AT_MOST = 8
WHERE = "extension = txt or year >= 1995"


class CountingSnapshot:
    """A snapshot that notes every method that is called; what it is called with goes on as it is."""

    def __init__(self, snapshot: Snapshot, calls: list[str]) -> None:
        self._snapshot = snapshot
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._snapshot, name)
        if not callable(value):
            return value

        def counted(*args: Any, **options: Any) -> Any:
            self._calls.append(name)
            return value(*args, **options)

        return counted


@dataclass
class CountingIndex:
    """An index whose snapshots note what they are asked, in ``calls``; a generation stays one object."""

    index: Index
    calls: list[str] = field(default_factory=list)
    _newest: tuple[Snapshot, Snapshot] | None = None

    @property
    def location(self) -> str:
        return self.index.location

    @property
    def folder(self) -> Path | None:
        return self.index.folder

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        with self.index.reading() as snapshot:
            if self._newest is None or self._newest[0] is not snapshot:
                self._newest = snapshot, cast("Snapshot", CountingSnapshot(snapshot, self.calls))
            yield self._newest[1]

    def writing(self, *, timeout: float = 0.0) -> AbstractContextManager[None]:
        return self.index.writing(timeout=timeout)

    def commit(self, changes: Changes, *, replace: bool = False) -> int:
        return self.index.commit(changes, replace=replace)

    def last_settings(self) -> IndexSettings | None:
        return self.index.last_settings()

    def verify(self, *, deep: bool) -> list[Problem]:
        return self.index.verify(deep=deep)

    def close(self) -> None:
        self.index.close()


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred passages and more in two languages, a dozen of them alike, and rows with metadata."""
    rows = [{"text": f"The lamp {number} on the pier", "year": 1980 + number} for number in range(30)]
    greek = [{"text": f"Η βιβλιοθήκη είναι ανοιχτή, {number}.", "year": 1980 + number} for number in range(30)]
    return write(
        tmp_path_factory.mktemp("docs"),
        {
            **{
                f"{number}.txt": "\n\n".join(paragraph(10 * number + at, 24) for at in range(6)) for number in range(12)
            },
            **{f"copies/{number}.txt": "The lamp on the pier is lit at dusk." for number in range(12)},
            "el.jsonl": "\n".join(json.dumps(row) for row in greek),
            "rows.jsonl": "\n".join(json.dumps(row) for row in rows),
        },
    )


@pytest.fixture(scope="module", params=["local", "memory"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def built(engine: str, docs: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Index]:
    return build(engine, docs, tmp_path_factory.mktemp("built"))


def build(engine: str, docs: Path, folder: Path) -> Callable[[], Index]:
    """Opens an index of ``docs``, built once."""
    memory = MemoryIndex("counted")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        first = memory if engine == "memory" else open_index(folder / "index", create=True)
        with closing(Retriever.open(first, model=FakeEncoder())) as retriever:
            retriever.sync(docs, token_vectors=True, passage_tokens=20)
            assert retriever.status().passages > 100
    return lambda: memory if engine == "memory" else open_index(folder / "index")


@pytest.fixture
def index(built: Callable[[], Index]) -> CountingIndex:
    """What its snapshots remember of their generation is of this test alone."""
    return CountingIndex(built())


@pytest.fixture
def retriever(index: CountingIndex) -> Iterator[Retriever]:
    with closing(Retriever.open(index, model=FakeEncoder())) as retriever:
        yield retriever


def count(index: CountingIndex, retriever: Retriever, query: str, **options: Any) -> Counter[str]:
    """The calls of one search."""
    index.calls.clear()
    assert len(retriever.search(query, **options)) > 0
    return Counter(index.calls)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", ["The lamp on the pier is lit", "Amber3 barge3 heron12 kelp31", "βιβλιοθήκη"])
def test_a_search_makes_at_most_eight_calls(index: CountingIndex, retriever: Retriever, mode: Mode, query: str) -> None:
    """With a filter, context and stored token vectors: the first search of a generation, and the next."""
    cold = count(index, retriever, query, mode=mode, where=WHERE, context=2, explain=True)
    warm = count(index, retriever, query, mode=mode, where=WHERE, context=2, explain=True)
    assert cold.total() <= AT_MOST
    assert warm.total() <= cold.total()
    assert "select" in cold
    assert "select" not in warm
    assert {"fetch", "around", "term_statistics"} <= warm.keys()


@pytest.mark.parametrize("mode", MODES)
def test_the_number_of_calls_does_not_follow_the_number_of_hits(
    index: CountingIndex, retriever: Retriever, mode: Mode
) -> None:
    few, many = (count(index, retriever, "lamp pier", mode=mode, k=k, context=3, duplicates="show") for k in (1, 30))
    assert few == many
    assert many.total() <= AT_MOST


def test_a_search_in_every_mode_asks_only_for_what_it_needs(index: CountingIndex, retriever: Retriever) -> None:
    for mode, expected in (
        ("hybrid", ["dense", "fetch", "lexical", "term_statistics"]),
        ("dense", ["dense", "fetch", "term_statistics"]),
        ("lexical", ["fetch", "lexical", "term_statistics"]),
    ):
        assert sorted(count(index, retriever, "The lamp on the pier", k=5, mode=mode).elements()) == expected


# A round more, where folding leaves too few hits.
ROUND = Counter(dense=1, lexical=1, fetch=1)


def test_where_folding_leaves_too_few_hits_only_whole_rounds_are_added(
    index: CountingIndex, retriever: Retriever
) -> None:
    usual = count(index, retriever, "The lamp on the pier is lit at dusk", k=2, context=1, where=WHERE)
    capped = count(index, retriever, "lamp", k=45, max_per_document=1, context=1, where=WHERE)
    more = capped - usual
    assert more.keys() <= ROUND.keys()
    assert len(set(more.values())) <= 1
    assert max(more.values(), default=0) <= 2


@pytest.fixture
def means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Language means as if they were shipped with the encoder, in which there are none for Greek."""

    def offset(seed: int) -> Any:
        drawn = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
        return drawn / np.linalg.norm(drawn) / 2

    shipped = LanguageCentering({kind: {"": offset(1), "en": offset(2)} for kind in KINDS}, "fake|made up")
    monkeypatch.setattr(language_centering, "_read_shipped", lambda: shipped)
    monkeypatch.setattr(corpus_centering, "LEAST", 20)


@pytest.mark.usefixtures("means")
def test_a_language_that_the_model_has_no_mean_for_is_searched_by_itself_in_one_call_more(
    engine: str, docs: Path, tmp_path: Path
) -> None:
    """The first search of a generation also selects the language."""
    opened = build(engine, docs, tmp_path)
    for mode in MODES:
        index = CountingIndex(opened())
        with closing(Retriever.open(index, model=FakeEncoder())) as retriever:
            cold = count(index, retriever, "βιβλιοθήκη", mode=mode, where=WHERE, context=2)
            warm = count(index, retriever, "βιβλιοθήκη", mode=mode, where=WHERE, context=2)
            plain = count(index, retriever, "βιβλιοθήκη", mode=mode, where=WHERE, context=2, rerank=0)
        assert warm["dense"] == (0 if mode == "lexical" else 2)
        assert warm == plain
        assert warm.total() <= AT_MOST
        assert cold - warm == Counter(select=1) + (Counter() if mode == "lexical" else Counter(select=1))
        assert cold.total() <= AT_MOST


def test_documents_are_read_by_id_without_a_look_at_all(index: CountingIndex, retriever: Retriever) -> None:
    known = [document.id for document in retriever.read_documents()][:40]
    index.calls.clear()
    assert [document.id for document in retriever.read_documents(*known)] == known
    assert index.calls == ["find_documents"]

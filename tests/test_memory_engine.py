"""``Retriever`` over an engine of which it knows nothing but the contract: all works, and every hit is the same.

Whatever is done is done to an index in memory and to one in a folder, and has to come to the same there.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest
from fake_encoder import FakeEncoder
from hit_values import describe_hits
from memory_index import MemoryIndex
from small_index import paragraph, write

from retriever import Document, Retriever, export_index, import_index
from retriever.errors import FilterError, FingerprintMismatchError, IndexLockedError, IndexNotFoundError, UsageError
from retriever.index import OPENERS
from retriever.index.interface import Index
from retriever.reports import AddReport, SyncReport
from retriever.types import Heading

pytestmark = pytest.mark.usefixtures("read_here")

ROWS = [
    {
        "id": f"r{number}",
        "title": f"Row {number}",
        "text": f"The keeper{number} of the lamp on the pier writes {'permits' if number % 4 else '许可证'} for boats.",
        "year": 1990 + number,
        "date": f"2021-{number % 12 + 1:02d}-05",
        "tags": ["even"] if number % 2 == 0 else ["odd", "uneven"],
        **({"rare": True} if number % 7 == 0 else {}),
    }
    for number in range(30)
]
FILES = {
    "harbour.md": "# The harbour\n\n## Permits\n\nBoats longer than nine metres need a permit.\n\n"
    "The permit is given out on Mondays before noon, in the harbour office.\n\n"
    "## Tides\n\nAt low tide the north quay is closed to all boats.\n\n"
    "The fee for a berth is forty crowns a month, and that of the lamp is ten.\n",
    "notes/market.txt": "The market\n\nFish is sold from six o'clock. The stalls for fish stand by the quay.\n",
    **{f"copies/{number}.txt": "The lamp on the pier is lit at dusk by its keeper." for number in range(4)},
    **{
        f"long/{number}.txt": "\n\n".join(paragraph(10 * number + part, 24) for part in range(6)) for number in range(5)
    },
    "图书馆2020.txt": "县图书馆周末延长开放时间。\n\n借书证办理须持身份证，押金一百元。\n\n阅览室不得饮食。\n",
    "отчёт.txt": "Паром ходит дважды в день. Билет стоит девять рублей.\n",
    "rows.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
}
QUERIES = (
    "Who gives out the permit for boats?",
    "图书馆周末开放吗",
    "the lamp on the pier is lit",
    "билет на паром",
    "Amber3 barge3 heron12 kelp31",
    '"harbour office" fee of a berth',
)
MODES = ("hybrid", "dense", "lexical")
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one hit": {"k": 1},
    "all hits": {"k": 500},
    "context": {"context": 2},
    "explained": {"explain": True},
    "diverse": {"diverse": True},
    "one per document": {"max_per_document": 1},
    "duplicates shown": {"duplicates": "show", "k": 40},
    "good ones": {"min_score": 0.2},
    "everything": {
        "k": 4,
        "context": 1,
        "explain": True,
        "diverse": True,
        "max_per_document": 2,
        "where": "year >= 1995 or page = 1",
    },
}
FILTERS = (
    "year = 1999",
    "year != 1999",
    "year >= 1995 and year < 2003",
    "date > 2021-06",
    "title = 'Row 3'",
    "document in (r1, r2, r3)",
    "document not in (r1, r2, r3)",
    "source ~ *.md",
    "name !~ rows",
    "folder = copies",
    "extension = txt",
    "language = zh",
    "language in (ru, zh)",
    "heading = Permits",
    "heading ~ tid or page = 2",
    "page >= 1",
    "tags = uneven",
    "has rare",
    "not has rare",
    "metadata.rare = true and (tags = even or year > 2010)",
    "year = 1500",
)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Pair:
    """One retriever over each engine, with the same sources."""

    memory: Retriever
    local: Retriever
    docs: Path

    def both(self, act: Callable[Concatenate[Retriever, P], T], *args: P.args, **options: P.kwargs) -> T:
        """Do the same to both, and return what came of it where that is the same."""
        ours, theirs = act(self.memory, *args, **options), act(self.local, *args, **options)
        assert ours == theirs
        return ours

    def sync(self, *sources: Path, **options: Any) -> SyncReport:
        return self.both(lambda one: replace(one.sync(*sources, **options), seconds=0))

    def add(self, documents: Sequence[Document]) -> AddReport:
        return self.both(lambda one: replace(one.add(iter(documents)), seconds=0))

    def hits(self, query: str, **options: Any) -> list[dict[str, Any]]:
        return self.both(lambda one: describe_hits(one.search(query, **options)))

    def check(self, queries: Sequence[str] = QUERIES, **options: Any) -> int:
        """Compare the hits of all queries in all modes, and return how many there were."""
        return sum(len(self.hits(query, mode=mode, **options)) for query in queries for mode in MODES)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedding cache of an index that has no folder lies in the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@contextmanager
def open_pair(folder: Path, token_vectors: bool) -> Iterator[Pair]:
    """Both engines with all of FILES, and two documents of a program."""
    docs = write(folder / "docs", FILES)
    memory = Retriever.open(MemoryIndex("pair"), model=FakeEncoder())
    local = Retriever.open(folder / "index", create=True, model=FakeEncoder())
    with closing(memory), closing(local):
        made = Pair(memory, local, docs)
        report = made.sync(docs, passage_tokens=20, token_vectors=token_vectors)
        assert (report.committed, report.skipped, report.documents) == (True, (), len(FILES) + len(ROWS) - 1)
        assert report.passages > 60
        made.add(DOCUMENTS)
        yield made


@pytest.fixture
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """One for each test, which may change it. Token vectors are stored, unless a parameter says otherwise."""
    with open_pair(tmp_path, getattr(request, "param", True)) as made:
        yield made


@pytest.fixture(scope="module")
def read_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One for all tests that only read."""
    yield from open_to_read(tmp_path_factory.mktemp("pair"), token_vectors=True)


@pytest.fixture(scope="module")
def encoded_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The same without token vectors, which are computed at each search."""
    yield from open_to_read(tmp_path_factory.mktemp("pair"), token_vectors=False)


def open_to_read(folder: Path, token_vectors: bool) -> Iterator[Pair]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with open_pair(folder, token_vectors) as made:
            yield made


_PAGES = ("The first page is about the lamp on the pier. ", "The second page is about a berth for boats. ")
DOCUMENTS = (
    Document(
        "manual",
        text="".join(page * 3 for page in _PAGES),
        title="Manual of the lamp",
        pages=(0, 3 * len(_PAGES[0])),
        headings=(Heading("The first", 1, 0, 9),),
        metadata={"year": 1999, "tags": ["even"]},
    ),
    Document("note", source="https://example.org/note", text="A berth costs forty crowns; 泊位每月四十克朗。"),
)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_hits_are_the_same_in_every_mode_with_every_option(read_pair: Pair, options: dict[str, Any]) -> None:
    assert read_pair.check(**options) > 0


def test_hits_are_the_same_with_every_kind_of_filter(read_pair: Pair) -> None:
    queries = cycle(QUERIES)
    counts = {where: read_pair.check([next(queries)], where=where, k=7) for where in FILTERS}
    assert [where for where, count in counts.items() if not count] == ["year = 1500"]


@pytest.mark.parametrize("rerank", [0, 3, 100])
def test_hits_are_the_same_with_any_number_of_candidates_compared(read_pair: Pair, rerank: int) -> None:
    for query in QUERIES:
        assert read_pair.hits(query, rerank=rerank)
        assert read_pair.hits(query, mode="dense", rerank=rerank)


def test_hits_are_the_same_where_token_vectors_are_not_stored(encoded_pair: Pair) -> None:
    assert encoded_pair.check() > 0
    assert encoded_pair.check(**OPTIONS["everything"]) > 0
    for query in QUERIES:
        for rerank in (3, 100):
            assert encoded_pair.hits(query, rerank=rerank)


def test_a_field_that_no_document_has_is_refused(read_pair: Pair) -> None:
    def refused(one: Retriever) -> tuple[str, int, str]:
        with pytest.raises(FilterError) as caught:
            one.search("lamp", where="year = 1 and yaer = 2")
        return str(caught.value), caught.value.position, caught.value.hint

    assert read_pair.both(refused)[1] == 13


def test_a_reranker_takes_the_place_of_late_interaction(tmp_path: Path) -> None:
    class ByLength:
        def scores(self, question: str, passages: Sequence[str]) -> list[float]:
            return [1 / (1 + len(passage)) for passage in passages]

    docs = write(tmp_path / "docs", FILES)
    memory = Retriever.open(MemoryIndex("reranked"), model=FakeEncoder(), reranker=ByLength())
    local = Retriever.open(tmp_path / "index", create=True, model=FakeEncoder(), reranker=ByLength())
    with closing(memory), closing(local):
        pair = Pair(memory, local, docs)
        pair.sync(docs, passage_tokens=20)
        assert all("reranker" in hit["scores"] for hit in pair.hits(QUERIES[0], k=3))
        assert pair.check(context=1, duplicates="show") > 0


def test_passages_and_documents_are_read_as_they_were_cited(read_pair: Pair) -> None:
    for query in QUERIES:
        for hit in read_pair.hits(query, k=3):
            passage = read_pair.both(Retriever.passage, hit["id"], context=2)
            assert (passage.text, passage.document) == (hit["text"], hit["document"])
            document = read_pair.both(Retriever.document, hit["document"])
            assert passage.id in [one.id for one in document.passages]
    with pytest.raises(UsageError):
        read_pair.memory.passage("0" * 16)
    with pytest.raises(UsageError):
        read_pair.memory.document("nowhere")


def test_what_the_index_contains_is_said_alike(read_pair: Pair) -> None:
    documents = read_pair.both(Retriever.documents)
    assert len(documents) == len(FILES) + len(ROWS) + 1
    assert [source.path for source in read_pair.both(Retriever.sources)] == [str(read_pair.docs)]
    engines_own = {"index": "", "created": "", "bytes": {}, "segments": 0, "deleted": 0}
    assert read_pair.both(lambda one: {**one.status().to_dict(), **engines_own})["documents"] == len(documents)
    assert (
        read_pair.memory.location
        == read_pair.memory.status().index
        == read_pair.memory.search("lamp").location
        == "memory://pair"
    )
    assert read_pair.both(Retriever.verify, deep=True) == []
    read_pair.both(Retriever.warm)


def test_a_dry_run_says_what_the_sync_then_does_and_leaves_everything_as_it_was(pair: Pair, tmp_path: Path) -> None:
    write(pair.docs, {"new.txt": "A new boat came in.", "harbour.md": "# The harbour\n\nIt is closed.\n"})
    (pair.docs / "отчёт.txt").unlink()
    before = pair.hits("boat")
    kept = {path: path.read_bytes() for path in (tmp_path / "cache").rglob("*.sqlite")}
    planned = pair.sync(dry_run=True)
    assert (planned.added, planned.changed, planned.removed, planned.committed) == (1, 1, 1, False)
    assert pair.hits("boat") == before
    assert {path: path.read_bytes() for path in (tmp_path / "cache").rglob("*.sqlite")} == kept
    done = pair.sync()
    assert replace(planned, committed=True, dry_run=False, generation=done.generation) == done
    assert pair.check() > 0


def test_a_sync_without_changes_makes_no_generation(pair: Pair) -> None:
    before = pair.memory.status().generation
    report = pair.sync()
    assert (report.committed, report.generation, report.unchanged) == (False, before, len(FILES) + len(ROWS) - 1)
    assert (report.embedded, report.reused) == (0, 0)


@pytest.mark.parametrize("pair", [False, True], ids=["tokens encoded", "tokens stored"], indirect=True)
def test_a_rebuild_embeds_nothing_again_and_keeps_documents_of_programs(pair: Pair) -> None:
    before = pair.hits("lamp", k=30)
    report = pair.sync(rebuild=True)
    assert (report.embedded, report.committed, report.documents) == (0, True, len(FILES) + len(ROWS) + 1)
    assert pair.hits("lamp", k=30) == before


def test_documents_of_a_program_are_added_replaced_and_removed(pair: Pair) -> None:
    again = [Document("note", text="The berth is free."), Document("third", text="A third berth."), DOCUMENTS[0]]
    report = pair.add([*again, Document("third", text="The third berth, mended.")])
    assert (report.added, report.replaced, report.unchanged) == (1, 1, 1)
    assert [one.text for one in pair.both(Retriever.document, "third").passages] == ["The third berth, mended."]
    assert pair.check() > 0
    removed = pair.both(Retriever.remove, "note", "unheard of")
    assert (removed.removed, removed.missing) == (1, ("unheard of",))
    assert pair.both(Retriever.remove, where="title = 'Manual of the lamp'").removed == 1
    assert pair.check() > 0


def test_a_source_is_forgotten_with_its_documents(pair: Pair, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"isle.txt": "The isle has a lamp of its own.", "reef.txt": "No boat goes here."})
    pair.sync(other)
    assert len(pair.both(Retriever.sources)) == 2
    assert "isle" in pair.hits("the isle of the lamp", k=1)[0]["text"]
    assert pair.both(Retriever.forget, other).removed == 2
    assert [source.path for source in pair.both(Retriever.sources)] == [str(pair.docs)]
    pair.sync(other, prune=True)
    assert [document.document for document in pair.both(Retriever.documents)][-3:] != []
    assert {hit["document"] for hit in pair.hits("lamp", k=50)} <= {
        str(other / "isle.txt"),
        str(other / "reef.txt"),
    } | {
        "manual",
        "note",
    }


@pytest.mark.parametrize("seed", range(2))
def test_hits_are_the_same_after_any_history_of_updates(tmp_path: Path, seed: int) -> None:
    """Also those of an index of either engine that was built in one go."""
    chance, queries = random.Random(seed), cycle(QUERIES)
    docs = write(tmp_path / "docs", FILES)
    memory = Retriever.open(MemoryIndex("grown"), model=FakeEncoder())
    local = Retriever.open(tmp_path / "grown", create=True, model=FakeEncoder())
    pair = Pair(memory, local, docs)
    with closing(memory), closing(local):
        pair.sync(docs, passage_tokens=20)
        added: dict[str, Document] = {}
        for step in range(6):
            update(chance, docs, step)
            pair.sync()
            new = [Document(f"p{n}", text=paragraph(n + step, 30)) for n in chance.sample(range(6), 2)]
            pair.add(new)
            added.update({document.id: document for document in new})
            gone = chance.choice(sorted(added))
            del added[gone]
            assert pair.both(Retriever.remove, gone).removed == 1
            assert pair.check([next(queries)], k=20, where=chance.choice([None, "extension = txt"])) > 0
        assert pair.check(k=200, duplicates="show") > 0
        with closing(Retriever.open(MemoryIndex("fresh"), model=FakeEncoder())) as fresh:
            fresh.sync(docs, passage_tokens=20)
            fresh.add(added.values())
            assert Pair(memory, fresh, docs).check(k=200) > 0


def update(chance: random.Random, docs: Path, step: int) -> None:
    """Change, add, move or delete a few files."""
    files = sorted(path for path in docs.rglob("*.txt"))
    for path in chance.sample(files, min(3, len(files))):
        what = chance.choice(["change", "delete", "move", "copy"])
        if what == "change":
            path.write_text(f"{paragraph(chance.randrange(50), 30)}\n\nThe lamp of step {step}.\n", encoding="utf-8")
        elif what == "delete":
            path.unlink()
        elif what == "move":
            path.rename(path.with_name(f"moved{step}{path.name}"))
        else:
            shutil.copy(path, path.with_name(f"copy{step}{path.name}"))


@pytest.fixture
def by_location(monkeypatch: pytest.MonkeyPatch) -> dict[str, Index]:
    """Makes ``memory://`` a kind of index that can be named; returns those that were opened, by location."""
    known: dict[str, Index] = {}

    def open_memory(location: str, create: bool) -> Index:
        if location not in known and not create:
            raise IndexNotFoundError(f"there is no index at {location}")
        return known.setdefault(location, MemoryIndex(location.removeprefix("memory://")))

    monkeypatch.setitem(OPENERS, "memory", open_memory)
    return known


def test_an_index_is_opened_by_its_location(by_location: dict[str, Index], tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", FILES)
    with pytest.raises(IndexNotFoundError):
        Retriever.open("memory://library")
    with Retriever.open("memory://library", create=True, model=FakeEncoder()) as retriever:
        retriever.sync(docs)
    with Retriever.open("memory://library", model=FakeEncoder()) as again:
        assert again.search("permit for boats")[0].source.endswith("harbour.md")
    with Retriever.open("memory://library", model=FakeEncoder(weights="2")) as other:
        with pytest.raises(FingerprintMismatchError, match="memory://library"):
            other.search("permit")
        with pytest.raises(FingerprintMismatchError, match="memory://library"):
            other.sync(docs)
    with pytest.raises(UsageError, match="unknown index scheme"):
        Retriever.open("granite://library")
    assert list(by_location) == ["memory://library"]


@pytest.mark.parametrize(("form", "pair"), [("jsonl", True), ("jsonl", False), ("parquet", True)], indirect=["pair"])
def test_an_export_answers_the_same_in_either_engine(
    pair: Pair, by_location: dict[str, Index], tmp_path: Path, form: str
) -> None:
    by_location["memory://pair"] = pair.memory._index
    first, second = (tmp_path / f"{name}.{form}" for name in ("memory", "local"))
    assert export_index("memory://pair", first).index == "memory://pair"
    export_index(pair.local.location, second)
    import_index(tmp_path / "moved", first)
    import_index("memory://moved", second)
    local = Retriever.open(tmp_path / "moved", model=FakeEncoder())
    memory = Retriever.open("memory://moved", model=FakeEncoder())
    with closing(local), closing(memory):
        moved = Pair(memory, local, pair.docs)
        for query in QUERIES:
            for mode in MODES:
                hits = moved.hits(query, mode=mode, context=1)
                assert hits == describe_hits(pair.memory.search(query, mode=mode, context=1))
        assert moved.sync().unchanged == len(FILES) + len(ROWS) - 1
    with pytest.raises(UsageError, match="already"):
        import_index("memory://moved", first)


def test_an_empty_index_says_so(tmp_path: Path) -> None:
    with closing(Retriever.open(MemoryIndex("empty"), model=FakeEncoder())) as retriever:
        with pytest.raises(IndexNotFoundError, match="memory://empty is empty"):
            retriever.search("anything")
        assert retriever.documents() == []
        assert retriever.status().documents == 0
        with pytest.raises(UsageError):
            retriever.sync(tmp_path / "nowhere")
        with pytest.raises(UsageError, match="no source"):
            retriever.sync()


def test_a_sync_is_refused_while_somebody_else_writes(tmp_path: Path) -> None:
    index = MemoryIndex("busy")
    docs = write(tmp_path / "docs", FILES)
    with closing(Retriever.open(index, model=FakeEncoder())) as retriever, ThreadPoolExecutor(1) as pool:
        with index.writing(), pytest.raises(IndexLockedError, match="memory://busy is being written by"):
            pool.submit(retriever.sync, docs).result()
        assert pool.submit(retriever.sync, docs).result().committed

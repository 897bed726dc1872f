"""Documents that a program adds, beside those of files: no sync touches them, and they go where the index goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from fork_server import ForkedPopen
from hit_values import describe_hits
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from small_index import paragraph, write

from retriever import Document, Retriever
from retriever.errors import IndexLockedError
from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.maintenance import compact_index, export_index, rollback_index
from retriever.maintenance.transfer import import_with
from retriever.models.embedding_model import EmbeddingModel

DOCUMENTS = (
    Document("faq-7", text="The lamp on the quay is lit at dusk. Pears are sold there.", metadata={"team": "quay"}),
    Document("empty", title="Nothing yet"),
    Document("/docs/river.txt", text="面包房的灯每天清晨四点亮。", source="https://a.example/灯"),
    Document("half \ud83d", text="A boat needs a lamp.", metadata={"half": "\udc00", "n": [1, 2]}),
)
QUESTIONS = ("Who lights the lamp?", "pears and plums", "面包房")


@pytest.fixture
def retriever(tmp_path: Path, docs: Path) -> Iterator[Retriever]:
    """Three files and the documents of a program."""
    with Retriever.open(tmp_path / "both", create=True, model=FakeEncoder()) as opened:
        opened.sync(docs)
        opened.add(DOCUMENTS)
        yield opened


def answers(retriever: Retriever) -> list[Any]:
    """All that the index says of documents and questions, scores included."""
    hits = [retriever.search(question, k=50, duplicates="show") for question in QUESTIONS]
    return [retriever.documents(), *(describe_hits(found) for found in hits)]


def test_no_sync_touches_them(retriever: Retriever, docs: Path, tmp_path: Path) -> None:
    before = answers(retriever)
    assert retriever.sync(docs).committed is False
    assert retriever.sync(docs, dry_run=True, prune=True).documents == 7
    assert retriever.sync(docs, prune=True, checksum=True).removed == 0
    assert answers(retriever) == before
    (docs / "river.txt").unlink()
    other = write(tmp_path / "other", {"isle.txt": "The isle has a lamp."})
    report = retriever.sync(other, prune=True)
    assert (report.added, report.removed, report.documents) == (1, 3, 5)
    assert retriever.forget(other).documents == 4
    assert [(one.document, one.passages) for one in retriever.documents()] == [
        (one.id, int(bool(one.text))) for one in sorted(DOCUMENTS, key=lambda one: one.source or one.id)
    ]


def test_watching_leaves_them(retriever: Retriever, docs: Path) -> None:
    stop = threading.Event()
    for report in retriever.watch(docs, stop=stop):
        assert (report.removed, report.documents) == (0, 7)
        stop.set()


@pytest.mark.parametrize("token_vectors", [False, True])
def test_a_rebuild_carries_them_over(tmp_path: Path, docs: Path, token_vectors: bool) -> None:
    with Retriever.open(tmp_path / "both", create=True, model=FakeEncoder()) as retriever:
        retriever.add(DOCUMENTS, token_vectors=token_vectors, passage_tokens=10)
        retriever.sync(docs)
        before = answers(retriever)
        report = retriever.sync(docs, rebuild=True)
        assert (report.committed, report.documents, report.embedded) == (True, 7, 0)
        assert answers(retriever) == before
        unchanged = retriever.add(DOCUMENTS)
        assert (unchanged.unchanged, unchanged.committed) == (4, False)
        (docs / "orchard.md").unlink()
        assert retriever.sync(docs, rebuild=True, dry_run=True).documents == 6
        assert retriever.sync(docs, rebuild=True).documents == 6
        assert retriever.verify(deep=True) == []


@pytest.mark.parametrize("name", ["all.jsonl", "all.parquet"])
@pytest.mark.parametrize("vectors", [True, False])
def test_an_export_has_them(retriever: Retriever, tmp_path: Path, name: str, vectors: bool) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    export_index(retriever.location, tmp_path / name, vectors=vectors)
    import_with(tmp_path / "copy", tmp_path / name, lambda _: EmbeddingModel.of(FakeEncoder()))
    with Retriever.open(tmp_path / "copy", model=FakeEncoder()) as copy:
        assert answers(copy) == answers(retriever)
        assert copy.add(DOCUMENTS).unchanged == 4
        assert copy.remove("faq-7").removed == 1


def test_a_rollback_brings_them_back(retriever: Retriever) -> None:
    before = answers(retriever)
    retriever.remove(where="document != nothing")
    retriever.add([Document("later", text="A later lamp.")])
    assert len(retriever.documents()) == 4
    rollback_index(retriever.location, 2)
    assert answers(retriever) == before
    assert retriever.add(DOCUMENTS).committed is False


def test_a_compaction_keeps_what_is_left(retriever: Retriever) -> None:
    retriever.add([Document(f"{number}", text=paragraph(number)) for number in range(50)])
    retriever.remove(*(f"{number}" for number in range(1, 50)))
    before = answers(retriever)
    compact_index(retriever.location)
    assert answers(retriever) == before
    assert retriever.status().deleted == 0
    assert retriever.add(DOCUMENTS).committed is False


PROGRAM = """
import os, signal, sys
from fake_encoder import FailingEncoder, FakeEncoder
from small_index import paragraph
from retriever import Document, Retriever
location, what = sys.argv[1:3]
encoder = FailingEncoder(4, 3, lambda: os.kill(os.getpid(), signal.SIGKILL)) if what == "killed" else FakeEncoder()
def documents():
    for number in range(30):
        yield Document(f"{number}", text=paragraph(number, 20))
    if what == "waited for":
        print("begun", flush=True)
        sys.stdin.read()
Retriever.open(location, create=True, model=encoder).add(documents(), wait=60)
"""


def start(location: Path | str, what: str) -> subprocess.Popen[str]:
    """A program in another process that adds thirty documents."""
    return ForkedPopen(
        [sys.executable, "-c", PROGRAM, str(location), what],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_program_goes_on_where_it_stopped(retriever: Retriever) -> None:
    before = answers(retriever)
    with start(retriever.location, "killed") as program:
        program.communicate()
    assert program.returncode == -signal.SIGKILL
    assert answers(retriever) == before
    report = retriever.add(Document(f"{number}", text=paragraph(number, 20)) for number in range(30))
    assert (report.added, report.embedded, report.reused, report.documents) == (30, 18, 12, 37)
    assert retriever.verify(deep=True) == []


def test_one_of_two_programs_is_refused_or_waits(retriever: Retriever) -> None:
    with start(retriever.location, "waited for") as program:
        assert program.stdout is not None
        assert program.stdin is not None
        assert program.stdout.readline() == "begun\n"
        for act in (lambda: retriever.add([Document("late", text="Late.")]), lambda: retriever.remove("faq-7")):
            with pytest.raises(IndexLockedError):
                act()
        waiting = threading.Thread(target=retriever.add, args=([Document("late", text="Late.")],), kwargs={"wait": 60})
        waiting.start()
        program.stdin.close()
        waiting.join()
    assert program.returncode == 0
    assert len(retriever.documents()) == 3 + 4 + 30 + 1
    assert retriever.verify(deep=True) == []


numbers = st.integers(0, 12)
FILES = ("a.txt", "deep/b.md", "c.txt")


class History(RuleBasedStateMachine):
    """A program and a folder that change one index in turn; the model is a dictionary of each."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.patches = [
            mock.patch("retriever.index.files.durable.os.fsync"),
            mock.patch("retriever.ingest.program._BATCH", 3),
        ]
        for patch in self.patches:
            patch.start()
        self.root = Path(self.place.name).resolve()
        self.added: dict[str, Document] = {}

    @initialize()
    def begin(self) -> None:
        write(self.root / "docs", {"a.txt": paragraph(99)})
        limits = Limits(flush_rows=7, tier_factor=3, smallest_tier=8, deleted_share=0.6)
        index = LocalIndex.plan(self.root / "index", limits=limits)
        self.retriever = Retriever.open(index, model=FakeEncoder())
        self.retriever.add([])

    @rule(given=st.lists(st.tuples(numbers, numbers), max_size=12))
    def add(self, given: list[tuple[int, int]]) -> None:
        documents = [document(id_, text) for id_, text in given]
        before, self.added = self.added, {**self.added, **{one.id: one for one in documents}}
        report = self.retriever.add(iter(documents))
        last = {one.id: one for one in documents}
        assert report.added == len(last.keys() - before.keys())
        assert report.unchanged == sum(before.get(id_) == one for id_, one in last.items())
        assert report.added + report.replaced + report.unchanged == len(last)

    @rule(ids=st.lists(numbers, min_size=1, max_size=6))
    def remove(self, ids: list[int]) -> None:
        report = self.retriever.remove(*map(str, ids))
        gone = {str(id_) for id_ in ids} & self.added.keys()
        assert report.removed == len(gone)
        assert set(report.missing) == {str(id_) for id_ in ids} - gone
        self.added = {id_: one for id_, one in self.added.items() if id_ not in gone}

    @rule(text=numbers)
    def remove_by_filter(self, text: int) -> None:
        gone = {id_ for id_, one in self.added.items() if one.metadata["text"] == text}
        if self.added:
            assert self.retriever.remove(where=f"text = {text}").removed == len(gone)
        self.added = {id_: one for id_, one in self.added.items() if id_ not in gone}

    @rule(name=st.sampled_from(FILES), text=numbers, rebuild=st.booleans())
    def sync(self, name: str, text: int, rebuild: bool) -> None:
        write(self.root / "docs", {name: paragraph(text)})
        self.retriever.sync(self.root / "docs", rebuild=rebuild, prune=True)

    @invariant()
    def it_answers_as_a_fresh_one(self) -> None:
        """Ids and scores alike."""
        with (
            tempfile.TemporaryDirectory() as folder,
            Retriever.open(Path(folder) / "fresh", create=True, model=FakeEncoder()) as fresh,
        ):
            fresh.add(self.added.values())
            if self.retriever.sources():
                fresh.sync(self.root / "docs")
            assert fresh.documents() == self.retriever.documents()
            for question in ("amber3 barge5", paragraph(7), "kelp"):
                expected = list(fresh.search(question, k=60, duplicates="show"))
                assert list(self.retriever.search(question, k=60, duplicates="show")) == expected
        assert self.retriever.verify(deep=True) == []

    def teardown(self) -> None:
        self.retriever.close()
        for patch in self.patches:
            patch.stop()
        self.place.cleanup()


def document(number: int, text: int) -> Document:
    """One of few documents with one of few texts; the first is an empty one."""
    return Document(str(number), text=paragraph(text, 20 * (text % 3)) if text else "", metadata={"text": text})


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=settings.default.max_examples // 8,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

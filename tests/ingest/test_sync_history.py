"""After any sequence of syncs an index answers as one made anew from the same files, score for score (invariant 8)."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from unittest import mock

from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from small_index import ask, bring, made, paragraph, write

from retriever.index.local import LocalIndex
from retriever.ingest.sync import SyncOptions, sync

FOLDERS = ("docs", "docs/deep", "other")
FILES = ("report.txt", "notes.md", "page.html", "rows.jsonl", "table.csv")
QUESTIONS = ("the old bridge was closed", "lorries in spring", paragraph(3)[:80], "第二 图书馆", "flooded meadow 7")

names = st.builds("{}/{}".format, st.sampled_from(FOLDERS), st.sampled_from(FILES))
bodies = st.lists(st.integers(0, 12), min_size=1, max_size=9)


def contents(name: str, body: list[int]) -> str:
    """A file of the kind that its name says, with a paragraph or a row for each number."""
    texts = [paragraph(number, words=20 + 7 * number) for number in body]
    match Path(name).suffix:
        case ".md":
            return "# Notes\n\n" + "\n\n".join(f"## Part {at}\n\n{text}" for at, text in enumerate(texts))
        case ".html":
            return "<h1>Page</h1>" + "".join(f"<p>{text}</p>" for text in texts)
        case ".jsonl":
            return "".join(json.dumps({"id": number, "text": paragraph(number)}) + "\n" for number in body)
        case ".csv":
            return "id,text,year\n" + "".join(f'{at},"{text}",{1990 + at}\n' for at, text in enumerate(texts))
        case _:
            return "\n".join(texts)


class History(RuleBasedStateMachine):
    """Files that are written, edited, moved and deleted, and an index that is brought up to them now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.patches = [
            mock.patch("retriever.index.storage.os.fsync"),
            mock.patch.multiple("retriever.index.merge", FACTOR=2, SMALLEST=4),
        ]
        for patch in self.patches:
            patch.start()
        self.root = Path(self.place.name).resolve()
        self.encoder = FakeEncoder()
        self.bodies: dict[str, list[int]] = {}
        self.synced = False

    @initialize(first=st.lists(st.tuples(names, bodies), max_size=4))
    def begin(self, first: list[tuple[str, list[int]]]) -> None:
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.index = LocalIndex.create(self.root / "index")
        for name, body in first:
            self.put(name, body)
        self.sync_all(rebuild=False, prune=False, checksum=False)

    @rule(name=names, body=bodies)
    def put(self, name: str, body: list[int]) -> None:
        self.bodies[name] = body
        write(self.root, {name: contents(name, body)})
        self.synced = False

    @precondition(lambda self: self.bodies)
    @rule(data=st.data(), number=st.integers(0, 12))
    def edit(self, data: st.DataObject, number: int) -> None:
        """Change, insert or delete one paragraph or row."""
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        body = list(self.bodies[name])
        at = data.draw(st.integers(0, len(body) - 1))
        what = data.draw(st.sampled_from(["change", "insert", "delete"]))
        body[at : at + (what != "insert")] = [] if what == "delete" and len(body) > 1 else [number]
        self.put(name, body)

    @precondition(lambda self: self.bodies)
    @rule(data=st.data(), folder=st.sampled_from(FOLDERS))
    def move(self, data: st.DataObject, folder: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        target = f"{folder}/{Path(name).name}"
        (self.root / name).replace(self.root / target)
        self.bodies[target] = self.bodies.pop(name)
        self.synced = False

    @precondition(lambda self: self.bodies)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        (self.root / name).unlink()
        del self.bodies[name]
        self.synced = False

    @rule(folder=st.sampled_from(FOLDERS))
    def sync_one(self, folder: str) -> None:
        bring(self.index, self.encoder, self.root / folder)

    @rule(rebuild=st.booleans(), prune=st.booleans(), checksum=st.booleans())
    def sync_all(self, rebuild: bool, prune: bool, checksum: bool) -> None:
        options = SyncOptions(rebuild=rebuild, prune=prune, checksum=checksum)
        sync(self.index, self.encoder, "fake", [self.root / "docs", self.root / "other"], options)
        self.synced = True

    @precondition(lambda self: self.synced)
    @invariant()
    def it_answers_as_a_fresh_one(self) -> None:
        sources = [self.root / "docs", self.root / "other"]
        with tempfile.TemporaryDirectory() as folder:
            fresh = made(Path(folder) / "fresh", FakeEncoder(), *sources)
            for question in QUESTIONS:
                for mode in ("hybrid", "dense", "lexical"):
                    expected = ask(fresh, self.encoder, question, k=60, mode=mode, context=1)
                    assert ask(self.index, self.encoder, question, k=60, mode=mode, context=1) == expected
            numbers, others = self.index.snapshot().statistics(), fresh.snapshot().statistics()
            assert (numbers.documents, numbers.passages) == (others.documents, others.passages)
            assert numbers.languages == others.languages
        assert self.index.verify(deep=True) == []

    def teardown(self) -> None:
        for patch in self.patches:
            patch.stop()
        self.place.cleanup()


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)

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
from small_index import ask, create_index, paragraph, run_sync, sync_index, write

from retriever.index.local.index import LocalIndex
from retriever.index.local.limits import Limits
from retriever.ingest.options import SyncOptions

FOLDERS = ("docs", "docs/deep", "other")
FILES = ("report.txt", "notes.md", "page.html", "rows.jsonl", "table.csv")
QUESTIONS = ("amber3 barge25 heron", paragraph(3)[:80], "ledge31 fjord7 kelp40 inlet5")
# So many rows that changing a few leaves most of their segment in use, with the others deleted in it.
BULK = list(range(20, 60))

names = st.builds("{}/{}".format, st.sampled_from(FOLDERS), st.sampled_from(FILES))
numbers = st.integers(0, 45)
bodies = st.lists(numbers, min_size=1, max_size=9)
thens = st.sampled_from(["nothing", "one folder", "all", "all"])


def contents(name: str, body: list[int]) -> str:
    """A file of the kind that its name says, with a paragraph or a row for each number."""
    texts = [paragraph(number, words=20 + 3 * number) for number in body]
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


LIMITS = Limits(tier_factor=3, smallest_tier=8, deleted_share=0.6)


class History(RuleBasedStateMachine):
    """Files that are written, edited, moved and deleted, and an index that is brought up to them now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.patches = [
            mock.patch("retriever.index.files.durable.os.fsync"),
            # Files are read in this process: starting another takes longer than all else in a sync of so few.
            mock.patch("retriever.documents.isolated._is_harmless", return_value=True),
        ]
        for patch in self.patches:
            patch.start()
        self.root = Path(self.place.name).resolve()
        self.encoder = FakeEncoder()
        self.bodies: dict[str, list[int]] = {}
        self.synced = False

    @initialize(first=st.lists(st.tuples(names, bodies), max_size=3))
    def begin(self, first: list[tuple[str, list[int]]]) -> None:
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.index = LocalIndex.create(self.root / "index", limits=LIMITS)
        for name, body in [("docs/bulk.jsonl", BULK), ("other/bulk.txt", BULK), *first]:
            self.write(name, body)
        self.sync(rebuild=False, prune=False, checksum=False)

    @rule(name=names, body=bodies, then=thens)
    def put(self, name: str, body: list[int], then: str) -> None:
        self.write(name, body)
        self.follow(then)

    @rule(data=st.data(), number=numbers, what=st.sampled_from(["change", "insert", "delete"]), then=thens)
    def edit(self, data: st.DataObject, number: int, what: str, then: str) -> None:
        """Change, insert or delete one paragraph or row."""
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        body = list(self.bodies[name])
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + (what != "insert")] = [] if what == "delete" and len(body) > 1 else [number]
        self.write(name, body)
        self.follow(then)

    @rule(data=st.data(), folder=st.sampled_from(FOLDERS), then=thens)
    def move(self, data: st.DataObject, folder: str, then: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        target = f"{folder}/{Path(name).name}"
        (self.root / name).replace(self.root / target)
        self.bodies[target] = self.bodies.pop(name)
        self.follow(then)

    @precondition(lambda self: len(self.bodies) > 2)
    @rule(data=st.data(), then=thens)
    def delete(self, data: st.DataObject, then: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.bodies)))
        (self.root / name).unlink()
        del self.bodies[name]
        self.follow(then)

    @rule(rebuild=st.booleans(), prune=st.booleans(), checksum=st.booleans())
    def sync(self, rebuild: bool, prune: bool, checksum: bool) -> None:
        options = SyncOptions(rebuild=rebuild, prune=prune, checksum=checksum, allow_empty=True)
        run_sync(self.index, self.encoder, self.root / "docs", self.root / "other", options=options)
        self.synced = True

    def write(self, name: str, body: list[int]) -> None:
        self.bodies[name] = body
        write(self.root, {name: contents(name, body)})

    def follow(self, then: str) -> None:
        self.synced = False
        if then == "one folder":
            sync_index(self.index, self.encoder, self.root / "docs" / "deep", allow_empty=True)
        elif then == "all":
            self.sync(rebuild=False, prune=False, checksum=False)

    @precondition(lambda self: self.synced)
    @invariant()
    def it_answers_as_a_fresh_one(self) -> None:
        sources = [self.root / "docs", self.root / "other"]
        with tempfile.TemporaryDirectory() as folder:
            fresh = create_index(Path(folder) / "fresh", FakeEncoder(), *sources)
            for question in QUESTIONS:
                # To mark words takes longer than to find: all hits of one question in one mode are enough.
                every = 60 if question == QUESTIONS[0] else 10
                for mode, k in (("hybrid", every), ("dense", 10), ("lexical", 10)):
                    expected = ask(fresh, self.encoder, question, k=k, mode=mode, context=1)
                    assert ask(self.index, self.encoder, question, k=k, mode=mode, context=1) == expected
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
    max_examples=settings.default.max_examples // 10,
    stateful_step_count=7,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

"""A large corpus is searchable by its words before it is embedded, and ends as if it had been embedded at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_encoder import FakeEncoder
from fork_server import ForkedPopen
from small_index import ask, run_sync, sync_index, write

from retriever.index.cache.access import IndexCache
from retriever.index.local.index import LocalIndex
from retriever.index.wanted import read_wanted
from retriever.ingest import words_first
from retriever.ingest.options import SyncOptions
from retriever.ingest.sync import sync
from retriever.models.embedding_model import EmbeddingModel

if TYPE_CHECKING:
    from retriever.types import Vectors

COUNT = 24


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few passages count as many, and a step ends with the first group."""
    monkeypatch.setattr("retriever.ingest.sync.FEW", 8)
    monkeypatch.setattr(words_first, "FIRST", 0.0)
    monkeypatch.setattr(words_first, "SECONDS", 0.0)
    monkeypatch.setattr(words_first, "TIMES_COMMIT", 0)
    monkeypatch.setattr("retriever.ingest.additions.GROUP", 8)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    files = {f"{number:02}.txt": f"paragraph {number} about subject{number}\n" for number in range(COUNT)}
    return write(tmp_path / "docs", files)


class Watching(FakeEncoder):
    """Calls back before it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[int] = []
        self.index: LocalIndex | None = None
        self.stop_after = 1 << 30
        self.texts = 0

    @property
    def batch_size(self) -> int:
        return 8

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if "paragraph" not in texts[0]:
            # What scores of unrelated texts are.
            return super().encode_passages(texts)
        if self.index is not None:
            self.before.append(self.index.snapshot().pending)
        if self.texts >= self.stop_after:
            raise KeyboardInterrupt
        self.texts += len(texts)
        return super().encode_passages(texts)


def test_words_come_first_and_the_end_equals_a_fresh_build(tmp_path: Path, docs: Path) -> None:
    encoder, index = Watching(), LocalIndex.create(tmp_path / "index")
    encoder.index = index
    report = sync_index(index, encoder, docs)
    assert encoder.before[0] == COUNT
    assert encoder.before == sorted(encoder.before, reverse=True)
    assert len(set(encoder.before)) > 2
    assert (report.added, report.embedded, report.reused, report.pending) == (COUNT, COUNT, 0, 0)
    fresh = LocalIndex.create(tmp_path / "fresh")
    for name in sorted(docs.iterdir()):
        sync_index(fresh, FakeEncoder(), name)
    for query in ("subject7", "paragraph about subject11", "something else"):
        assert ask(index, FakeEncoder(), query) == ask(fresh, FakeEncoder(), query)
    assert index.verify(deep=True) == []


def test_an_interruption_loses_nothing_and_the_next_sync_goes_on(tmp_path: Path, docs: Path) -> None:
    encoder, index = Watching(), LocalIndex.create(tmp_path / "index")
    encoder.stop_after = 16
    with pytest.raises(KeyboardInterrupt):
        sync_index(index, encoder, docs)
    snapshot = index.snapshot()
    assert (snapshot.passages, snapshot.pending) == (COUNT, COUNT - 16)
    [hit] = ask(index, FakeEncoder(), "subject7", k=1)
    assert "subject7" in hit.text
    report = run_sync(index, FakeEncoder(), options=SyncOptions())
    assert (report.embedded, report.unchanged, report.pending) == (COUNT - 16, COUNT, 0)
    assert index.snapshot().pending == 0


def test_what_is_read_first_is_found_before_the_rest_is_read(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.create(tmp_path / "index")
    found: list[int] = []
    cache = IndexCache(index)
    sync(
        index,
        cache,
        EmbeddingModel.of(Watching()),
        "fake",
        [docs],
        SyncOptions(),
        lambda _: found.append(index.snapshot().passages),
    )
    cache.close()
    assert set(range(1, COUNT)) & set(found)
    assert found == sorted(found)


def test_a_moved_file_is_found_at_its_new_place_before_it_goes_from_the_old(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, FakeEncoder(), docs)
    (docs / "moved").mkdir()
    for path in sorted(docs.glob("*.txt")):
        path.rename(docs / "moved" / path.name)
    report = run_sync(index, FakeEncoder(), options=SyncOptions())
    assert (report.moved, report.documents, report.embedded) == (COUNT, COUNT, 0)


def test_waiting_for_words_embeds_nothing(tmp_path: Path, docs: Path) -> None:
    encoder, index = Watching(), LocalIndex.create(tmp_path / "index")
    report = run_sync(index, encoder, docs, options=SyncOptions(wait_for="words"))
    assert (report.passages, report.pending, report.embedded, encoder.texts) == (COUNT, COUNT, 0, 0)
    assert ask(index, FakeEncoder(), "subject3", k=1, mode="lexical")[0].text.endswith("subject3")
    (docs / "03.txt").write_text("a new paragraph\n", encoding="utf-8")
    (docs / "04.txt").unlink()
    report = run_sync(index, encoder, options=SyncOptions())
    assert (report.passages, report.pending, report.changed, report.removed) == (COUNT - 1, 0, 1, 1)
    # What was changed and removed while it was pending was never embedded.
    assert encoder.texts == COUNT - 1


def test_the_newest_files_are_embedded_first(tmp_path: Path, docs: Path) -> None:
    now = time.time()
    for age, path in enumerate(sorted(docs.iterdir())):
        os.utime(path, (now - age, now - age))
    encoder, index = Watching(), LocalIndex.create(tmp_path / "index")
    encoder.stop_after = 8
    with pytest.raises(KeyboardInterrupt):
        sync_index(index, encoder, docs)
    waiting = {Path(stored.file).name for stored in index.snapshot().pending_documents()}
    assert waiting == {f"{number:02}.txt" for number in range(8, COUNT)}


def test_what_searches_found_by_words_is_embedded_first(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.create(tmp_path / "index")
    run_sync(index, FakeEncoder(), docs, options=SyncOptions(wait_for="words"))
    [hit] = ask(index, FakeEncoder(), "subject5", k=1)
    encoder = Watching()
    encoder.stop_after = 8
    with pytest.raises(KeyboardInterrupt):
        run_sync(index, encoder, options=SyncOptions())
    waiting = {stored.key for stored in index.snapshot().pending_documents()}
    assert len(waiting) == COUNT - 8
    assert hit.path not in waiting
    run_sync(index, FakeEncoder(), options=SyncOptions())
    assert not read_wanted(index.location)


def test_few_new_passages_are_embedded_before_one_commit(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, FakeEncoder(), docs)
    before = index.snapshot().generation
    (docs / "new.txt").write_text("one more\n", encoding="utf-8")
    assert run_sync(index, FakeEncoder(), options=SyncOptions()).generation == before + 1


def test_a_rebuild_with_the_same_model_leaves_the_old_index_until_the_end(tmp_path: Path, docs: Path) -> None:
    encoder, index = Watching(), LocalIndex.create(tmp_path / "index")
    sync_index(index, FakeEncoder(), docs)
    before = index.snapshot().generation
    for path in docs.iterdir():
        path.write_text(path.read_text(encoding="utf-8") + "\nand more\n", encoding="utf-8")
    encoder.index = index
    sync_index(index, encoder, docs, rebuild=True)
    assert set(encoder.before) == {0}
    assert index.snapshot().generation == before + 1


_PROGRAM = """
import sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
import retriever.ingest.sync, retriever.ingest.words_first as words_first, retriever.ingest.additions as additions
retriever.ingest.sync.FEW, words_first.SECONDS, words_first.TIMES_COMMIT, additions.GROUP = 8, 0.0, 0, 8
from fake_encoder import FakeEncoder
from small_index import sync_index
from retriever.index.local.index import LocalIndex
class Slow(FakeEncoder):
    batch_size = 8
    def encode_passages(self, texts):
        if "paragraph" in texts[0]:
            print("embedding", flush=True)
            time.sleep(0.05)
        return super().encode_passages(texts)
sync_index(LocalIndex.create(Path(sys.argv[1])), Slow(), sys.argv[2])
"""


@pytest.mark.parametrize("batches", [1, 3])
def test_a_process_killed_between_steps_loses_at_most_a_batch(tmp_path: Path, docs: Path, batches: int) -> None:
    program = _PROGRAM.format(paths=sys.path)
    command = [sys.executable, "-c", program, str(tmp_path / "index"), str(docs)]
    process = ForkedPopen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(batches):
        assert process.stdout.readline() == "embedding\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    index = LocalIndex.open(tmp_path / "index")
    assert index.snapshot().passages == COUNT
    report = run_sync(index, FakeEncoder(), options=SyncOptions())
    # The batch that was being embedded, and those before it not again.
    assert COUNT - 8 * batches <= report.embedded <= COUNT - 8 * (batches - 1)
    assert index.snapshot().pending == 0
    assert index.verify(deep=True) == []

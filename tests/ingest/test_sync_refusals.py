"""What a sync does with files that it cannot read, settings that it cannot use, and a second sync beside it."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from unittest import mock

import pytest
from fake_encoder import FakeEncoder
from small_index import run_sync, sources, sync_index, write

from retriever.errors import FingerprintMismatchError, IndexLockedError, UsageError
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.models.scoring import rotated_codes

if TYPE_CHECKING:
    from retriever.types import Vectors


def test_what_cannot_be_read_is_listed_with_its_reason_each_time(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    (docs / "noise.txt").write_bytes(bytes(range(256)) * 8)
    (docs / "letter.docx").write_text("no archive at all")
    for _ in range(2):
        report = sync_index(index, encoder, docs)
        assert [item.source for item in report.skipped] == ["docs/letter.docx", "docs/noise.txt"]
        assert all(item.reason for item in report.skipped)
        assert report.documents == 3
    assert report.committed is False


def test_a_file_that_is_no_text_any_more_goes(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    (docs / "river.txt").write_bytes(bytes(range(256)) * 8)
    report = sync_index(index, encoder, docs)
    assert (report.removed, report.unchanged) == (1, 2)
    assert [item.source for item in report.skipped] == ["docs/river.txt"]
    assert "docs/river.txt" not in sources(index)


def test_too_large_a_file_is_listed_and_taken_once_the_limit_is_raised(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    report = sync_index(index, encoder, docs, max_file_size=150)
    assert [item.source for item in report.skipped] == ["docs/river.txt"]
    assert "--max-file-size" in report.skipped[0].reason
    assert sync_index(index, encoder, docs).added == 1


@contextmanager
def refused(name: str) -> Iterator[None]:
    """While this lasts, the disk fails at each opening of files of that name."""
    opening = Path.open

    def refusing(self: Path, *arguments: Any, **options: Any) -> IO[Any]:
        if self.name == name:
            raise OSError(errno.EIO, "Input/output error", str(self))
        return opening(self, *arguments, **options)

    with mock.patch.object(Path, "open", refusing):
        yield


def test_a_file_that_the_disk_refuses_is_listed_and_keeps_its_earlier_version(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    write(docs, {"river.txt": "The river has dried up.", "orchard.md": "The orchard is bare."})
    with refused("river.txt"):
        report = sync_index(index, encoder, docs)
    assert (report.changed, report.unchanged, report.removed) == (1, 2, 0)
    assert [item.source for item in report.skipped] == ["docs/river.txt"]
    assert "Input/output error" in report.skipped[0].reason
    assert "wardens" in sources(index)["docs/river.txt"]
    assert sync_index(index, encoder, docs).changed == 1
    assert sources(index)["docs/river.txt"] == "The river has dried up."


def test_a_file_refused_between_hashing_and_reading_keeps_its_earlier_version(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, docs)
    write(docs, {"river.txt": "The river has dried up."})
    with refused("river.txt"), mock.patch("retriever.ingest.changes.file_digest", lambda path: f"of {path.name}"):
        report = sync_index(index, encoder, docs)
    assert [item.source for item in report.skipped] == ["docs/river.txt"]
    assert (report.unchanged, report.removed) == (3, 0)
    assert "wardens" in sources(index)["docs/river.txt"]


def test_a_new_file_that_the_disk_refuses_is_taken_later(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    with refused("river.txt"):
        assert sync_index(index, encoder, docs).added == 2
    assert sync_index(index, encoder, docs).added == 1


def test_an_encoding_may_be_given(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    text = "Ворота закрыты до утра."
    (docs / "gate.txt").write_bytes(text.encode("koi8-r"))
    sync_index(index, encoder, docs / "gate.txt", encoding="cp1251")
    assert sources(index)["docs/gate.txt"] != text
    report = sync_index(index, encoder, docs / "gate.txt", encoding="koi8-r")
    assert (report.changed, sources(index)["docs/gate.txt"]) == (1, text)
    report = sync_index(index, encoder, docs / "gate.txt", encoding="koi8-r")
    assert (report.unchanged, report.committed) == (1, False)


def test_an_unknown_encoding_is_refused_and_loses_nothing(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    with pytest.raises(UsageError, match="klingon"):
        sync_index(index, encoder, docs, encoding="klingon")
    assert len(sources(index)) == 3


@pytest.mark.parametrize("other", [FakeEncoder("other"), FakeEncoder(weights="2")], ids=["name", "weights"])
def test_another_model_needs_a_rebuild(index: LocalIndex, encoder: FakeEncoder, docs: Path, other: FakeEncoder) -> None:
    sync_index(index, encoder, docs)
    with pytest.raises(FingerprintMismatchError, match="model") as caught:
        sync_index(index, other, docs)
    assert "--rebuild" in caught.value.hint
    assert index.snapshot().generation == 1
    report = sync_index(index, other, docs, rebuild=True)
    assert (report.added, report.embedded) == (3, report.passages)
    assert sync_index(index, other, docs).unchanged == 3


def test_another_passage_length_needs_a_rebuild(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, docs)
    with pytest.raises(FingerprintMismatchError, match=r"has passages of \d+ tokens, not 60$") as refused:
        sync_index(index, encoder, docs, passage_tokens=60)
    assert "--rebuild --passage-tokens 60 " in refused.value.hint
    sync_index(index, encoder, docs, passage_tokens=60, rebuild=True)
    assert sync_index(index, encoder, docs, passage_tokens=60).unchanged == 3


def test_another_form_of_token_vectors_needs_a_rebuild(
    index: LocalIndex, encoder: FakeEncoder, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_index(index, encoder, docs, token_vectors=True)
    with monkeypatch.context() as context:
        context.setattr(rotated_codes, "NAME", "of another version")
        for dry_run in (True, False):
            with pytest.raises(FingerprintMismatchError, match="does not know") as caught:
                run_sync(index, encoder, docs, options=SyncOptions(dry_run=dry_run))
            assert "--rebuild" in caught.value.hint
    assert sync_index(index, encoder, docs, rebuild=True).added == 3


@pytest.mark.parametrize("damaged", ["", "CURRENT", "segments"])
def test_a_rebuild_keeps_what_was_chosen(index: LocalIndex, encoder: FakeEncoder, docs: Path, damaged: str) -> None:
    """Also that of a damaged index, as far as a manifest still says it."""
    sync_index(index, encoder, docs, passage_tokens=60, token_vectors=True)
    chosen = index.snapshot().settings
    index.close()
    for path in [path for path in (index.path / damaged).rglob("*") if damaged == "segments" and path.is_file()]:
        path.write_bytes(b"")
    if damaged == "CURRENT":
        (index.path / damaged).write_bytes(b"")
    again = LocalIndex.create(index.path)
    sync_index(again, encoder, docs, rebuild=True)
    assert again.snapshot().settings == chosen
    sync_index(again, encoder, docs, rebuild=True, passage_tokens=50, token_vectors=False)
    changed = again.snapshot().settings
    assert (changed.passage_tokens, changed.tokens) == (50, "")


class WaitingEncoder(FakeEncoder):
    """Says when it is first asked for passages of a sync, and waits there."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.go_on = threading.Event()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.set()
        assert self.go_on.wait(60)
        return super().encode_passages(texts)


def test_a_second_sync_at_the_same_time_is_refused(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    first = WaitingEncoder()
    running = threading.Thread(target=sync_index, args=(index, first, docs))
    running.start()
    try:
        assert first.asked.wait(60)
        for other in (index, LocalIndex.open(index.path)):
            with pytest.raises(IndexLockedError) as caught:
                sync_index(other, encoder, docs)
            assert caught.value.hint
        assert index.snapshot().generation == 0
    finally:
        first.go_on.set()
        running.join()
    assert sync_index(index, encoder, docs).unchanged == 3


def test_a_second_sync_may_wait(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    first = WaitingEncoder()
    running = threading.Thread(target=sync_index, args=(index, first, docs))
    running.start()
    try:
        assert first.asked.wait(60)
        options = SyncOptions(wait=60, max_file_size=None)
        with mock.patch("retriever.index.files.writer.time.sleep", side_effect=lambda _: first.go_on.set()):
            report = run_sync(LocalIndex.open(index.path), encoder, docs, options=options)
    finally:
        first.go_on.set()
        running.join()
    assert (report.unchanged, report.generation) == (3, 1)

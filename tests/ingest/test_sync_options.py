"""What a sync can be told: to prune, to hash everything, and only to say what it would do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_index import paragraph, run_sync, sources, write

from retriever.errors import UsageError
from retriever.index.cache.store import CACHE, EmbeddingCache
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.reports import FileChange, SyncReport
from retriever.types import Source


def sync_with(index: LocalIndex, *names: str | Path, encoder: FakeEncoder | None = None, **options: Any) -> SyncReport:
    return run_sync(index, encoder or FakeEncoder(), *names, options=SyncOptions(**options))


def sources_of(docs: Path) -> list[str]:
    return [path.read_text() for path in docs.rglob("*.*")]


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder with its bytes and its time of change."""
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in sorted([folder, *folder.rglob("*")])
    }


def test_prune_drops_what_lies_under_none_of_the_sources(index: LocalIndex, docs: Path) -> None:
    other = write(Path("other"), {"hill.txt": "The hill is bare."})
    sync_with(index, docs, other)
    assert sync_with(index, docs).removed == 0
    report = sync_with(index, docs, prune=True)
    assert (report.removed, report.unchanged, report.files) == (1, 3, (FileChange("removed", "other/hill.txt"),))
    assert "other/hill.txt" not in sources(index)
    assert sync_with(index, docs / "river.txt", prune=True).removed == 2


def test_prune_keeps_what_could_not_be_looked_at(
    index: LocalIndex, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_with(index, docs)
    listed = os.scandir

    def refuse(path: str) -> object:
        if os.path.basename(path) == "town":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        assert sync_with(index, docs, prune=True).removed == 0


def test_a_file_moved_to_another_source_has_moved_when_pruned(index: LocalIndex, docs: Path) -> None:
    sync_with(index, docs)
    Path("elsewhere").mkdir()
    (docs / "river.txt").rename("elsewhere/stream.txt")
    encoder = FakeEncoder()
    report = sync_with(index, "elsewhere", prune=True, encoder=encoder)
    assert (report.moved, report.removed, report.added, encoder.embedded) == (1, 2, 0, [])
    assert FileChange("moved", "elsewhere/stream.txt", "docs/river.txt") in report.files


def test_a_pattern_leaves_deeper_files_of_another_run_alone(index: LocalIndex, docs: Path) -> None:
    sync_with(index, docs)
    assert sync_with(index, "docs/*.txt").removed == 0
    (docs / "town" / "bakery.txt").unlink()
    assert sync_with(index, "docs/*.txt").removed == 0
    assert sync_with(index, docs).removed == 1


def test_a_file_that_a_link_led_to_goes_with_it(index: LocalIndex, docs: Path) -> None:
    far = write(Path("far").absolute(), {"hill.txt": "The hill is bare."})
    os.symlink(far, docs / "link")
    assert sync_with(index, docs, follow=True).added == 4
    (far / "hill.txt").unlink()
    assert sync_with(index, docs, follow=True).removed == 1


def test_what_is_no_longer_followed_goes(index: LocalIndex, docs: Path) -> None:
    far = write(Path("far").absolute(), {"hill.txt": "The hill is bare."})
    os.symlink(far, docs / "link")
    assert sync_with(index, docs, follow=True).added == 4
    assert sync_with(index).unchanged == 4
    report = sync_with(index, docs)
    assert (report.removed, report.unchanged) == (1, 3)


def test_checksum_finds_a_change_that_size_and_time_hide(
    index: LocalIndex, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the file had been at rest for long when it was looked at, and its time of change could be forged.
    monkeypatch.setattr("retriever.ingest.changes.COARSE_NS", -(10**18))
    monkeypatch.setattr("retriever.ingest.scan.ScannedFile.__init__", forged)
    write(docs, {"orchard.md": "Pears keep until March."})
    sync_with(index, docs)
    write(docs, {"orchard.md": "Plums keep until April."})
    assert sync_with(index, docs).changed == 0
    assert sync_with(index, docs, checksum=True).changed == 1
    assert sync_with(index, docs).unchanged == 3


def forged(self: object, real: str, source: str, size: int, changed_ns: int, origin: Source) -> None:
    fields = {"real": real, "source": source, "size": size, "changed_ns": 1, "origin": origin}
    for name, value in fields.items():
        object.__setattr__(self, name, value)


def test_a_change_at_once_and_of_the_same_size_is_found(index: LocalIndex, docs: Path) -> None:
    write(docs, {"orchard.md": "Pears keep until March."})
    sync_with(index, docs)
    status = os.stat(docs / "orchard.md")
    write(docs, {"orchard.md": "Plums keep until April."})
    os.utime(docs / "orchard.md", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert sync_with(index, docs).changed == 1


def test_the_files_that_differ_are_listed(index: LocalIndex, docs: Path) -> None:
    write(docs, {"ferry.txt": "The ferry crosses at eight.", "mill.txt": "The mill is shut."})
    assert [change.what for change in sync_with(index, docs).files] == ["added"] * 5
    (docs / "mill.txt").unlink()
    (docs / "ferry.txt").rename(docs / "crossing.txt")
    write(docs, {"orchard.md": "Apples keep until May.", "new.txt": "A new bridge is planned."})
    assert sync_with(index, docs).files == (
        FileChange("moved", "docs/crossing.txt", "docs/ferry.txt"),
        FileChange("removed", "docs/mill.txt"),
        FileChange("added", "docs/new.txt"),
        FileChange("changed", "docs/orchard.md"),
    )
    assert sync_with(index, docs).files == ()


def test_rows_that_cannot_be_read_are_listed_by_each_sync(index: LocalIndex, docs: Path) -> None:
    (docs / "rows.jsonl").write_text('{"id": "one", "text": "The first."}\n{"id": "broken\n')
    sync_with(index, docs)
    for _ in range(2):
        report = sync_with(index, docs)
        assert [item.source for item in report.skipped] == ["docs/rows.jsonl:2"]
        assert (report.unchanged, report.committed, report.files) == (4, False, ())
    (docs / "rows.jsonl").write_text('{"id": "one", "text": "The first."}\n')
    assert sync_with(index, docs).skipped == ()


def test_a_dry_run_of_an_index_that_is_not_there_makes_nothing(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.plan(tmp_path / "planned")
    encoder = FakeEncoder()
    report = sync_with(index, docs, dry_run=True, encoder=encoder)
    assert not (tmp_path / "planned").exists()
    assert (report.added, report.documents, report.dry_run, report.committed) == (3, 3, True, False)
    assert not {text.strip() for text in sources_of(docs)} & {*encoder.embedded}
    real = sync_with(index, docs)
    assert (report.embedded, report.reused, report.passages) == (real.embedded, real.reused, real.passages)
    assert report.files == real.files


def test_what_is_refused_leaves_no_index(tmp_path: Path, docs: Path) -> None:
    index = LocalIndex.plan(tmp_path / "planned")
    for names in (["nowhere"], [docs, "docs/*.pdf"]):
        with pytest.raises(UsageError):
            sync_with(index, *names)
    for dry_run in (False, True):
        with pytest.raises(UsageError, match="unknown workers 'http://x'"):
            sync_with(index, docs, dry_run=dry_run, workers="http://x")
    assert not (tmp_path / "planned").exists()


def test_a_dry_run_sees_what_a_killed_run_left_in_the_cache(index: LocalIndex, docs: Path) -> None:
    sync_with(index, docs)
    held = EmbeddingCache(index.path / CACHE)
    copy = shutil.copytree(index.path, Path("copy"))
    assert any(copy.glob("cache.sqlite-wal")), "the run is over, but its process still holds the cache"
    with sqlite3.connect(index.path / "cache.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM embeddings").fetchone()[0]
    shutil.copytree(docs, "other")
    before = everything(copy)
    report = sync_with(LocalIndex.open(copy), "other", dry_run=True)
    assert everything(copy) == before
    assert (report.added, report.embedded) == (3, 0)
    held.close()


edits = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "move"]),
        st.sampled_from(["a.txt", "b.md", "sub/c.txt", "rows.jsonl"]),
        st.integers(0, 5),
    ),
    max_size=5,
)


@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, edits, st.booleans(), st.booleans())
def test_a_dry_run_says_exactly_what_the_run_then_does(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[str, str, int]],
    then: list[tuple[str, str, int]],
    prune: bool,
    rebuild: bool,
) -> None:
    root = tmp_path_factory.mktemp("dry")
    docs = write(root / "docs", {"z.txt": "Always there."})
    write(root / "other", {"far.txt": "In another source."})
    index = LocalIndex.create(root / "index")
    apply(docs, first)
    sync_with(index, docs, root / "other")
    apply(docs, then)
    before = everything(index.path)
    encoder = FakeEncoder()
    tried = sync_with(index, docs, encoder=encoder, dry_run=True, prune=prune, rebuild=rebuild)
    assert everything(index.path) == before
    assert "Always there." not in encoder.embedded
    real = sync_with(index, docs, prune=prune, rebuild=rebuild)
    assert sync_with(index, docs, prune=prune, dry_run=True).files == ()
    for name in ("added", "changed", "moved", "removed", "unchanged", "documents", "passages", "embedded", "reused"):
        assert getattr(tried, name) == getattr(real, name), name
    assert (tried.files, tried.skipped, tried.notices) == (real.files, real.skipped, real.notices)


def apply(folder: Path, steps: list[tuple[str, str, int]]) -> None:
    for what, name, number in steps:
        path = folder / name
        if what == "put":
            text = paragraph(number)
            write(folder, {name: f'{{"id": "{number}", "text": "{text}"}}\n' if name.endswith("jsonl") else text})
        elif what == "delete":
            path.unlink(missing_ok=True)
        elif path.exists():
            path.rename(folder / f"moved-{number}{path.suffix}")

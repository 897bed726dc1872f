"""Scans in an index: hits say that they were recognised, a page is recognised once, and waits without the extra."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from PIL import Image
from small_index import ask, sync_index

from retriever.documents import isolated
from retriever.documents.process import StartError
from retriever.index.cache.access import IndexCache
from retriever.index.cache.contents import PAGES
from retriever.index.cache.interface import EmbeddingStore
from retriever.index.files.databases import fetch
from retriever.index.local.index import LocalIndex
from retriever.ingest.options import SyncOptions
from retriever.ingest.sync import sync
from retriever.maintenance import compact_index
from retriever.models.embedding_model import EmbeddingModel
from retriever.reports import Progress, SyncReport

NOTICE = Path(__file__).parents[1] / "documents" / "ocr" / "pictures" / "notice.png"


def follow_sync(index: LocalIndex, source: Path) -> tuple[SyncReport, list[str]]:
    """A sync, with what its progress says of pages."""
    told: list[str] = []

    def note(progress: Progress) -> None:
        if "recognised" in progress.detail:
            told.append(progress.detail)

    cache = IndexCache(index)
    try:
        report = sync(index, cache, EmbeddingModel.of(FakeEncoder()), "fake", [source], SyncOptions(), note)
    finally:
        cache.close()
    return report, told


def find_pages(store: EmbeddingStore) -> list[bytes]:
    """The keys of the recognised pages in a cache: digests of their pictures."""
    return store._run(  # type: ignore[attr-defined]
        lambda connection: [
            bytes(row[0])
            for row in fetch(
                connection,
                "SELECT hash FROM embeddings JOIN fingerprints ON number = embeddings.fingerprint "
                "WHERE fingerprints.fingerprint = ?",
                (PAGES,),
            )
        ]
    )


def change_pages(index: LocalIndex, before: str, after: str) -> None:
    """Change a word in the only recognised page that the cache keeps."""
    cache = IndexCache(index)
    store = cache.open()
    [key] = find_pages(store)
    page = store.get_bytes(PAGES, [key])[key].decode()
    assert before in page
    store.put_bytes(PAGES, [key], [page.replace(before, after).encode()])
    cache.close()


def test_a_scan_waits_for_the_extra_and_is_then_recognised_once(
    index: LocalIndex, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(NOTICE, docs / "通知.png")
    shutil.copy(NOTICE, docs / "again.png")

    def refuse() -> None:
        raise StartError("none for this test")

    with monkeypatch.context() as without:
        # Files are then read in this process, which has no such library.
        without.setattr(isolated, "ReaderProcess", refuse)
        without.setitem(sys.modules, "rapidocr", None)
        report, _ = follow_sync(index, docs)
    assert [notice.message for notice in report.notices if "wait" in notice.message] == [
        next(notice.message for notice in report.notices if notice.message.startswith("2 images wait for text recog"))
    ]
    assert "[ocr]" in report.notices[-1].message
    assert (report.added, report.skipped) == (3, ())

    report, told = follow_sync(index, docs)
    assert (report.added, report.unchanged, report.notices) == (2, 3, ())
    assert told == ["1 of 1 pages of docs/again.png recognised", "1 of 1 pages of docs/通知.png recognised"]
    hit = ask(index, FakeEncoder(), "供水收入", mode="lexical")[0]
    assert hit.recognised is not None
    assert hit.recognised > 0.9
    assert "#xywh=" in hit.citation
    assert hit.metadata["recognised"] == 1
    assert hit.to_dict()["recognised"] == hit.recognised
    assert ask(index, FakeEncoder(), "gauge", mode="lexical")[0].recognised is None

    change_pages(index, "供水收入", "灌溉收入")
    compact_index(index.path)
    sync_index(index, FakeEncoder(), docs, rebuild=True)
    assert "灌溉收入" in ask(index, FakeEncoder(), "灌溉收入", mode="lexical")[0].text


def test_a_compaction_drops_the_text_of_scans_that_are_gone(index: LocalIndex, docs: Path) -> None:
    """What was recognised is not to stay on the disk when its file was removed; a picture without text is nothing."""
    shutil.copy(NOTICE, docs / "notice.png")
    shutil.copy(NOTICE.with_name("two.tif"), docs / "two.tif")
    tree = Image.effect_noise((400, 300), 90)
    tree.save(docs / "tree.png")
    follow_sync(index, docs)
    (docs / "notice.png").unlink()
    follow_sync(index, docs)
    cache = IndexCache(index)
    assert len(find_pages(cache.open())) == 4
    cache.close()
    compact_index(index.path)
    pages = cache.open().get_bytes(PAGES, find_pages(cache.open()))
    cache.close()
    assert len(pages) == 3
    assert not any("供水收入" in page.decode() for page in pages.values())
    assert sum(page.endswith(b",[]]") for page in pages.values()) == 1

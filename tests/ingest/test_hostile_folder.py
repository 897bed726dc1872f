"""A folder with files made to harm: the good files are indexed, each bad one has its reason."""

from __future__ import annotations

import resource
import shutil
import sys
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import sources, sync_index, write

from retriever.index.local.index import LocalIndex

CASES = Path(__file__).parents[1] / "documents" / "cases" / "hostile"
GOOD = {
    "a.txt": "Amber on the shore.",
    "k.md": "# Kelp\n\nKelp in the inlet.",
    "m.csv": "id,text\n1,Jetty in the fog.\n",
    "z.html": "<p>Fjord at night.",
}
REFUSED = {"docs/nested-xobjects.pdf": "memory", "docs/open-quotes.csv": "unclosed quote"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs limits of the kernel")


def test_good_files_among_bad_ones_are_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CASES, tmp_path / "docs")
    write(tmp_path / "docs", GOOD)
    index = LocalIndex.create(tmp_path / "index")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = sync_index(index, FakeEncoder(), "docs")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = sources(index)
    assert {"docs/a.txt", "docs/k.md", "docs/z.html", "1"} <= set(found)
    assert {item.source for item in report.skipped if ":" not in item.source} == set(REFUSED)
    for item in report.skipped:
        assert REFUSED[item.source] in item.reason
    read = {"docs/nested-text-boxes.docx", "docs/list-letters-huge-start.docx", "docs/list-level-superscript.docx"}
    assert read | {"docs/list-level-5000-digits.docx"} <= set(found)
    assert any(text.startswith("hello world") for text in found.values())
    # That of the largest child so far, which may have been one of another test.
    assert after.ru_maxrss < max(1024 * 1024, before.ru_maxrss + 1)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 40


def test_what_the_index_has_of_a_file_that_cannot_be_read_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    docs = write(tmp_path / "docs", GOOD)
    # The name tells the reader where content does not, so that the good file may be a page.
    (docs / "report.pdf").write_text("<!DOCTYPE html><html><p>Heron on the ledge.")
    index = LocalIndex.create(tmp_path / "index")
    sync_index(index, FakeEncoder(), "docs")
    before = sources(index)
    assert before["docs/report.pdf"] == "Heron on the ledge."
    shutil.copy(CASES / "nested-xobjects.pdf", docs / "report.pdf")
    write(docs, {"z.html": "<p>Fjord at noon."})
    report = sync_index(index, FakeEncoder(), "docs")
    assert [item.source for item in report.skipped] == ["docs/report.pdf"]
    assert (report.removed, report.changed) == (0, 1)
    assert sources(index) == before | {"docs/z.html": "Fjord at noon."}

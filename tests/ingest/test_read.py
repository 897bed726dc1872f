from __future__ import annotations

import json

from scanning import scan

from retriever.documents import IsolatedReader
from retriever.index.cache.view import CacheView
from retriever.ingest.changes import ChangedFile
from retriever.ingest.counts import Counts
from retriever.ingest.dry_run import ReadOnlyStore
from retriever.ingest.read import REPORTED_IDS, ChangedFileReader
from retriever.ingest.remarks import FileRemarks


def _notices(tmp_path, ids):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": name, "text": "some words"}) + "\n" for name in ids))
    counts = Counts()
    changed = ChangedFile(scan([path]).files[0], "digest", ())
    with IsolatedReader() as files:
        reader = ChangedFileReader(counts, files, FileRemarks(ReadOnlyStore(CacheView(tmp_path / "none"))))
        read = [document.id for document, _ in reader.read(changed)]
    return read, [notice.message for notice in counts.notices]


def test_an_id_that_occurs_again_is_told(tmp_path):
    read, notices = _notices(tmp_path, ["a", "b", "a"])
    assert read == ["a", "b"]
    assert notices == ["the id 'a' occurs again; the first is kept"]


def test_a_column_that_is_no_id_does_not_flood_the_report(tmp_path):
    """A category taken for an id: every row is accounted for, in a bounded number of notices."""
    read, notices = _notices(tmp_path, ["x"] * 500)
    assert read == ["x"]
    assert len(notices) == REPORTED_IDS + 1
    assert notices[-1].startswith(f"ids of {499 - REPORTED_IDS} more rows")

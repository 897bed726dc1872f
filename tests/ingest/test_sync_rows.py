"""Files of rows: a row is a document that comes, changes and goes by its id."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from unittest import mock

from fake_encoder import FakeEncoder
from small_index import sources, sync_index

from retriever.documents.interface import Source
from retriever.documents.json_lines import read_json_lines
from retriever.index.local.index import LocalIndex
from retriever.reports import SyncReport
from retriever.types import Document

ROWS = {
    "ferry": "The ferry crosses at eight and at five.",
    "bridge": "The bridge is closed to carts in winter.",
    "ford": "The ford is marked with white stones.",
    "tunnel": "The tunnel is lit by forty lamps.",
}


def put(rows: dict[str, str], name: str = "docs/rows.jsonl") -> Path:
    lines = [json.dumps({"id": key, "text": text}) for key, text in rows.items()]
    Path(name).write_text("\n".join(lines) + "\n")
    return Path(name)


def counts(report: SyncReport) -> tuple[int, int, int, int, int, int]:
    """Added, changed, moved, removed and unchanged documents, and embedded passages."""
    return report.added, report.changed, report.moved, report.removed, report.unchanged, report.embedded


def test_a_row_is_a_document(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    file = put(ROWS)
    assert counts(sync_index(index, encoder, file)) == (4, 0, 0, 0, 0, 4)
    assert sources(index) == ROWS
    report = sync_index(index, encoder, file)
    assert (counts(report), report.committed) == ((0, 0, 0, 0, 4, 0), False)


def test_a_changed_row_alone_is_embedded(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS))
    rows = ROWS | {"ford": "The ford is under water."}
    assert counts(sync_index(index, encoder, put(rows))) == (0, 1, 0, 0, 3, 1)
    assert sources(index) == rows
    report = sync_index(index, encoder, put(rows))
    assert (counts(report), report.committed) == ((0, 0, 0, 0, 4, 0), False)


def test_a_row_at_the_end_touches_no_other(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS))
    rows = ROWS | {"pass": "The pass opens in May."}
    assert counts(sync_index(index, encoder, put(rows))) == (1, 0, 0, 0, 4, 1)
    assert counts(sync_index(index, encoder, put(ROWS))) == (0, 0, 0, 1, 4, 0)
    assert sources(index) == ROWS


def test_a_row_at_the_beginning_shifts_lines_and_embeds_itself_only(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, put(ROWS))
    report = sync_index(index, encoder, put({"pass": "The pass opens in May."} | ROWS))
    assert counts(report) == (1, 4, 0, 0, 0, 1)
    assert lines(index) == {"pass": 1, "ferry": 2, "bridge": 3, "ford": 4, "tunnel": 5}


def test_the_first_row_may_go(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS))
    rest = {key: text for key, text in ROWS.items() if key != "ferry"}
    assert counts(sync_index(index, encoder, put(rest))) == (0, 3, 0, 1, 0, 0)
    assert (sources(index), lines(index)) == (rest, {"bridge": 1, "ford": 2, "tunnel": 3})
    report = sync_index(index, encoder, put(rest))
    assert (counts(report), report.committed) == ((0, 0, 0, 0, 3, 0), False)


def test_rows_may_change_places(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS))
    turned = dict(reversed(ROWS.items()))
    assert counts(sync_index(index, encoder, put(turned))) == (0, 4, 0, 0, 0, 0)
    report = sync_index(index, encoder, put(turned))
    assert (counts(report), report.committed) == ((0, 0, 0, 0, 4, 0), False)


def test_a_file_of_rows_moves_as_a_whole(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS), docs)
    Path("docs/rows.jsonl").rename("docs/crossings.jsonl")
    assert counts(sync_index(index, encoder, docs)) == (0, 0, 4, 0, 3, 0)
    stored = [document for document in index.snapshot().stored_documents() if document.id == "ford"]
    assert [document.source for document in stored] == ["docs/crossings.jsonl"]


def test_a_file_of_rows_that_becomes_a_text(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS), docs)
    Path("docs/rows.jsonl").rename("docs/rows.txt")
    report = sync_index(index, encoder, docs)
    assert (report.added, report.moved, report.removed, report.unchanged) == (0, 1, 3, 3)


def test_an_id_that_occurs_twice_is_reported_and_the_first_is_kept(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    file = put(ROWS)
    with file.open("a") as rows:
        rows.write('{"id": "ford", "text": "Another ford."}\n')
    report = sync_index(index, encoder, file)
    assert sources(index) == ROWS
    assert [notice.source for notice in report.notices] == ["docs/rows.jsonl"]
    assert "'ford'" in report.notices[0].message


def test_the_same_id_in_two_files_is_two_documents(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    sync_index(index, encoder, put(ROWS), put({"ford": "Another ford."}, "docs/more.jsonl"))
    assert sum(document.id == "ford" for document in index.snapshot().stored_documents()) == 2


def test_a_broken_row_is_listed_and_the_others_are_read(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    file = put(ROWS)
    file.write_text(file.read_text() + '{"id": "broken\n')
    report = sync_index(index, encoder, file)
    assert [item.source for item in report.skipped] == ["docs/rows.jsonl:5"]
    assert sources(index) == ROWS


def test_rows_that_the_disk_gives_only_in_part_are_read_again(
    index: LocalIndex, encoder: FakeEncoder, docs: Path
) -> None:
    sync_index(index, encoder, put(ROWS))
    rows = {key: f"{text} So it was." for key, text in ROWS.items()}
    file = put(rows)

    def failing(source: Source) -> Iterator[Document]:
        yield from islice(read_json_lines(source), 2)
        raise OSError(errno.EIO, "Input/output error")

    # A disk that fails has to be played, and that in this process.
    with (
        mock.patch("retriever.documents.read.find_reader", return_value=failing),
        mock.patch("retriever.documents.process.sys.executable", ""),
    ):
        report = sync_index(index, encoder, file)
    assert "no Python interpreter" in report.notices[0].message
    assert [item.source for item in report.skipped] == ["docs/rows.jsonl"]
    assert counts(report) == (0, 2, 0, 0, 2, 2)
    assert sources(index) == ROWS | {key: rows[key] for key in ("ferry", "bridge")}
    assert counts(sync_index(index, encoder, file)) == (0, 2, 0, 0, 2, 2)
    assert sources(index) == rows


def test_rows_without_ids_are_known_by_their_lines(index: LocalIndex, encoder: FakeEncoder, docs: Path) -> None:
    file = Path("docs/rows.jsonl")
    file.write_text('{"text": "One."}\n{"text": "Two."}\n')
    sync_index(index, encoder, file)
    assert sources(index) == {"docs/rows.jsonl:1": "One.", "docs/rows.jsonl:2": "Two."}
    file.write_text('{"text": "Two."}\n')
    assert counts(sync_index(index, encoder, file)) == (0, 1, 0, 1, 0, 0)


def lines(index: LocalIndex) -> dict[str, int]:
    """The line of the file that each row stands on, by its id."""
    return {
        addition.document.id: passage.line for addition in index.snapshot().additions() for passage in addition.passages
    }

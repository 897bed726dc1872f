"""The documents, passages and terms of one segment, in a SQLite file that is written once and then only read.

The row of a passage is its number in the segment, from 0; the passages of a document are consecutive rows in document
order. Strings that are not valid Unicode (file names with lone surrogates) are stored as bytes. The terms of passages
are stored so that postings can be rewritten, and document frequencies updated for deletions, without analysing texts
again. Neither vectors nor deletions are stored here.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from retriever.errors import IndexCorruptError
from retriever.index.files.create import create_file
from retriever.index.files.databases import GuardedConnection, fetch, fetch_at_once, open_reading
from retriever.index.files.durable import write_error, writing
from retriever.index.files.read_errors import REBUILD, classify_read_error
from retriever.index.interface import PassageTerms
from retriever.index.local.stores.rows import (
    DOCUMENT,
    PASSAGE,
    SCHEMA,
    SCHEMAS,
    DocumentRow,
    PassageRow,
    document_values,
    find_runs,
    from_text,
    pack_terms,
    passage_values,
    read_document,
    read_heading,
    read_passage,
    to_text,
    unpack_terms,
)
from retriever.index.terms import analyse
from retriever.lazy import lazy
from retriever.locks import WORK, leave_to_parent, renew_in_child
from retriever.text.analyzer import VERSION_1
from retriever.types import Passage, StoredDocument

# Bound parameters of one statement; old SQLite libraries allow no more than 999.
_BATCH = 500
# Idle connections per segment; a query that finds none opens another one.
_IDLE = 4

_Stored = TypeVar("_Stored")
_Value = TypeVar("_Value")
_Fetch: TypeAlias = Callable[[GuardedConnection, str, Iterable[Any]], list[tuple[Any, ...]]]


class PassageWriter:
    """Writes the file. Raises IndexWriteError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._documents = 0
        self._rows = 0
        with writing(path):
            os.close(create_file(path))
        with self._writing():
            self._connection = sqlite3.connect(path, isolation_level=None)
            # An unfinished file is discarded, so SQLite needs no journal.
            self._connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {SCHEMA} BEGIN;")

    def add(self, document: StoredDocument, passages: Sequence[Passage], terms: Sequence[PassageTerms]) -> None:
        """Append a document with the terms of its passages. The segment may contain its key already."""
        with self._writing():
            self._connection.execute(
                f"INSERT INTO documents ({DOCUMENT}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (self._documents, self._rows, len(passages), *document_values(document)),
            )
            self._connection.execute(
                "INSERT INTO terms (document, held) VALUES (?,?)", (self._documents, pack_terms(terms))
            )
            rows = zip(range(self._rows, self._rows + len(passages)), passages, terms, strict=True)
            self._connection.executemany(
                f"INSERT INTO passages ({PASSAGE}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                ((row, self._documents, *passage_values(passage, held.length)) for row, passage, held in rows),
            )
        self._documents += 1
        self._rows += len(passages)

    def finish(self) -> None:
        """Write what is pending and close the file."""
        with self._writing():
            self._connection.execute("COMMIT")
            self._connection.close()

    def abandon(self) -> None:
        """Close the file, whatever its state."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with WORK.hold():
                yield
        except (sqlite3.OperationalError, sqlite3.InternalError) as error:
            raise write_error(self._path, error) from error


class PassageReader:
    """Reads the file. Safe to use from many threads. Methods raise IndexCorruptError, IndexReadError.

    Numbers and rows are those of the writer: documents count from 0, and each has the passages from its first row on.
    """

    def __init__(self, path: Path, rows: int) -> None:
        """``rows`` is how many passages the segment has."""
        self.path = path
        self._rows = rows
        self._idle: deque[GuardedConnection] = deque()
        weakref.finalize(self, _close_all, self._idle)
        renew_in_child(self)

    def renew(self) -> None:
        """Leave the open connections to the parent of a fork."""
        for connection in self._idle:
            leave_to_parent(connection)
        self._idle.clear()

    def documents(self, numbers: Sequence[int] | None = None) -> Iterator[DocumentRow]:
        """A stream of all documents in order, or of those with the given numbers in no particular order."""
        sql = f"SELECT {DOCUMENT} FROM documents"
        rows = self._query_all(sql) if numbers is None else self._query_in(sql, "number", numbers)
        return map(self._read_document, rows)

    def keys(self) -> Iterator[str]:
        """The key of every document, in order."""
        return (self._from_text(key) for _, key in self._query_all("SELECT number, key FROM documents"))

    def find_superseded(self) -> list[int]:
        """The numbers of documents that a later one with the same key replaces."""
        sql = "SELECT number FROM documents AS one WHERE EXISTS (SELECT 1 FROM documents AS later "
        rows = self._query(f"{sql} WHERE later.key = one.key AND later.number > one.number)")
        return [number for (number,) in rows]

    def find(self, keys: Iterable[str]) -> Iterator[DocumentRow]:
        """The documents in the segment with the given keys. ``keys`` may be a stream."""
        return map(self._read_document, self._query_in(f"SELECT {DOCUMENT} FROM documents", "key", map(to_text, keys)))

    def find_ids(self, ids: Iterable[str]) -> list[DocumentRow]:
        """The documents with one of these public ids."""
        rows = self._query_in(f"SELECT {DOCUMENT} FROM documents", "id", map(to_text, ids))
        return list(map(self._read_document, rows))

    @lazy
    def _keeps_terms(self) -> bool:
        return bool(self._query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'terms'"))

    @lazy
    def _passage_columns(self) -> str:
        """The columns of ``PASSAGE``. Segments of the first builds of format 3 and before lack the last of them."""
        columns = {name for _, name, *_ in self._query("PRAGMA table_info(passages)")}
        return ", ".join(name if name.strip('"') in columns else "''" for name in PASSAGE.split(", "))

    def passages(self, rows: Sequence[int]) -> Iterator[PassageRow]:
        """The passages of the given rows, in no particular order."""
        return map(self._read_passage, self._query_in(f"SELECT {self._passage_columns} FROM passages", "row", rows))

    def passage_range(self, first: int, count: int) -> list[PassageRow]:
        """The passages of consecutive rows, in order: those of them that there are."""
        sql = f"SELECT {self._passage_columns} FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        return list(map(self._read_passage, self._query(sql, (first, first + count))))

    def passages_of(self, document: DocumentRow) -> list[PassageRow]:
        """All passages of a document, in order."""
        return self._whole(document, self.passage_range(document.first, document.count))

    def by_document(self, documents: Iterable[DocumentRow]) -> Iterator[tuple[DocumentRow, list[PassageRow]]]:
        """Documents with the passages of their rows, in order: those of them that there are.

        What lies side by side is read together, so documents are best in order of their numbers.
        """
        for run in find_runs(documents):
            first, last = run[0], run[-1]
            found = {row.row: row for row in self.passage_range(first.first, last.first + last.count - first.first)}
            for document in run:
                wanted = range(document.first, document.first + document.count)
                yield document, [found[row] for row in wanted if row in found]

    def contents(
        self, documents: Iterable[DocumentRow]
    ) -> Iterator[tuple[DocumentRow, list[Passage], list[PassageTerms]]]:
        """Documents with all their passages and the terms of these, in document order; see ``by_document``."""
        sql = "SELECT document, held FROM terms WHERE document BETWEEN ? AND ?"
        for run in find_runs(documents):
            held = dict(self._query(sql, (run[0].number, run[-1].number))) if self._keeps_terms else None
            for document, found in self.by_document(run):
                passages = [row.passage for row in self._whole(document, found)]
                if held is None:  # Written before format 3, and so with the first analyzer.
                    yield document, passages, analyse(document.document, passages, VERSION_1)
                else:
                    yield document, passages, unpack_terms(held.get(document.number), document, found, self.path)

    def _whole(self, document: DocumentRow, found: list[PassageRow]) -> list[PassageRow]:
        wanted = range(document.first, document.first + document.count)
        if [row.row for row in found] != list(wanted) or any(row.document != document.number for row in found):
            raise self._error(f"does not hold the passages of {document.document.key!r:.200}")
        return found

    def languages(self) -> list[tuple[int, str]]:
        """The language of each row, with the row."""
        rows = self._query_column("language", str, bytes)
        names = {language: self._from_text(language) for language in {language for _, language in rows}}
        return [(row, names[language]) for row, language in rows]

    def pages(self) -> list[tuple[int, int | None]]:
        """The page of each row, with the row."""
        return self._query_column("page", int, type(None))

    def headings(self) -> list[tuple[int, tuple[str, ...]]]:
        """The heading trail of each row, with the row."""
        trails: dict[str, tuple[str, ...]] = {"": ()}
        rows = self._query_column("heading", str)
        for heading in {heading for _, heading in rows if heading}:
            trails[heading] = self._parse(read_heading, heading)
        return [(row, trails[heading]) for row, heading in rows]

    def check(self) -> str:
        """The result of SQLite's integrity check: ``ok``, or what is wrong."""
        return str(self._query("PRAGMA integrity_check(1)")[0][0])

    def _query_in(self, sql: str, column: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        stream = iter(values)
        while batch := tuple(islice(stream, _BATCH)):
            yield from self._query(f"{sql} WHERE {column} IN ({','.join('?' * len(batch))})", batch, fetch_at_once)

    def _query_all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """All rows of documents in order; ``sql`` selects their number first."""
        count = 0
        while rows := self._query(f"{sql} WHERE number >= ? ORDER BY number LIMIT {_BATCH}", (count,)):
            if [row[0] for row in rows] != list(range(count, count + len(rows))):
                raise self._error("has documents out of order")
            yield from rows
            count += len(rows)

    def _query_column(self, name: str, *kinds: type) -> list[tuple[int, Any]]:
        """The rows of passages with one of their values, which is of one of ``kinds``."""
        found = self._query(f"SELECT row, {name} FROM passages")
        fits = {type(value) for _, value in found} <= set(kinds) and {type(row) for row, _ in found} <= {int}
        if len(found) != self._rows or not fits or not all(0 <= row < self._rows for row, _ in found):
            raise self._error(f"does not hold the {name} of {self._rows} passages")
        return found

    @WORK.held
    def _query(self, sql: str, values: Sequence[Any] = (), fetch: _Fetch = fetch) -> list[tuple[Any, ...]]:
        try:
            connection = self._connect()
            found = fetch(connection, sql, values)
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError, OverflowError) as error:
            raise classify_read_error(self.path, error) from error
        if len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return found

    def _connect(self) -> GuardedConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return open_reading(self.path, SCHEMAS)

    def _read_document(self, row: tuple[Any, ...]) -> DocumentRow:
        document = self._parse(read_document, row)
        if document.first + document.count > self._rows:
            raise self._error(f"has a document of {document.count} passages from row {document.first} on")
        return document

    def _read_passage(self, row: tuple[Any, ...]) -> PassageRow:
        return self._parse(read_passage, row)

    def _from_text(self, value: str | bytes) -> str:
        return self._parse(from_text, value)

    def _parse(self, read: Callable[[_Stored], _Value], stored: _Stored) -> _Value:
        try:
            return read(stored)
        except ValueError as error:
            raise self._error(f"holds what no index holds: {error}") from error

    def _error(self, what: str) -> IndexCorruptError:
        return IndexCorruptError(f"{self.path} {what}", hint=REBUILD)


def _close_all(connections: deque[GuardedConnection]) -> None:
    while connections:
        connections.pop().close()

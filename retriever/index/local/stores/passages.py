"""The documents, passages and terms of one segment, in a SQLite file that is written once and then only read.

The row of a passage is its number in the segment, from 0; the passages of a document are consecutive rows in document
order. Strings that are not valid Unicode (file names with lone surrogates) are stored as bytes. The terms of passages
are stored so that postings can be rewritten, and document frequencies updated for deletions, without analysing texts
again. Neither vectors nor deletions are stored here.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retriever.errors import IndexWriteError
from retriever.index.files.read_errors import classify_read_error
from retriever.index.interface import PassageTerms
from retriever.index.local.stores.rows import (
    DOCUMENT,
    PASSAGE,
    DocumentRow,
    PassageRow,
    document_values,
    from_text,
    pack_terms,
    passage_values,
    read_document,
    read_passage,
    to_text,
    unpack_terms,
)
from retriever.index.terms import analyse
from retriever.lazy import lazy
from retriever.locks import WORK, leave_to_parent, renew_in_child
from retriever.text.analyzer import VERSION_1
from retriever.types import Passage, StoredDocument

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, key NOT NULL, id NOT NULL, source NOT NULL, file NOT NULL, file_hash NOT NULL,
    hash NOT NULL, title NOT NULL, language NOT NULL, metadata NOT NULL, first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL
);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    line INTEGER NOT NULL, page INTEGER, language NOT NULL, tokens INTEGER NOT NULL, terms INTEGER NOT NULL,
    heading NOT NULL, text NOT NULL, breaks NOT NULL
);
CREATE TABLE terms (document INTEGER PRIMARY KEY, held BLOB NOT NULL);
CREATE INDEX documents_by_key ON documents (key);
CREATE INDEX documents_by_id ON documents (id);
"""
# Bound parameters of one statement; old SQLite libraries allow no more than 999.
_BATCH = 500
# Idle connections per segment; a query that finds none opens another one.
_IDLE = 4


class PassageWriter:
    """Writes the file. Raises IndexWriteError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._documents = 0
        self._rows = 0
        with self._writing():
            self._connection = sqlite3.connect(path, isolation_level=None)
            # An unfinished file is discarded, so SQLite needs no journal.
            self._connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")

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
                f"INSERT INTO passages ({PASSAGE}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
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
            raise IndexWriteError(
                f"cannot write {self._path}: {error}",
                hint="free space on that disk or check its permissions, and run the same command again",
            ) from error


class PassageReader:
    """Reads the file. Safe to use from many threads. Methods raise IndexCorruptError, IndexReadError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
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
        return (read_document(row) for row in rows)

    def keys(self) -> Iterator[str]:
        """The key of every document, in order."""
        return (from_text(key) for _, key in self._query_all("SELECT number, key FROM documents"))

    def find_superseded(self) -> list[int]:
        """The numbers of documents that a later one with the same key replaces."""
        sql = "SELECT number FROM documents AS one WHERE EXISTS (SELECT 1 FROM documents AS later "
        rows = self._query(f"{sql} WHERE later.key = one.key AND later.number > one.number)")
        return [number for (number,) in rows]

    def find(self, keys: Iterable[str]) -> Iterator[DocumentRow]:
        """The documents in the segment with the given keys. ``keys`` may be a stream."""
        values = (to_text(key) for key in keys)
        return (read_document(row) for row in self._query_in(f"SELECT {DOCUMENT} FROM documents", "key", values))

    def find_ids(self, ids: Iterable[str]) -> list[DocumentRow]:
        """The documents with one of these public ids."""
        values = (to_text(id_) for id_ in ids)
        return [read_document(row) for row in self._query_in(f"SELECT {DOCUMENT} FROM documents", "id", values)]

    def terms(self, document: DocumentRow) -> list[PassageTerms]:
        """The terms of a document's passages, in document order."""
        if not self._keeps_terms:
            # Written before format 3, and so with the first analyzer.
            rows = self.passage_range(document.first, document.count)
            return analyse(document.document, [row.passage for row in rows], VERSION_1)
        [(held,)] = self._query("SELECT held FROM terms WHERE document = ?", (document.number,))
        sql = "SELECT terms FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        lengths = [length for (length,) in self._query(sql, (document.first, document.first + document.count))]
        return unpack_terms(held, lengths, self.path)

    @lazy
    def _keeps_terms(self) -> bool:
        return bool(self._query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'terms'"))

    @lazy
    def _passage_columns(self) -> str:
        """The columns of ``PASSAGE``. Segments of the first builds of format 3 and before have no page breaks."""
        columns = {name for _, name, *_ in self._query("PRAGMA table_info(passages)")}
        return PASSAGE if "breaks" in columns else PASSAGE.replace("breaks", "'' AS breaks")

    def passages(self, rows: Sequence[int]) -> Iterator[PassageRow]:
        """The passages of the given rows, in no particular order."""
        found = self._query_in(f"SELECT {self._passage_columns} FROM passages", "row", rows)
        return (read_passage(row) for row in found)

    def passage_range(self, first: int, count: int) -> list[PassageRow]:
        """The passages of consecutive rows, in order."""
        sql = f"SELECT {self._passage_columns} FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        return [read_passage(row) for row in self._query(sql, (first, first + count))]

    def languages(self) -> list[tuple[int, str]]:
        """The language of each row, with the row."""
        return [(row, from_text(language)) for row, language in self._query("SELECT row, language FROM passages")]

    def pages(self) -> list[tuple[int, int | None]]:
        """The page of each row, with the row."""
        return self._query("SELECT row, page FROM passages")

    def headings(self) -> list[tuple[int, tuple[str, ...]]]:
        """The heading trail of each row, with the row."""
        trails: dict[str, tuple[str, ...]] = {"": ()}
        rows = self._query("SELECT row, heading FROM passages")
        for heading in {heading for _, heading in rows if heading}:
            trails[heading] = tuple(json.loads(heading))
        return [(row, trails[heading]) for row, heading in rows]

    def check(self) -> str:
        """The result of SQLite's integrity check: ``ok``, or what is wrong."""
        return str(self._query("PRAGMA integrity_check(1)")[0][0])

    def _query_in(self, sql: str, column: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        stream = iter(values)
        while batch := tuple(islice(stream, _BATCH)):
            yield from self._query(f"{sql} WHERE {column} IN ({','.join('?' * len(batch))})", batch)

    def _query_all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """All rows of documents in order; ``sql`` selects their number first."""
        last = -1
        while rows := self._query(f"{sql} WHERE number > ? ORDER BY number LIMIT {_BATCH}", (last,)):
            yield from rows
            if rows[-1][0] <= last:
                # The file is damaged; without this the loop would never end.
                raise classify_read_error(self.path, ValueError("documents out of order"))
            last = rows[-1][0]

    @WORK.held
    def _query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            connection = self._connect()
            with closing(connection.execute(sql, values)) as cursor:
                found = cursor.fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise classify_read_error(self.path, error) from error
        if len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return found

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            # With "immutable" SQLite uses no journal and no lock, and works on a read-only disk.
            uri = f"file:{quote(str(self.path.resolve()))}?mode=ro&immutable=1"
            return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _close_all(connections: deque[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()

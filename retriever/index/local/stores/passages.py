"""The documents and passages of one segment, in a SQLite file that is written once and then only read.

A passage's row is its number in the segment, from 0; a document's passages are consecutive rows in document order.
Strings that are not valid Unicode (file names may hold lone surrogates) are kept as bytes. No vector and no term is
kept here, and nothing here knows which passages have been deleted.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retriever.errors import IndexWriteError
from retriever.index.files.read_errors import read_error
from retriever.index.interface import StoredDocument
from retriever.types import Passage

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, key NOT NULL UNIQUE, id NOT NULL, source NOT NULL, file NOT NULL, file_hash NOT NULL,
    hash NOT NULL, title NOT NULL, language NOT NULL, metadata NOT NULL, first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL
);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    line INTEGER NOT NULL, page INTEGER, language NOT NULL, tokens INTEGER NOT NULL, terms INTEGER NOT NULL,
    heading NOT NULL, text NOT NULL
);
"""
_DOCUMENT = "number, first_row, row_count, key, id, source, file, file_hash, hash, title, language, metadata"
_PASSAGE = 'row, document, start, "end", line, page, language, tokens, terms, heading, text'
# Bound parameters of one statement; old SQLite libraries allow no more than 999.
_BATCH = 500
# Connections that wait for the next query, a segment: more threads than that open their own while they ask.
_IDLE = 4


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its number in the segment and the rows ``first`` to ``first + count`` of its passages."""

    number: int
    first: int
    count: int
    document: StoredDocument


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with its row, its document's number and its length in analyzer terms."""

    row: int
    document: int
    terms: int
    passage: Passage


class PassageWriter:
    """Writes the file. Raises IndexWriteError where the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._documents = 0
        self._rows = 0
        with self._writing():
            self._connection = sqlite3.connect(path, isolation_level=None)
            # A file that was not finished is thrown away, so SQLite need not be able to undo.
            self._connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")

    def add(self, document: StoredDocument, passages: Sequence[Passage], terms: Sequence[int]) -> None:
        """Append a document; ``terms`` are its passages' lengths. Raises ValueError for a key that is there."""
        with self._writing():
            try:
                self._connection.execute(
                    f"INSERT INTO documents ({_DOCUMENT}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    (self._documents, self._rows, len(passages), *_document_values(document)),
                )
            except sqlite3.IntegrityError as error:
                raise ValueError(f"a commit adds the document {document.key!r} twice") from error
            rows = zip(range(self._rows, self._rows + len(passages)), passages, terms, strict=True)
            self._connection.executemany(
                f"INSERT INTO passages ({_PASSAGE}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                ((row, self._documents, *_passage_values(passage, count)) for row, passage, count in rows),
            )
        self._documents += 1
        self._rows += len(passages)

    def finish(self) -> None:
        with self._writing():
            self._connection.execute("COMMIT")
            self._connection.close()

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.InternalError) as error:
            raise IndexWriteError(
                f"cannot write {self._path}: {error}",
                hint="free space on that disk or check its permissions, and run the same command again",
            ) from error


class PassageReader:
    """Reads the file, from any number of threads. Raises IndexCorruptError where it is damaged, IndexReadError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[sqlite3.Connection] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def documents(self, numbers: Sequence[int] | None = None) -> Iterator[DocumentRow]:
        """All documents in order, or those of the given numbers in no particular order."""
        sql = f"SELECT {_DOCUMENT} FROM documents"
        rows = self._query(f"{sql} ORDER BY number") if numbers is None else self._query_in(sql, "number", numbers)
        return (_document_row(row) for row in rows)

    def find(self, keys: Iterable[str]) -> list[DocumentRow]:
        """Those of the documents of the given keys that are in the segment."""
        values = [_text(key) for key in keys]
        return [_document_row(row) for row in self._query_in(f"SELECT {_DOCUMENT} FROM documents", "key", values)]

    def passages(self, rows: Sequence[int]) -> Iterator[PassageRow]:
        """The passages of the given rows, in no particular order."""
        found = self._query_in(f"SELECT {_PASSAGE} FROM passages", "row", rows)
        return (_passage_row(row) for row in found)

    def passage_range(self, first: int, count: int) -> list[PassageRow]:
        """The passages of consecutive rows, in order."""
        sql = f"SELECT {_PASSAGE} FROM passages WHERE row >= ? AND row < ? ORDER BY row"
        return [_passage_row(row) for row in self._query(sql, (first, first + count))]

    def languages(self) -> list[tuple[int, str]]:
        """Every row with its passage's language."""
        return [(row, _string(language)) for row, language in self._query("SELECT row, language FROM passages")]

    def of_language(self, language: str) -> list[int]:
        """The rows of the passages in a language, ascending."""
        return [row for (row,) in self._query("SELECT row FROM passages WHERE language = ? ORDER BY row", [language])]

    def pages(self) -> list[tuple[int, int | None]]:
        """Every row with its passage's page."""
        return self._query("SELECT row, page FROM passages")

    def headings(self) -> list[tuple[int, tuple[str, ...]]]:
        """Every row with its passage's heading trail."""
        trails: dict[str, tuple[str, ...]] = {"": ()}
        rows = self._query("SELECT row, heading FROM passages")
        for heading in {heading for _, heading in rows if heading}:
            trails[heading] = tuple(json.loads(heading))
        return [(row, trails[heading]) for row, heading in rows]

    def check(self) -> str:
        """What SQLite's own check of the file says: ``ok``, or what is wrong."""
        return str(self._query("PRAGMA integrity_check(1)")[0][0])

    def _query_in(self, sql: str, column: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _BATCH):
            batch = tuple(values[start : start + _BATCH])
            found += self._query(f"{sql} WHERE {column} IN ({','.join('?' * len(batch))})", batch)
        return found

    def _query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            connection = self._connect()
            with closing(connection.execute(sql, values)) as cursor:
                found = cursor.fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise read_error(self.path, error) from error
        if len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return found

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            # "immutable" makes SQLite look for no journal and take no lock: it works on a read-only disk.
            uri = f"file:{quote(str(self.path.resolve()))}?mode=ro&immutable=1"
            return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _close_all(connections: deque[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


def _text(value: str) -> str | bytes:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def _string(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _document_values(document: StoredDocument) -> tuple[str | bytes, ...]:
    return (
        _text(document.key),
        _text(document.id),
        _text(document.source),
        _text(document.file),
        document.file_hash,
        document.hash,
        _text(document.title),
        document.language,
        json.dumps(dict(document.metadata)),
    )


def _document_row(row: tuple[Any, ...]) -> DocumentRow:
    number, first, count, key, id_, source, file, file_hash, hash_, title, language, metadata = row
    document = StoredDocument(
        key=_string(key),
        id=_string(id_),
        source=_string(source),
        file=_string(file),
        file_hash=file_hash,
        hash=hash_,
        title=_string(title),
        language=language,
        metadata=json.loads(metadata) if metadata != "{}" else {},
    )
    return DocumentRow(number, first, count, document)


def _passage_values(passage: Passage, terms: int) -> tuple[Any, ...]:
    return (
        passage.start,
        passage.end,
        passage.line,
        passage.page,
        passage.language,
        passage.tokens,
        terms,
        json.dumps(passage.heading) if passage.heading else "",
        _text(passage.text),
    )


def _passage_row(row: tuple[Any, ...]) -> PassageRow:
    number, document, start, end, line, page, language, tokens, terms, heading, text = row
    passage = Passage(
        text=_string(text),
        start=start,
        end=end,
        heading=tuple(json.loads(heading)) if heading else (),
        line=line,
        page=page,
        language=language,
        tokens=tokens,
    )
    return PassageRow(number, document, terms, passage)

"""The tables of a segment's documents and passages, and how these are converted to rows and back.

Strings that are not valid Unicode (file names with lone surrogates) are stored as bytes.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from retriever.frozen import dataclass
from retriever.index.files.json_values import parse_json
from retriever.index.files.read_errors import classify_read_error
from retriever.index.interface import PassageTerms
from retriever.index.values import format_place, parse_place
from retriever.types import Passage, Place, StoredDocument

SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, key NOT NULL, id NOT NULL, source NOT NULL, file NOT NULL, file_hash NOT NULL,
    hash NOT NULL, title NOT NULL, language NOT NULL, metadata NOT NULL, first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL
);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    line INTEGER NOT NULL, page INTEGER, language NOT NULL, tokens INTEGER NOT NULL, terms INTEGER NOT NULL,
    heading NOT NULL, text NOT NULL, breaks NOT NULL, places NOT NULL
);
CREATE TABLE terms (document INTEGER PRIMARY KEY, held BLOB NOT NULL);
CREATE INDEX documents_by_key ON documents (key);
CREATE INDEX documents_by_id ON documents (id);
"""
# What segments have that were written by the first builds of format 3, and before format 3.
_NO_PLACES = SCHEMA.replace(", places NOT NULL", "")
_NO_BREAKS = _NO_PLACES.replace(", breaks NOT NULL", "")
_FORMAT_2 = _NO_BREAKS[: _NO_BREAKS.index("CREATE TABLE terms")].replace("key NOT NULL,", "key NOT NULL UNIQUE,")
# What one of the files that are read was created by.
SCHEMAS = (SCHEMA, _NO_PLACES, _NO_BREAKS, _FORMAT_2)
# Terms take at most this many bytes for each character of the texts, and some more.
_EXPANSION, _SMALL = 64, 1 << 16
# Documents, and passages of these, that are read at once.
_TOGETHER = 500
DOCUMENT = "number, first_row, row_count, key, id, source, file, file_hash, hash, title, language, metadata"
PASSAGE = 'row, document, start, "end", line, page, language, tokens, terms, heading, text, breaks, places'


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


def pack_terms(terms: Sequence[PassageTerms]) -> bytes:
    """The distinct terms of a document's passages, one line per passage, compressed; terms have no white space."""
    lines = "\n".join(" ".join(held.distinct) for held in terms)
    return zlib.compress(lines.encode("utf-8", "surrogatepass"), 6)


def unpack_terms(
    data: bytes | None, document: DocumentRow, rows: Sequence[PassageRow], path: Path
) -> list[PassageTerms]:
    """The terms of a document's passages from the result of ``pack_terms``, None without one; an error names ``path``.

    Raises IndexCorruptError, also for more terms than the texts can have.
    """
    characters = len(document.document.title) + sum(len(row.passage.text) for row in rows)
    try:
        if data is None:
            raise ValueError(f"those of {document.document.key!r:.200} are missing")
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(data, _EXPANSION * characters + _SMALL)
        if not unpacker.eof:
            raise ValueError("they are cut off, or larger than the passages")
        lines = unpacked.decode("utf-8", "surrogatepass").split("\n") if rows else []
        return [PassageTerms(line.split(), row.terms) for line, row in zip(lines, rows, strict=True)]
    except (zlib.error, ValueError, TypeError) as error:
        raise classify_read_error(path, error, "contains terms that cannot be read") from error


def find_runs(documents: Iterable[DocumentRow]) -> Iterator[list[DocumentRow]]:
    """Documents whose rows follow each other, with as many passages as are read at once, or one with more."""
    run: list[DocumentRow] = []
    for document in documents:
        if run and not _continues(run, document):
            yield run
            run = []
        run.append(document)
    if run:
        yield run


def _continues(run: list[DocumentRow], document: DocumentRow) -> bool:
    first, last = run[0], run[-1]
    follows = (document.number, document.first) == (last.number + 1, last.first + last.count)
    return follows and len(run) < _TOGETHER and document.first + document.count - first.first <= _TOGETHER


def to_text(value: str) -> str | bytes:
    """A string in the form that SQLite can store."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def from_text(value: str | bytes) -> str:
    """The string from the result of ``to_text``. Raises ValueError."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    if not isinstance(value, str):
        raise ValueError(f"a text is {value!r:.60}")
    return value


def document_values(document: StoredDocument) -> tuple[str | bytes, ...]:
    """The values of the columns of ``DOCUMENT``, from the key on."""
    return (
        to_text(document.key),
        to_text(document.id),
        to_text(document.source),
        to_text(document.file),
        document.file_hash,
        document.hash,
        to_text(document.title),
        document.language,
        json.dumps(dict(document.metadata)),
    )


def read_document(row: tuple[Any, ...]) -> DocumentRow:
    """The document of a row with the columns of ``DOCUMENT``. Raises ValueError."""
    number, first, count, key, id_, source, file, file_hash, hash_, title, language, metadata = row
    if not _are_counts(number, first, count) or not (type(file_hash) is type(hash_) is type(language) is str):
        raise ValueError(f"document {number!r:.60}")
    known = parse_json(metadata) if metadata != "{}" else {}
    if not isinstance(known, dict):
        raise ValueError(f"the metadata of document {number}")
    document = StoredDocument(
        key=from_text(key),
        id=from_text(id_),
        source=from_text(source),
        file=from_text(file),
        file_hash=file_hash,
        hash=hash_,
        title=from_text(title),
        language=language,
        metadata=known,
        passages=count,
    )
    return DocumentRow(number, first, count, document)


# The passages below a heading share its trail.
@lru_cache(maxsize=1024)
def read_heading(value: str) -> tuple[str, ...]:
    """The trail of headings of a row. Raises ValueError."""
    if value == "":
        return ()
    trail = parse_json(value)
    if type(trail) is not list or not all(type(title) is str for title in trail):
        raise ValueError("a trail of headings")
    return tuple(trail)


def passage_values(passage: Passage, terms: int) -> tuple[Any, ...]:
    """The values of the columns of ``PASSAGE``, from the start on; ``terms`` is the passage's length in terms."""
    return (
        passage.start,
        passage.end,
        passage.line,
        passage.page,
        passage.language,
        passage.tokens,
        terms,
        json.dumps(passage.heading) if passage.heading else "",
        to_text(passage.text),
        " ".join(map(str, passage.breaks)),
        to_text("\n".join(map(format_place, passage.places))),
    )


def read_passage(row: tuple[Any, ...]) -> PassageRow:
    """The passage of a row with the columns of ``PASSAGE``. Raises ValueError."""
    number, document, start, end, line, page, language, tokens, terms, heading, text, breaks, places = row
    if not _are_counts(number, document, start, end, line, tokens, terms, 0 if page is None else page):
        raise ValueError(f"passage {number!r:.60}")
    text = from_text(text)
    if end - start != len(text):
        raise ValueError(f"the place of passage {number}")
    passage = Passage(
        text=text,
        start=start,
        end=end,
        heading=read_heading(heading),
        line=line,
        page=page,
        language=from_text(language),
        tokens=tokens,
        breaks=_read_breaks(breaks),
        places=_read_places(places),
    )
    return PassageRow(number, document, terms, passage)


def _read_breaks(value: object) -> tuple[int, ...]:
    if value == "":
        return ()
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,15}(?: \d{1,15})*", value, re.ASCII):
        raise ValueError("page breaks")
    return tuple(map(int, value.split()))


def _read_places(value: str | bytes) -> tuple[Place, ...]:
    if value == "":
        return ()
    return tuple(map(parse_place, from_text(value).split("\n")))


def _are_counts(*values: Any) -> bool:
    return set(map(type, values)) == {int} and min(values) >= 0

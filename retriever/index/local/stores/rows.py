"""Converts the documents and passages of a segment to rows of SQLite and back.

Strings that are not valid Unicode (file names with lone surrogates) are stored as bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retriever.index.files.read_errors import classify_read_error
from retriever.index.interface import PassageTerms
from retriever.types import Passage, StoredDocument

DOCUMENT = "number, first_row, row_count, key, id, source, file, file_hash, hash, title, language, metadata"
PASSAGE = 'row, document, start, "end", line, page, language, tokens, terms, heading, text, breaks'


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


def unpack_terms(data: bytes, lengths: Sequence[int], path: Path) -> list[PassageTerms]:
    """The terms from the result of ``pack_terms``, for passages of ``lengths`` in terms; an error names ``path``.

    Raises IndexCorruptError.
    """
    try:
        lines = zlib.decompress(data).decode("utf-8", "surrogatepass").split("\n") if lengths else []
        return [PassageTerms(line.split(), length) for line, length in zip(lines, lengths, strict=True)]
    except (zlib.error, ValueError, TypeError) as error:
        raise classify_read_error(path, error, "contains terms that cannot be read") from error


def to_text(value: str) -> str | bytes:
    """A string in the form that SQLite can store."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def from_text(value: str | bytes) -> str:
    """The string from the result of ``to_text``."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


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
    """The document of a row with the columns of ``DOCUMENT``."""
    number, first, count, key, id_, source, file, file_hash, hash_, title, language, metadata = row
    document = StoredDocument(
        key=from_text(key),
        id=from_text(id_),
        source=from_text(source),
        file=from_text(file),
        file_hash=file_hash,
        hash=hash_,
        title=from_text(title),
        language=language,
        metadata=json.loads(metadata) if metadata != "{}" else {},
        passages=count,
    )
    return DocumentRow(number, first, count, document)


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
    )


def read_passage(row: tuple[Any, ...]) -> PassageRow:
    """The passage of a row with the columns of ``PASSAGE``."""
    number, document, start, end, line, page, language, tokens, terms, heading, text, breaks = row
    passage = Passage(
        text=from_text(text),
        start=start,
        end=end,
        heading=tuple(json.loads(heading)) if heading else (),
        line=line,
        page=page,
        language=language,
        tokens=tokens,
        breaks=tuple(map(int, breaks.split())) if breaks else (),
    )
    return PassageRow(number, document, terms, passage)

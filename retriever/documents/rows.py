"""Turns the rows of a JSONL or CSV file into documents: decides which field is the text, the id and the title.

A row that cannot become a document is reported with its line and the reason, and the others are still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from retriever.documents.encodings import replace_unstorable
from retriever.documents.interface import Source
from retriever.errors import EmptyFileError, ReadError
from retriever.reports import SkippedSource
from retriever.types import Document

# Names of fields in order of precedence, compared without regard to case.
TEXT_FIELDS = ("text", "content", "contents", "body", "passage", "context", "paragraph", "正文", "内容", "文本")
ID_FIELDS = ("id", "_id", "docid", "doc_id", "document_id", "pid", "passage_id", "uuid", "编号")
TITLE_FIELDS = ("title", "headline", "标题")
LANGUAGE_FIELDS = ("language", "lang")
# Fields that hold the metadata as an object.
METADATA_FIELDS = ("metadata", "meta")
LANGUAGE_CODE = re.compile("[a-z]{2}")
# Rows that are reported one by one; of further ones only the number is reported.
MAX_REPORTED_ROWS = 20
# Nested fields that are named.
MAX_NAMED_FIELDS = 100
# What is kept of a row lies no deeper: a list in an object of metadata.
KEPT_DEPTH = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row that begins on ``line`` (from 1): its fields in order, or the problem why it cannot be read."""

    line: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def row_documents(source: Source, rows: Iterator[Row]) -> Iterator[Document]:
    """A document for each row with text. Raises ReadError at the end if there was none."""
    broken = _BrokenRows(source)
    notices = _Notices()
    found = False
    for row in rows:
        document = None if row.problem else _document(source.name, row, notices)
        if document is not None:
            if not found:
                broken.report()
            found = True
            yield document
        else:
            broken.add(row.line, row.problem or "the row contains no text", held=not found)
    if not found:
        raise broken.error()
    broken.finish()
    notices.report(source)


def _document(name: str, row: Row, notices: _Notices) -> Document | None:
    fields = {notices.clean(key): notices.clean(value) for key, value in row.fields.items()}
    text_field = _find_field(fields, TEXT_FIELDS)
    id_field = _find_field(fields, ID_FIELDS)
    title_field = _find_field(fields, TITLE_FIELDS)
    language = str(fields.get(_find_field(fields, LANGUAGE_FIELDS), ""))
    identity = fields.get(id_field, "")
    title = fields.get(title_field, "")
    if text_field:
        text = fields[text_field]
    else:
        text = "\n".join(f"{key}: {value}" for key, value in fields.items() if key != id_field and _is_value(value))
    if not isinstance(text, str) or not text.strip():
        return None
    notices.no_text_field += not text_field
    return Document(
        id=str(identity) if _is_value(identity) else f"{name}:{row.line}",
        source=name,
        text=text,
        title=title if isinstance(title, str) else "",
        language=language if LANGUAGE_CODE.fullmatch(language) else "",
        line=row.line,
        metadata=_metadata(fields, {text_field, id_field, title_field}, notices),
    )


def _find_field(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    """The field with the first of ``names`` that is present; an empty string if there is none."""
    present = {key.strip().lower(): key for key in reversed(fields)}
    return next((present[name] for name in names if name in present), "")


def _is_value(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, str | int | float) and bool(str(value).strip())


def _metadata(fields: Mapping[str, Any], without: set[str], notices: _Notices) -> dict[str, Any]:
    """All other fields that are scalars or lists of scalars; deeper nested ones are left out and reported."""
    metadata: dict[str, Any] = {}
    for key, value in fields.items():
        if key in without or value is None:
            continue
        if isinstance(value, dict):
            flat = {inner: item for inner, item in value.items() if _is_flat(item)}
            if key.lower() in METADATA_FIELDS:
                metadata |= flat
            if key.lower() not in METADATA_FIELDS or len(flat) < len(value):
                notices.add_nested(key)
        elif _is_flat(value):
            metadata[key] = value
        else:
            notices.add_nested(key)
    return metadata


def _is_flat(value: object) -> bool:
    scalars = (str, int, float, bool)
    return isinstance(value, scalars) or (isinstance(value, list) and all(isinstance(item, scalars) for item in value))


@dataclass(slots=True)
class _Notices:
    """Notices that are reported once for all rows."""

    replaced: int = 0
    no_text_field: int = 0
    nested: set[str] = field(default_factory=set)
    more_nested: bool = False

    def clean(self, value: Any, depth: int = KEPT_DEPTH) -> Any:
        """``value`` with characters that cannot be stored replaced in its strings, and counted.

        What lies deeper than ``depth`` is never kept, and is not looked at.
        """
        if isinstance(value, str):
            value, count = replace_unstorable(value)
            self.replaced += count
        elif depth and isinstance(value, list):
            value = [self.clean(item, depth - 1) for item in value]
        elif depth and isinstance(value, dict):
            value = {self.clean(key, 0): self.clean(item, depth - 1) for key, item in value.items()}
        return value

    def add_nested(self, name: str) -> None:
        """Note that a field was left out; of very many only some are named."""
        if len(self.nested) < MAX_NAMED_FIELDS:
            self.nested.add(name)
        else:
            self.more_nested = self.more_nested or name not in self.nested

    def report(self, source: Source) -> None:
        if self.no_text_field:
            rows = "1 row has" if self.no_text_field == 1 else f"{self.no_text_field} rows have"
            names = ", ".join(TEXT_FIELDS[1:7])
            source.notice(f"{rows} no field named text (or {names}): all fields became the text")
        if self.nested:
            others = " and others" if self.more_nested else ""
            source.notice(f"nested fields were left out of the metadata: {', '.join(sorted(self.nested))}{others}")
        if self.replaced:
            source.notice(f"{self.replaced} characters that cannot be stored were replaced by U+FFFD")


@dataclass(slots=True)
class _BrokenRows:
    """Reports skipped rows: the first ones one by one, the rest by number.

    Reports are held back until a row was read, so that a file without a single valid row is one error.
    """

    source: Source
    held: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, reason: str, *, held: bool) -> None:
        self.count += 1
        if self.count <= MAX_REPORTED_ROWS:
            self.held.append((line, reason))
        if not held:
            self.report()

    def report(self) -> None:
        for line, reason in self.held:
            self.source.report(SkippedSource(f"{self.source.name}:{line}", reason))
        self.held.clear()

    def finish(self) -> None:
        if self.count > MAX_REPORTED_ROWS:
            rest = self.count - MAX_REPORTED_ROWS
            self.source.report(SkippedSource(self.source.name, f"{rest} more rows could not be read"))

    def error(self) -> ReadError:
        """The error of a file of which no row could be read."""
        if not self.held:
            return EmptyFileError("the file contains no rows")
        line, reason = self.held[0]
        return ReadError(f"none of the {self.count} rows can be read; line {line}: {reason}")

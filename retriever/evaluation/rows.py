"""Parses query sets in JSONL: one object per line, with the question and usually its judgements.

A row has ``query`` (or ``question``, or ``text``), optionally ``id`` (or ``_id``) and ``language``, and its judgements
in ``documents``, or in ``passages`` and ``texts``. ``"answerable": false`` says that nothing in the corpus answers it:
an empty list would not do, as it may as well mean that nobody has judged the question yet. Other fields are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard

from retriever.arguments import quote
from retriever.evaluation.queries import HIGHEST_GRADE, Relevant, fold_for_matching
from retriever.evaluation.source import SourceText
from retriever.types import Span

_QUERY = ("query", "question", "text")
_ID = ("id", "_id")
_NAME = ("document", "source")
_JUDGEMENTS = ("documents", "passages", "texts")


@dataclass(frozen=True, slots=True)
class Row:
    """A question on a line of a file. ``relevant`` is None if the row has no judgements.

    ``answerable`` is false if the row says that nothing answers the question; it then has no relevant item.
    """

    line: int
    id: str
    query: str
    language: str = ""
    relevant: tuple[Relevant, ...] | None = None
    answerable: bool = True


def parse_rows(source: SourceText) -> Iterator[Row]:
    """The rows of a JSONL file. The id of a row defaults to its line number. Raises UsageError for a malformed row."""
    for line, text in source.lines():
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise source.error(line, f"invalid JSON: {error.msg} at column {error.colno}") from error
        except (ValueError, RecursionError) as error:
            reason = "invalid JSON: a number is too long, or values are nested too deeply"
            raise source.error(line, reason) from error
        yield _RowParser(source, line, values).parse()


@dataclass(frozen=True, slots=True)
class _RowParser:
    """Parses the value on one line; errors name the line."""

    source: SourceText
    line: int
    values: Any

    def parse(self) -> Row:
        """The row. Raises UsageError if it is malformed."""
        if not isinstance(self.values, dict):
            self._fail("not a JSON object", hint='a row is an object such as {"query": "…", "documents": ["…"]}')
        query = self._get_text(self.values, _QUERY)
        if query is None:
            self._fail("no question", hint="add a field named query")
        key = next((self.values[name] for name in _ID if name in self.values), self.line)
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            self._fail("the id is neither a non-empty string nor an integer")
        language = self._get_text(self.values, ("language",)) or ""
        relevant, answerable = self._parse_relevant(), self._parse_answerable()
        if not answerable and any(item.grade > 0 for item in relevant or ()):
            self._fail("the question is not answerable, but has a relevant item", hint="remove one of them")
        return Row(self.line, str(key), query, language, relevant if answerable else None, answerable)

    def _parse_answerable(self) -> bool:
        value = self.values.get("answerable", True)
        if not isinstance(value, bool):
            self._fail(
                "answerable is neither true nor false", hint='a question without an answer has "answerable": false'
            )
        return value

    def _parse_relevant(self) -> tuple[Relevant, ...] | None:
        given = [name for name in _JUDGEMENTS if name in self.values]
        if not given:
            return None
        if "documents" in given and len(given) > 1:
            self._fail(
                f"documents cannot be combined with {given[1]}",
                hint="use documents or passages; a passage may name its document next to its text",
            )
        items = self._parse_documents() if given == ["documents"] else [*self._parse_passages(), *self._parse_texts()]
        return tuple(dict.fromkeys(items))

    def _parse_documents(self) -> list[Relevant]:
        """Relevant documents: a list of names or of objects with name and grade, or an object of grades by name."""
        value = self.values["documents"]
        if isinstance(value, dict):
            return [
                Relevant(name, grade=self._check_grade(grade))
                for name, grade in value.items()
                if self._check_text(name)
            ]
        return [
            Relevant(self._get_name(item), grade=self._check_grade(item.get("grade", 1)))
            if isinstance(item, dict)
            else Relevant(self._check_text(item))
            for item in self._get_list("documents")
        ]

    def _parse_passages(self) -> list[Relevant]:
        return [self._parse_passage(item) for item in self._get_list("passages")]

    def _parse_passage(self, item: Any) -> Relevant:
        """A relevant span of a document, or text in it."""
        if not isinstance(item, dict):
            self._fail(
                "a passage is not an object", hint='write one such as {"source": "a.txt", "start": 120, "end": 180}'
            )
        grade = self._check_grade(item.get("grade", 1))
        text = self._get_text(item, ("text",))
        if text is not None:
            return Relevant(self._get_text(item, _NAME) or "", text=text, grade=grade)
        start, end = item.get("start"), item.get("end")
        if not _is_integer(start) or not _is_integer(end) or not 0 <= start < end:
            self._fail("a passage has neither a valid start and end nor text", hint="start must be less than end")
        return Relevant(self._get_name(item), Span(start, end), grade=grade)

    def _parse_texts(self) -> list[Relevant]:
        return [Relevant(text=self._check_text(item)) for item in self._get_list("texts")]

    def _get_list(self, name: str) -> list[Any]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            self._fail(f"{name} is not a list")
        return value

    def _get_name(self, item: Mapping[str, Any]) -> str:
        name = self._get_text(item, _NAME)
        if name is None:
            self._fail("a document has no name", hint="give its id as document, or its path as source")
        return name

    def _get_text(self, values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
        """The first field of ``names`` that is present; None if there is none."""
        return next((self._check_text(values[name], name) for name in names if values.get(name) is not None), None)

    def _check_text(self, value: Any, name: str = "an entry") -> str:
        if not isinstance(value, str) or not fold_for_matching(value):
            self._fail(f"{name} is not a string, or is blank")
        return value.strip()

    def _check_grade(self, value: Any) -> int:
        if not _is_integer(value):
            self._fail(f"the grade {quote(value)} is not an integer")
        if abs(value) > HIGHEST_GRADE:
            self._fail(f"the grade {quote(value)} is not within ±{HIGHEST_GRADE:,}")
        return value

    def _fail(self, message: str, *, hint: str = "") -> NoReturn:
        raise self.source.error(self.line, message, hint=hint)


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)

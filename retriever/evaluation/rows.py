"""Query sets as JSONL: an object a line, with the question and, mostly, what is relevant to it.

A row has ``query`` (or ``question``, or ``text``), may have ``id`` (or ``_id``) and ``language``, and says what is
relevant by ``documents``, or by ``passages`` and ``texts``. Other fields are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeGuard

from retriever.evaluation.queries import Relevant, fold_for_matching
from retriever.evaluation.source import SourceText
from retriever.types import Span

_QUERY = ("query", "question", "text")
_ID = ("id", "_id")
_NAME = ("document", "source")
_JUDGEMENTS = ("documents", "passages", "texts")


@dataclass(frozen=True, slots=True)
class Row:
    """A question as it stands on a line of a file. ``relevant`` is None where the row does not say."""

    line: int
    id: str
    query: str
    language: str = ""
    relevant: tuple[Relevant, ...] | None = None


def parse_rows(source: SourceText) -> Iterator[Row]:
    """The rows of a JSONL file. A row without an id has its line's number. Raises UsageError."""
    for line, text in source.lines():
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise source.error(line, f"not JSON: {error.msg} at column {error.colno}") from error
        except RecursionError as error:
            raise source.error(line, "not JSON that can be read: it is nested too deeply") from error
        yield _Fields(source, line, values).row()


@dataclass(frozen=True, slots=True)
class _Fields:
    """One line's values, taken out with complaints that name the line."""

    source: SourceText
    line: int
    values: Any

    def row(self) -> Row:
        if not isinstance(self.values, dict):
            self.fail("not an object", hint='a row is an object such as {"query": "…", "documents": ["…"]}')
        query = self.text(self.values, _QUERY)
        if query is None:
            self.fail("no question", hint="a row has a query")
        key = next((self.values[name] for name in _ID if name in self.values), self.line)
        if isinstance(key, bool) or not isinstance(key, str | int) or key == "":
            self.fail("the id is neither text nor a number")
        return Row(self.line, str(key), query, self.text(self.values, ("language",)) or "", self.relevant())

    def relevant(self) -> tuple[Relevant, ...] | None:
        given = [name for name in _JUDGEMENTS if name in self.values]
        if not given:
            return None
        if "documents" in given and len(given) > 1:
            self.fail(
                f"both documents and {given[1]}",
                hint="give documents or passages; a passage may name its document beside its words",
            )
        items = self.documents() if given == ["documents"] else [*self.passages(), *self.texts()]
        return tuple(dict.fromkeys(items))

    def documents(self) -> list[Relevant]:
        """A list of names or of objects with name and grade, or an object of grades by name."""
        value = self.values["documents"]
        if isinstance(value, dict):
            return [Relevant(name, grade=self.grade(grade)) for name, grade in value.items() if self.filled(name)]
        return [
            Relevant(self.name(item), grade=self.grade(item.get("grade", 1)))
            if isinstance(item, dict)
            else Relevant(self.filled(item))
            for item in self.listed("documents")
        ]

    def passages(self) -> list[Relevant]:
        return [self.passage(item) for item in self.listed("passages")]

    def passage(self, item: Any) -> Relevant:
        """A span of a document, or words in it."""
        if not isinstance(item, dict):
            self.fail("a passage is no object", hint='such as {"source": "a.txt", "start": 120, "end": 180}')
        grade = self.grade(item.get("grade", 1))
        text = self.text(item, ("text",))
        if text is not None:
            return Relevant(self.text(item, _NAME) or "", text=text, grade=grade)
        start, end = item.get("start"), item.get("end")
        if not _is_integer(start) or not _is_integer(end) or not 0 <= start < end:
            self.fail("a passage has neither start and end, start before end, nor text")
        return Relevant(self.name(item), Span(start, end), grade=grade)

    def texts(self) -> list[Relevant]:
        return [Relevant(text=self.filled(item)) for item in self.listed("texts")]

    def listed(self, name: str) -> list[Any]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            self.fail(f"{name} is no list")
        return value

    def name(self, item: Mapping[str, Any]) -> str:
        name = self.text(item, _NAME)
        if name is None:
            self.fail("a document without its name", hint="give its id as document or its path as source")
        return name

    def text(self, values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
        """The first of the fields that is there; None where none is."""
        return next((self.filled(values[name], name) for name in names if values.get(name) is not None), None)

    def filled(self, value: Any, name: str = "an entry") -> str:
        if not isinstance(value, str) or not fold_for_matching(value):
            self.fail(f"{name} is no text, or empty")
        return value.strip()

    def grade(self, value: Any) -> int:
        if not _is_integer(value):
            self.fail(f"the grade {value!r} is no whole number")
        return value

    def fail(self, message: str, *, hint: str = "") -> NoReturn:
        raise self.source.error(self.line, message, hint=hint)


def _is_integer(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)

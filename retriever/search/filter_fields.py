"""What a filter can ask of a document: its metadata, its path and its date, as lists of plain values by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

from retriever.text import dates

if TYPE_CHECKING:
    from retriever.index.interface import StoredDocument

Value: TypeAlias = "str | int | float | bool"
Fields: TypeAlias = "Mapping[str, list[Value]]"

# Metadata that says when a document is from, the first that is a date counts.
DATE_NAMES = ("date", "published", "publication_date", "pubdate", "issued", "日期", "发布日期", "发布时间", "created")


def fields_of(document: StoredDocument) -> dict[str, list[Value]]:
    """Every field of a document by its name in lower case.

    Metadata comes by its own names, nested ones joined by dots, and once more below ``metadata.``; ``source``,
    ``document``, ``title``, ``language``, ``name``, ``folder``, ``extension``, ``date`` and ``year`` always mean
    what they say here.
    """
    fields: dict[str, list[Value]] = {}
    for name, value in _flattened(document.metadata, ""):
        fields.setdefault(name, []).append(value)
        fields.setdefault(f"metadata.{name}", []).append(value)
    path = PurePath(document.source)
    fields |= {
        "source": [document.source],
        "document": [document.id],
        "title": [document.title],
        "language": [document.language],
        "name": [path.name],
        "folder": [part for part in path.parts[:-1] if part not in ("/", ".", "..")],
        "extension": [path.suffix.removeprefix(".").lower()],
    }
    date = _date(document, fields)
    fields["date"] = [f"{date.first}" if date.first == date.last else f"{date.first}/{date.last}"] if date else []
    if not any(isinstance(value, int) for value in fields.get("year", [])):
        fields["year"] = [date.first.year] if date else []
    return fields


def _date(document: StoredDocument, fields: Fields) -> dates.Interval | None:
    """From the metadata, else the file's name, else the title."""
    for name in DATE_NAMES:
        for value in fields.get(name, []):
            if known := dates.iso(value) or (dates.found(value) if isinstance(value, str) else None):
                return known
    for value in fields.get("year", []):
        if known := dates.iso(str(value)):
            return known
    return dates.found(PurePath(document.source).name) or dates.found(document.title)


def _flattened(value: Any, name: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flattened(inner, f"{name}.{key}".lower() if name else str(key).lower())
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _flattened(inner, name)
    elif isinstance(value, (str, int, float, bool)):
        yield name, value
    elif value is not None:
        yield name, str(value)

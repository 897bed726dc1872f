"""What values the metadata of Haystack's documents have: their types, their extremes, and each different one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from retriever.errors import UsageError
from retriever.integrations.checks import show

Metadata: TypeAlias = Mapping[str, Any]


def describe_types(documents: Iterable[Metadata]) -> dict[str, dict[str, str]]:
    """The type of each field, by its last value: ``boolean``, ``int``, ``float`` or ``keyword``."""
    types: dict[str, dict[str, str]] = {}
    for metadata in documents:
        types.update({name: {"type": _type_of(value)} for name, value in metadata.items() if value is not None})
    return types


def find_extremes(documents: Iterable[Metadata], field: str) -> dict[str, Any]:
    """The least and the largest value of a field; None where there is none, and for values without an order."""
    values = [value for value in _values(documents, field) if isinstance(value, int | float | str)]
    try:
        return {"min": min(values), "max": max(values)}
    except (TypeError, ValueError):
        return {"min": None, "max": None}


def count_distinct(documents: Sequence[Metadata], fields: Iterable[str]) -> dict[str, int]:
    """How many different values each field has."""
    return {_name(field): len(_distinct(documents, field)) for field in fields}


def list_distinct(
    documents: Iterable[Metadata], field: str, search_term: str | None, start: int, size: int
) -> tuple[list[Any], int]:
    """A page of the different values of a field, in the order of their text, and how many there are.

    ``search_term`` is a part of their text, in capitals or not.
    """
    wanted = (search_term or "").lower()
    values = {key: value for key, value in _distinct(documents, field).items() if wanted in str(value).lower()}
    keys = sorted(values, key=lambda key: (str(values[key]), key))
    return [values[key] for key in keys[start : start + size]], len(keys)


def _distinct(documents: Iterable[Metadata], field: str) -> dict[tuple[str, str], Any]:
    """The values of a field by type and JSON: 1, 1.0, "1" and true are four."""
    return {(type(value).__name__, json.dumps(value, sort_keys=True)): value for value in _values(documents, field)}


def _values(documents: Iterable[Metadata], field: str) -> list[Any]:
    name = _name(field)
    return [metadata[name] for metadata in documents if metadata.get(name) is not None]


def _name(field: str) -> str:
    if not isinstance(field, str):
        raise UsageError(f"the name of a field must be text, not {show(field)}", hint="such as 'meta.year'")
    return field.removeprefix("meta.")


def _type_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return type(value).__name__
    return "keyword"

"""Filters for Haystack, judged by Haystack's own ``document_matches_filter``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from haystack.errors import FilterError
from haystack.utils.filters import COMPARISON_OPERATORS, LOGICAL_OPERATORS, document_matches_filter

from retriever import IndexedDocument, Retriever
from retriever.integrations.checks import DEEPEST, make_key
from retriever.integrations.haystack_documents import make_document, restore_document
from retriever.integrations.passages import DocumentFilter

Filter: TypeAlias = str | dict[str, Any]
"""An expression of docs/filters.md, or comparisons and logic as Haystack's document stores take them."""


def make_filter(index: Retriever, given: Filter | None) -> str | Callable[[IndexedDocument], bool] | None:
    """What ``where`` of a search takes. Raises Haystack's FilterError for what is not a filter."""
    if isinstance(given, str):
        return given or None
    if not given:
        return None
    check_filter(given)
    if "content" not in _find_fields(given):
        return DocumentFilter(make_key(given), lambda document, metadata: _matches(given, document, metadata))
    # The engine does not show its filters the text of documents.
    documents = index.read_documents()
    matching = {(one.source, one.id) for one in documents if document_matches_filter(given, restore_document(one))}
    # What is selected by a filter is kept: one of the same conditions is another one once other documents match.
    key = make_key([given, sorted(matching)])
    return DocumentFilter(key, lambda document, _: (document.source, document.document) in matching)


def check_filter(given: object, depth: int = 0) -> None:
    """Raise Haystack's FilterError for what is not a filter, down to the last condition."""
    if not isinstance(given, dict):
        raise FilterError(f"a filter must be a dictionary, not {type(given).__name__}")
    if depth > DEEPEST:
        raise FilterError(f"conditions are nested more than {DEEPEST} times")
    if "field" in given:
        _check_keys(given, "value", COMPARISON_OPERATORS)
        if not isinstance(given["field"], str):
            raise FilterError(f"a field must be text, not {given['field']!r}")
        return
    _check_keys(given, "conditions", LOGICAL_OPERATORS)
    if not isinstance(given["conditions"], list):
        raise FilterError(f"'conditions' must be a list, not {type(given['conditions']).__name__}")
    for condition in given["conditions"]:
        check_filter(condition, depth + 1)


def _check_keys(given: dict[str, Any], required: str, operators: Iterable[str]) -> None:
    for name in ("operator", required):
        if name not in given:
            raise FilterError(f"'{name}' key missing beside {', '.join(map(repr, given))}")
    if given["operator"] not in list(operators):
        raise FilterError(f"unknown operator {given['operator']!r}: use one of {', '.join(operators)}")


def _find_fields(given: Mapping[str, Any]) -> set[str]:
    return set(_walk(given))


def _walk(given: Mapping[str, Any]) -> Iterator[str]:
    if "field" in given:
        yield given["field"]
    else:
        for condition in given["conditions"]:
            yield from _walk(condition)


def _matches(given: dict[str, Any], document: IndexedDocument, metadata: Mapping[str, Any]) -> bool:
    return document_matches_filter(given, make_document(document.document, "", dict(metadata), document.metadata))

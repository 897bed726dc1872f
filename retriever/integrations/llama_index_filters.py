"""Filters for LlamaIndex: ``MetadataFilters``, with every operator and nested to any depth.

They mean what LlamaIndex's own stores make of them, except that values of different types are not an error but do not
match: a field that is missing satisfies ``!=``, ``nin`` and ``is_empty`` only.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

from retriever import Hit, IndexedDocument
from retriever.errors import UsageError
from retriever.integrations.checks import make_key, ordered, require_shallow, require_texts, show
from retriever.integrations.metadata import unpack_extra
from retriever.integrations.passages import DocumentFilter

Filter: TypeAlias = "str | MetadataFilters | Callable[[IndexedDocument], bool]"
"""An expression of docs/filters.md, filters of LlamaIndex, or a function of a document."""

SOURCE_ID = "ref_doc_id"
"""The name by which a node keeps the id of the document that it was split from."""
_SOURCE_IDS = (SOURCE_ID, "doc_id", "document_id")


def make_filter(given: Filter | None) -> str | Callable[[IndexedDocument], bool] | None:
    """What ``where`` of a search takes. Raises UsageError for an operator with a value of the wrong type."""
    return restrict(given) if isinstance(given, MetadataFilters) else given


def restrict(
    filters: MetadataFilters | None = None,
    *,
    node_ids: Collection[str] | None = None,
    source_ids: Collection[str] | None = None,
) -> DocumentFilter | None:
    """A filter of all that is given: metadata, the ids of nodes, and those of the documents that nodes are from."""
    if filters is not None and not isinstance(filters, MetadataFilters):
        raise UsageError(f"not filters of LlamaIndex: {show(filters)}", hint="give MetadataFilters(filters=[…])")
    if filters is not None:
        _check(filters)
    if node_ids is None and source_ids is None and not (filters and filters.filters):
        return None
    nodes, sources = (None if ids is None else frozenset(require_texts("ids", ids)) for ids in (node_ids, source_ids))
    ids = [None if one is None else sorted(one) for one in (nodes, sources)]
    key = make_key([*ids, filters.model_dump() if filters else None])

    def test(document: IndexedDocument, metadata: Mapping[str, Any]) -> bool:
        if nodes is not None and document.document not in nodes:
            return False
        source = find_source_id(document)
        if sources is not None and (source or document.document) not in sources:
            return False
        return filters is None or _matches(filters, {**dict.fromkeys(_SOURCE_IDS, source), **metadata})

    return DocumentFilter(key, test)


def find_source_id(document: IndexedDocument | Hit) -> str | None:
    """The id of the document that a node was split from."""
    source = unpack_extra(document.metadata).get(SOURCE_ID)
    return source if isinstance(source, str) else None


def _contains_all(value: Any, wanted: Any) -> bool:
    return all(one in value for one in wanted)


def _contains_any(value: Any, wanted: Any) -> bool:
    return any(one in value for one in wanted)


def _match_text(value: Any, wanted: str) -> bool:
    return isinstance(value, str) and wanted in value


def _match_folded(value: Any, wanted: str) -> bool:
    return isinstance(value, str) and wanted.lower() in value.lower()


_COMPARISONS: dict[FilterOperator, Callable[[Any, Any], bool]] = {
    FilterOperator.EQ: ordered(operator.eq),
    FilterOperator.NE: operator.ne,
    FilterOperator.GT: ordered(operator.gt),
    FilterOperator.GTE: ordered(operator.ge),
    FilterOperator.LT: ordered(operator.lt),
    FilterOperator.LTE: ordered(operator.le),
    FilterOperator.IN: lambda value, wanted: value is not None and value in wanted,
    FilterOperator.NIN: lambda value, wanted: value is None or value not in wanted,
    FilterOperator.CONTAINS: ordered(operator.contains),
    FilterOperator.ALL: ordered(_contains_all),
    FilterOperator.ANY: ordered(_contains_any),
    FilterOperator.TEXT_MATCH: _match_text,
    FilterOperator.TEXT_MATCH_INSENSITIVE: _match_folded,
    FilterOperator.IS_EMPTY: lambda value, _: value is None or value in ("", []),
}
_LISTS = (FilterOperator.IN, FilterOperator.NIN, FilterOperator.ALL, FilterOperator.ANY)
_TEXTS = (FilterOperator.TEXT_MATCH, FilterOperator.TEXT_MATCH_INSENSITIVE)


def _matches(filters: MetadataFilters, metadata: Mapping[str, Any]) -> bool:
    if not filters.filters:
        return True
    parts = (_holds(part, metadata) for part in filters.filters)
    if filters.condition == FilterCondition.OR:
        return any(parts)
    if filters.condition == FilterCondition.NOT:
        return not any(parts)
    return all(parts)


def _holds(part: MetadataFilter | MetadataFilters, metadata: Mapping[str, Any]) -> bool:
    if isinstance(part, MetadataFilters):
        return _matches(part, metadata)
    value = metadata.get(part.key)
    if value is None and part.operator == FilterOperator.NE:
        return True
    return _COMPARISONS[part.operator](value, part.value)


def _check(filters: MetadataFilters, depth: int = 0) -> None:
    """Raise UsageError for an operator with a value that it cannot compare with."""
    require_shallow(depth)
    for part in filters.filters:
        if isinstance(part, MetadataFilters):
            _check(part, depth + 1)
        elif part.operator not in _COMPARISONS:
            raise UsageError(f"unknown operator {show(part.operator)}", hint="use one of FilterOperator")
        elif part.operator in _LISTS and not isinstance(part.value, list):
            raise _error(part, "a list")
        elif part.operator in _TEXTS and not isinstance(part.value, str):
            raise _error(part, "text")


def _error(part: MetadataFilter, wanted: str) -> UsageError:
    return UsageError(
        f"the operator {part.operator.value!r} on {part.key!r} needs {wanted}, not {show(part.value)}",
        hint=f"give {wanted}, or use another operator of FilterOperator",
    )

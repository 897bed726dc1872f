"""Filters for LangChain: comparisons of metadata in the form that its vector stores share, judged as Python does.

``{"year": {"$gte": 2021}, "team": "housing"}`` and the operators ``$eq $ne $gt $gte $lt $lte $in $nin $contains $exists
$and $or $not``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from langchain_core.structured_query import Comparator, Comparison, Operation, Operator, StructuredQuery, Visitor

from retriever import IndexedDocument
from retriever.errors import UsageError
from retriever.integrations.checks import make_key, ordered, require_shallow, show
from retriever.integrations.passages import DocumentFilter

Metadata: TypeAlias = Mapping[str, Any]
Filter: TypeAlias = "str | Metadata | Callable[[IndexedDocument], bool]"
"""An expression of docs/filters.md, comparisons of metadata, or a function of a document."""


def make_filter(given: Filter | None) -> str | Callable[[IndexedDocument], bool] | None:
    """What ``where`` of a search takes. Raises UsageError for what is not a comparison."""
    if not isinstance(given, Mapping):
        return given
    if not given:
        return None
    comparisons = dict(given)
    _check(comparisons)
    key = make_key(comparisons)
    return DocumentFilter(key, lambda _, metadata: _matches(comparisons, metadata))


class StructuredFilters(Visitor):
    """Translates the filters of LangChain's structured queries, for its ``SelfQueryRetriever``."""

    # Of what there is, only LIKE is missing: its patterns mean something else in every store.
    allowed_comparators = tuple(map(Comparator, ("eq", "ne", "gt", "gte", "lt", "lte", "contain", "in", "nin")))
    allowed_operators = tuple(map(Operator, ("and", "or", "not")))

    def visit_operation(self, operation: Operation) -> dict[str, Any]:
        """The comparisons of several that are joined, or of one that is negated."""
        self._validate_func(operation.operator)
        parts = [argument.accept(self) for argument in operation.arguments]
        if operation.operator is Operator.NOT:
            return {"$not": parts[0] if len(parts) == 1 else {"$and": parts}}
        return {f"${operation.operator.value}": parts}

    def visit_comparison(self, comparison: Comparison) -> dict[str, Any]:
        """One comparison; a date is compared as ISO 8601."""
        self._validate_func(comparison.comparator)
        name = "contains" if comparison.comparator is Comparator.CONTAIN else comparison.comparator.value
        value = comparison.value
        if isinstance(value, Mapping) and value.get("type") in ("date", "datetime"):
            value = value[value["type"]] if value["type"] in value else value.get("date")
        return {comparison.attribute: {f"${name}": value}}

    def visit_structured_query(self, structured_query: StructuredQuery) -> tuple[str, dict[str, Any]]:
        """The question, and the arguments of a search for it."""
        given = structured_query.filter
        return structured_query.query, {} if given is None else {"filter": given.accept(self)}


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": ordered(operator.gt),
    "$gte": ordered(operator.ge),
    "$lt": ordered(operator.lt),
    "$lte": ordered(operator.le),
    "$in": lambda value, wanted: value in wanted,
    "$nin": lambda value, wanted: value not in wanted,
    "$contains": ordered(operator.contains),
    "$exists": lambda value, wanted: (value is not None) is wanted,
}


def _matches(comparisons: Metadata, metadata: Metadata) -> bool:
    return all(_holds(name, wanted, metadata) for name, wanted in comparisons.items())


def _holds(name: str, wanted: Any, metadata: Metadata) -> bool:
    if name == "$not":
        return not _matches(wanted, metadata)
    if name in ("$and", "$or"):
        parts = (_matches(part, metadata) for part in wanted)
        return all(parts) if name == "$and" else any(parts)
    value = metadata.get(name)
    if not _has_operators(wanted):
        return bool(value == wanted)
    return all(_COMPARISONS[sign](value, operand) for sign, operand in wanted.items())


def _has_operators(wanted: object) -> bool:
    """Whether a value is made of comparisons; any other object is compared as a whole."""
    return isinstance(wanted, Mapping) and any(str(name).startswith("$") for name in wanted)


def _check(comparisons: object, depth: int = 0) -> None:
    """Raise UsageError for an unknown operator, and for one with an operand of the wrong type."""
    require_shallow(depth)
    if not isinstance(comparisons, Mapping):
        raise _error(f"a filter must be an object: {show(comparisons)}")
    for name, wanted in comparisons.items():
        if name == "$not":
            _check(wanted, depth + 1)
        elif name in ("$and", "$or"):
            if not isinstance(wanted, list | tuple):
                raise _error(f"the operator {name!r} needs a list of filters, not {show(wanted)}")
            for part in wanted:
                _check(part, depth + 1)
        elif not isinstance(name, str) or name.startswith("$"):
            raise _error(f"unknown operator {name!r}")
        elif _has_operators(wanted):
            for sign, operand in wanted.items():
                _check_operand(sign, operand)


def _check_operand(sign: str, operand: object) -> None:
    if sign not in _COMPARISONS:
        raise _error(f"unknown operator {sign!r}")
    if sign in ("$in", "$nin") and not isinstance(operand, list | tuple | set | frozenset):
        raise _error(f"the operator {sign!r} needs a list, not {show(operand)}")
    if sign == "$exists" and not isinstance(operand, bool):
        raise _error(f"the operator '$exists' needs true or false, not {show(operand)}")


def _error(message: str) -> UsageError:
    return UsageError(message, hint=f"use {', '.join(_COMPARISONS)}, $and, $or and $not")

"""Evaluates filters: the reference for every engine, and the implementation for engines without pushdown.

An engine provides its documents and columns of its passages, and gets the refs that match.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from retriever.errors import FilterError
from retriever.filters.fields import ID, METADATA, NAMES, Fields, describe
from retriever.filters.grammar import And, Condition, Node, Not, Or, Predicate
from retriever.filters.values import Comparison, matches, matches_id

if TYPE_CHECKING:
    from retriever.filters.fields import Values
    from retriever.filters.filter import Filter
    from retriever.types import Refs, StoredDocument


# How many fields are named where none is meant.
_LISTED = 20


class Column(Protocol):
    """One field of passages by ref: a list, a dictionary or anything else that supports ``[ref]``."""

    def __getitem__(self, ref: int, /) -> Values: ...


class Table(Protocol):
    """The live documents and passages of one generation, as an engine provides them to a filter."""

    def documents(self) -> Iterable[tuple[Sequence[int] | Refs, StoredDocument]]:
        """Every document with the refs of its passages, in any order. It may be called twice."""
        ...

    def column(self, name: str) -> Column:
        """A field of passages: ``language``, ``page`` or ``heading``; an empty sequence means no value."""
        ...


def evaluate(where: Filter, table: Table) -> Refs:
    """The refs of the passages that match, ascending: int64 [n].

    Raises FilterError for a field that no document has, unless there are no documents.
    """
    asked = {condition.name: condition for condition in where.conditions()}
    unknown = {name: condition for name, condition in asked.items() if name not in NAMES}
    columns = {name: table.column(name) for name in where.passage_fields}
    matching = [np.zeros(0, np.int64)]
    empty, has_function = True, where.has_function
    for refs, document in table.documents():
        empty = False
        fields = Fields(document)
        if unknown:
            unknown = {name: condition for name, condition in unknown.items() if not fields.values(name)}
        root = settle(where.root, document) if has_function else where.root
        if columns:
            matching.append(np.array(list(_find_matching(root, refs, fields, columns)), np.int64))
        elif holds(root, fields.values):
            matching.append(np.asarray(refs, np.int64))
    if unknown and not empty:
        raise _unknown_field_error(min(unknown.values(), key=lambda condition: condition.position), where, table)
    return np.sort(np.concatenate(matching))


def match_documents(where: Filter, documents: Iterable[StoredDocument]) -> list[StoredDocument]:
    """The documents that match as a whole, each in its own language.

    Raises FilterError for a field of passages, and for one that none of the documents has.
    """
    if own := [name for name in where.passage_fields if name != "language"]:
        condition = next(condition for condition in where.conditions() if condition.name in own)
        raise FilterError(
            f"{condition.name!r} is a field of passages, and documents match as a whole",
            expression=where.expression,
            position=condition.position,
            hint="filter by a field of documents",
        )
    table = _DocumentTable(list(documents))
    return [table.listed[number] for number in evaluate(where, table).tolist()]


@dataclass(frozen=True, slots=True)
class _DocumentTable:
    """Documents in the place of their passages."""

    listed: Sequence[StoredDocument]

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        return (([number], stored) for number, stored in enumerate(self.listed))

    def column(self, name: str) -> Mapping[int, Values]:
        return defaultdict(tuple)


def settle(node: Node, document: StoredDocument) -> Node:
    """The tree with its functions replaced by what they say of a document."""
    if isinstance(node, Predicate):
        return And(()) if node.function(describe(document)) else Or(())
    if isinstance(node, Condition):
        return node
    if isinstance(node, Not):
        return Not(settle(node.part, document))
    return type(node)(tuple(settle(part, document) for part in node.parts))


def holds(node: Node, values: Callable[[str], Values]) -> bool:
    """Whether a tree matches the fields that ``values`` gives by name. A field without a value fails a condition.

    The tree has no function; see ``settle``.
    """
    if isinstance(node, And):
        return all(holds(part, values) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, values) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, values)
    if isinstance(node, Predicate):
        raise TypeError("the tree has a function: settle it first")
    present = values(node.name)
    if node.operator == "has":
        return any(value != "" for value in present)
    comparison, wanted_any = _COMPARISONS[node.operator]
    match = matches_id if node.name == ID else matches
    matched = any(match(value, comparison, literal) for value in present for literal in node.values)
    return matched if wanted_any else bool(present) and not matched


# The comparison of each operator, and whether any value has to satisfy it (else none may).
_COMPARISONS: dict[str, tuple[Comparison, bool]] = {
    "=": ("=", True),
    "!=": ("=", False),
    "~": ("~", True),
    "!~": ("~", False),
    "<": ("<", True),
    "<=": ("<=", True),
    ">": (">", True),
    ">=": (">=", True),
}


def _find_matching(
    root: Node, refs: Sequence[int] | Refs, fields: Fields, columns: Mapping[str, Column]
) -> Iterator[int]:
    """The matching passages of a document; passages with the same values in ``columns`` are evaluated once."""
    known: dict[tuple[Values, ...], bool] = {}
    numbers = np.asarray(refs, np.int64).tolist()
    for ref, alike in zip(
        numbers, zip(*(map(column.__getitem__, numbers) for column in columns.values()), strict=True), strict=True
    ):
        if alike not in known:
            own = dict(zip(columns, alike, strict=True))
            known[alike] = holds(root, partial(_get_values, own, fields))
        if known[alike]:
            yield ref


def _get_values(own: Mapping[str, Values], fields: Fields, name: str) -> Values:
    return own.get(name) or fields.values(name)


def _unknown_field_error(condition: Condition, where: Filter, table: Table) -> FilterError:
    names = set(NAMES)
    for _, document in table.documents():
        names.update(Fields(document).metadata)
    near = get_close_matches(condition.name.removeprefix(METADATA), sorted(names), 3)
    # The fields of these documents come first: the others are the same everywhere.
    listed = [*sorted(names - NAMES), *sorted(NAMES)]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    known = f"did you mean {' or '.join(near)}?" if near else f"known fields: {', '.join(listed[:_LISTED])}{more}"
    return FilterError(
        f"no document has a field {condition.name!r}",
        expression=where.expression,
        position=condition.position,
        hint=known,
    )

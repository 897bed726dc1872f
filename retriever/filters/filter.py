"""A filter: an expression such as ``year >= 2021 and source ~ "reports/*" and language = "zh"``, parsed, or a function.

docs/filters.md describes the language. ``evaluate`` defines what matches; an engine may push a filter down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.arguments import describe_filter
from retriever.errors import UsageError
from retriever.filters.fields import OF_PASSAGES
from retriever.filters.grammar import And, Condition, Node, Not, Or, Predicate, parse
from retriever.filters.values import Literal

if TYPE_CHECKING:
    from retriever.options import Where


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: ``expression`` as the user wrote it, or an equivalent one, and ``root``, its tree.

    A filter with a function is hashed with it, so that what it selects can be cached.
    """

    expression: str
    root: Node

    @classmethod
    def parse(cls, expression: str) -> Filter:
        """Parse an expression. Raises FilterError with the position of the error."""
        if not isinstance(expression, str):
            raise UsageError(f"a filter must be text, not {expression!r}", hint="such as: year >= 2021")
        return cls(expression, parse(expression))

    @classmethod
    def of(cls, where: Where) -> Filter:
        """The filter that an expression or a function is. Raises FilterError with the position of an error."""
        return cls.parse(where) if isinstance(where, str) else cls(describe_filter(where), Predicate(where))

    @classmethod
    def by_language(cls, languages: tuple[str, ...]) -> Filter:
        """A filter for the passages in any of the languages, given by code."""
        root = Condition("language", "=", tuple(Literal(language) for language in languages), 0)
        return cls(f"language in ({', '.join(languages)})", root)

    def intersect(self, other: Filter) -> Filter:
        """A filter for the passages that match both."""
        return Filter(f"({self.expression}) and ({other.expression})", And((self.root, other.root)))

    def conditions(self) -> Iterator[Condition]:
        """Every condition in it, from left to right."""
        return _conditions(self.root)

    @property
    def passage_fields(self) -> tuple[str, ...]:
        """Its fields that belong to passages; the others belong to documents, and so do functions."""
        names = {condition.name for condition in self.conditions()}
        return tuple(name for name in OF_PASSAGES if name in names)

    @property
    def has_function(self) -> bool:
        """Whether a function decides about documents."""
        return _has_function(self.root)


def _has_function(node: Node) -> bool:
    if isinstance(node, Not):
        return _has_function(node.part)
    return any(map(_has_function, node.parts)) if isinstance(node, And | Or) else isinstance(node, Predicate)


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from _conditions(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _conditions(part)

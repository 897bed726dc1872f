"""A filter: an expression such as ``year >= 2021 and source ~ "reports/*" and language = "zh"``, parsed.

docs/filters.md describes the language. ``evaluate`` defines what matches; an engine may push a filter down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retriever.errors import UsageError
from retriever.filters.fields import OF_PASSAGES
from retriever.filters.grammar import And, Condition, Node, Not, Or, parse
from retriever.filters.values import Literal


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: ``expression`` as the user wrote it, or an equivalent one, and ``root``, its tree."""

    expression: str
    root: Node

    @classmethod
    def parse(cls, expression: str) -> Filter:
        """Parse an expression. Raises FilterError with the position of the error."""
        if not isinstance(expression, str):
            raise UsageError(f"a filter must be text, not {expression!r}", hint="such as: year >= 2021")
        return cls(expression, parse(expression))

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
        """Its fields that belong to passages; the others belong to documents."""
        names = {condition.name for condition in self.conditions()}
        return tuple(name for name in OF_PASSAGES if name in names)


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    elif isinstance(node, Not):
        yield from _conditions(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _conditions(part)

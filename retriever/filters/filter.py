"""A filter: an expression such as ``year >= 2021 and source ~ "reports/*" and language = "zh"``, parsed.

docs/filters.md describes the language. What matches is defined by ``evaluate``; an engine may push a filter down.
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
    """``expression`` is what the user wrote, or what says the same; ``root`` is its tree."""

    expression: str
    root: Node

    @classmethod
    def parse(cls, expression: str) -> Filter:
        """Raises FilterError, which says where the expression cannot be understood."""
        if not isinstance(expression, str):
            raise UsageError(f"a filter must be text, not {expression!r}", hint="such as: year >= 2021")
        return cls(expression, parse(expression))

    @classmethod
    def by_language(cls, languages: tuple[str, ...]) -> Filter:
        """The passages in any of some languages, given by code."""
        root = Condition("language", "=", tuple(Literal(language) for language in languages), 0)
        return cls(f"language in ({', '.join(languages)})", root)

    def also(self, other: Filter) -> Filter:
        """The passages that match both."""
        return Filter(f"({self.expression}) and ({other.expression})", And((self.root, other.root)))

    def conditions(self) -> Iterator[Condition]:
        """Every condition in it, from left to right."""
        return _conditions(self.root)

    @property
    def passage_fields(self) -> tuple[str, ...]:
        """Its fields that passages of one document may differ in; the others belong to the document."""
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

"""What a filter selects, as an expression that the server evaluates.

A filter by language, page or id alone is translated, and the server evaluates all of it. Any other is evaluated here,
by the shared evaluator, over the descriptions of the documents; the server gets the numbers of those that match.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever.filters.evaluate import evaluate, holds
from retriever.filters.fields import ID
from retriever.filters.grammar import And, Condition, Not, Or
from retriever.index.milvus import schema

if TYPE_CHECKING:
    from retriever.filters import Filter
    from retriever.filters.fields import Values
    from retriever.filters.grammar import Node
    from retriever.index.milvus.view import PassageRow, View
    from retriever.index.statistics import LanguageSums
    from retriever.types import StoredDocument

_NOTHING = "ref < 0"
_ALL = "ref >= 0"
_ORDERS = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True, eq=False)
class MilvusSelection:
    """An expression for the server, and how many passages match it. ``token`` stands for its snapshot."""

    expression: str
    count: int
    token: object


def select(where: Filter, view: View, languages: Mapping[str, LanguageSums], token: object) -> MilvusSelection:
    """What a filter selects in a generation. Raises FilterError for a field that no document has."""
    if view.empty or not view.state.documents:
        return MilvusSelection(_NOTHING, 0, token)
    pushed = _push(where.root, view, languages)
    if pushed is not None and view.bare:
        return MilvusSelection(_NOTHING, 0, token)
    if pushed is not None:
        return MilvusSelection(pushed, view.count(view.names.passages, f"{view.live} and ({pushed})"), token)
    by_passage = bool(where.passage_fields)
    table = _PassageTable(view) if by_passage else _DocumentTable(view)
    found = evaluate(where, table).tolist()
    if by_passage:
        return MilvusSelection(f"ref in {found}" if found else _NOTHING, len(found), token)
    count = sum(table.counts[number] for number in found)
    if 2 * len(found) > len(table.counts):
        others = sorted(table.counts.keys() - set(found))
        return MilvusSelection(f"document not in {others}" if others else _ALL, count, token)
    return MilvusSelection(f"document in {found}" if found else _NOTHING, count, token)


class _DocumentTable:
    """Documents, by number, as ``evaluate`` asks for them where no field of passages plays a part."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.counts: dict[int, int] = {}

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        for row in self._view.all_documents():
            self.counts[row.number] = row.document.passages
            yield [row.number], row.document

    def column(self, name: str) -> Mapping[int, Values]:
        raise NotImplementedError(name)


class _PassageTable(_DocumentTable):
    """Documents with the refs of their passages, and the fields of passages."""

    def documents(self) -> Iterator[tuple[Sequence[int], StoredDocument]]:
        for row in self._view.all_documents():
            yield row.refs, row.document

    def column(self, name: str) -> Mapping[int, Values]:
        return {row.ref: _value(row, name) for row in self._view.all_passages()}


def _value(row: PassageRow, name: str) -> Values:
    passage = row.text.passage
    if name == "heading":
        return passage.heading
    if name == "language":
        return (passage.language,) if passage.language else ()
    return () if passage.page is None else (passage.page,)


def _push(node: Node, view: View, languages: Mapping[str, LanguageSums]) -> str | None:
    """The node as an expression of Milvus; None where some part of it has none."""
    if isinstance(node, Not):
        part = _push(node.part, view, languages)
        return None if part is None else f"not ({part})"
    if isinstance(node, And | Or):
        if any(_push_kind(part) == "" for part in node.parts):
            return None
        parts = [_push(part, view, languages) for part in node.parts]
        known = [f"({part})" for part in parts if part is not None]
        if len(known) < len(parts) or not known:
            return None
        return (" and " if isinstance(node, And) else " or ").join(known)
    return _push_condition(node, view, languages) if isinstance(node, Condition) else None


def _push_kind(node: Node) -> str:
    """What a condition is pushed down as; "" for one that is not. Other nodes have no kind of their own."""
    if not isinstance(node, Condition):
        return "node"
    if node.name == "page" and node.operator in ("has", *_ORDERS):
        plain = all(type(literal.number) is int and abs(literal.number) < 1 << 53 for literal in node.values)
        return "page" if plain or node.operator == "has" else ""
    if node.name == ID and node.operator == "=":
        return "document"
    return "language" if node.name == "language" else ""


def _push_condition(node: Condition, view: View, languages: Mapping[str, LanguageSums]) -> str | None:
    kind = _push_kind(node)
    # A passage without a page or language has that of its document.
    if kind == "page" and not view.state.unpaged:
        if node.operator == "has":
            return f"page != {schema.NO_PAGE}"
        orders = (f"page {node.operator} {literal.number}" for literal in node.values)
        return f"page != {schema.NO_PAGE} and ({' or '.join(orders)})"
    if kind == "document":
        wanted = {literal.text for literal in node.values}
        rows = view.documents(view.records_in(schema.DOCUMENT, "other", map(schema.name_of, wanted)))
        numbers = [row.number for row in rows if row.document.id in wanted]
        return f"document in {numbers}" if numbers else _NOTHING
    if kind == "language" and "" not in languages:
        codes = [code for code in languages if holds(node, {"language": (code,)}.__getitem__)]
        return f"language in {[schema.name_of(code) for code in codes]}" if codes else _NOTHING
    return None

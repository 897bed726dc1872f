"""Filters: an expression over what is known of documents, and the passages that match it.

``year >= 2021 and source ~ "reports/*" and language = "zh"``. docs/filters.md has the language. A filter is worked
out over all documents of a generation once and kept; a search within its passages is exact.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import FilterError
from retriever.filters.fields import METADATA, NAMES, OF_PASSAGES, Fields
from retriever.filters.grammar import And, Condition, Node, Not, Or, conditions, parse
from retriever.filters.values import Comparison, matches

if TYPE_CHECKING:
    from retriever.filters.fields import Values
    from retriever.index.interface import Refs, Snapshot

# Expressions whose passages are kept for each generation, and how many bytes these may take.
KEPT = 32
KEPT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression that has been understood."""

    expression: str
    root: Node

    @classmethod
    def parse(cls, expression: str) -> Filter:
        """Raises FilterError, which says where the expression cannot be understood."""
        return cls(expression, parse(expression))

    def refs(self, snapshot: Snapshot) -> Refs:
        """Refs of the live passages that match, ascending: int64 [n], read-only.

        Raises FilterError for a field that no document has.
        """
        kept = _kept_for(snapshot)
        with kept.lock:
            if self.expression in kept.refs:
                kept.refs.move_to_end(self.expression)
                return kept.refs[self.expression]
        found = self._refs(snapshot)
        found.flags.writeable = False
        with kept.lock:
            kept.refs[self.expression] = found
            while len(kept.refs) > KEPT or sum(refs.nbytes for refs in kept.refs.values()) > KEPT_BYTES:
                kept.refs.popitem(last=False)
        return found

    def _refs(self, snapshot: Snapshot) -> Refs:
        asked = {condition.name: condition for condition in conditions(self.root)}
        unknown = {name: condition for name, condition in asked.items() if name not in NAMES}
        columns = {name: _of_passages(snapshot, name) for name in OF_PASSAGES if name in asked}
        matching = [np.zeros(0, np.int64)]
        for refs, document in snapshot.documents():
            fields = Fields(document)
            if unknown:
                unknown = {name: condition for name, condition in unknown.items() if not fields.values(name)}
            if columns:
                matching.append(np.array(list(self._within(refs, fields, columns)), np.int64))
            elif holds(self.root, fields.values):
                matching.append(refs)
        if unknown and snapshot.document_count:
            self._refuse(min(unknown.values(), key=lambda condition: condition.position), snapshot)
        return np.sort(np.concatenate(matching))

    def _within(self, refs: Refs, fields: Fields, columns: dict[str, Sequence[Values]]) -> Iterator[int]:
        """Those of a document's passages that match; passages that are alike in ``columns`` are looked at once."""
        known: dict[tuple[Values, ...], bool] = {}
        for ref in refs.tolist():
            alike = tuple(column[ref] for column in columns.values())
            if alike not in known:
                own = dict(zip(columns, alike, strict=True))
                known[alike] = holds(self.root, partial(_own_or, own, fields))
            if known[alike]:
                yield ref

    def _refuse(self, condition: Condition, snapshot: Snapshot) -> None:
        names = set(NAMES)
        for _, document in snapshot.documents():
            names.update(Fields(document).metadata)
        near = get_close_matches(condition.name.removeprefix(METADATA), sorted(names), 3)
        there = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(names)[:20])}"
        raise FilterError(
            f"no document has a field {condition.name!r}",
            expression=self.expression,
            position=condition.position,
            hint=there,
        )


def holds(node: Node, values: Callable[[str], Values]) -> bool:
    """Whether what ``values`` tells of a field meets a tree. A field without a value meets no condition."""
    if isinstance(node, And):
        return all(holds(part, values) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, values) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, values)
    present = values(node.name)
    if node.operator == "has":
        return any(value != "" for value in present)
    comparison, wanted_any = _COMPARISONS[node.operator]
    met = any(matches(value, comparison, wanted) for value in present for wanted in node.values)
    return met if wanted_any else bool(present) and not met


# How a condition's operator compares, and whether one value that compares so is wanted or none.
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


def _own_or(own: dict[str, Values], fields: Fields, name: str) -> Values:
    """A passage's own values, else its document's."""
    return own.get(name) or fields.values(name)


def _of_passages(snapshot: Snapshot, name: str) -> Sequence[Values]:
    """What passages say of themselves, by ref."""
    if name == "heading":
        return snapshot.headings()
    if name == "page":
        return [() if page is None else (page,) for page in snapshot.pages()]
    return [(language,) for language in snapshot.languages()]


@dataclass(slots=True)
class _Kept:
    refs: OrderedDict[str, Refs] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_BY_SNAPSHOT: weakref.WeakKeyDictionary[Snapshot, _Kept] = weakref.WeakKeyDictionary()
_CHANGING = threading.Lock()


def _kept_for(snapshot: Snapshot) -> _Kept:
    with _CHANGING:
        return _BY_SNAPSHOT.setdefault(snapshot, _Kept())

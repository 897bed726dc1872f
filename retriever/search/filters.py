"""Filters: an expression over what is known of documents, and the passages that match it.

``year >= 2021 and source ~ "reports/*" and language = "zh"``. docs/filters.md has the language. A filter is worked
out over all documents of a generation once and kept; a search within its passages is exact.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from retriever.errors import FilterError
from retriever.search.filter_fields import Fields, fields_of
from retriever.search.filter_grammar import Condition, Node, conditions, holds, parsed

if TYPE_CHECKING:
    from retriever.index.interface import Refs, Snapshot, StoredDocument

# Expressions whose passages are kept for each generation.
KEPT = 32
LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression that has been understood."""

    expression: str
    root: Node

    @classmethod
    def parse(cls, expression: str) -> Filter:
        """Raises FilterError, which says where the expression cannot be understood."""
        return cls(expression, parsed(expression))

    def refs(self, snapshot: Snapshot) -> Refs:
        """Refs of the live passages that match, ascending: int64 [n].

        Raises FilterError for a field that no document has.
        """
        kept = _kept_for(snapshot)
        with kept.lock:
            if self.expression in kept.refs:
                kept.refs.move_to_end(self.expression)
                return kept.refs[self.expression]
        found = self._refs(snapshot)
        with kept.lock:
            kept.refs[self.expression] = found
            while len(kept.refs) > KEPT:
                kept.refs.popitem(last=False)
        return found

    def _refs(self, snapshot: Snapshot) -> Refs:
        wanted = list(conditions(self.root))
        by_language = any(condition.name == LANGUAGE for condition in wanted)
        languages = snapshot.languages() if by_language else []
        names: set[str] = set()
        matching = [np.zeros(0, np.int64)]
        for refs, document in snapshot.documents():
            fields = fields_of(document)
            names.update(fields)
            matching.append(np.array(list(self._matching(refs, fields, document, languages)), np.int64))
        if len(matching) > 1:
            self._require_known(wanted, names)
        return np.sort(np.concatenate(matching))

    def _matching(self, refs: Refs, fields: Fields, document: StoredDocument, languages: list[str]) -> Iterator[int]:
        if not languages:
            if holds(self.root, fields):
                yield from refs.tolist()
            return
        # A passage may be in another language than its document.
        known: dict[str, bool] = {}
        for ref in refs.tolist():
            language = languages[ref]
            if language not in known:
                known[language] = holds(self.root, {**fields, LANGUAGE: [language]})
            if known[language]:
                yield ref

    def _require_known(self, wanted: list[Condition], names: set[str]) -> None:
        for condition in wanted:
            if condition.name not in names:
                near = get_close_matches(condition.name, sorted(names), 3) or sorted(names)[:12]
                raise FilterError(
                    f"no document has a field {condition.name!r}",
                    expression=self.expression,
                    position=condition.position,
                    hint=f"did you mean {', '.join(near)}?",
                )


@dataclass(slots=True)
class _Kept:
    refs: OrderedDict[str, Refs] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_BY_SNAPSHOT: weakref.WeakKeyDictionary[Snapshot, _Kept] = weakref.WeakKeyDictionary()
_CHANGING = threading.Lock()


def _kept_for(snapshot: Snapshot) -> _Kept:
    with _CHANGING:
        return _BY_SNAPSHOT.setdefault(snapshot, _Kept())

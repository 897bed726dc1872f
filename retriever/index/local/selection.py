"""Evaluates a filter on one generation of the local index to a list of refs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.locks import WORK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retriever.filters.fields import Values
    from retriever.filters.filter import Filter
    from retriever.index.local.segment_view import SegmentView
    from retriever.types import Refs, StoredDocument


@dataclass(frozen=True, slots=True, eq=False)
class LocalSelection:
    """``refs`` (int64 [count], ascending) of the snapshot of generation ``generation``."""

    refs: Refs
    generation: int

    @property
    def count(self) -> int:
        """See ``Selection.count``."""
        return len(self.refs)


def select(views: Sequence[SegmentView], generation: int, where: Filter) -> LocalSelection:
    """The live passages that match. Raises FilterError for a field that no document has."""
    # The grammar of filters is slow to import, and most searches have none.
    with WORK.hold():
        from retriever.filters.evaluate import evaluate
    refs = evaluate(where, _Table(views))
    refs.flags.writeable = False
    return LocalSelection(refs, generation)


@dataclass(frozen=True, slots=True)
class _Table:
    """The documents and passages of a generation, as ``evaluate`` reads them."""

    views: Sequence[SegmentView]

    def documents(self) -> Iterator[tuple[Refs, StoredDocument]]:
        for view in self.views:
            deleted = set(view.tombstones.documents.tolist())
            for row in view.segment.passages.documents():
                if row.number not in deleted:
                    first = view.base + row.first
                    yield np.arange(first, first + row.count, dtype=np.int64), row.document

    def column(self, name: str) -> list[Values]:
        """A field of every passage by ref, deleted passages included."""
        result: list[Values] = [()] * sum(view.segment.rows for view in self.views)
        for view in self.views:
            passages = view.segment.passages
            if name == "heading":
                values: list[tuple[int, Values]] = list(passages.headings())
            elif name == "page":
                values = [(row, () if page is None else (page,)) for row, page in passages.pages()]
            else:
                known: dict[str, Values] = {"": ()}
                values = [
                    (row, known.get(language) or known.setdefault(language, (language,)))
                    for row, language in passages.languages()
                ]
            for row, value in values:
                result[view.base + row] = value
        return result

"""An index with scripted answers, and concise constructors of hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retriever.errors import UsageError
from retriever.hits import Duplicate, Hit, SearchResponse
from retriever.options import SearchOptions
from retriever.reports import IndexedDocument
from retriever.types import Duplicates, Mode


def make_hit(
    source: str,
    start: int = 0,
    end: int = 100,
    *,
    document: str = "",
    text: str = "",
    score: float = 0.5,
    duplicates: Sequence[Duplicate] = (),
) -> Hit:
    """A hit for characters ``start`` to ``end`` of a file, or of its row ``document``."""
    return Hit(
        rank=1,
        score=score,
        id=f"{source}:{start}",
        document=document or source,
        source=source,
        title="",
        heading=(),
        text=text,
        start=start,
        end=end,
        line=1,
        page=None,
        language="en",
        duplicates=tuple(duplicates),
    )


def indexed(*sources: str) -> list[IndexedDocument]:
    """Files as documents of an index."""
    return [IndexedDocument(source, source, "", "en", 1) for source in sources]


class ScriptedIndex:
    """Answers each question with its scripted hits, at most ``k``, and records the requests."""

    def __init__(self, documents: Sequence[IndexedDocument], answers: Mapping[str, Sequence[Hit]]) -> None:
        self.location = "indexes/scripted"
        self.asked: list[tuple[str, int, Mode, int | None, Duplicates, str | None]] = []
        self.generation = 3
        self._documents = list(documents)
        self._answers = answers

    def documents(self) -> list[IndexedDocument]:
        return self._documents

    def search_with(self, query: str, options: SearchOptions) -> SearchResponse:
        self.asked.append((query, options.k, options.mode, options.rerank, options.duplicates, options.where))
        if query not in self._answers:
            raise UsageError("the query has no words", hint="give some")
        return SearchResponse(
            query, self.location, self.generation, options.mode, 1.0, tuple(self._answers[query][: options.k])
        )

"""How a session of questions asks: what the options of ``retriever search`` set and the prompt changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever import Duplicates, Mode, SearchOptions, SearchResponse
from retriever_cli.options import HitFormat

if TYPE_CHECKING:
    from retriever import Retriever


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a search (see ``SearchOptions``), and how its answer is printed."""

    k: int = 10
    mode: Mode = "hybrid"
    context: int = 0
    rerank: int | None = None
    duplicates: Duplicates = "fold"
    where: str | None = None
    min_score: float = 0.0
    diverse: bool = False
    max_per_document: int | None = None
    explain: bool = False
    full: bool = False
    format: HitFormat = "text"

    def ask(self, retriever: Retriever, question: str) -> SearchResponse:
        """One search with these settings."""
        options = SearchOptions(
            k=self.k,
            mode=self.mode,
            context=self.context,
            rerank=self.rerank,
            duplicates=self.duplicates,
            where=self.where,
            min_score=self.min_score,
            diverse=self.diverse,
            max_per_document=self.max_per_document,
            explain=self.explain,
        )
        return retriever.search_with(question, options)

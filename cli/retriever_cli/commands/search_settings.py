"""The settings of a search session: the options of ``retriever search``, which the prompt can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retriever import Duplicates, Mode, SearchResponse
from retriever_cli.console import note
from retriever_cli.options import HitFormat
from retriever_cli.render.response import print_response

if TYPE_CHECKING:
    from retriever import Retriever


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The arguments of a search (see ``Retriever.respond``) and the format of its output."""

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

    def search(self, retriever: Retriever, query: str) -> SearchResponse:
        """Search with these settings."""
        return retriever.respond(
            query,
            self.k,
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

    def show(self, response: SearchResponse, *, compact: bool = False) -> None:
        """Print a response, and on standard error a hint if it is empty. ``compact`` keeps JSON on one line."""
        print_response(response, self.format, full=self.full, compact=compact)
        if not response.hits:
            note("no hits")
            note(f"hint: {self._advise()}")

    def _advise(self) -> str:
        """What to change after a search without hits."""
        if self.min_score > 0 and self.where:
            return "no passage that matches --where scores that high; remove --where, or lower --min-score"
        if self.min_score > 0:
            return "no passage scores that high; lower --min-score to see more"
        if self.where:
            return "no passage matches --where; remove it to search all passages"
        if self.mode == "lexical":
            return "no passage contains these words; --mode hybrid also searches by meaning"
        return "`retriever status` shows what the index contains"

"""The settings of a search session: the options of ``retriever search``, which the prompt can change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from retriever import SearchOptions, SearchResponse
from retriever_cli.console import notice
from retriever_cli.opening.last_search import remember
from retriever_cli.options import HitFormat
from retriever_cli.render.response import print_response
from retriever_cli.render.text import View

if TYPE_CHECKING:
    from retriever import RetrieverGroup


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How to search, and how to print what is found."""

    options: SearchOptions = field(default_factory=SearchOptions)
    view: View = field(default_factory=View)
    format: HitFormat = "text"

    def change(self, options: SearchOptions) -> SearchSettings:
        """The settings with other options."""
        return replace(self, options=options)

    def search(self, group: RetrieverGroup, query: str) -> SearchResponse:
        """Search with these settings."""
        return group.search_with(query, self.options)

    def remember(self, response: SearchResponse) -> None:
        """Keep the places of the hits for ``retriever open``, where people read them and not a program."""
        if self.format in ("text", "markdown"):
            remember(response)

    def show(self, response: SearchResponse, *, compact: bool = False) -> None:
        """Print a response, and on standard error a hint if it is empty. ``compact`` keeps JSON on one line."""
        print_response(response, self.format, self.view, compact=compact)
        if not response.hits:
            notice("no hits")
            notice(f"hint: {advise(self.options)}")


def advise(options: SearchOptions) -> str:
    """What to change after a search without hits."""
    if options.min_score > 0 and options.where:
        return "no passage that matches --where scores that high; remove --where, or lower --min-score"
    if options.min_score > 0:
        return "no passage scores that high; lower --min-score to see more"
    if options.where and options.mode == "lexical":
        return "no passage that matches --where contains these words; remove --where, or use --mode hybrid"
    if options.where:
        return "no passage matches --where; remove it to search all passages"
    if options.mode == "lexical":
        return "no passage contains these words; --mode hybrid also searches by meaning"
    return "`retriever status` shows what the index contains"

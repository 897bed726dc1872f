"""``search``: the passages that answer a question, best first."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from retriever import LIKELY, SearchOptions, SearchResponse
from retriever.serving.mcp import schemas
from retriever.serving.mcp.arguments import MAX_TEXT, Indexed
from retriever.serving.mcp.budget import count_json_tokens, count_tokens, cut_text, round_numbers, take
from retriever.serving.mcp.fitting import fit
from retriever.serving.mcp.indexes import ServedIndexes, put_names
from retriever.serving.mcp.render import describe_doubt, render_hit
from retriever.serving.mcp.tool import Answer, Tool

# For the line about what was left out, and the values beside the hits.
_RESERVE = 60


class SearchArguments(Indexed):
    """What ``search`` takes."""

    query: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        description='A whole question in any language, or words. "…" marks a phrase that has to occur.',
    )
    k: int = Field(8, ge=1, le=50, description="How many passages.")
    where: str | None = Field(
        None, max_length=MAX_TEXT, description="A filter on metadata, such as: year >= 2021 and topic = 'housing'"
    )
    mode: Literal["hybrid", "dense", "lexical"] = Field(
        "hybrid", description="hybrid: meaning and words; dense: meaning only; lexical: words only."
    )
    max_per_document: int | None = Field(None, ge=1, description="How many passages of one document at most.")


def run(indexes: ServedIndexes, arguments: SearchArguments) -> Answer:
    """Search, and keep of the hits what fits into the budget."""
    options = SearchOptions(
        k=arguments.k,
        mode=arguments.mode,
        where=arguments.where,
        max_per_document=arguments.max_per_document,
    )
    response = indexes.choose(arguments.index).search_with(arguments.query, options)
    searched = arguments.index or ", ".join(indexes.names)
    return Answer(
        _render(indexes, response, arguments.max_tokens),
        _to_values(indexes, response, searched, arguments.max_tokens),
    )


def _render(indexes: ServedIndexes, response: SearchResponse, budget: int) -> str:
    several = len(indexes.names) > 1
    blocks = [render_hit(hit, indexes.name_at(hit.index) if several else "") for hit in response.hits]
    room = budget - _RESERVE
    count = take((count_tokens(block) + 1 for block in blocks), room)
    if blocks and not count:
        blocks, count = [cut_text(blocks[0], room)], 1
    best = response.hits[0].score if response.hits else None
    reranked = any("reranker" in hit.scores for hit in response.hits)
    doubt = "" if reranked else describe_doubt(best)
    left_out = len(response.hits) - count
    more = f"{left_out} more left out: raise max_tokens, or open passages by id" if left_out else ""
    return "\n".join(part for part in (doubt, *blocks[:count], more) if part)


def _to_values(indexes: ServedIndexes, response: SearchResponse, searched: str, budget: int) -> dict[str, Any]:
    values: dict[str, Any] = round_numbers(response.to_dict())
    hits = put_names(values["hits"], indexes)
    values |= {"query": cut_text(response.query, budget // 4), "index": searched, "hits": []}
    kept = fit(hits, budget - _RESERVE - count_json_tokens(values))
    return {**values, "hits": kept, "left_out": len(hits) - len(kept)}


SEARCH = Tool(
    name="search",
    title="Search documents",
    description=(
        "Find passages in the user's documents by meaning and by words, in any language, also across languages. "
        "Returns the best passages with their citation, headings, score and id. Scores run from 0 to 1; a passage "
        f"that answers usually scores {LIKELY} or more. Use it to look around; to answer a question, prefer context."
    ),
    arguments=SearchArguments,
    schema=schemas.SEARCH,
    run=run,
    needs_model=True,
)

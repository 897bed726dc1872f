"""Packs hits into a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from retriever.context.excerpt import Excerpt
from retriever.context.render import render_markdown, render_text

if TYPE_CHECKING:
    from retriever.context.options import ContextOptions
    from retriever.context.tokens import CountTokens
    from retriever.hits import Hit


def pack(hits: Sequence[Hit], options: ContextOptions, count: CountTokens) -> tuple[tuple[Excerpt, ...], int]:
    """Excerpts of the best hits whose rendered text has at most ``max_tokens``, and its number of tokens."""
    chosen: list[Hit] = []
    best: tuple[tuple[Excerpt, ...], int] = ((), 0)
    for hit in hits:
        excerpts = _number([*chosen, hit], options)
        tokens = max(count(render_text(excerpts)), count(render_markdown(excerpts)))
        if tokens > options.max_tokens:
            break
        chosen.append(hit)
        best = excerpts, count(render_text(excerpts))
    excerpts, tokens = best
    return tuple(replace(excerpt, tokens=count(render_text([excerpt]))) for excerpt in excerpts), tokens


def _number(hits: Sequence[Hit], options: ContextOptions) -> tuple[Excerpt, ...]:
    if options.order == "document":
        first = {(hit.index, hit.source, hit.document): hit.rank for hit in reversed(hits)}
        hits = sorted(hits, key=lambda hit: (first[hit.index, hit.source, hit.document], hit.start))
    return tuple(_make_excerpt(number, hit) for number, hit in enumerate(hits, 1))


def _make_excerpt(number: int, hit: Hit) -> Excerpt:
    return Excerpt(
        number=number,
        text=hit.text,
        document=hit.document,
        source=hit.source,
        path=hit.path,
        title=hit.title,
        heading=hit.heading,
        start=hit.start,
        end=hit.end,
        line=hit.line,
        page=hit.page if hit.cited_page is None else hit.cited_page,
        end_page=hit.end_page,
        language=hit.language,
        score=hit.score,
        passages=(hit.id,),
        tokens=0,
        index=hit.index,
        metadata=hit.metadata,
        duplicates=hit.duplicates,
    )

"""Reads the answers of a running server: JSON in the schema that ``to_dict`` of the public types writes."""

from __future__ import annotations

from typing import Any

from retriever import Context, Contribution, Duplicate, Excerpt, Hit, Neighbour, SearchResponse, Span, Turn

_HIT = (
    *("rank", "score", "id", "document", "source", "title", "text", "start", "end", "line", "page", "language"),
    *("scores", "metadata", "path", "end_page", "cited_page", "place", "recognised"),
)
_EXCERPT = (
    *("number", "text", "document", "source", "path", "title", "start", "end", "line", "page", "end_page"),
    *("language", "score", "tokens", "metadata", "place"),
)
_CONTEXT = ("question", "query", "answerable", "score", "tokens", "max_tokens", "generation")
_DUPLICATE = ("source", "start", "end", "line", "document", "path", "page", "place")
_RESPONSE = ("query", "generation", "mode", "took_ms", "embedded")


def read_response(values: Any, location: str) -> SearchResponse:
    """The response to a search of one index, whose ``location`` takes the place of its name.

    Raises TypeError, ValueError or KeyError for anything else.
    """
    hits = tuple(_read_hit(hit, location) for hit in values["hits"])
    return SearchResponse(location=location, hits=hits, **{name: values[name] for name in _RESPONSE})


def read_context(values: Any, location: str) -> Context:
    """The context from one index, as ``read_response``."""
    return Context(
        location=location,
        excerpts=tuple(_read_excerpt(excerpt, location) for excerpt in values["excerpts"]),
        history=tuple(Turn(**turn) for turn in values["history"]),
        **{name: values[name] for name in _CONTEXT},
    )


def _read_excerpt(values: dict[str, Any], location: str) -> Excerpt:
    return Excerpt(
        **{name: values[name] for name in _EXCERPT},
        heading=tuple(values["heading"]),
        passages=tuple(values["passages"]),
        duplicates=_read_duplicates(values, location),
        index=location,
    )


def _read_duplicates(values: dict[str, Any], location: str) -> tuple[Duplicate, ...]:
    return tuple(Duplicate(**{name: one[name] for name in _DUPLICATE}, index=location) for one in values["duplicates"])


def _read_hit(values: dict[str, Any], location: str) -> Hit:
    return Hit(
        **{name: values[name] for name in _HIT},
        heading=tuple(values["heading"]),
        highlights=tuple(Span(*span) for span in values["highlights"]),
        sentence=Span(*values["sentence"]) if values["sentence"] else None,
        duplicates=_read_duplicates(values, location),
        before=tuple(Neighbour(**one) for one in values.get("before", ())),
        after=tuple(Neighbour(**one) for one in values.get("after", ())),
        explanation=tuple(Contribution(**one) for one in values.get("explanation", ())),
        index=location,
    )
